"""An augmenter's plan that answers "what next?"."""

from __future__ import annotations

import numpy as np

from cliprt.geometry import invert_motion
from cliprt.robots.simulation import Simulation
from cliprt.runtime.choices import Choice, Finish, GiveUp, Move
from cliprt.tasks.interface import Task
from cliprt.types import Observation, Outcome, Plan, PlannedStep


class PlanAgent:
    """An augmenter's plan, step by step.

    A refused step that the plan undoes right afterwards (a deviation) is left out together with
    its undoing; after any other refusal the rest of the plan would start from the wrong place, so
    it is given up.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._next = 0
        self._failure = ""

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Begin at the plan's first step."""
        self._next = 0
        self._failure = ""

    def decide(self, observation: Observation) -> Choice:
        """The next step of the plan; "done" after the last."""
        if self._failure:
            return GiveUp(self._failure)
        if self._next == len(self._plan.steps):
            return Finish(None, "the plan was executed")
        self._next += 1
        return Move((self._plan.steps[self._next - 1],))

    def notice(self, outcome: Outcome) -> None:
        """Leave out what a refusal makes pointless."""
        if not outcome.refused:
            return
        following = self._plan.steps[self._next :]
        if following and _undoes(following[0], self._plan.steps[self._next - 1]):
            self._next += 1
        else:
            self._failure = f"step {self._next - 1} of plan {self._plan.name}: {outcome.refused}"


def _undoes(step: PlannedStep, earlier: PlannedStep) -> bool:
    motion = earlier.primitive.motion
    if step.primitive.gripper or earlier.primitive.gripper or sum(map(bool, motion[3:])) > 1:
        return False
    return bool(np.allclose(step.primitive.motion, invert_motion(motion), atol=1e-9))
