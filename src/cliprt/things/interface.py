"""What a thing of the catalogue says about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cliprt.robots.ink import Canvas, Tool
from cliprt.robots.world import Body, Colour

Ability = Literal["held", "opened", "filled", "poured", "drawn on", "draws", "rolls", "turned"]
"""What can be done with a thing, or what it does."""

Grasp = tuple[float, float, float, float]
"""Where a hand from above holds a thing, in its frame: the pinch point (x, y, z) [m], and how far
the hand is turned about the vertical [rad]; at 0 its fingers close along y."""


@dataclass(frozen=True)
class Thing:
    """One kind of thing: how it is called and how it is made.

    A plugin registers one under the entry-point group ``cliprt.things``.

    Attributes:
        nouns: What people call it, its own name first.
        build: Makes one: (name, colour) -> a body that stands on the table, at rest where its
            lowest point touches it.
        colour: Its usual colour.
        can: What can be done with it.
        doors: Link that opens -> position of its joint when shut, and when wide open [rad or m].
        grasp: Where it is held; None = it is not to be held.
        canvas: Of one called `name`: the sheet that shows ink; None where there is none.
        tool: Of one called `name`: what it does to the sheets that it touches.
    """

    nouns: tuple[str, ...]
    build: Callable[[str, Colour], Body]
    colour: Colour
    can: frozenset[Ability] = frozenset()
    doors: tuple[tuple[str, float, float], ...] = ()
    grasp: Grasp | None = None
    canvas: Callable[[str], Canvas] | None = None
    tool: Callable[[str], Tool] | None = None

    @property
    def name(self) -> str:
        """What it is called first."""
        return self.nouns[0]

    @property
    def opens(self) -> tuple[str, ...]:
        """The links of its doors."""
        return tuple(link for link, _, _ in self.doors)
