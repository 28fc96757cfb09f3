"""What an agent may answer, and a person's button or sentence ask for: one small value each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprt.language.remarks import Remark
from cliprt.language.text import about
from cliprt.types import PlannedStep


@dataclass(frozen=True)
class Move:
    """Execute steps.

    Attributes:
        steps: In order; the agent is asked again after the last.
        supervision: The sentence behind them, as spoken; "" if nobody spoke.
        source: Who decided, where it is not the one that the episode is named after.
        trace: How the sentence was read (see `Reading.trace`).
        is_correction: Whether it objects to what the one whose episode it is wants to do; the
            step's trace then names the steps directly before it (``"corrects"``).
    """

    steps: tuple[PlannedStep, ...]
    supervision: str = ""
    source: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)
    is_correction: bool = False


@dataclass(frozen=True)
class Halt:
    """Come to rest now, whatever is being done; a person decides how to go on."""

    reason: str


@dataclass(frozen=True)
class Undo:
    """Take back the last step."""


@dataclass(frozen=True)
class Redo:
    """Make the step again that was taken back last."""


@dataclass(frozen=True)
class Discard:
    """Throw the episode away."""


@dataclass(frozen=True)
class Finish:
    """End the episode; `success` is the speaker's verdict, for where nobody else judges."""

    success: bool | None = True
    reason: str = ""


@dataclass(frozen=True)
class GiveUp:
    """Nothing sensible is left to do; the robot is fine."""

    reason: str


Choice = Move | Halt | Undo | Redo | Discard | Finish | GiveUp


def steering(utterance: str) -> Choice | None:
    """The choice that a whole sentence is; None where it is about the arm, or says to go on."""
    choices: dict[str, Choice] = {
        "stop": Halt(f"“{utterance.strip()[:60]}”"),
        "done": Finish(reason=Remark("the task is finished")),
        "undo": Undo(),
        "redo": Redo(),
        "discard": Discard(),
    }
    return choices.get(about(utterance))
