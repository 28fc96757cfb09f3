"""The contract of a task: instruction, scene, success, and what a teacher would do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, Protocol, runtime_checkable

import numpy as np
from typing_extensions import TypeVar

from cliprt.robots.simulation import Simulation
from cliprt.types import Primitive

_S = TypeVar("_S", bound=Simulation, default=Any)
"""The simulation whose scenes a task builds and judges."""


class Task(ABC, Generic[_S]):
    """One skill to be taught; its class, or its constructor, says what it is about.

    Stateless apart from what `reset` draws: `is_success` and `advise` are functions of the world
    (and of the scene that `reset` made), so any state, also one restored from a snapshot, can be
    judged.  One that can say what to do next is an :class:`Advises` too.
    """

    incidental_options: ClassVar[tuple[str, ...]] = ()
    """Constructor options that leave what is taught as it is, e.g. when it is done."""

    finds_mistakes: ClassVar[bool] = False
    """Whether `find_mistakes` does; read from the source, so that none is imported in vain."""

    instruction: str
    """The task in words."""

    suite: str
    """The set of tasks that it belongs to, e.g. ``"novel"`` of the paper."""

    is_judged: bool = True
    """Whether `is_success` can say; False = only a person can."""

    hold_s: float = 0.25
    """How long the condition must hold, undisturbed, to count as success [s]."""

    max_steps: int = 40
    """Primitives after which an attempt is given up."""

    @classmethod
    def find_mistakes(
        cls, options: Mapping[str, Any]
    ) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """What no type can tell of a recipe's options: key below the task's entry, what is wrong.

        Args:
            options: The given ones, each of its type.
        """
        return ()

    @abstractmethod
    def reset(self, world: _S, rng: np.random.Generator) -> None:
        """Build a randomised scene in a world that was just cleared, and let it settle."""

    @abstractmethod
    def is_success(self, world: _S) -> bool | None:
        """Whether the physical condition holds in this very state; None: only a person can say."""

    def remarks(self, world: _S) -> Mapping[str, Any]:
        """What an episode that ends in this state keeps in its ``meta`` (JSON values)."""
        return {}


@runtime_checkable
class Advises(Protocol):
    """A task that the simulated teacher can teach."""

    def advise(self, world: Any) -> Primitive | None:
        """What someone who sees everything would do now (motion and gripper; label and phrase are
        not needed); None = nothing left to do."""
