"""A step that was made, in the words that ask for it: tokens that say which way and how far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

from cliprt.language.lexicon import Token
from cliprt.language.numbers import Amount
from cliprt.language.offers import is_straight
from cliprt.types import Primitive
from cliprt.vocabularies.nearest import AXES, group_of

_OPPOSITE = {"open": "close", "close": "open"}


def step_of(primitive: Primitive) -> tuple[str, float]:
    """Group, and how far [m or rad]: 0 for the gripper, no group where it is more than one way."""
    parts = [abs(x) for x in primitive.motion if x]
    if len(parts) + (primitive.gripper is not None) != 1:
        return "", 0.0
    return group_of(primitive.motion, primitive.gripper), sum(parts)


def reversed_group(group: str) -> str:
    """The group that undoes it; "" of none."""
    return _OPPOSITE.get(group) or group[:-1] + {"+": "-", "-": "+"}.get(group[-1:], "")


def sized(group: str, size: float) -> Token:
    """An amount [m or rad] as a token."""
    if is_straight(group):
        amount = Amount("length", size, f"{size * 100:.6g} cm")
    else:
        amount = Amount("angle", size, f"{math.degrees(size):.6g}°")
    return Token("amount", amount.kind, amount.text, amount)


def way_to(group: str) -> list[Token]:
    """Which way, as it would be said."""
    axis, sign = group[:-1], group[-1]
    if group in _OPPOSITE:
        return [Token({"open": "release", "close": "grab"}[group], "", group)]
    if is_straight(group):
        return [Token("direction", group, group)]
    if axis == "pitch":
        return [Token("axis", axis, axis), Token("direction", "z-" if sign == "+" else "z+", sign)]
    what = [Token("turn", "", "turn"), Token("hand", "wrist", "wrist")]
    named = [Token("axis", axis, axis)] if axis != AXES[-1] else what
    return [*named, Token("sense", sign, sign)]


def all_to(steps: Sequence[tuple[str, float]]) -> tuple[Token, ...]:
    """Steps one after the other."""
    then = Token("joiner", "then", "then")
    each = (
        [then, *way_to(group), *([sized(group, size)] if size else [])] for group, size in steps
    )
    return tuple(chain.from_iterable(each))[1:]
