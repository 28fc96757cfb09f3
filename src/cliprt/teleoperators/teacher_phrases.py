"""How somebody without training says one primitive: every sentence, from templates and synonyms.

Pure functions.  Amounts are said in numbers ("5 cm") or vaguely, with the meanings that CLIP-RT's
users gave them: "a tiny bit" is 1 cm or 5 degrees, "a bit" 5 cm or 15 degrees, nothing 10 cm or 45
degrees, "a lot" 20 cm or 90 degrees.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from cliprt.types import GripperState

_NUMBERS = {1: "one", 5: "five", 10: "ten", 15: "fifteen", 20: "twenty", 45: "45", 90: "ninety"}
_VAGUE_CM = {1: "tiny", 5: "small", 10: "plain", 20: "large"}
_VAGUE_DEG = {5: "tiny", 15: "small", 45: "plain", 90: "large"}
_VAGUE_WORDS = {
    "tiny": ("a tiny bit",),
    "small": ("a bit", "a little", "slightly"),
    "large": ("a lot",),
}

# How a direction is said alone ("go left") and after "to" or "move the arm" ("to the left").
_WAYS = {
    "x+": ("forward", "forwards"),
    "x-": ("back", "backward", "backwards"),
    "y+": ("left", "to the left"),
    "y-": ("right", "to the right"),
    "z+": ("up",),
    "z-": ("down",),
}
_EXTRA_VERBS = {"z+": ("raise the arm", "lift the arm"), "z-": ("lower the arm",)}
_VERBS = ("go", "move", "move the arm", "please move", "now go")

_TURNS = {
    "roll": "roll the arm {way}",
    "pitch": "tilt the arm {way}",
    "yaw": "yaw the arm {way}",
    "gripper_rotation": "rotate the gripper {way}",
}
_OPENING = ("open the gripper", "please open the gripper", "open your hand", "let go", "release it")
_CLOSING = (
    "close the gripper",
    "please close the gripper",
    "close your hand",
    "grab it",
    "grasp it",
)

_AXES = ("x", "y", "z", "roll", "pitch", "yaw", "gripper_rotation")
_TRANSLATIONS = 3


def sentences(motion: Sequence[float], gripper: GripperState | None) -> tuple[str, ...]:
    """Every way the teacher has of asking for a motion along or about one axis, or a gripper state.

    Args:
        motion: (7,) [m, rad].
        gripper: State to bring the gripper to; None leaves it as it is.

    Returns:
        Different sentences in a fixed order; none where several axes move at once.
    """
    moving = [axis for axis, value in enumerate(motion) if value]
    if not moving:
        return {"open": _OPENING, "closed": _CLOSING, None: ()}[gripper]
    if len(moving) > 1 or gripper is not None:
        return ()
    axis = moving[0]
    if axis < _TRANSLATIONS:
        return _slides(_AXES[axis], motion[axis])
    return _turns(_AXES[axis], motion[axis])


def _slides(axis: str, distance_m: float) -> tuple[str, ...]:
    way = axis + ("+" if distance_m > 0 else "-")
    centimetres = abs(distance_m) * 100
    heads = [f"{verb} {word}" for verb in _VERBS for word in _WAYS[way]]
    heads += _EXTRA_VERBS.get(way, ())
    exact = _exact(centimetres, "centimeter", ("cm",))
    said = [f"{head} {amount}" for head in heads for amount in exact]
    said += [f"{head} by {amount}" for head in heads for amount in exact[:2]]
    said += [f"{amount} {word}" for word in _WAYS[way][-1:] for amount in exact]
    kind = _VAGUE_CM.get(round(centimetres), "") if _is_whole(centimetres) else ""
    return (*said, *_vaguely(heads, kind))


def _turns(axis: str, angle_rad: float) -> tuple[str, ...]:
    degrees = abs(math.degrees(angle_rad))
    ways = ("up", "down") if axis == "pitch" else ("counterclockwise", "clockwise")
    head = _TURNS[axis].format(way=ways[angle_rad > 0])
    exact = _exact(degrees, "degree", ())
    said = [f"{lead}{head} {amount}" for lead in ("", "please ") for amount in exact]
    said += [f"{head} by {amount}" for amount in exact]
    kind = _VAGUE_DEG.get(round(degrees), "") if _is_whole(degrees) else ""
    return (*said, *_vaguely([head], kind))


def _exact(amount: float, unit: str, short_units: Sequence[str]) -> tuple[str, ...]:
    """An amount with its unit, in figures and in words."""
    if not _is_whole(amount):
        return (f"{amount:.4g} {unit}s",)
    whole = round(amount)
    plural = unit if whole == 1 else f"{unit}s"
    figures = [f"{whole} {short}" for short in (*short_units, plural)]
    words = [f"{_NUMBERS[whole]} {plural}"] if whole in _NUMBERS else []
    return tuple(dict.fromkeys((*figures, *words)))


def _vaguely(heads: Sequence[str], kind: str) -> list[str]:
    if kind == "plain":  # after another step "go back" alone means the way back
        return [re.sub("go back$", "go straight back", head) for head in heads]
    return [f"{head} {words}" for head in heads for words in _VAGUE_WORDS.get(kind, ())]


def _is_whole(amount: float) -> bool:
    return abs(amount - round(amount)) < 1e-6
