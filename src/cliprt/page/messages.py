"""What the page's server and the robot's process say to each other.

The server (:mod:`cliprt.page.server`) never touches a robot; the desk (:mod:`cliprt.page.desk`)
never touches a browser.  Requests go down, events come up, both through one pipe; all are plain
values.  A desk that was killed is started again and told what to resume, so no event may be needed
to understand a later one after `Started`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cliprt.language.remarks import Remark
from cliprt.runtime.choices import Discard as Discard
from cliprt.runtime.choices import Finish as Finish
from cliprt.runtime.choices import Halt as Halt
from cliprt.runtime.choices import Redo as Redo
from cliprt.runtime.choices import Undo as Undo
from cliprt.types import Primitive, Reading, Step

DeskState = Literal["starting", "idle", "listening", "showing", "moving", "stopped", "faulted"]
"""What the desk is doing: building, or rebuilding, robot and scene; no episode; waiting for a
sentence; showing a reading before its move (or waiting for a yes); moving; stopped in mid-episode
until a person goes on; in need of a person, whose `GoOn` tries again."""

Line = tuple[tuple[float, float], ...]
"""Points of a drawn line, x to the right and y down, in shares 0..1 of the picture."""


DID_YOU_MEAN = Remark("Did you mean")

# Requests: server -> desk; what a person may want of an episode is what an agent may answer


@dataclass(frozen=True)
class Begin:
    """Start an episode, or go on with the unfinished one of the same task.

    Attributes:
        task: Registry name, one of the recipe's tasks.
        instruction: The task in the person's words; "" = the task's own.
        checkpoint: A trained policy's folder: the policy acts and the person corrects; "" = the
            person teaches.
        policy: What names that policy (its key).
    """

    task: str
    instruction: str = ""
    checkpoint: str = ""
    policy: str = ""


@dataclass(frozen=True)
class Say:
    """A sentence: typed, heard, or an offer that was chosen."""

    text: str


@dataclass(frozen=True)
class GoOn:
    """A person has looked: the robot may move again."""


@dataclass(frozen=True)
class Confirm:
    """The answer to a shown reading, where the person wants to be asked before every move."""

    yes: bool


@dataclass(frozen=True)
class Configure:
    """How the desk shows readings.

    Attributes:
        confirm: Wait for `Confirm` before every move.
        preview_s: Else, how long a reading is shown before the robot moves [s].
        review_s: How long what a policy would do is shown, so that somebody can object [s].
    """

    confirm: bool = False
    preview_s: float = 0.4
    review_s: float = 1.5


@dataclass(frozen=True)
class Lay:
    """Show one draw of a scene, between episodes; its entries as in `cliprt.scenes.entries`."""

    entries: tuple[Mapping[str, Any], ...]
    seed: int = 0


@dataclass(frozen=True)
class Quit:
    """Leave; an unfinished episode stays in its journal."""


Request = (
    Begin | Say | Undo | Redo | Discard | Finish | Halt | GoOn | Confirm | Configure | Lay | Quit
)


# Events: desk -> server


@dataclass(frozen=True)
class Ready:
    """The robot is connected.

    Attributes:
        cameras: Whose frames will come.
        simulated: Whether undo is exact and success is judged.
    """

    cameras: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True)
class DoneStep:
    """One step of the episode, as the page lists it.

    Attributes:
        index: From 0.
        supervision: What was said.
        phrase: What was done.
        source: Who decided.
        refused: Why it was refused; "" if it was not.
        stopped: Whether a stop cut it short.
        measured: Where the pinch point was afterwards [m, rad].
    """

    index: int
    supervision: str
    phrase: str
    source: str = ""
    refused: str = ""
    stopped: bool = False
    measured: tuple[float, ...] = ()


def to_done_step(step: Step, tell: Callable[[Primitive], str]) -> DoneStep:
    """What the page lists of a recorded step; `tell` says a primitive in words."""
    return DoneStep(
        index=step.index,
        supervision=step.supervision,
        phrase=tell(step.primitive),
        source=step.source,
        refused=step.outcome.refused or "",
        stopped=step.outcome.stopped_after_s is not None,
        measured=tuple(step.outcome.measured),
    )


@dataclass(frozen=True)
class Started:
    """An episode begins or goes on.

    Attributes:
        episode: Its id.
        task, instruction, seed: As recorded.
        steps: What is recorded already; not empty where a cut-off episode goes on.
        policy: The policy that acts; "" where the person teaches.
    """

    episode: str
    task: str
    instruction: str
    seed: int
    steps: tuple[DoneStep, ...] = ()
    policy: str = ""


@dataclass(frozen=True)
class Proposed:
    """What was understood, or what the policy would do, before the robot moves.

    Attributes:
        reading: Decision, primitives, offers, reason.
        words: What the robot is about to do.
        drawing: Camera -> lines of an arrow and of the gripper at its target.
        probability: How sure the policy is; None where a person spoke.
        needs_yes: Whether the desk waits for `Confirm`.
    """

    reading: Reading
    words: str
    drawing: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    probability: float | None = None
    needs_yes: bool = False


@dataclass(frozen=True)
class Asked:
    """A question back, with phrases to choose from.

    Attributes:
        message: The question.
        offers: The phrases.
        drawing: Camera -> lines: where it is asked where the person is, an arrow to the robot's
            left; where something was refused, the limit.
        title: What the phrases are.
    """

    message: str
    offers: tuple[str, ...] = ()
    drawing: Mapping[str, tuple[Line, ...]] | None = None
    title: str = DID_YOU_MEAN


@dataclass(frozen=True)
class Stepped:
    """A step was made and is safe on the disk."""

    step: DoneStep
    can_redo: bool = False


@dataclass(frozen=True)
class Undone:
    """The last step was taken back."""

    index: int
    can_redo: bool = True


@dataclass(frozen=True)
class Ended:
    """The episode is in the store (or gone, if discarded).

    Attributes:
        end: As in ``Episode.meta["end"]``, or ``"discarded"``.
        policy: The policy that acted; "" where the person taught.
        corrections: Steps that it can learn from the person.
    """

    episode: str
    task: str
    success: bool | None
    steps: int
    end: str
    reason: str = ""
    policy: str = ""
    corrections: int = 0


@dataclass(frozen=True)
class Became:
    """The desk's state changed."""

    state: DeskState
    reason: str = ""


@dataclass(frozen=True)
class Frame:
    """A picture of one camera, JPEG.

    Attributes:
        number: Counts the pictures of this camera.
        time_s: Robot's clock [s].
    """

    camera: str
    number: int
    time_s: float
    jpeg: bytes


@dataclass(frozen=True)
class Trouble:
    """Something went wrong that a person should read; the desk goes on."""

    text: str


@dataclass(frozen=True)
class Badge:
    """Something to show for as long as it holds, e.g. that the language model is out of reach.

    Attributes:
        name: A later badge of the same name replaces it.
        text: "" takes it away.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Laid:
    """The table is laid as was asked last, or why not."""

    remark: str = ""


@dataclass(frozen=True)
class Beat:
    """The desk is alive; sent twice a second."""


Event = (
    Ready
    | Started
    | Proposed
    | Asked
    | Stepped
    | Undone
    | Ended
    | Became
    | Frame
    | Trouble
    | Badge
    | Laid
    | Beat
)
