"""What a component's name and options do not say of it: other people's versions, files, entries.

Of cliprt's own parts without files the recipe says all, so nothing is found here, and their keys
stay those that 0.1.0 gave.
"""

from __future__ import annotations

import hashlib
import json
import os
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from cliprt.data.shard_index import file_digest
from cliprt.errors import UsageError
from cliprt.recipe.build import construct
from cliprt.recipe.options import constructor_options
from cliprt.recipe.schema import Component
from cliprt.registry import GROUPS, check_name, entries, load, names
from cliprt.vocabularies.nearest import fingerprint

OWN = "cliprt"
"""The distribution whose version does not count: what it does for a recipe stays the same."""

GROWS = "phrasebook"
"""Option of interpreters: a file that grows while somebody teaches, and so names nothing."""

_DECLARE_INCIDENTAL = ("robot", "teleoperator", "interpreter", "task")
_MOST_FILES = 10_000


def with_content(kind: str, component: Component) -> Any:
    """A component as it counts in a key: with what is behind its name, where there is anything."""
    content = content_of(kind, component)
    return [component, content] if content else component


def content_of(kind: str, component: Component) -> list[str]:
    """Who made it, unless it is cliprt's own; what is in the files that its options name.

    Raises:
        UnknownNameError, PluginError: Nobody registers it, or two distributions do.
        RecipeError: A vocabulary cannot be built.
        UsageError: A file cannot be read.
    """
    check_name(kind, component.name)
    entry = next(entry for entry in entries(kind) if entry.name == component.name)
    package = [] if entry.package == OWN else [f"{entry.package} {entry.version}"]
    found = [*package, *_files(kind, component)]
    if kind == "vocabulary" and found:  # its entries are all that there is to it
        text = json.dumps([component.name, dict(component.options)], default=str)
        return [*package, _fingerprint(text, *found)]
    return found


def _files(kind: str, component: Component) -> Iterator[str]:
    if not component.options:
        return
    known = constructor_options(kind, component.name, may_import=False)
    for name, value in sorted(component.options.items()):
        option = known.named(name)
        found = list(_behind(name, value, option is not None and _is_path(option.annotation)))
        if found and name not in (GROWS, *_incidental(kind, component.name)):
            yield from found


def _incidental(kind: str, name: str) -> Sequence[str]:
    """Options that nothing is named by; what a part itself writes has to be among them."""
    return load(kind, name).incidental_options if kind in _DECLARE_INCIDENTAL else ()


def _behind(name: str, value: Any, is_path: bool) -> Iterator[str]:
    """What an option's value names: the content of files and folders, another plugin's."""
    if isinstance(value, Mapping):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, list | tuple):
        for one in value:
            yield from _behind(name, one, is_path)
    elif isinstance(value, str) and name in GROUPS and value in names(name):
        yield from content_of(name, Component(value))
    elif isinstance(value, str | Path):
        place = os.path.expanduser(value)
        if os.path.isfile(place):
            yield _digest(place)
        # A bare word is hardly meant for the folder that happens to be called so.
        elif os.path.isdir(place) and (is_path or os.sep in place):
            yield _folder_digest(Path(place))


def _is_path(annotation: Any) -> bool:
    """Whether ``Path`` is among what an annotation allows."""
    return annotation is Path or any(map(_is_path, typing.get_args(annotation)))


def _folder_digest(folder: Path) -> str:
    files = list(islice((path for path in folder.rglob("*") if path.is_file()), _MOST_FILES + 1))
    if len(files) > _MOST_FILES:
        raise UsageError(
            f"the folder {folder} holds more than {_MOST_FILES} files, and what is made with it is"
            " named by what is in it. Name one with less in it"
        )
    lines = [f"{path.relative_to(folder).as_posix()} {_digest(path)}" for path in sorted(files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _digest(path: str | Path) -> str:
    try:
        with open(path, "rb") as file:
            return file_digest(file)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}), and what is made with it is named by what"
            " is in it. Check its permissions"
        ) from error


@lru_cache(maxsize=1000)
def _fingerprint(component: str, *content: str) -> str:
    name, options = json.loads(component)
    return fingerprint(construct("vocabulary", Component(name, options)))
