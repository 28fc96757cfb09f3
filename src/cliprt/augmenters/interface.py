"""The contract of an augmenter: a taught episode -> plans to execute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cliprt.types import Plan, Primitive

if TYPE_CHECKING:
    import numpy as np


class Augmenter(ABC):
    """Built with the vocabulary: ``__init__(self, vocabulary, **options)``.

    Plans only; executing them on the robot, which makes the images, is the runtime's work.
    """

    @abstractmethod
    def plan(
        self, episode_id: str, primitives: Sequence[Primitive], rng: np.random.Generator
    ) -> list[Plan]:
        """New ways from the episode's first state to its last.

        Args:
            episode_id: The demonstration's id, kept in every plan.
            primitives: What the demonstration did, in order (exact motions).
            rng: The only source of chance.
        """
