"""One of many things that can be asked in one and the same scene: the words choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cliprt.errors import UsageError, did_you_mean
from cliprt.goals.conditions import Goal, holds
from cliprt.goals.facts import Facts, measure
from cliprt.goals.words import read_goal
from cliprt.robots.world import Vector, World
from cliprt.scenes.laying import lay
from cliprt.scenes.placed import Placed
from cliprt.scenes.scene import Scene
from cliprt.tasks.chores import CHORES, HELD_OUT, PICK, POINT, PUSH, THINGS, Chore
from cliprt.tasks.guide import (
    LIFT_M,
    Tolerance,
    X,
    Y,
    Z,
    approach,
    carry,
    fetch,
    set_gripper,
    slide,
)
from cliprt.tasks.scene import Difficulty, Region, point_of, tilt_rad
from cliprt.tasks.tabletop import TabletopTask
from cliprt.things.cubes import EDGE_M
from cliprt.things.dishes import PLATE_HEIGHT_M
from cliprt.things.drawer_unit import FLOOR_M, MIDDLE, WIDTH_M
from cliprt.things.vessels import CUP_HEIGHT_M
from cliprt.types import Primitive

FRONT_M, ROW_M = 0.36, (-0.21, -0.07, 0.07, 0.21)
"""Where the things stand in a row before the robot: x, and the y of each."""
BACK_M, ASIDE_M = 0.62, 0.14
"""Where the plate lies, and the y of plate and drawers, one on each side."""
UNITS_M, APART_M = 0.68, WIDTH_M + 0.012
"""The x of the two drawer units, and how far apart their middles are."""
_EXACT = (0.0, 0.0)
FALLEN_RAD = 0.7

HEIGHT_M = {"cube": EDGE_M, "cup": CUP_HEIGHT_M}
GRASP_M = {"cube": 0.031, "cup": CUP_HEIGHT_M - 0.02}
"""Of the pinch point above the table where a standing thing is held."""
TIP_M = 0.012
"""From the pinch point down to the fingertips."""
NEAR = Tolerance(x=0.014, y=0.008, z=0.009)
NEAR_PLACE = Tolerance(x=0.012, y=0.012)
NEAR_POINT = Tolerance(x=0.014, y=0.014, z=0.012)
BEHIND_M, PUSH_M, PUSH_Z_M = 0.075, 0.10, 0.028
"""From a thing's middle back to where closed fingers come down; how far and how high they push."""
NEAR_PUSH = Tolerance(x=0.014, y=0.008, z=0.012)
CLEAR_M = CUP_HEIGHT_M + 0.025
"""Height from which the empty hand moves sideways over the things."""
OVER_M = 0.085
"""Height of a carried thing's underside from which it is carried over the drawers' rims."""
LET_GO_M = {"plate": PLATE_HEIGHT_M + 0.008, "drawer": FLOOR_M + 0.026}
"""Height of its underside at which it is let go: the fingers open above a drawer's rim."""


class HouseholdTask(TabletopTask):
    """Cubes and cups in two colours, a plate, and two drawers that stand open."""

    finds_mistakes = True

    suite = "household"
    max_steps = 36
    hand = Region((0.30, -0.10, 0.22), (0.40, 0.10, 0.28))

    def __init__(
        self, instruction: str = CHORES[0].instruction, difficulty: Difficulty = "default"
    ) -> None:
        """Choose what is asked.

        Args:
            instruction: One of :data:`cliprt.tasks.chores.CHORES` in words.
            difficulty: How much scenes differ.

        Raises:
            UsageError: It is none of them, or another difficulty.
        """
        super().__init__(difficulty)
        self.chore = find_chore(instruction)
        self.instruction = self.chore.instruction
        self.suite = "household_held_out" if self.chore in HELD_OUT else "household"
        self._before: Facts | None = None

    @classmethod
    def find_mistakes(
        cls, options: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """See the contract."""
        try:
            find_chore(options.get("instruction", CHORES[0].instruction))
        except UsageError as error:
            yield ("instruction",), str(error)

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """The things in any order; the plate on one side beyond them, the drawers on the other."""
        lay(draw_scene(rng, self.spread), world, rng)

    def see_start(self, world: World) -> None:
        """What pushing is compared with."""
        self._before = measure(world)

    def is_success(self, world: World) -> bool:
        """The asked thing happened, and nothing else that could have been asked."""
        return self.done(world) == (self.chore,)

    def done(self, world: World) -> tuple[Chore, ...]:
        """All of what can be asked that is so now."""
        now = measure(world)
        start = self._before or now
        return tuple(c for c, goal in GOALS.items() if holds(goal, now, start))

    def remarks(self, world: World) -> Mapping[str, Any]:
        """``did``: all that was done, in words."""
        return {"did": [chore.instruction for chore in self.done(world)]}

    def next(self, world: World) -> Primitive | None:
        """What someone does who was asked so; None where it is done, or the thing has fallen."""
        facts, chore = measure(world), self.chore
        if holds(GOALS[chore], facts, self._before or facts):
            return None
        if tilt_rad(world.pose(chore.what)) > FALLEN_RAD:
            return None
        if chore.wording == POINT:
            x, y, z = _foot(world, chore.what)
            above = z + HEIGHT_M[_kind(chore.what)] + TIP_M + 0.027
            return approach(world.tcp_pose, (x, y, above), CLEAR_M, NEAR_POINT)
        if chore.wording == PUSH:
            return _push(world, chore.what)
        if not facts.things[chore.what].held:
            x, y, z = _foot(world, chore.what)
            return fetch(world, (x, y, z + GRASP_M[_kind(chore.what)]), CLEAR_M, NEAR)
        return slide(Z, LIFT_M) if chore.wording == PICK else _bring(world, chore)


def find_chore(instruction: str) -> Chore:
    """What is asked by an instruction as it is taught.

    Raises:
        UsageError: Nothing.
    """
    known = {chore.instruction: chore for chore in CHORES}
    if instruction not in known:
        raise UsageError(
            f"{instruction!r} cannot be asked in a household.{did_you_mean(instruction, known)}"
            f" Allowed: {'; '.join(known)}."
        )
    return known[instruction]


def draw_scene(rng: np.random.Generator, spread: float) -> Scene:
    """A scene in which all chores can be done; a spread of 1 is the usual amount of chance."""

    def near(x: float, y: float, reach_m: float) -> tuple[float, float]:
        dx, dy = rng.uniform(-reach_m, reach_m, 2) * spread
        return round(float(x + dx), 4), round(float(y + dy), 4)

    row = [
        Placed(what.split()[1], what, what.split()[0], near(FRONT_M, y, 0.018), 0, _EXACT, 10)
        for what, y in zip(map(str, rng.permutation(THINGS)), ROW_M, strict=True)
    ]
    side = float(rng.choice((-1, 1)))
    plate = Placed("plate", "plate", "green", near(BACK_M, side * ASIDE_M, 0.015), 0, _EXACT)
    x, y = near(UNITS_M, -side * ASIDE_M, 0.015)
    units = [
        Placed("drawer unit", name, "", (x, y + way), 0, _EXACT, 0, state={"drawer": 1.0})
        for name, way in (("left drawer", APART_M / 2), ("right drawer", -APART_M / 2))
    ]
    return Scene((*row, plate, *units))


def _kind(what: str) -> str:
    return what.split()[-1]


def _foot(world: World, what: str) -> Vector:
    """The middle of a thing's underside: a cube's frame is in its middle, a cup's at its foot."""
    x, y, z = world.pose(what)[:3]
    return x, y, z - (EDGE_M / 2 if _kind(what) == "cube" else 0.0)


def _push(world: World, what: str) -> Primitive:
    """Close the hand, come down behind it, forward."""
    if world.gripper == "open":
        return set_gripper("closed")
    at, (x, y, _) = world.tcp_pose, world.pose(what)[:3]
    is_low, is_behind = at[Z] < PUSH_Z_M + NEAR_PUSH.z, 0.0 < x - at[X] < BEHIND_M + NEAR_PUSH.x
    if is_low and is_behind and abs(y - at[Y]) < 2 * NEAR_PUSH.y:
        return slide(X, PUSH_M)
    goal = (x - BEHIND_M, y, PUSH_Z_M)
    return approach(at, goal, CLEAR_M, NEAR_PUSH) or slide(X, PUSH_M)


def _bring(world: World, chore: Chore) -> Primitive:
    """Carry what is held over its place, lower it, let go."""
    is_plate = chore.where == "plate"
    place = world.pose("plate")[:3] if is_plate else _in_drawer(world, chore.where)
    goal = (*place[:2], LET_GO_M["plate" if is_plate else "drawer"])
    step = carry(_foot(world, chore.what), goal, OVER_M, NEAR_PLACE)
    return step or set_gripper("open")


def _in_drawer(world: World, unit: str) -> Vector:
    return point_of(world.pose(unit, "drawer"), MIDDLE)


def _goals() -> dict[Chore, Goal]:
    names: dict[str, Sequence[str]] = {
        **dict.fromkeys((*THINGS, "plate"), ()),
        "left drawer": ("drawer",),
        "right drawer": ("drawer",),
    }
    return {chore: read_goal(chore.goal, names) for chore in CHORES}


GOALS = _goals()
"""When each is done."""
