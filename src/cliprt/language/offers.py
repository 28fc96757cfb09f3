"""A displacement group and an amount: the motion, and what to offer where it is half understood."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cliprt.language.numbers import Amount
from cliprt.types import NO_MOTION, Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES

MAX_OFFERS = 3

# What people mean by words: metres for moves, degrees for turns (CLIP-RT's label granularity).
_VAGUE = {"tiny": (0.01, 5), "bit": (0.05, 15), "plain": (0.1, 45), "lot": (0.2, 90)}


def make_offers(
    vocabulary: ActionVocabulary, groups: Sequence[str], amount: Amount | None
) -> tuple[Primitive, ...]:
    """Up to three entries of those groups, the amounts nearest to what was said.

    One group gives three amounts; several give the nearest entry of each in turn.
    """
    ranked = [_ranked(vocabulary, group, amount) for group in dict.fromkeys(groups)]
    ranked = [entries for entries in ranked if entries]
    if len(ranked) == 1:
        return tuple(ranked[0][:MAX_OFFERS])
    return tuple(entries[0] for entries in ranked[:MAX_OFFERS])


def _ranked(vocabulary: ActionVocabulary, group: str, amount: Amount | None) -> list[Primitive]:
    entries = [entry for entry in vocabulary.primitives if entry.group == group]
    if group in ("open", "close"):
        return entries
    if amount is None or amount.kind == ("angle" if is_straight(group) else "length"):
        amount = Amount("plain")
    wanted = to_amount(group, amount)
    return sorted(entries, key=lambda entry: abs(max(map(abs, entry.motion)) - wanted))


def is_straight(group: str) -> bool:
    """Whether a group such as ``"y+"`` is a move along an axis, not a turn (``"yaw+"``)."""
    return group[:-1] in ("x", "y", "z")


def to_amount(group: str, amount: Amount) -> float:
    """How much, without sign [m or rad]; a number without a unit is taken as cm or degrees."""
    straight = is_straight(group)
    if amount.kind in ("length", "angle"):
        return amount.value
    if amount.kind == "bare":
        return amount.value / 100 if straight else math.radians(amount.value)
    metres, degrees = _VAGUE[amount.kind]
    return metres if straight else math.radians(degrees)


def to_motion(group: str, amount: Amount) -> Motion:
    """The motion (7,) [m, rad] along a group such as ``"y+"`` or ``"gripper_rotation-"``."""
    motion = list(NO_MOTION)
    size = to_amount(group, amount)
    motion[AXES.index(group[:-1])] = size if group[-1] == "+" else -size
    return tuple(motion)  # type: ignore[return-value]
