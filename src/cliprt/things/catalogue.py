"""All things that are installed, found by what people call them, and the words for colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from cliprt.errors import PluginError, UnknownNameError, did_you_mean
from cliprt.registry import Entry, entries, load, names
from cliprt.robots.world import Colour
from cliprt.things.interface import Thing

COLOURS: dict[str, Colour] = {
    "red": (0.85, 0.10, 0.10),
    "orange": (0.98, 0.50, 0.05),
    "yellow": (0.95, 0.80, 0.10),
    "green": (0.10, 0.62, 0.22),
    "turquoise": (0.10, 0.65, 0.65),
    "blue": (0.10, 0.25, 0.85),
    "purple": (0.50, 0.12, 0.62),
    "pink": (0.98, 0.45, 0.68),
    "brown": (0.45, 0.28, 0.14),
    "black": (0.08, 0.08, 0.09),
    "grey": (0.50, 0.51, 0.53),
    "white": (0.95, 0.95, 0.95),
}
"""What a thing can be painted: word -> RGB in 0..1."""


def all_things() -> dict[str, Thing]:
    """Every thing that is installed, by its own name, sorted.

    One that cannot be loaded is left out: :func:`find_thing` says why, when it is asked for by the
    name of its entry point.
    """
    return dict(_loaded(entries("thing")))


def find_thing(noun: str) -> Thing:
    """The thing that people call so, one or several: "car", "toy cars", "Trash can".

    Raises:
        UnknownNameError: There is none.
        PluginError: A package has one under that very name, and it cannot be loaded.
    """
    things = _loaded(entries("thing"))
    known = {other: thing for thing in things.values() for other in thing.nouns} | things
    for word in _singular(" ".join(noun.lower().replace("_", " ").split())):
        if word in known:
            return known[word]
    if noun in names("thing"):
        return checked_thing(noun)
    raise UnknownNameError(
        f"no thing is called {noun!r}.{did_you_mean(noun, known)} There are: {', '.join(things)}."
        " A package can add one: docs/extending.md"
    )


def checked_thing(name: str) -> Thing:
    """The thing that is registered under the name of an entry point.

    Raises:
        PluginError: What is registered is none, or it cannot be loaded.
    """
    thing = load("thing", name)
    if not isinstance(thing, Thing):
        got = thing.__name__ if isinstance(thing, type) else type(thing).__name__
        raise PluginError(
            f"what is registered as the thing {name!r} is no cliprt.things.interface.Thing, but"
            f" {got}. Let its entry point name a Thing"
        )
    return thing


@cache
def _loaded(registered: tuple[Entry, ...]) -> dict[str, Thing]:
    """What is registered, once for each set of entry points: loading all takes milliseconds."""
    found = {}
    for name in sorted({entry.name for entry in registered}):
        with suppress(PluginError):
            thing = checked_thing(name)
            found[thing.name] = thing
    return {name: found[name] for name in sorted(found)}


def _singular(noun: str) -> Iterator[str]:
    """The word itself, and what it may be one of.

    >>> list(_singular("boxes"))
    ['boxes', 'boxe', 'box']
    """
    yield noun
    for ending, one in (("s", ""), ("es", ""), ("ies", "y")):
        if re.search(rf"\w\w{ending}$", noun):
            yield noun.removesuffix(ending) + one
