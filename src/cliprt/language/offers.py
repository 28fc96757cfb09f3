"""A displacement group and an amount: the motion, and what to offer where it is half understood."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cliprt.language.numbers import Amount, AmountKind
from cliprt.language.remarks import Remark
from cliprt.types import NO_MOTION, GripperState, Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES, nearest

MAX_OFFERS = 3
_SLACK = 1e-9  # lets 30 cm be no more than 30 cm whatever the rounding

# What people mean by words: metres for moves, degrees for turns (CLIP-RT's label granularity).
_VAGUE = {"tiny": (0.01, 5), "bit": (0.05, 15), "plain": (0.1, 45), "lot": (0.2, 90)}


_TOO_FAR = (
    "{text} is more than the {degrees:g} degrees of one command.",
    "{text} is more than the {cm:g} cm of one command.",
)


def make_offers(
    vocabulary: ActionVocabulary, groups: Sequence[str], amount: Amount | None
) -> tuple[Primitive, ...]:
    """Up to three entries of those groups, the amounts nearest to what was said.

    One group gives three amounts; several give the nearest entry of each in turn.  Somebody may
    agree to the first without reading on, so it never goes further than a number that was said.
    """
    ranked = [_ranked(vocabulary, group, amount) for group in dict.fromkeys(groups)]
    ranked = [entries for entries in ranked if entries]
    if len(ranked) == 1:
        return tuple(ranked[0][:MAX_OFFERS])
    return tuple(entries[0] for entries in ranked[:MAX_OFFERS])


def entries_of(
    vocabulary: ActionVocabulary, primitives: Sequence[Primitive]
) -> tuple[Primitive, ...]:
    """The vocabulary's own entries that are nearest to primitives with exact motions."""
    offers: list[Primitive] = []
    for primitive in primitives:
        size = max(map(abs, primitive.motion))
        kind: AmountKind = "length" if is_straight(primitive.group) else "angle"
        offers += make_offers(vocabulary, [primitive.group], Amount(kind, size))[:1]
    return tuple(offers)


def _ranked(vocabulary: ActionVocabulary, group: str, amount: Amount | None) -> list[Primitive]:
    """Entries of one group, those that go no further than was said first; none if all do."""
    entries = [entry for entry in vocabulary.primitives if entry.group == group]
    if group in ("open", "close") or not entries:
        return entries
    if amount and amount.kind == ("angle" if is_straight(group) else "length"):
        return []
    amount = amount or Amount("plain")
    wanted = to_amount(group, amount)

    def rank(entry: Primitive) -> tuple[bool, float]:
        size = max(map(abs, entry.motion))
        return size > wanted + _SLACK, abs(size - wanted)

    entries.sort(key=rank)
    return [] if amount.kind not in _VAGUE and rank(entries[0])[0] else entries


def is_straight(group: str) -> bool:
    """Whether a group such as ``"y+"`` is a move along an axis, not a turn (``"yaw+"``)."""
    return group[:-1] in ("x", "y", "z")


def to_amount(group: str, amount: Amount) -> float:
    """How much, without sign [m or rad]; a number without a unit is taken as cm or degrees."""
    straight = is_straight(group)
    if amount.kind in ("length", "angle", "unclear"):
        return amount.value
    if amount.kind == "bare":
        return amount.value / 100 if straight else math.radians(amount.value)
    metres, degrees = _VAGUE[amount.kind]
    return metres if straight else math.radians(degrees)


def to_primitive(
    vocabulary: ActionVocabulary, group: str, amount: Amount, max_move_m: float, max_turn_deg: float
) -> Primitive | str:
    """A motion as a primitive, or why there is none; too much is refused, never shortened."""
    no_such = Remark("The vocabulary {name} has no such motion.", name=vocabulary.name)
    if group in ("open", "close"):
        state: GripperState = "open" if group == "open" else "closed"
        return nearest(vocabulary, NO_MOTION, state) or no_such
    straight, size = is_straight(group), to_amount(group, amount)
    if not size > 0:
        return Remark("{text} is no distance: how much?", text=amount.text)
    if size > (max_move_m if straight else math.radians(max_turn_deg)) + _SLACK:
        pattern = _TOO_FAR[straight]
        return Remark(pattern, text=amount.text, cm=max_move_m * 100, degrees=max_turn_deg)
    return nearest(vocabulary, to_motion(group, amount)) or no_such


def size_of(primitive: Primitive) -> float:
    """How far it goes along its group's axis, without sign [m or rad]; 0 for the gripper."""
    axis = primitive.group[:-1]
    return abs(primitive.motion[AXES.index(axis)]) if axis in AXES else 0.0


def to_motion(group: str, amount: Amount) -> Motion:
    """The motion (7,) [m, rad] along a group such as ``"y+"`` or ``"gripper_rotation-"``."""
    motion = list(NO_MOTION)
    size = to_amount(group, amount)
    motion[AXES.index(group[:-1])] = size if group[-1] == "+" else -size
    return tuple(motion)  # type: ignore[return-value]
