"""A policy that answers "what next?": by its best-scored primitive, or by motions of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from cliprt.errors import CheckpointError, ServerError, UnclearError
from cliprt.geometry import distance
from cliprt.policies.calibration import to_probabilities
from cliprt.robots.simulation import Simulation
from cliprt.runtime.choices import Choice, GiveUp, Halt, Move
from cliprt.runtime.explanation import Explanation, explain
from cliprt.tasks.interface import Task
from cliprt.types import GripperState, Observation, Outcome, PlannedStep, Pose, Proposal
from cliprt.vocabularies.interface import ActionVocabulary

SAME_PLACE_M = 0.002
SAME_PLACE_RAD = np.radians(1.0)
"""Two commanded poses nearer than this are one place to the loop breaker."""

Propose = Callable[[Observation, str], Proposal]
"""(observation, instruction) -> what a policy would do, such as a
:class:`cliprt.policies.acting.Actor`."""


@runtime_checkable
class Restarts(Protocol):
    """A policy that wants to know when an episode begins."""

    def restart(self) -> None:
        """A new episode begins."""


class PolicyAgent:
    """The best-scored primitive, each at most once per place; or what the policy proposes itself.

    Without history, a policy that undoes its last primitive would do so for ever.  The loop
    breaker remembers what was chosen (also what was refused) at each commanded pose and gripper
    state of the episode and takes the best of the rest.  It is not in the paper: report results
    with and without it.

    A policy whose server is late or lost proposes nothing: the robot is halted, with the reason.
    It gives up where nobody can be sure what the instruction means.

    Args:
        propose: The policy as a plain function.
        vocabulary: What its scores are about; None where it makes motions of its own.
        break_loops: False takes the best score whatever was tried.
        temperature: Divides the scores where they are explained; the choice stays the same.

    Attributes:
        has_repeated: Whether, in this episode, the best-scored primitive was ever one that had been
            tried at that place.  Until it is, breaking loops or not makes no difference.
    """

    def __init__(
        self,
        propose: Propose,
        vocabulary: ActionVocabulary | None,
        break_loops: bool = True,
        temperature: float = 1.0,
    ) -> None:
        self._propose = propose
        self._primitives = vocabulary.primitives if vocabulary else ()
        self._break_loops = break_loops
        self._temperature = temperature
        self._instruction = ""
        self._places: list[tuple[Pose, GripperState, set[int]]] = []
        self._scores: np.ndarray | None = None
        self._chosen: int | None = None
        self.has_repeated = False
        self.lost: ServerError | None = None
        """Why the policy's server had no answer to the latest question; None where it had."""

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Forget the last episode; task and world are not looked at."""
        if isinstance(self._propose, Restarts):
            self._propose.restart()
        self._instruction = instruction
        self._places = []
        self._scores = self._chosen = self.lost = None
        self.has_repeated = False

    @property
    def explanation(self) -> Explanation | None:
        """Why the latest decision was taken, worked out when asked for; None before the first, and
        where no primitives were ranked."""
        if self._scores is None or not np.isfinite(self._scores.max()):
            return None
        scores = self._scores.tolist()
        return explain(scores, self._primitives, self._temperature, chosen=self._chosen)

    @property
    def probabilities(self) -> np.ndarray | None:
        """Of all primitives (n,), at the latest decision; None as for `explanation`."""
        return None if self._scores is None else to_probabilities(self._scores, self._temperature)

    def decide(self, observation: Observation) -> Choice:
        """The best primitive that was not tried here, or all motions that are proposed.

        A halt where the policy's server is lost: whoever looks on decides how to go on.

        Raises:
            CheckpointError: The policy answers with the wrong number of scores, or with NaN, or
                with no motion at all.
        """
        self.lost = None
        try:
            proposal = self._propose(observation, self._instruction)
        except ServerError as error:
            self._scores = self._chosen = None
            self.lost = error
            return Halt(str(error))
        except UnclearError as error:
            self._scores = self._chosen = None
            return GiveUp(str(error))
        if proposal.scores is None:
            self._scores = self._chosen = None
            self._check_steps(proposal.steps)
            return Move(proposal.steps)
        scores = np.asarray(proposal.scores, dtype=float)
        self._check_scores(scores)
        tried = self._tried_at(observation)
        ranked = [i for i in np.argsort(-scores, kind="stable").tolist() if scores[i] > -np.inf]
        self.has_repeated |= bool(ranked) and ranked[0] in tried
        allowed = (i for i in ranked if not (self._break_loops and i in tried))
        best = next(allowed, None)
        self._scores, self._chosen = scores, best
        if best is None:
            return GiveUp("every primitive was tried at this pose")
        tried.add(best)
        return Move((PlannedStep(self._primitives[best]),))

    def notice(self, outcome: Outcome) -> None:
        """Nothing to learn: what was chosen is remembered already."""

    def _tried_at(self, observation: Observation) -> set[int]:
        for pose, gripper, tried in self._places:
            metres, radians = distance(pose, observation.commanded_pose)
            near = metres < SAME_PLACE_M and radians < SAME_PLACE_RAD
            if near and gripper == observation.gripper:
                return tried
        self._places.append((observation.commanded_pose, observation.gripper, set()))
        return self._places[-1][2]

    def _check_steps(self, steps: Sequence[PlannedStep]) -> None:
        numbers = [number for step in steps for number in step.primitive.motion]
        if not numbers or not np.isfinite(numbers).all():
            raise CheckpointError(
                f"the policy answered with {len(steps)} steps"
                f"{' that hold NaN' if numbers else ''}; expected one or more motions of finite"
                " numbers. Check that its loss was finite."
            )

    def _check_scores(self, scores: np.ndarray) -> None:
        if scores.shape != (len(self._primitives),) or np.isnan(scores).any():
            raise CheckpointError(
                f"the policy answered with scores of shape {scores.shape}"
                f"{' that hold NaN' if np.isnan(scores).any() else ''};"
                f" expected {len(self._primitives)} numbers, one per primitive."
                " Check that it was trained with this vocabulary and that its loss was finite."
            )
