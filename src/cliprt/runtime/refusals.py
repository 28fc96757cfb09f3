"""A refusal as people are told it: how much too far, which way, and what is left of the way."""

from __future__ import annotations

import math
from typing import Any

from cliprt.language.remarks import Remark
from cliprt.runtime.room import take_part
from cliprt.types import Outcome, Primitive
from cliprt.vocabularies.nearest import group_of

_TOO_FAR = {
    "x+": Remark("too far forward"),
    "x-": Remark("too far back"),
    "y+": Remark("too far to the left"),
    "y-": Remark("too far to the right"),
    "z+": Remark("too high"),
    "z-": Remark("too low"),
}


def tell_refusal(why: str) -> str | None:
    """What to say of a motion that would leave the workspace; None of any other refusal.

    >>> from cliprt.recipe.schema import GateSection
    >>> from cliprt.runtime.limits import find_violation
    >>> pose = (0.4, 0.4, 0.2, 0, 0, 0)
    >>> tell_refusal(find_violation(pose, (0, 0.1, 0, 0, 0, 0, 0), None, GateSection()))
    'I did not move: that would be 5.0 cm too far to the left.'
    """
    values: dict[str, Any] = getattr(why, "values", {})
    if values.get("verb") != "would be":
        return None
    beyond_m = values["position"] - values["limit"]
    return Remark(
        "I did not move: that would be {cm:.1f} cm {too_far}.",
        cm=max(0.1, 100 * abs(beyond_m)),
        too_far=_TOO_FAR[values["axis"] + ("+" if beyond_m > 0 else "-")],
    )


_WAYS = {
    "x+": Remark("forwards"),
    "x-": Remark("backwards"),
    "y+": Remark("to the left"),
    "y-": Remark("to the right"),
    "z+": Remark("upwards"),
    "z-": Remark("downwards"),
}


def find_rest(outcome: Outcome) -> Primitive | None:
    """What is left of a refused move (:mod:`cliprt.runtime.room`), in no vocabulary's words."""
    room_m = getattr(outcome.refused, "values", {}).get("room")
    if not room_m:
        return None
    rest = take_part(outcome.commanded, room_m)
    return Primitive(None, "", rest, None, group_of(rest))


def tell_rest(rest: Primitive) -> str:
    """What is left, as a question.

    >>> tell_rest(Primitive(None, "", (0, 0, -0.02, 0, 0, 0, 0), None, "z-"))
    'There is room for 2 cm downwards. Shall I do that?'
    """
    cm = 100 * math.hypot(*rest.motion[:3])
    way = _WAYS[rest.group]
    return Remark("There is room for {cm:g} cm {way}. Shall I do that?", cm=round(cm, 1), way=way)
