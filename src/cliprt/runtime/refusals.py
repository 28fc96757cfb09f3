"""A refusal as people are told it: how much too far, and which way, rather than coordinates."""

from __future__ import annotations

from typing import Any

from cliprt.language.remarks import Remark

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
