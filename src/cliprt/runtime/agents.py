"""Whoever answers "what next?": someone who speaks, a policy, or an augmenter's plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Protocol, runtime_checkable

from cliprt.errors import StoreError
from cliprt.language.asking import HELP, READY
from cliprt.language.choosing import choose, choose_place, declines
from cliprt.language.interface import Interpreter, Situation
from cliprt.language.remarks import Remark
from cliprt.language.retelling import NOTHING_YET
from cliprt.language.telling import say, tell
from cliprt.robots.simulation import Simulation
from cliprt.runtime.choices import Choice, Finish, GiveUp, Halt, Move, steering
from cliprt.runtime.ending import OFFERS, find_doubt, read_answer
from cliprt.runtime.refusals import find_rest, tell_refusal, tell_rest
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Observation, Outcome, PlannedStep, Reading, Step

MAX_REPEATS = 30
"""Steps after which who was told to keep going asks whether to."""

_IS_ENOUGH = "Is that enough? Say “keep going” to go on."
_ROBOTS_OWN = "Say it as the robot sees it: left, right, forward or back."


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


@runtime_checkable
class Recalls(Protocol):
    """An agent that wants to know what was done; the loop tells it before every decision."""

    def recall(self, steps: Sequence[Step], stood: bool, view: Situation) -> None:
        """What was done in this episode, and what is seen.

        Args:
            steps: All that was not taken back, in order; refused ones are among them.
            stood: Whether the robot was stopped since the last decision.
            view: Where things are, and how people look at the picture, as far as it is known.
        """


@dataclass(frozen=True)
class _Going:
    """What goes on until the speaker says otherwise, and how often it was made."""

    reading: Reading
    repeats: int


class SpokenAgent:
    """Someone who says what to do, understood by an interpreter that asks back when unsure.

    The words of a session ("stop", "undo", "done") are understood before any interpreter.  A person
    who answers a question by one of its offers confirms what they had said: the interpreter learns
    it, and the step's trace has it (``"confirmed"``).  Where the question was about something else,
    e.g. where they sit, the interpreter is told, and reads again what they had said.

    Who says "keep going" is shown each next step and lets it happen, or says something else: that,
    a button, a refusal or a stop ends it, and so do `MAX_REPEATS`.

    Args:
        teleoperator: Who speaks.
        interpreter: Who reads the sentences.
        max_questions: Sentences in a row that may be answered by a question before giving up; a
            person may try for ever.
    """

    def __init__(
        self, teleoperator: Teleoperator, interpreter: Interpreter, max_questions: int = 3
    ) -> None:
        self.teleoperator = teleoperator
        self._interpreter = interpreter
        self._max_questions = max_questions
        self._situation = Situation()
        self._going: _Going | None = None
        self._chosen: _Going | None = None
        self._count: int | None = None
        self._language = "en"
        self._offered = self._left = ""
        self._find_doubt: Callable[[], str] = str

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Tell the speaker."""
        self._going = self._chosen = self._count = None
        self._find_doubt = partial(find_doubt, instruction, task, world)
        self.teleoperator.start(instruction, seed, task, world)

    def recall(self, steps: Sequence[Step], stood: bool, view: Situation) -> None:
        """What "again" and the like are about; nothing before a step that a stop cut short."""
        whole = takewhile(lambda s: s.outcome.stopped_after_s is None, reversed(steps))
        last = [step.primitive for step in whole if not step.outcome.refused]
        new = [] if self._count is None else steps[self._count :]
        made = [step for step in new if not _failed(step)]
        at_once = max(1, min(len(made), len(last)))
        self._situation = replace(view, last=tuple(reversed(last)), at_once=at_once)
        self._count = len(steps)
        is_made = not stood and len(new) == 1 and bool(made)
        self._going, self._chosen = self._chosen if is_made else None, None
        self._offered, self._left = self._left, ""

    def decide(self, observation: Observation) -> Choice:
        """Let them speak until a sentence is understood, or go on as they said."""
        going, self._going = self._going, None
        if going and going.repeats < MAX_REPEATS:
            (primitive,) = going.reading.primitives
            remark = self.teleoperator.review(observation, primitive, None)
            return self.follow(remark, observation) if remark else self._go(going)
        if going:
            self._say(_IS_ENOUGH)
        return self.follow(self.teleoperator.say(observation), observation)

    def follow(self, utterance: str, observation: Observation) -> Choice:
        """What a sentence asks for; while it is not understood, they speak again.

        Silence, the empty sentence, gives up.  A person who ends an episode whose goal is not
        reached is asked first.
        """
        if self._offered and choose(utterance, [(self._offered,)]) == 0:
            utterance = self._offered
        while isinstance(choice := self._understand(utterance, observation), Finish):
            doubt = self._find_doubt() if self.teleoperator.is_person else ""
            if not doubt:
                break
            self._say(doubt, tuple(say(offer, self._language) for offer in OFFERS))
            utterance = self.teleoperator.say(observation)
            answer = read_answer(utterance, self._language)
            if answer == "end" or not utterance:
                break
            utterance = self.teleoperator.say(observation) if answer == "on" else utterance
        return choice

    def _understand(self, utterance: str, observation: Observation) -> Choice:
        questions = 0
        is_lost = False
        asked: Reading | None = None
        before: Reading | None = None
        while utterance:
            choice = steering(utterance) or self._pick(utterance, asked)
            if choice:
                return choice
            if asked and not asked.answers and declines(utterance):
                self._say("All right. Say it in other words.")
                asked = None
            else:
                said = self._take_answer(utterance, asked)
                reading = self._read(said, asked if said is utterance else None)
                if reading.decision != "ask":
                    return self._go(_Going(reading, 0))
                if asked and said is not utterance and reading.answers == asked.answers:
                    self._say("I will remember that. What should the arm do?")
                else:
                    self._ask(reading, before)
                is_lost = bool(before and before.answers and reading.answers)
                asked = before = reading
            questions += 1
            is_lost |= questions > self._max_questions
            if before and is_lost and not self.teleoperator.is_person:
                return GiveUp(f"not understood {questions} times in a row: {before.reason}")
            utterance = self.teleoperator.say(observation)
        return GiveUp("nothing was said")

    def notice(self, outcome: Outcome) -> None:
        """Tell the speaker about a refusal; who wanted to go too far is offered what is left."""
        self.explain(outcome)
        rest = find_rest(outcome) if self.teleoperator.is_person else None
        if rest:
            self._left = tell(rest, self._language)  # the same is read again
            self._say(tell_rest(rest), (self._left,))

    def explain(self, outcome: Outcome) -> None:
        """Tell the speaker about a refusal; of a robot that stopped they are told as of a stop."""
        if outcome.refused and not outcome.stopped_because:
            told = tell_refusal(outcome.refused)
            self._say(told or Remark("I did not move. {why}", why=outcome.refused))

    def _go(self, going: _Going) -> Choice:
        """Do what was read, and again once it was made, if it says so."""
        again = _Going(going.reading, going.repeats + 1)
        self._chosen = again if going.reading.continues else None
        return _to_choice(going.reading)

    def _read(self, utterance: str, asked: Reading | None) -> Reading:
        self._interpreter.situate(replace(self._situation, asked=asked))
        reading = self._interpreter.read(utterance)
        self._language = reading.language
        return reading

    def _ask(self, reading: Reading, before: Reading | None) -> None:
        """Ask, but nobody the same thing twice in a row."""
        answers = tuple(say(answer, reading.language) for answer in reading.answers)
        if answers and not self.teleoperator.is_person:
            self._say(_ROBOTS_OWN)
        elif before and _is_lost(reading, before):
            self._say("I still do not get it. One small step, e.g. 'left 5 cm'?", answers)
        else:
            self._say(reading.reason or "What should the arm do?", _told(reading) + answers)

    def _say(self, text: str, offers: tuple[str, ...] = ()) -> None:
        """Answer in the language that was spoken last."""
        self.teleoperator.hear(say(text, self._language), offers)

    def _take_answer(self, utterance: str, asked: Reading | None) -> str:
        """What is to be read: the sentence again that a person's answer is about."""
        if not (asked and asked.answers and self.teleoperator.is_person):
            return utterance
        picked = choose_place(utterance, [(a, say(a, self._language)) for a in asked.answers])
        if picked is None:
            return utterance
        try:
            self._interpreter.answer(asked, asked.answers[picked])
        except StoreError as error:
            self._say(Remark("I will not remember that: {error}", error=error))
        return asked.utterance

    def _pick(self, utterance: str, asked: Reading | None) -> Choice | None:
        """A person's choice among the offers of the question that was just asked."""
        if asked is None or not self.teleoperator.is_person:
            return None
        names = [(tell(offer, asked.language), offer.phrase) for offer in asked.offers]
        picked = choose(utterance, names)
        if picked is None:
            return None
        offer, said = asked.offers[picked], asked.trace.get("completes", asked.utterance)
        try:
            if "things" not in asked.trace:  # which may stand elsewhere the next time
                self._interpreter.learn(said, (offer,))
        except StoreError as error:
            self._say(Remark("I will not remember what you meant: {error}", error=error))
        trace = {**asked.trace, "confirmed": said}
        return Move((PlannedStep(offer),), tell(offer, asked.language), trace=trace)


def _is_lost(reading: Reading, before: Reading) -> bool:
    """Whether they would hear the same question again; an answer is as good the second time."""
    answers = {say(text, reading.language) for text in (HELP, READY, NOTHING_YET)}
    is_same = (reading.reason, reading.offers) == (before.reason, before.offers)
    is_new = reading.reason in answers and reading.utterance != before.utterance
    return is_same and not is_new and "things" not in reading.trace


def _failed(step: Step) -> bool:
    """Whether a step was refused, or cut short by a stop."""
    return bool(step.outcome.refused) or step.outcome.stopped_after_s is not None


def _told(reading: Reading) -> tuple[str, ...]:
    return tuple(tell(offer, reading.language) for offer in reading.offers)


def _to_choice(reading: Reading) -> Choice:
    """What was read, if it is no question."""
    if reading.decision == "stop":
        return Halt(reading.reason)
    if reading.decision == "done":
        return Finish(reason=reading.reason)
    steps = tuple(PlannedStep(primitive) for primitive in reading.primitives)
    said = reading.trace.get("completes", reading.utterance)
    return Move(steps, said, trace=reading.trace)
