"""What a model may say: slots with few values each, checked to the letter.

A model fills in which way, how much and in what unit; the arithmetic is ours, and so are the
limits.  Whatever does not fit the schema exactly is no answer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cliprt.language.numbers import Amount, AmountKind
from cliprt.language.offers import is_straight, size_of, to_primitive
from cliprt.language.provider import Unanswered
from cliprt.language.sentences import MAX_STEPS
from cliprt.types import Primitive
from cliprt.vocabularies.interface import ActionVocabulary

GROUPS = {
    "forward": "x+",
    "back": "x-",
    "left": "y+",
    "right": "y-",
    "up": "z+",
    "down": "z-",
    "roll clockwise": "roll+",
    "roll counterclockwise": "roll-",
    "tilt down": "pitch+",
    "tilt up": "pitch-",
    "yaw clockwise": "yaw+",
    "yaw counterclockwise": "yaw-",
    "rotate gripper clockwise": "gripper_rotation+",
    "rotate gripper counterclockwise": "gripper_rotation-",
    "open gripper": "open",
    "close gripper": "close",
}
"""What a model calls a motion -> displacement group."""

_METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "ft": 0.3048}
_RADIANS = {"deg": math.radians(1), "rad": 1.0, "turn": math.tau}
_SIZES: dict[str, AmountKind] = {"tiny": "tiny", "little": "bit", "normal": "plain", "large": "lot"}

_MOVE = {
    "motion": {"type": "string", "enum": list(GROUPS)},
    "amount": {"type": ["number", "null"]},
    "unit": {"type": ["string", "null"], "enum": [*_METRES, *_RADIANS, None]},
    "size": {"type": "string", "enum": list(_SIZES)},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "decision": {"type": "string", "enum": ["move", "ask"]},
        "moves": {
            "type": "array",
            "maxItems": MAX_STEPS,
            "items": {
                "type": "object",
                "properties": _MOVE,
                "required": list(_MOVE),
                "additionalProperties": False,
            },
        },
    },
    "required": ["decision", "moves"],
    "additionalProperties": False,
}
"""JSON schema of an answer."""


@dataclass(frozen=True)
class Move:
    """One motion as a model understood it.

    Attributes:
        group: Displacement group.
        amount: A length or an angle where the model gave a number, else one of the size words.
    """

    group: str
    amount: Amount


def parse_answer(text: str) -> tuple[Move, ...]:
    """The moves of an answer; none where the model asks back.

    Models wrap it in fences and pleasantries, so it is the one JSON object in the text.

    Raises:
        Unanswered: There is none or more than one, or it does not keep the schema.
    """
    try:
        before = text.partition("{")[0]
        tree, end = _DECODER.raw_decode(text, len(before))
        _check(not _BRACKETS & {*before, *text[end:]}, "more than one object")
        _check(set(tree) == {"decision", "moves"}, "keys")
        decision, moves = tree["decision"], tree["moves"]
        _check(decision in ("move", "ask") and isinstance(moves, list), "decision or moves")
        _check(bool(moves) == (decision == "move") and len(moves) <= MAX_STEPS, "number of moves")
        return tuple(map(_parse_move, moves))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        reason = f"its answer does not keep the schema ({error!s:.80})"
        raise Unanswered(reason, may_retry=True) from error


def to_answer(primitives: Sequence[Primitive]) -> str:
    """How a model should have said it, for examples; inverse of `parse_answer`."""
    words = {group: word for word, group in GROUPS.items()}
    moves = []
    for primitive in primitives:
        straight, size = is_straight(primitive.group), size_of(primitive)
        amount = round(size * 100 if straight else math.degrees(size), 6)
        moves.append(
            {
                "motion": words[primitive.group],
                "amount": amount or None,
                "unit": ("cm" if straight else "deg") if amount else None,
                "size": "normal",
            }
        )
    return json.dumps({"decision": "move" if moves else "ask", "moves": moves})


def move_to_primitive(
    vocabulary: ActionVocabulary, move: Move, max_move_m: float, max_turn_deg: float
) -> Primitive | str:
    """A move as a primitive, or why there is none."""
    group, amount = move.group, move.amount
    straight = is_straight(group)
    if group in ("open", "close") and amount.kind in ("length", "angle"):
        return "The gripper opens and closes fully."
    if amount.kind == ("angle" if straight else "length"):
        return f"{amount.text} does not fit: say a {'distance' if straight else 'rotation'}."
    return to_primitive(vocabulary, group, amount, max_move_m, max_turn_deg)


def _parse_move(node: Any) -> Move:
    _check(isinstance(node, dict) and set(node) == set(_MOVE), "keys of a move")
    motion, number, unit, size = (node[key] for key in _MOVE)
    _check(motion in GROUPS and size in _SIZES, "motion or size")
    group = GROUPS[motion]
    if number is None:
        _check(unit is None, "a unit without a number")
        return Move(group, Amount(_SIZES[size], text=size))
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    _check(is_number and unit in {*_METRES, *_RADIANS}, "amount or unit")
    text = f"{number:g} {unit}"
    if unit in _METRES:
        return Move(group, Amount("length", number * _METRES[unit], text))
    return Move(group, Amount("angle", number * _RADIANS[unit], text))


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _check(len(dict(pairs)) == len(pairs), "a key is given twice")
    return dict(pairs)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_BRACKETS = frozenset("{}[]")
