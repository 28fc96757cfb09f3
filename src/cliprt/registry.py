"""Finds plugins by entry points: listing imports nothing, loading is on demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from cliprt.errors import MissingExtraError, PluginError, UnknownNameError, did_you_mean

GROUPS = {
    "vocabulary": "cliprt.vocabularies",
    "encoder": "cliprt.encoders",
    "augmenter": "cliprt.augmenters",
    "teleoperator": "cliprt.teleoperators",
    "interpreter": "cliprt.interpreters",
    "matcher": "cliprt.matchers",
    "transcriber": "cliprt.transcribers",
    "robot": "cliprt.robots",
    "policy": "cliprt.policies",
    "source": "cliprt.sources",
    "format": "cliprt.formats",
    "engine": "cliprt.engines",
    "task": "cliprt.tasks",
}
"""Kind -> entry-point group."""

LISTS = {"suite": "cliprt.suites", "command": "cliprt.commands", "thing": "cliprt.things"}
"""What else is registered by name and is no class -> entry-point group."""

KNOWN_PACKAGES = {
    ("robot", "ur"): "cliprt-ur",
    ("policy", "openvla"): "cliprt-openvla",
    ("matcher", "sentence"): "cliprt-sentence",
    ("encoder", "sentence"): "cliprt-sentence",
    ("task", "libero"): "cliprt-libero",
    ("format", "lerobot"): "cliprt-lerobot",
    ("source", "lerobot"): "cliprt-lerobot",
    ("command", "annotate"): "cliprt-lerobot",
}
"""Plugins that we know of but that are not built in: what to install for a name."""


@dataclass(frozen=True)
class Entry:
    """One registered implementation, not yet imported.

    Attributes:
        kind: A key of `GROUPS` or `LISTS`.
        name: Registry name.
        target: ``"module:Class"``.
        package: Distribution that registers it.
        version: That distribution's version.
    """

    kind: str
    name: str
    target: str
    package: str
    version: str


@cache
def entries(kind: str) -> tuple[Entry, ...]:
    """Everything registered for a kind, sorted by name; reads metadata only."""
    return tuple(_entry(kind, point) for point in _points(kind))


def names(kind: str) -> tuple[str, ...]:
    """The registry names of a kind, sorted, each once."""
    return tuple(sorted({entry.name for entry in entries(kind)}))


def package_hint(kind: str, name: str) -> str:
    """What to install for a name that nobody registers, as a sentence; "" = we do not know."""
    package = KNOWN_PACKAGES.get((kind, name))
    return f" It is in another package: pip install {package}" if package else ""


def check_name(kind: str, name: str) -> None:
    """Raise unless `name` can be loaded for `kind`, without importing it.

    Raises:
        UnknownNameError: Nobody registers it.
        PluginError: Two distributions do.
    """
    found = [entry for entry in entries(kind) if entry.name == name]
    if not found:
        known = names(kind)
        raise UnknownNameError(
            f"no {kind} is called {name!r}.{did_you_mean(name, known)}"
            f" Allowed: {', '.join(known)}.{package_hint(kind, name)}"
        )
    if len(found) > 1:
        owners = " and ".join(f"{e.package} {e.version}" for e in found)
        raise PluginError(
            f"the {kind} {name!r} is registered by {owners}."
            f" Choose one: pip uninstall {found[0].package}, or pip uninstall {found[1].package}."
        )


def load(kind: str, name: str) -> Any:
    """Import and return what is registered as `name`: a class, a list, a module.

    Raises:
        UnknownNameError: Nobody registers it.
        PluginError: Two distributions do, or importing it fails (the cause is chained).
        MissingExtraError: It needs an optional package that is not installed.
    """
    check_name(kind, name)
    point = next(p for p in _points(kind) if p.name == name)
    try:
        return point.load()
    except MissingExtraError:
        raise
    except Exception as error:
        entry = _entry(kind, point)
        raise PluginError(
            f"the {kind} {name!r} of {entry.package} {entry.version} cannot be loaded"
            f" ({entry.target}): {type(error).__name__}: {error}."
            f" Update or remove it: pip install -U {entry.package}"
        ) from error


def refresh() -> None:
    """Forget what was found, so that a plugin installed since then is seen."""
    _points.cache_clear()
    entries.cache_clear()


@cache
def _points(kind: str) -> tuple[EntryPoint, ...]:
    groups = GROUPS | LISTS
    if kind not in groups:
        raise UnknownNameError(
            f"no kind is called {kind!r}.{did_you_mean(kind, groups)} Allowed: {', '.join(groups)}."
        )
    unique = {(p.name, p.value, _owner(p)): p for p in entry_points(group=groups[kind])}
    return tuple(unique[key] for key in sorted(unique))


def _owner(point: EntryPoint) -> str:
    return (point.dist and point.dist.name) or "an unnamed package"


def _entry(kind: str, point: EntryPoint) -> Entry:
    version = point.dist.version if point.dist else "?"
    return Entry(kind, point.name, point.value, _owner(point), version)
