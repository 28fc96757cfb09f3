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

from importlib.metadata import PackageNotFoundError, metadata
from typing import TYPE_CHECKING

from cliprt.errors import PluginError
from cliprt.registry import Entry, load

if TYPE_CHECKING:
    from types import ModuleType

PARTS = ("HELP", "EXAMPLE", "add_arguments", "run")
"""What a command's module must have."""


def summary(package: str) -> str:
    """What a package says that it is, in a line."""
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
    module: ModuleType = load("command", entry.name)
    missing = [part for part in PARTS if not hasattr(module, part)]
    if missing:
        raise PluginError(
            f"the command {entry.name!r} of {entry.package} {entry.version} cannot be loaded"
            f" ({entry.target}): it has no {', no '.join(missing)}."
            f" Update or remove it: pip install -U {entry.package}"
        )
    return module
