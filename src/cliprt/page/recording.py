"""What of an episode's record the page has a part in: undone steps, and the person's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cliprt.data.journal import EpisodeJournal
from cliprt.page.conversation import Conversation
from cliprt.page.messages import Asked, Undone
from cliprt.page.wire import Wire
from cliprt.runtime.agents import Choice
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.types import Step


class ToldHistory(History):
    """A history whose undo the page hears of, and why something cannot be taken back."""

    def __init__(self, wire: Wire, robot: Gate, journal: EpisodeJournal) -> None:
        super().__init__(robot, journal)
        self._wire = wire

    def undo(self) -> Step | None:
        """Take back the last step, and say so; or why not."""
        step = super().undo()
        if step is not None:
            self._wire.send(Undone(step.index, self.redo_step() is not None))
        else:
            self._wire.send(Asked(self.refusal))
        return step

    def redo(self) -> Choice | None:
        """The choice that makes the last undone step again; says why there is none."""
        choice = super().redo()
        if choice is None:
            self._wire.send(Asked(self.refusal))
        return choice


class JudgedJournal:
    """A journal that keeps the person's verdict beside the simulator's."""

    def __init__(self, journal: EpisodeJournal, talk: Conversation) -> None:
        self._journal = journal
        self._talk = talk

    def append(self, step: Step) -> None:
        """Keep one step."""
        self._journal.append(step)

    def retract(self) -> None:
        """Take back the last step."""
        self._journal.retract()

    def abandon(self) -> None:
        """Throw the episode away."""
        self._journal.abandon()

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        """The episode is complete."""
        verdict = {} if self._talk.verdict is None else {"verdict": self._talk.verdict}
        self._journal.commit(success, {**meta, **verdict})
