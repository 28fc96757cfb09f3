"""A first teaching in six hints, each of which waits until the person does what it says.

They fit any task: a way, an amount, a small correction, the gripper, an undo, STOP.  Whoever does
something by themselves is not told about it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from cliprt.language.offers import size_of
from cliprt.language.remarks import Remark
from cliprt.language.telling import Told
from cliprt.page.messages import DoneStep
from cliprt.page.session import Session

SMALL_M = 0.05
"""As far as "a little" goes [m]."""

_NUMBER = re.compile(r"\d")


@dataclass(frozen=True)
class Hint:
    """One of them.

    Attributes:
        name: Of what it is about.
        text: What a person reads.
        example: What they may say; "" where there is nothing to say.
    """

    name: str
    text: str
    example: str = ""


HINTS = (
    Hint("way", Remark("Say which way the hand should go."), Remark("down")),
    Hint("amount", Remark("Say how far it should go."), Remark("forward 10 cm")),
    Hint("small", Remark("Correct it in small steps."), Remark("a little to the left")),
    Hint("gripper", Remark("Take something, or let it go."), Remark("close the gripper")),
    Hint("undo", Remark("Take back a step that was wrong."), Remark("undo")),
    Hint("stop", Remark("STOP always works: press it, or Esc, while the arm moves.")),
)


def find_done(session: Session) -> set[str]:
    """Names of the hints that the person of this episode does not need any more."""
    done = {name for step in session.steps for name in _show(step)}
    if session.can_redo:
        done.add("undo")
    if session.state == "stopped":
        done.add("stop")
    return done


def next_hint(done: Collection[str]) -> Hint | None:
    """The first that is not done; None after the last.

    >>> next_hint({"way", "small"}).name
    'amount'
    """
    return next((hint for hint in HINTS if hint.name not in done), None)


def _show(step: DoneStep) -> set[str]:
    """What a step shows that a person can do."""
    told = step.phrase
    if not step.supervision:
        return set()
    if isinstance(told, Told) and told.primitive.gripper is not None:
        return {"gripper"}
    shown = {"way", "stop"} if step.stopped else {"way"}
    if _NUMBER.search(step.supervision):
        return {*shown, "amount"}
    is_small = isinstance(told, Told) and 0 < size_of(told.primitive) <= SMALL_M
    return {*shown, "small"} if is_small else shown
