"""What the page shows, folded from what the desk tells: plain values, no robot, no browser.

Views read a `Session` and draw again what changed.  Everything in it is bounded, whatever the desk
or a person says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cliprt.language.remarks import Count, Remark
from cliprt.page.messages import (
    DID_YOU_MEAN,
    Asked,
    Badge,
    Beat,
    Became,
    DeskState,
    DoneStep,
    Ended,
    Event,
    Frame,
    Laid,
    Line,
    Proposed,
    Ready,
    Started,
    Stepped,
    Trouble,
    Undone,
)
from cliprt.page.verdict import praise
from cliprt.runtime.refusals import tell_refusal

MOST_LINES = 200
"""Of the chat."""

MAX_CHARACTERS = 600
"""Of one line of the chat."""

Speaker = Literal["person", "robot", "notice", "trouble"]


@dataclass(frozen=True)
class ChatLine:
    """One line of the chat.

    Attributes:
        number: Counts the lines ever said, so that a view knows which are new.
        speaker: Who said it.
        text: What.
        offers: Phrases to choose from, with a question.
        title: What these are.
        source: Who read, or decided, what is about to be done; "" for all else.
    """

    number: int
    speaker: Speaker
    text: str
    offers: tuple[str, ...] = ()
    source: str = ""
    title: str = DID_YOU_MEAN


class Session:
    """The state of the page; `apply` is the only way an event changes it.

    Args:
        wanted: Task -> taught episodes that are wanted.
        taught: Task -> those that are there already.
    """

    def __init__(self, wanted: Mapping[str, int], taught: Mapping[str, int]) -> None:
        self.state: DeskState = "starting"
        self.reason = ""
        self.cameras: tuple[str, ...] = ()
        self.simulated = True
        self.wanted = dict(wanted)
        self.taught = {task: taught.get(task, 0) for task in wanted}
        self.episode = self.task = self.instruction = self.policy = ""
        """Of the episode that is going on; ``""`` between episodes."""
        self.seed = 0
        self.steps: tuple[DoneStep, ...] = ()
        """Those that moved the robot, and were not taken back."""
        self.can_redo = False
        self.proposed: Proposed | None = None
        """What is shown before its move, and while it is made."""
        self.question: ChatLine | None = None
        """What waits for an answer, with its offers."""
        self.ended: Ended | None = None
        """How the latest episode ended, until the next begins."""
        self.trouble = ""
        """Why none begins, or what else went wrong between episodes; ``""`` once one has begun."""
        self.chat: deque[ChatLine] = deque(maxlen=MOST_LINES)
        self.badges: dict[str, str] = {}
        self._pointing: Mapping[str, tuple[Line, ...]] = {}
        self._lines = 0

    @property
    def is_teaching(self) -> bool:
        """Whether an episode is going on."""
        return bool(self.episode)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step, or a shown move, to take back."""
        shown = self.state == "showing" and self.proposed is not None
        return self.is_teaching and (bool(self.steps) or shown)

    @property
    def drawing(self) -> Mapping[str, tuple[Line, ...]]:
        """Lines to draw over the pictures now, by camera."""
        if self.question is not None:
            return self._pointing
        if self.proposed is None or self.state not in ("showing", "moving"):
            return {}
        return self.proposed.drawing

    def say(self, text: str) -> None:
        """Add what a person said to the chat."""
        self._add("person", text)
        self.question = None

    def want(self, wanted: Mapping[str, int]) -> None:
        """There are other tasks now."""
        self.wanted = dict(wanted)
        self.count(self.taught)

    def count(self, taught: Mapping[str, int]) -> None:
        """Correct the progress, e.g. after an episode was deleted."""
        self.taught = {task: taught.get(task, 0) for task in self.wanted}

    def apply(self, event: Event) -> None:
        """Fold one event in."""
        FOLDS[type(event)](self, event)

    # One event each

    def _fold_nothing(self, event: Frame | Laid | Beat) -> None:
        """Pictures go to the browsers by a line of their own; who lays a table hears of it there;
        that the desk lives is no news."""

    def _fold_ready(self, event: Ready) -> None:
        self.cameras, self.simulated = event.cameras, event.simulated

    def _fold_started(self, event: Started) -> None:
        is_same = event.episode == self.episode
        self.episode, self.task, self.seed = event.episode, event.task, event.seed
        self.instruction, self.policy = event.instruction, event.policy
        self.steps, self.can_redo = tuple(s for s in event.steps if not s.refused), False
        self.proposed = self.question = self.ended = None
        self.trouble = ""
        if not is_same:
            self.chat.clear()
            self._add("notice", Remark("Task: {task}", task=event.instruction))
        if self.steps:
            self._add("notice", Remark("We go on after step {n}.", n=len(self.steps)))
        if not is_same:
            self._tell_steps(event.steps)

    def _fold_proposed(self, event: Proposed) -> None:
        self.proposed, self.question = event, None
        text = event.words
        if event.probability:  # a policy that makes motions of its own has none
            text = Remark("{words} ({sure} sure)", words=text, sure=f"{event.probability:.0%}")
        if event.needs_yes:
            text = Remark("{words}?", words=text)
        self._add("robot", text, source=event.reading.source or "offer")

    def _fold_asked(self, event: Asked) -> None:
        self.proposed = None
        self._pointing = event.drawing or {}
        self.question = self._add("robot", event.message, event.offers, title=event.title)

    def _fold_stepped(self, event: Stepped) -> None:
        step = event.step
        self.can_redo = event.can_redo
        if step.refused:
            self._add("robot", _tell_refusal(step))
            return
        self.steps = (*self._before(step.index), step)
        if step.stopped:
            self._add("robot", Remark("I stopped in the middle of: {step}", step=step.phrase))

    def _fold_undone(self, event: Undone) -> None:
        for taken in self.steps[len(self._before(event.index)) :]:
            self._add("notice", Remark("I took back: {step}", step=taken.phrase))
        self.steps = self._before(event.index)
        self.can_redo = event.can_redo
        self.proposed = self.question = None

    def _fold_ended(self, event: Ended) -> None:
        if event.success and not self.policy and event.task in self.taught:
            self.taught[event.task] += 1
        self.episode, self.policy = "", ""
        self.steps, self.can_redo = (), False
        self.proposed = self.question = None
        self.ended = event
        self._add("notice", _tell_end(event))

    def _fold_became(self, event: Became) -> None:
        if event.state in ("listening", "idle", "stopped"):
            self.proposed = None
        self.state, self.reason = event.state, _bound(event.reason)

    def _fold_trouble(self, event: Trouble) -> None:
        self._add("trouble", event.text)
        self.trouble = "" if self.is_teaching else _bound(event.text)

    def _fold_badge(self, event: Badge) -> None:
        self.badges.pop(event.name, None)
        if event.text:
            self.badges[event.name] = _bound(event.text)

    # Inside

    def _before(self, index: int) -> tuple[DoneStep, ...]:
        """Steps before the one that is recorded as `index`; refused ones are counted there, too."""
        return tuple(step for step in self.steps if step.index < index)

    def _add(
        self,
        speaker: Speaker,
        text: str,
        offers: Iterable[str] = (),
        source: str = "",
        title: str = ChatLine.title,
    ) -> ChatLine:
        self._lines += 1
        line = ChatLine(self._lines, speaker, _bound(text), tuple(offers), source, title)
        self.chat.append(line)
        return line

    def _tell_steps(self, steps: Iterable[DoneStep]) -> None:
        said = None
        for step in steps:
            if step.supervision and step.supervision != said:
                self._add("person", step.supervision)
            said = step.supervision
            if step.refused:
                self._add("robot", _tell_refusal(step))
            else:
                self._add("robot", step.phrase, source=step.source)


FOLDS: Mapping[type[Event], Callable[[Session, Any], None]] = {
    Ready: Session._fold_ready,
    Started: Session._fold_started,
    Proposed: Session._fold_proposed,
    Asked: Session._fold_asked,
    Stepped: Session._fold_stepped,
    Undone: Session._fold_undone,
    Ended: Session._fold_ended,
    Became: Session._fold_became,
    Frame: Session._fold_nothing,
    Trouble: Session._fold_trouble,
    Badge: Session._fold_badge,
    Laid: Session._fold_nothing,
    Beat: Session._fold_nothing,
}
"""What each event changes."""


def _bound(text: str) -> str:
    """What is too long is cut, and then no longer translated."""
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS]


def _tell_refusal(step: DoneStep) -> str:
    return tell_refusal(step.refused) or Remark("I did not move ({why}).", why=step.refused)


def _tell_end(event: Ended) -> str:
    if event.end == "discarded":
        return Remark("The episode is thrown away. The same scene is offered again.")
    if event.success:
        return Count(
            "Done, in {count} step. {praise}",
            "Done, in {count} steps. {praise}",
            event.steps,
            praise=praise(event),
        )
    told = Count(
        "The episode ended after {count} step without success.",
        "The episode ended after {count} steps without success.",
        event.steps,
    )
    why = event.reason
    if event.end == "max_steps":
        why = Remark("it may make no more in one episode")
    is_told = why and event.end != "done"  # whoever ended it knows why
    return Remark("{told} ({why})", told=told, why=why) if is_told else told
