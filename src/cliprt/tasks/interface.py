"""The contract of a task: instruction, scene, success, and what a teacher would do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from cliprt.types import Primitive

if TYPE_CHECKING:
    import numpy as np

    from cliprt.robots.world import World


class Task(ABC):
    """One skill to be taught.

    Stateless apart from what `reset` draws: `is_success` and `advise` are functions of the world
    (and of the scene that `reset` made), so any state, also one restored from a snapshot, can be
    judged.
    """

    instruction: ClassVar[str]
    """The task in words, as the paper gives it."""

    suite: ClassVar[Literal["novel", "common"]]
    """Which of the paper's two task sets it belongs to."""

    hold_s: ClassVar[float] = 0.25
    """How long the condition must hold, undisturbed, to count as success [s]."""

    max_steps: ClassVar[int] = 40
    """Primitives after which an attempt is given up."""

    @abstractmethod
    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Build a randomised scene in a world that was just cleared, and let it settle."""

    @abstractmethod
    def is_success(self, world: World) -> bool:
        """Whether the physical condition holds in this very state."""

    @abstractmethod
    def advise(self, world: World) -> Primitive | None:
        """What someone who sees everything would do now (motion and gripper; label and phrase are
        not needed); None = nothing left to do."""
