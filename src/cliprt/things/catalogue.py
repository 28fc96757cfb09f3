"""All things that are installed, found by what people call them, and the words for colours."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from cliprt.errors import MissingExtraError, PluginError, UnknownNameError, did_you_mean
from cliprt.language.nouns import plural
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
    """Every thing that is installed, by its own name, sorted; see :func:`left_out`."""
    things = _loaded(entries("thing"))[0]
    return {name: things[name] for name in sorted(things)}


def left_out() -> tuple[str, ...]:
    """Why what is registered is no thing of the catalogue, one sentence each.

    It cannot be loaded, or another one has its name: one of ours, or the first by its entry point.
    """
    return _loaded(entries("thing"))[1]


def package_of(thing: Thing) -> str:
    """The package that registers a thing, and its version; "" where none does."""
    for entry in entries("thing"):
        with suppress(PluginError):
            if checked_thing(entry.name) is thing:
                return f"{entry.package} {entry.version}"
    return ""


def find_thing(noun: str) -> Thing:
    """The thing that people call so, one or several: "car", "toy cars", "Trash can".

    Raises:
        UnknownNameError: There is none.
        PluginError: A package has one under that very name, and it cannot be loaded.
    """
    known = _known(entries("thing"))
    said = " ".join(noun.lower().replace("_", " ").split())
    if said in known:
        return known[said]
    if noun in names("thing"):
        return checked_thing(noun)
    there = ", ".join(all_things())
    raise UnknownNameError(
        f"no thing is called {noun!r}.{did_you_mean(noun, known)} There are: {there}."
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
def _loaded(registered: tuple[Entry, ...]) -> tuple[dict[str, Thing], tuple[str, ...]]:
    """What is registered, ours first, and why the rest is left out.

    Once for each set of entry points: loading all takes milliseconds.
    """
    found: dict[str, Thing] = {}
    problems = []
    for entry in sorted(registered, key=lambda entry: (entry.package != "cliprt", entry.name)):
        try:
            thing = checked_thing(entry.name)
        except (PluginError, MissingExtraError) as error:
            problems.append(str(error))
            continue
        if found.setdefault(thing.name, thing) is not thing:
            problems.append(
                f"the thing {entry.name!r} of {entry.package} {entry.version} is called"
                f" {thing.name!r}, as another one is. Give it another first noun"
            )
    return found, tuple(dict.fromkeys(problems))


@cache
def _known(registered: tuple[Entry, ...]) -> dict[str, Thing]:
    """What people call things, one and several -> thing; its own name before others' nouns."""
    things = _loaded(registered)[0]
    known = {**things}
    for thing in things.values():
        for noun in thing.nouns:
            known.setdefault(noun, thing)
    several = {plural(noun): thing for noun, thing in known.items()}
    return {**several, **known}
