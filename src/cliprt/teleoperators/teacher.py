"""A simulated person who sees everything and says, in everyday words, what the arm should do."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from cliprt.errors import UsageError
from cliprt.registry import load
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Advises, Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.teleoperators.teacher_phrases import sentences
from cliprt.types import Limit, Observation, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import nearest

DONE = "done"


class TeacherTeleoperator(Teleoperator):
    """Says what the task would advise, differently every time; for simulators only.

    When somebody asks back, it says the canonical phrase of what it meant: that is the offer to
    take where there is one, and the plainest way to say it where there is none.
    """

    def __init__(
        self, variety: Annotated[float, Limit(0, 1)] = 1.0, vocabulary: str = "clip_rt_58"
    ) -> None:
        """Choose how the teacher speaks.

        Args:
            variety: Share of sentences in its own words, 0..1; the others are canonical phrases.
            vocabulary: Registry name of the vocabulary whose phrases are canonical.

        Raises:
            UsageError: `variety` is not between 0 and 1.
            UnknownNameError: There is no such vocabulary.
        """
        if not 0.0 <= variety <= 1.0:
            raise UsageError(
                f"variety of the teacher is {variety!r}. Allowed: 0 (canonical phrases only) to 1"
                " (own words only). Set for example: variety: 0.5"
            )
        self._variety = variety
        self._vocabulary: ActionVocabulary = load("vocabulary", vocabulary)()
        self._task: Advises | None = None
        self._world: Simulation | None = None
        self._rng = np.random.default_rng(0)
        self._canonical = ""
        self._answer = ""
        self._spoke_at_s = -1.0

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Look at the task and the world.

        Raises:
            UsageError: There is none to look at, as on hardware, or the task gives no advice.
        """
        if task is None or world is None:
            raise UsageError(
                f"the teacher cannot teach {instruction!r}: it has to see a task and a simulated"
                " world, and one is missing. Choose a simulated robot and a registered task, or"
                " the teleoperator: console"
            )
        if not isinstance(task, Advises):
            raise UsageError(
                f"the teacher cannot teach {instruction!r}: {type(task).__name__} says nobody what"
                " to do next. Give it `advise`, or choose the teleoperator: console"
            )
        self._task, self._world = task, world
        self._rng = np.random.default_rng(seed)
        self._canonical = self._answer = ""

    def say(self, observation: Observation) -> str:
        """The next sentence, or the answer if the last one was not acted upon.

        Raises:
            UsageError: The episode has not been started.
        """
        if self._task is None or self._world is None:
            raise UsageError("the teacher has nothing to look at yet. Call start() first.")
        answer, self._answer = self._answer, ""
        if answer and self._world.time_s == self._spoke_at_s:
            return answer
        self._spoke_at_s = self._world.time_s
        advice = self._task.advise(self._world)
        if advice is None:
            self._canonical = DONE
            return DONE
        return self._speak(advice)

    def review(
        self, observation: Observation, proposal: Primitive | None, probability: float | None
    ) -> str:
        """A sentence where the policy errs: in the direction, or by going too far.

        A shorter way in the right direction is let happen; it only takes longer.

        Raises:
            UsageError: The episode has not been started.
        """
        if self._task is None or self._world is None:
            raise UsageError("the teacher has nothing to look at yet. Call start() first.")
        advice = self._task.advise(self._world)
        if advice is None or (proposal is not None and _is_part_of(proposal, advice)):
            return ""
        self._spoke_at_s = self._world.time_s
        return self._speak(advice)

    def hear(self, message: str, offers: tuple[str, ...] = ()) -> None:
        """Remember what to answer; it is said only if the arm has not moved in the meantime."""
        self._answer = self._canonical

    def _speak(self, advice: Primitive) -> str:
        entry = nearest(self._vocabulary, advice.motion, advice.gripper)
        own = sentences(advice.motion, advice.gripper)
        self._canonical = entry.phrase if entry else own[0]
        if own and self._rng.random() < self._variety:
            return own[int(self._rng.integers(len(own)))]
        return self._canonical


def _is_part_of(proposal: Primitive, advice: Primitive) -> bool:
    """Whether a proposal goes the advised way, and not beyond."""
    if proposal.gripper != advice.gripper:
        return False
    wanted, offered = np.array(advice.motion), np.array(proposal.motion)
    length = np.linalg.norm(wanted)
    if length == 0 or np.linalg.norm(offered) == 0:
        return bool(np.allclose(wanted, offered))
    share = float(offered @ wanted / length**2)
    return 0 < share <= 1 + 1e-6 and bool(np.allclose(offered, share * wanted))
