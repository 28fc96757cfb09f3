"""How large a table is: changes that every model of it shares."""

from __future__ import annotations

from dataclasses import dataclass

from cliprt.recipe.schema import Component
from cliprt.stages.models import CLAIMS


@dataclass(frozen=True)
class Profile:
    """How large a table is.

    Attributes:
        overrides: Changes of the suites' recipes, ``key=value``.
        tasks: How many of a suite's tasks; 0 = all.
        augmenter_options: Augmenter -> options instead of the recipe's; empty = the recipe's.
        own_scenes: Every training seed is taught, corrected and judged in scenes of its own.
    """

    overrides: tuple[str, ...] = ()
    tasks: int = 0
    augmenter_options: tuple[Component, ...] = ()
    own_scenes: bool = False


PROFILES = {
    "full": Profile(),
    "quick": Profile(("trainer.max_steps=2000", "evaluation.trials=10")),
    "brief": Profile(
        # in scenes that nobody had looked at when the length was chosen
        ("trainer.max_steps=400", "evaluation.trials=10", "evaluation.first_seed=100010")
    ),
    "tiny": Profile(
        (
            "robot.image_size=32",
            "data.episodes=2",
            "trainer.max_steps=6",
            "trainer.warmup_steps=2",
            "trainer.checkpoint_every=3",
            "trainer.log_every=2",
            "evaluation.trials=2",
            "evaluation.max_steps=4",
        ),
        tasks=1,
        augmenter_options=(
            Component("scene", {"scenes": 1}),
            Component("std", {"variants": 1, "recoveries": 1}),
        ),
    ),
    CLAIMS: Profile(own_scenes=True),
}
"""Name -> size: everything; an hour or so on two cores; what is learned in half a minute, where
pretraining shows most; seconds, for tests; many seeds of little, to decide claims with."""

SCENES_APART = 100
"""How far the scenes of one training seed lie from those of the next, where each has its own."""
