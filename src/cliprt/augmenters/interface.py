"""The contract of an augmenter: taught episodes -> plans to execute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cliprt.types import Demonstration, Layout, Plan

if TYPE_CHECKING:
    import numpy as np

SCENE_SEEDS_FROM = 1_000_000
"""Scenes that augmenters invent have seeds from here on; a policy is judged in others."""


class Augmenter(ABC):
    """Built with the vocabulary: ``__init__(self, vocabulary, **options)``.

    Plans only; executing them on the robot, which makes the images, is the runtime's work.
    """

    def study(self, demonstrations: Sequence[Demonstration]) -> None:
        """See all demonstrations of a run, before any `plan`; by default nothing comes of it."""
        return  # optional, so not abstract

    @abstractmethod
    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """New ways through one task: in the demonstration's own scene, or in others.

        A plan for another scene (``scene_seed``) may leave its steps to `adapt`.

        Args:
            demonstration: What was taught; its id is kept in every plan.
            rng: The only source of chance.
        """

    def adapt(
        self, plan: Plan, demonstration: Demonstration, layout: Layout, rng: np.random.Generator
    ) -> Plan:
        """The plan for a scene of its own, now that it is known where things lie there.

        Args:
            plan: One of `plan`'s, with a ``scene_seed``.
            demonstration: What it was made from.
            layout: Where hand and things are at the start of that scene.
            rng: The only source of chance.
        """
        return plan
