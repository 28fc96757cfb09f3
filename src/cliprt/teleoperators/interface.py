"""The contract of a teleoperator: whoever says, in words, what the arm should do next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task
from cliprt.types import Observation, Primitive


class Teleoperator(ABC):
    """A person, or something that speaks like one.

    Attributes:
        is_person: Someone sits at this terminal: episodes are taught here, one after the other,
            not in processes beside it.
    """

    incidental_options: ClassVar[tuple[str, ...]] = ()
    """Constructor options that leave what is taught as it is, e.g. how it is shown."""

    is_person: ClassVar[bool] = False

    @abstractmethod
    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """A new episode begins.

        Args:
            instruction: The task in words.
            seed: Makes a simulated speaker repeatable; people ignore it.
            task: The task object, for privileged (simulated) speakers; None on hardware.
            world: The simulator's world, for privileged speakers; None on hardware.
        """

    @abstractmethod
    def say(self, observation: Observation) -> str:
        """The next sentence; ``"done"`` and ``"stop"`` are sentences too."""

    @abstractmethod
    def hear(self, message: str, offers: tuple[str, ...] = ()) -> None:
        """The answer to the last sentence: a question back, offers to choose from, a refusal."""

    def review(
        self, observation: Observation, proposal: Primitive | None, probability: float | None
    ) -> str:
        """What to do instead of what comes next; "" lets it happen.

        Whoever does not watch lets everything happen, as here.

        Args:
            observation: What is seen.
            proposal: What a policy would do next, or what goes on because somebody said "keep
                going"; None where a policy knows nothing to do.
            probability: How sure the policy is, 0..1; None where no policy proposes.
        """
        return ""

    def go_on(self, reason: str) -> bool:
        """Whether the robot may move again after a stop; blocks until that is decided.

        Whoever does not watch does not know, as here: the episode ends.

        Args:
            reason: Why it stopped.
        """
        return False
