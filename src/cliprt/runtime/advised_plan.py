"""An augmenter's plan, beside somebody who says what they would do instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cliprt.robots.simulation import Simulation
from cliprt.runtime.choices import Choice, Move
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.tasks.interface import Advises, Task
from cliprt.types import Observation, Plan
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import nearest

ADVISED = "advised"
"""In a step's trace: the label of what the task's teacher would say in this very state; None where
the vocabulary has no entry near it, or where there is nothing left to do."""


class AdvisedPlan(PlanAgent):
    """The same steps; each one's trace has what the task would advise where it is made.

    Nobody acts upon the advice: it shows whether the labels that a policy learns from are the
    teacher's.  Tasks that cannot advise leave no trace.

    Args:
        plan: What is executed.
        vocabulary: Whose labels are compared.
    """

    def __init__(self, plan: Plan, vocabulary: ActionVocabulary) -> None:
        super().__init__(plan)
        self._vocabulary = vocabulary
        self._task: Advises | None = None
        self._world: Simulation | None = None

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Begin at the plan's first step."""
        super().start(instruction, seed, task, world)
        self._world = world
        self._task = task if isinstance(task, Advises) else None

    def decide(self, observation: Observation) -> Choice:
        """The next step of the plan."""
        choice = super().decide(observation)
        if not isinstance(choice, Move) or self._task is None or self._world is None:
            return choice
        return replace(choice, trace=self._ask(self._task, self._world))

    def _ask(self, task: Advises, world: Simulation) -> Mapping[str, Any]:
        advice = task.advise(world)
        entry = advice and nearest(self._vocabulary, advice.motion, advice.gripper)
        return {ADVISED: entry.label if entry else None}
