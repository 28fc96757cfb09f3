"""What lies where on the table, at random within bounds: values, and whether they fit.

A scene is the same in YAML (:mod:`cliprt.scenes.entries`), in words (:mod:`cliprt.scenes.words`)
and in Python; positions are metres in the robot's base frame: x forward from the robot, y to its
left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cliprt.errors import UsageError
from cliprt.geometry import rotation_about
from cliprt.language.remarks import Remark
from cliprt.scenes import room
from cliprt.scenes.carrying import carries
from cliprt.scenes.placed import Placed, named
from cliprt.scenes.room import Ground, Size, edges, lies_within
from cliprt.tasks.surroundings import DISTRACTOR

MOST_THINGS = 12
RESERVED = ("robot", "table", "hand", "gripper", "it")
"""Names that no thing may have."""

_TALLEST_M = 0.5
"""Of a pile: the hand still starts above it."""

_LYING = 0.7
"""Share of a hollow thing's shorter edge that what lies in it has at most."""
_LEANING = 0.4
"""Share of a thing's length that a hollow thing is deep in which it stands on its end."""

Place = tuple[str | int, ...]
"""Where in a scene's entries something stands, e.g. ``(2, "at")``."""


Find = Callable[["Scene"], Iterator[tuple[Place, str]]]
"""Finds mistakes of one sort."""


class SceneError(UsageError):
    """A scene that cannot be laid; `problems` holds every mistake: where it stands, and what."""

    def __init__(self, problems: Iterable[tuple[Place, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{to_text(place)}: {text}" for place, text in self.problems))

    def __reduce__(self) -> tuple[type[SceneError], tuple[tuple[tuple[Place, str], ...]]]:
        """Travel whole from a worker process."""
        return type(self), (self.problems,)


@dataclass(frozen=True)
class Scene:
    """What stands on the table; things without a name get one.

    >>> Scene((Placed("cup", colour="red"), Placed("cup", colour="blue"), Placed("plate"))).names
    ('red cup', 'blue cup', 'plate')
    """

    things: tuple[Placed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "things", named(self.things))

    @property
    def names(self) -> tuple[str, ...]:
        """What its things are called, in their order."""
        return tuple(placed.name for placed in self.things)

    @property
    def openings(self) -> dict[str, tuple[str, ...]]:
        """Every thing by its name, and which of its links open."""
        return {placed.name: placed.kind.opens for placed in self.things}

    def __getitem__(self, name: str) -> Placed:
        """The thing of a name."""
        return self.things[self.names.index(name)]

    def below(self, placed: Placed) -> Iterator[Placed]:
        """What carries a thing, and what carries that, down to the table."""
        while placed.on:
            placed = self[placed.on]
            yield placed

    @cached_property
    def stances(self) -> tuple[np.ndarray, ...]:
        """Of each thing, the transform (4, 4) before it is turned about the vertical and placed.

        What is too long to lie in a deep hollow thing stands in it, on its end.
        """
        return tuple(map(self._stance, self.things))

    def _stance(self, placed: Placed) -> np.ndarray:
        if not placed.on or "filled" not in self[placed.on].kind.can:
            return np.eye(4)
        (length, width, depth), long = edges(self[placed.on].size), max(edges(placed.size)[:2])
        is_too_long = long > _LYING * min(length, width)
        return (
            room.stand_on_end(placed.size) if is_too_long and depth > _LEANING * long else np.eye(4)
        )

    @cached_property
    def sizes(self) -> tuple[Size, ...]:
        """The upright box around each thing as it stands, not yet turned and placed [m]."""
        pairs = zip(self.things, self.stances, strict=True)
        return tuple(room.boxed(placed.size, stance) for placed, stance in pairs)

    @cached_property
    def spots(self) -> tuple[tuple[float, float, float], ...]:
        """Where each thing's frame stands in its middle position (x, y) [m], its turn [deg]."""
        return tuple(map(self._spot, self.things))

    def _spot(self, placed: Placed) -> tuple[float, float, float]:
        (x, y), turn = placed.at, placed.turn_deg
        for carrier in self.below(placed):
            dx, dy = rotation_about(2, math.radians(carrier.turn_deg))[:2, :2] @ (x, y)
            x, y, turn = carrier.at[0] + dx, carrier.at[1] + dy, turn + carrier.turn_deg
        return x, y, turn

    @cached_property
    def grounds(self) -> tuple[Ground, ...]:
        """What each thing covers of the table in its middle position, (4, 2) [m]."""
        pairs = zip(self.sizes, self.spots, strict=True)
        return tuple(room.ground(size, (x, y), turn) for size, (x, y, turn) in pairs)

    def pile(self, placed: Placed) -> Size:
        """The box around a thing and all that it carries, in the frame in which it stands [m]."""
        boxes = [self.sizes[self.names.index(placed.name)]]
        for carried in (other for other in self.things if other.on == placed.name):
            at = np.eye(4)
            at[:3, :3] = rotation_about(2, math.radians(carried.turn_deg))
            at[:2, 3] = carried.at
            boxes.append(room.boxed(self.pile(carried), at))
        corners = np.array(boxes)
        return room.to_size(corners[:, 0].min(axis=0), corners[:, 1].max(axis=0))

    def covered(self, placed: Placed) -> Ground:
        """What a thing on the table and all that it carries cover of it (4, 2) [m]."""
        return room.ground(self.pile(placed), placed.at, placed.turn_deg)

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """How high above the table each thing begins [m], if what carries it is filled up."""
        tall = {
            placed.name: size[1][2] - size[0][2]
            for placed, size in zip(self.things, self.sizes, strict=True)
        }
        return tuple(sum(tall[c.name] for c in self.below(placed)) for placed in self.things)

    @property
    def top_m(self) -> float:
        """How high the tallest thing, or pile, reaches at most [m]."""
        pairs = zip(self.heights, self.sizes, strict=True)
        return max((height + edges(size)[2] for height, size in pairs), default=0.0)


def apart_m(one: Placed, other: Placed) -> float:
    """The gap that two things need [m]; on one other they may lie close together."""
    return room.CARRIED_GAP_M if one.on and one.on == other.on else room.GAP_M


def to_text(place: Place) -> str:
    """A place in a scene as people write it.

    >>> to_text((2, "at"))
    'scene[2].at'
    """
    return "scene" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place)


def check(scene: Scene) -> None:
    """Raise unless everything can stand where it shall.

    Raises:
        SceneError: With every thing that cannot, and what to do.
    """
    if problems := tuple(find_problems(scene)):
        raise SceneError(problems)


def find_problems(scene: Scene) -> tuple[tuple[Place, str], ...]:
    """What keeps a scene from being laid: where it stands, and what is wrong.

    Its things are known to the catalogue.  What would only follow from a mistake is not told.
    """
    finders = (_find_unsteady, _find_lost, _find_overlaps)
    return find_misnamed(scene) or _first(scene, finders)


def find_misnamed(scene: Scene) -> tuple[tuple[Place, str], ...]:
    """Of these, what is wrong wherever things stand."""
    return _first(scene, (_find_too_many, _find_wrong_names, _find_wrong_carriers))


def _first(scene: Scene, finders: Iterable[Find]) -> tuple[tuple[Place, str], ...]:
    return next((found for find in finders if (found := tuple(find(scene)))), ())


def _find_too_many(scene: Scene) -> Iterator[tuple[Place, str]]:
    count = len(scene.things)
    if count > MOST_THINGS:
        text = "{count} things are too many for the table. Allowed: at most {most}."
        yield (), Remark(text, count=count, most=MOST_THINGS)


def _find_wrong_names(scene: Scene) -> Iterator[tuple[Place, str]]:
    for i, name in enumerate(scene.names):
        if name in scene.names[:i]:
            text = "{name!r} is there twice. Give one another name."
            yield (i, "name"), Remark(text, name=name)
        elif name in RESERVED or name.startswith(DISTRACTOR):
            text = "no thing can be called {name!r}. Give it another name."
            yield (i, "name"), Remark(text, name=name)


def _find_wrong_carriers(scene: Scene) -> Iterator[tuple[Place, str]]:
    for i, placed in enumerate(scene.things):
        if placed.on and placed.on not in scene.names:
            text = "the {name} lies on {on!r}, which is not there. Allowed: {names}."
            names = ", ".join(name for name in scene.names if name != placed.name)
            yield (i, "on"), Remark(text, name=placed.name, on=placed.on, names=names or "-")
            return  # nothing can be followed down to the table
        if _goes_round(scene, placed):
            text = "the {name} lies on itself, by way of others. Put it on the table."
            yield (i, "on"), Remark(text, name=placed.name)
            return


def _find_unsteady(scene: Scene) -> Iterator[tuple[Place, str]]:
    for i, (placed, size) in enumerate(zip(scene.things, scene.sizes, strict=True)):
        if not placed.on:
            continue
        below, box = scene[placed.on], scene.sizes[scene.names.index(placed.on)]
        is_low = scene.heights[i] + edges(size)[2] <= _TALLEST_M
        if not (is_low and carries(below, box, size, placed.at)):
            text = "the {name} does not stay on the {on}. Put it on something larger, or beside it."
            yield (i, "on"), Remark(text, name=placed.name, on=placed.on)


def _goes_round(scene: Scene, placed: Placed) -> bool:
    seen = {placed.name}
    while placed.on:
        if placed.on in seen or placed.on not in scene.names:
            return placed.on in seen
        seen.add(placed.on)
        placed = scene[placed.on]
    return False


def _find_lost(scene: Scene) -> Iterator[tuple[Place, str]]:
    """What is too large for the table, out of reach or beyond the rim."""
    (x0, y0), (x1, y1) = room.FIELD
    for i, (placed, size) in enumerate(zip(scene.things, scene.sizes, strict=True)):
        x, y = scene.spots[i][:2]
        length, width, _ = edges(size)
        if not room.find_room(size, placed.turn_deg, (x, y), ()):
            text = (
                "the {name} does not fit on the table: it is {length:.0f} by {width:.0f} cm."
                " Leave it out, or turn it."
            )
            yield (i,), Remark(text, name=placed.name, length=100 * length, width=100 * width)
        elif not lies_within(np.array([(x, y)]), room.FIELD):
            text = (
                "the {name} is out of reach at {x:.2f}, {y:.2f}. Allowed: {x0:.2f} to {x1:.2f} m"
                " forward, {y0:.2f} to {y1:.2f} m to the left."
            )
            values = {"x": x, "y": y, "x0": x0, "x1": x1, "y0": y0, "y1": y1}
            yield (i, "at"), Remark(text, name=placed.name, **values)
        elif not lies_within(scene.grounds[i], room.TABLE):
            text = "the {name} reaches over the rim of the table. Move it towards the middle."
            yield (i, "at"), Remark(text, name=placed.name)


def _find_overlaps(scene: Scene) -> Iterator[tuple[Place, str]]:
    """Two things in one place, unless one carries the other; each thing is told of once."""
    for i, placed in enumerate(scene.things):
        for j, other in enumerate(scene.things[:i]):
            if placed in scene.below(other) or other in scene.below(placed):
                continue
            if room.gap(scene.grounds[i], scene.grounds[j]) < apart_m(placed, other) - 1e-9:
                text = "the {name} and the {other} are in one place. Move one of them."
                yield (i, "at"), Remark(text, name=placed.name, other=other.name)
                break
