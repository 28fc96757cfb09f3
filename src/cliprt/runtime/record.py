"""What of an episode is kept while it happens: every step at once, the whole at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from cliprt.language.remarks import Remark
from cliprt.runtime.choices import Move
from cliprt.types import Step


class Journal(Protocol):
    """Where an episode is written down."""

    @property
    def steps(self) -> Sequence[Step]:
        """What is written down."""

    def append(self, step: Step) -> None:
        """Keep one step, whatever happens afterwards."""

    def retract(self) -> object:
        """Take back the last step, whatever happens afterwards."""

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        """The episode is complete."""

    def abandon(self) -> None:
        """The episode is thrown away, on purpose."""


class Notes:
    """A journal in memory, which keeps no images."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def append(self, step: Step) -> None:
        """Keep one step."""
        self.steps.append(replace(step, observation=replace(step.observation, images={})))

    def retract(self) -> None:
        """Take back the last step."""
        self.steps.pop()

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        """Nothing is kept."""

    def abandon(self) -> None:
        """Nothing is kept."""


class Record:
    """The steps of one episode; of this kind of record nothing can be taken back.

    Args:
        journal: Where they are kept; None = in memory, without images.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal or Notes()
        self.refusal = ""
        """Why the latest undo or redo was not made."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done and not taken back; an episode goes on after them."""
        return tuple(self._journal.steps)

    @property
    def can_redo(self) -> bool:
        """Whether a step that was taken back can be made again."""
        return False

    def mark(self) -> None:
        """This moment may be come back to; called before every look at the robot."""

    def append(self, step: Step) -> None:
        """Keep a step that was made since `mark`; on return it is safe."""
        self._journal.append(step)

    def undo(self) -> Step | None:
        """Take back the last step; None where that cannot be, and `refusal` says why."""
        self.refusal = Remark("Nothing can be taken back here.")
        return None

    def redo(self) -> Move | None:
        """What makes the step again that was taken back last; None as with `undo`."""
        self.refusal = Remark("Nothing can be taken back here.")
        return None

    def commit(self, success: bool | None, meta: Mapping[str, Any]) -> None:
        """The episode is complete."""
        self._journal.commit(success, meta)

    def abandon(self) -> None:
        """The episode is thrown away, on purpose."""
        self._journal.abandon()
