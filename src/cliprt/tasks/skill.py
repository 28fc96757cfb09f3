"""A skill that a person brought: its words, what lies on the table, and when it is done."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, check_goal, holds
from cliprt.goals.facts import Facts, measure, to_dict
from cliprt.goals.words import read_goal
from cliprt.language.text import has_control_characters
from cliprt.robots.world import World
from cliprt.scenes.entries import from_entries
from cliprt.scenes.imagining import imagine
from cliprt.scenes.laying import lay
from cliprt.scenes.scene import Scene, SceneError
from cliprt.tasks.scene import Difficulty, Region
from cliprt.tasks.tabletop import TableTask
from cliprt.types import Limit

LONGEST = 200
"""Characters of an instruction."""

_CLEAR_M = 0.06
"""Between the tallest thing and the hand above it, at the start."""
_DRAWS = 10
"""A goal that holds at the start of so many scenes always does."""
_SETTLE_S, _SETTLES, _AT_REST_M = 1.0, 5, 0.0003
"""What lies on or in something is given so long to come to rest, at most so often, until nothing
moves further than this in that time."""


class SkillTask(TableTask):
    """What a person wants to be done, with things of the catalogue."""

    incidental_options: ClassVar[tuple[str, ...]] = ("goal", "max_steps")

    finds_mistakes = True

    suite = "own"

    def __init__(
        self,
        instruction: str,
        scene: Sequence[Any] | str = (),
        goal: str = "",
        max_steps: Annotated[int, Limit(1, 1000)] = 40,
        difficulty: Difficulty = "default",
    ) -> None:
        """Bring a skill.

        Args:
            instruction: What is to be done, in words.
            scene: What lies on the simulated table, in words or as a list of things, at random
                within bounds; on hardware lies there whatever lies there.
            goal: When it is done, in words, e.g. ``"the spoon is in the mug"``; "" = a person says.
            max_steps: Primitives after which an attempt is given up.
            difficulty: How much the start of the hand, light and surroundings differ.

        Raises:
            UsageError: The instruction is empty or far too long, the goal cannot be read, or
                another difficulty.
            SceneError: The scene cannot be laid.
        """
        super().__init__(difficulty)
        self.instruction = check_instruction(instruction)
        self.scene = from_entries(scene)
        self.goal = goal
        self._condition = parse_goal(goal, self.scene)
        self.is_judged = self._condition is not None
        self._before: Facts | None = None
        self.max_steps = max_steps
        self.hand = _above(type(self).hand, self.scene.top_m)

    @classmethod
    def find_mistakes(
        cls, options: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """See the contract."""
        try:
            check_instruction(options.get("instruction", "?"))  # a missing one is told elsewhere
        except UsageError as error:
            yield ("instruction",), str(error)
        try:
            scene = from_entries(options.get("scene", ()))
        except SceneError as error:
            for place, text in error.problems:
                yield ("scene", *place), text
            return
        try:
            parse_goal(options.get("goal", ""), scene)
        except UsageError as error:
            yield ("goal",), str(error)

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """Lay the scene; what lies on or in something comes to rest."""
        lay(self.scene, world, rng)
        if any(placed.on for placed in self.scene.things):
            _come_to_rest(world)

    def see_start(self, world: World) -> None:
        """What the goal is compared with."""
        self._before = measure(world)

    def is_success(self, world: World) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self._condition is None:
            return None
        now = measure(world)
        return holds(self._condition, now, self._before or now)

    def remarks(self, world: World) -> Mapping[str, Any]:
        """What was measured, so that a goal can be found in it, or judged again later."""
        now = measure(world)
        facts = {"start": to_dict(self._before or now), "end": to_dict(now)}
        return {"goal": self.goal, "facts": facts}


def _come_to_rest(world: World) -> None:
    for _ in range(_SETTLES):
        before = [world.pose(name)[:3] for name in world.bodies]
        world.settle(_SETTLE_S)
        after = [world.pose(name)[:3] for name in world.bodies]
        if max(map(math.dist, before, after)) < _AT_REST_M:
            break


def check_instruction(text: str) -> str:
    """The instruction without blanks around it.

    Raises:
        UsageError: It is empty, far too long, or not one line.
    """
    words = " ".join(text.split())
    if not words:
        raise UsageError("got no words. Say what is to be done, e.g. Put the spoon in the mug.")
    if len(words) > LONGEST:
        raise UsageError(f"got {len(words):,} characters. Allowed: at most {LONGEST}.")
    if has_control_characters(words) or "${" in words:  # in a recipe, that is another value
        raise UsageError(
            f"got {words!r}. Allowed: signs that can be typed, without ${{. Say words."
        )
    return words


def parse_goal(text: str, scene: Scene) -> Goal | None:
    """When a skill in a scene is done; None where a person says, or nothing was laid to measure.

    Raises:
        UsageError: It says nothing that can be measured there, or holds before anything is done.
    """
    if not text or not scene.things:
        return None
    goal = read_goal(text, scene.openings)
    check_goal(goal, _unreached(goal, scene))
    return goal


def _unreached(goal: Goal, scene: Scene) -> Facts:
    """How the scene may be laid with the goal still to be reached; anyhow, where it never is."""
    for seed in range(_DRAWS):
        facts = imagine(scene, np.random.default_rng(seed))
        if not holds(goal, facts, facts):
            break
    return facts


def _above(hand: Region, top_m: float) -> Region:
    """A start of the hand from which it touches nothing that is this tall."""
    rise = max(0.0, top_m + _CLEAR_M - hand.lower[2])
    (x0, y0, z0), (x1, y1, z1) = hand.lower, hand.upper
    return Region((x0, y0, z0 + rise), (x1, y1, z1 + rise))
