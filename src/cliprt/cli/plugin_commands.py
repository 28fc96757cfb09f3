"""Commands that other packages add: found by metadata, imported only when they are called.

A package registers a module under the entry-point group ``cliprt.commands``; the entry's name is
the command's.  The module has what our own command modules have, and a line of help::

    HELP = "commission and try a Universal Robots arm"
    EXAMPLE = "cliprt ur check 192.168.0.10"

    def add_arguments(parser: argparse.ArgumentParser) -> None: ...
    def run(args: argparse.Namespace) -> int: ...       # the exit code; raises CliprtError in words

Our own commands win over a plugin's of the same name.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from cliprt.errors import MissingExtraError, PluginError
from cliprt.registry import Entry

if TYPE_CHECKING:
    from types import ModuleType

GROUP = "cliprt.commands"

PARTS = ("HELP", "EXAMPLE", "add_arguments", "run")
"""What a command's module must have."""


def command_entries() -> tuple[Entry, ...]:
    """Every command that a package registers, sorted by name; imports nothing."""
    found = {_entry(point) for point in entry_points(group=GROUP)}
    return tuple(sorted(found, key=lambda entry: (entry.name, entry.package)))


def summary(package: str) -> str:
    """What a package says that it is, in a line."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        return metadata(package)["Summary"] or ""
    except (PackageNotFoundError, KeyError):
        return ""


def load_command(entry: Entry) -> ModuleType:
    """Import a command's module.

    Raises:
        PluginError: Two packages register the name, or importing it fails, or it lacks a part.
        MissingExtraError: It needs an optional package that is not installed.
    """
    same = [other for other in command_entries() if other.name == entry.name]
    if len(same) > 1:
        raise PluginError(
            f"the command {entry.name!r} is registered by"
            f" {' and '.join(f'{e.package} {e.version}' for e in same)}."
            f" Choose one: pip uninstall {same[0].package}, or pip uninstall {same[1].package}."
        )
    try:
        module: ModuleType = EntryPoint(entry.name, entry.target, GROUP).load()
    except MissingExtraError:
        raise
    except Exception as error:
        raise _broken(entry, f"{type(error).__name__}: {error}") from error
    missing = [part for part in PARTS if not hasattr(module, part)]
    if missing:
        raise _broken(entry, f"it has no {', no '.join(missing)}")
    return module


def _broken(entry: Entry, why: str) -> PluginError:
    return PluginError(
        f"the command {entry.name!r} of {entry.package} {entry.version} cannot be loaded"
        f" ({entry.target}): {why}. Update or remove it: pip install -U {entry.package}"
    )


def _entry(point: EntryPoint) -> Entry:
    package = (point.dist and point.dist.name) or "an unnamed package"
    return Entry(
        "command", point.name, point.value, package, point.dist.version if point.dist else "?"
    )
