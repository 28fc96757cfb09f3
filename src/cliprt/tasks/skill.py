"""A skill that a person brought: its words, what lies on the table, and when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np

from cliprt.errors import UsageError
from cliprt.robots.world import World
from cliprt.scenes.entries import from_entries
from cliprt.scenes.laying import lay
from cliprt.scenes.scene import SceneError
from cliprt.tasks.scene import Difficulty, Region
from cliprt.tasks.tabletop import TableTask
from cliprt.types import Limit

LONGEST = 200
"""Characters of an instruction."""

_CLEAR_M = 0.06
"""Between the tallest thing and the hand above it, at the start."""
_SETTLE_S = 0.5
"""What lies on or in something comes to rest in this time."""


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
            scene: What lies on the simulated table: entries as in :mod:`cliprt.scenes.entries`, or
                words; on hardware lies there whatever lies there.
            goal: When it is done, in words, e.g. ``"the spoon is in the mug"``; "" = a person says.
            max_steps: Primitives after which an attempt is given up.
            difficulty: How much the start of the hand, light and surroundings differ.

        Raises:
            UsageError: The instruction is empty or far too long, or another difficulty.
            SceneError: The scene cannot be laid.
        """
        super().__init__(difficulty)
        self.instruction = check_instruction(instruction)
        self.scene = from_entries(scene)
        self.goal = goal
        self.max_steps = max_steps
        self.hand = _above(type(self).hand, self.scene.top_m)

    @classmethod
    def find_mistakes(
        cls, options: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """See the contract."""
        try:
            check_instruction(options["instruction"])
        except UsageError as error:
            yield ("instruction",), str(error)
        try:
            from_entries(options.get("scene", ()))
        except SceneError as error:
            for place, text in error.problems:
                yield ("scene", *place), text

    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """Lay the scene; what lies on or in something comes to rest."""
        lay(self.scene, world, rng)
        if any(placed.on for placed in self.scene.things):
            world.settle(_SETTLE_S)

    def is_success(self, world: World) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None


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
    return words


def _above(hand: Region, top_m: float) -> Region:
    """A start of the hand from which it touches nothing that is this tall."""
    rise = max(0.0, top_m + _CLEAR_M - hand.lower[2])
    (x0, y0, z0), (x1, y1, z1) = hand.lower, hand.upper
    return Region((x0, y0, z0 + rise), (x1, y1, z1 + rise))
