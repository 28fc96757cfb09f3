"""A displacement group and an amount: the motion, and what to offer where it is half understood."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cliprt.language.numbers import Amount
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
    vocabulary: ActionVocabulary,
    groups: Sequence[str],
    amount: Amount | None,
    max_move_m: float = 0.30,
    max_turn_deg: float = 180.0,
) -> tuple[Primitive, ...]:
    """Up to three motions of those groups that agree with what was said.

    An amount is offered exactly as it was said, where the arm can do that: then there is nothing
    else to choose from but the group.  Otherwise one group gives up to three entries, the amounts
    nearest to what was said, and several give the nearest entry of each in turn.  Somebody may
    agree without reading on, so none goes further than what was said, nor than a limit.
    """
    ranked = [_ranked(vocabulary, g, amount, max_move_m, max_turn_deg) for g in _once(groups)]
    ranked = [offers for offers in ranked if offers]
    if len(ranked) == 1:
        return tuple(ranked[0][:MAX_OFFERS])
    return tuple(offers[0] for offers in ranked[:MAX_OFFERS])


def _once(groups: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(groups))


def _ranked(
    vocabulary: ActionVocabulary,
    group: str,
    amount: Amount | None,
    max_move_m: float,
    max_turn_deg: float,
) -> list[Primitive]:
    """What to offer of one group: exactly what was said, or entries that go no further."""
    entries = [entry for entry in vocabulary.primitives if entry.group == group]
    if group in ("open", "close") or not entries:
        return entries
    if amount and amount.kind == ("angle" if is_straight(group) else "length"):
        return []
    if amount and amount.kind != "unclear":
        exact = to_primitive(vocabulary, group, amount, max_move_m, max_turn_deg)
        if isinstance(exact, Primitive):
            return [exact]
    wanted = to_amount(group, amount or Amount("plain"))
    most = min(wanted, max_move_m if is_straight(group) else math.radians(max_turn_deg)) + _SLACK
    entries.sort(key=lambda entry: abs(_size(entry) - wanted))
    kept = [entry for entry in entries if _size(entry) <= most]
    return kept if amount and amount.kind not in _VAGUE else kept or entries[:1]


def _size(entry: Primitive) -> float:
    return max(map(abs, entry.motion))


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
    no_such = "I have no such motion."
    if group in ("open", "close"):
        state: GripperState = "open" if group == "open" else "closed"
        return nearest(vocabulary, NO_MOTION, state) or no_such
    straight, size = is_straight(group), to_amount(group, amount)
    if not size > 0:
        return Remark("{text} is no distance: how much?", text=amount.text)
    if size > (max_move_m if straight else math.radians(max_turn_deg)) + _SLACK:
        pattern = _TOO_FAR[straight]
        return Remark(pattern, text=amount.text, cm=max_move_m * 100, degrees=max_turn_deg)
    found = nearest(vocabulary, to_motion(group, amount))
    if found is None and any(size < _size(e) for e in vocabulary.primitives if e.group == group):
        return Remark("I cannot move as little as {text}.", text=amount.text)
    return found or no_such


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
