"""Whoever answers "what next?": someone who speaks, a policy, or an augmenter's plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from cliprt.errors import StoreError
from cliprt.geometry import invert_motion
from cliprt.language.interface import Interpreter
from cliprt.language.text import is_discard, is_redo, is_stop, is_undo
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Observation, Outcome, Plan, PlannedStep, Reading


@dataclass(frozen=True)
class Choice:
    """An agent's answer.

    Attributes:
        decision: ``"move"`` (execute `steps`), ``"done"``, ``"stop"`` (the robot must stop now),
            ``"give_up"`` (nothing sensible is left to do; the robot is fine), ``"undo"`` (take back
            the last step), ``"redo"`` (make it again) or ``"discard"`` (keep nothing).
        steps: What to execute, in order; empty unless the decision is ``"move"``.
        supervision: The sentence behind it, as spoken; "" if nobody spoke.
        reason: For people: why it is done, stops or gives up.
        success: The speaker's own verdict; it counts where no simulator can judge.
        source: Who decided, where it is not the one that the episode is named after.
        trace: How the sentence was read (see `Reading.trace`).
        is_correction: Whether it objects to what the one whose episode it is wants to do; the
            step's trace then names the steps directly before it (``"corrects"``).
    """

    decision: Literal["move", "done", "stop", "give_up", "undo", "redo", "discard"]
    steps: tuple[PlannedStep, ...] = ()
    supervision: str = ""
    reason: str = ""
    success: bool | None = None
    source: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)
    is_correction: bool = False


class Agent(Protocol):
    """What the loop asks."""

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """A new episode begins; simulated speakers may look at the task and the world."""

    def decide(self, observation: Observation) -> Choice:
        """What to do now.  Compound choices are executed step by step before the next call."""

    def notice(self, outcome: Outcome) -> None:
        """What became of one executed or refused step; the rest of a refused choice is dropped.

        An undo or redo that cannot be made is noticed in the same way.
        """


class SpokenAgent:
    """Someone who says what to do, understood by an interpreter that asks back when unsure.

    The words of a session ("undo", "redo", "discard the episode") are understood here.  A person
    who answers a question by one of its offers confirms what they had said: the interpreter learns
    it, and the step's trace has it (``"confirmed"``).

    Args:
        teleoperator: Who speaks.
        interpreter: Who reads the sentences.
        max_questions: Sentences in a row that may be answered by a question before giving up; a
            person may try for ever.
    """

    def __init__(
        self, teleoperator: Teleoperator, interpreter: Interpreter, max_questions: int = 3
    ) -> None:
        self._teleoperator = teleoperator
        self._interpreter = interpreter
        self._max_questions = max_questions

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Tell the speaker."""
        self._teleoperator.start(instruction, seed, task, world)

    def decide(self, observation: Observation) -> Choice:
        """Let them speak until a sentence is understood."""
        return self.follow(self._teleoperator.say(observation), observation)

    def follow(self, utterance: str, observation: Observation) -> Choice:
        """What a sentence asks for; while it is not understood, they speak again.

        Silence, the empty sentence, gives up.
        """
        questions = 0
        asked: Reading | None = None
        while True:
            if is_stop(utterance):  # before any interpreter, which may be slow or far away
                return Choice("stop", (), utterance, "a stop word")
            if not utterance:
                return Choice("give_up", reason="nothing was said")
            picked = self._pick(utterance, asked) or _session_choice(utterance)
            if picked:
                return picked
            reading = self._interpreter.read(utterance)
            if reading.decision == "move":
                steps = tuple(PlannedStep(primitive) for primitive in reading.primitives)
                return Choice("move", steps, reading.utterance, trace=reading.trace)
            if reading.decision != "ask":
                verdict = True if reading.decision == "done" else None
                return Choice(reading.decision, (), reading.utterance, reading.reason, verdict)
            self._ask(reading)
            asked = reading
            questions += 1
            if questions > self._max_questions and not self._teleoperator.is_person:
                reason = f"not understood {questions} times in a row: {reading.reason}"
                return Choice("give_up", (), reading.utterance, reason)
            utterance = self._teleoperator.say(observation)

    def notice(self, outcome: Outcome) -> None:
        """Tell the speaker about a refusal; of a robot that stopped they are told as of a stop."""
        if outcome.refused and not outcome.stopped_because:
            self._teleoperator.hear(f"I did not move. {outcome.refused}")

    def go_on(self, reason: str) -> bool:
        """Whether the speaker wants to go on after a stop."""
        return self._teleoperator.go_on(reason)

    def _ask(self, reading: Reading) -> None:
        offers = tuple(primitive.phrase for primitive in reading.offers)
        self._teleoperator.hear(reading.reason or "What should the arm do?", offers)

    def _pick(self, utterance: str, asked: Reading | None) -> Choice | None:
        """A person's choice among the offers of the question that was just asked."""
        if asked is None or not self._teleoperator.is_person:
            return None
        offer = next((o for o in asked.offers if o.phrase.lower() == utterance.lower()), None)
        if offer is None:
            return None
        try:
            self._interpreter.learn(asked.utterance, (offer,))
        except StoreError as error:
            self._teleoperator.hear(f"I will not remember what you meant: {error}")
        trace = {**asked.trace, "confirmed": asked.utterance}
        return Choice("move", (PlannedStep(offer),), utterance, trace=trace)


def _session_choice(utterance: str) -> Choice | None:
    """The choice of a sentence that is about the episode and not about the arm."""
    if is_undo(utterance):
        return Choice("undo", (), utterance)
    if is_redo(utterance):
        return Choice("redo", (), utterance)
    if is_discard(utterance):
        return Choice("discard", (), utterance, "it was thrown away")
    return None


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
            return Choice("give_up", reason=self._failure)
        if self._next == len(self._plan.steps):
            return Choice("done", reason="the plan was executed")
        self._next += 1
        return Choice("move", (self._plan.steps[self._next - 1],))

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
