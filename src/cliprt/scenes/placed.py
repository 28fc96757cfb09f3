"""One thing of a scene: where it lies, how it is turned, what it is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from cliprt.scenes.room import Size, Spot, size_of
from cliprt.things.catalogue import find_thing
from cliprt.things.interface import Thing

WITHIN_M, WITHIN_DEG = 0.04, 15.0
"""How far from its place a thing lies at most where nothing else is said."""
INK = "ink"
"""The state of a sheet: the share of it that is written on."""


@dataclass(frozen=True)
class Placed:
    """One thing on the table, or on another.

    Attributes:
        thing: Which one of the catalogue, by any of its nouns.
        name: What it is called in its scene; "" = by its noun, with its colour or a number.
        colour: A word for it; "" = its usual one.
        at: Where its frame stands (x, y) [m]; `on` another: from that one's frame, along its axes.
        turn_deg: How it is turned, anticlockwise from above; `on` another: from how that one is.
        within_m: How far from there it lies at most, along x and y [m].
        within_deg: How far it is turned from there at most.
        on: Name of the thing that it lies on, or in; "" = the table.
        state: Link that opens -> how far, 0 = shut and 1 = wide open; ``"ink"`` -> the share of a
            sheet that is written on.
    """

    thing: str
    name: str = ""
    colour: str = ""
    at: Spot = (0.0, 0.0)
    turn_deg: float = 0.0
    within_m: Spot = (WITHIN_M, WITHIN_M)
    within_deg: float = WITHIN_DEG
    on: str = ""
    state: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def kind(self) -> Thing:
        """What the catalogue says of it.

        Raises:
            UnknownNameError: It has no such thing.
        """
        return find_thing(self.thing)

    @cached_property
    def size(self) -> Size:
        """The box that it fills, in its own frame [m]."""
        return size_of(self.kind, self.state)


def named(things: Iterable[Placed]) -> tuple[Placed, ...]:
    """Things with names: a noun that is there once; else with its colour; else with a number."""
    things = tuple(things)
    nouns = [placed.kind.name for placed in things]
    taken = Counter(placed.name for placed in things if placed.name)
    found = []
    for placed, noun in zip(things, nouns, strict=True):
        name = placed.name
        if not name:
            name = noun if nouns.count(noun) == 1 else f"{placed.colour} {noun}".strip()
            taken[name] += 1
            name = name if taken[name] == 1 else f"{name} {taken[name]}"
        found.append(replace(placed, name=name))
    return tuple(found)
