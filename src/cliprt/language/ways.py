"""Which way a clause goes: moves along an axis, turns, and what the gripper does.

Each function gives (displacement groups that it can mean, likeliest first; why it cannot be acted
on, or None).
"""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.lexicon import Token
from cliprt.language.numbers import EXACT, Amount

_WHICH_AXIS = "Which rotation: roll or yaw the arm, or rotate the gripper?"
_WAY_ROUND = "Clockwise or counterclockwise?"
_ROLL_OR_TILT, _WHICH_TILT = "Roll, or tilt?", "Tilt up or down?"
WHICH_TURN = (_WHICH_AXIS, _WAY_ROUND, _ROLL_OR_TILT, _WHICH_TILT)
"""Questions about a turn that a word for a way may answer."""

_TURN_AXES = ("gripper_rotation", "roll", "yaw")
_WHICH_GRIP = {"open": "Open the gripper?", "close": "Close the gripper?"}


def read_translation(
    tokens: Sequence[Token], roles: set[str], amount: Amount | None
) -> tuple[tuple[str, ...], str | None]:
    """The direction of a move."""
    said = _values(tokens, "carrier", "direction")
    if "back up" in roles:
        if roles & {"verb", "carrier", "place", "push"}:
            return ("z+", "x-"), "Up, or back?"
        said = _values(tokens, "carrier", "direction", "back up")
    hint = () if "unknown" in roles else _values(tokens, "weak", "reach", "push")
    if not said and "weak" in roles and len(hint) == 1:
        if not roles & {"arm", "hand", "amount", "out"}:
            return (*hint, "open") if hint == ("z-",) else hint, "Which way, or how far?"
        said = hint
    if "out" in roles:
        if hint != ("x+",):
            return said or ("x+", "x-"), "Out which way? Say forward or back."
        said = said or hint
    return _one_way(tokens, amount, said, hint)


def _one_way(
    tokens: Sequence[Token], amount: Amount | None, said: tuple[str, ...], hint: tuple[str, ...]
) -> tuple[tuple[str, ...], str | None]:
    """The only direction that was said, or why there is none."""
    if permitted := _values(tokens, "permission"):
        if said:
            return said, "Which way?"
        said = permitted
        if amount is None or amount.kind == "bare":
            return said, "How far?"
    if not said:
        return hint if len(hint) == 1 else (), "Which way?"
    if len(said) == 1:
        turns = any(token.value == "wrist" for token in tokens) and all(
            token.role not in ("verb", "carrier", "amount") for token in tokens
        )
        return said, "Which way?" if turns else None
    if len({group[0] for group in said}) < len(said):
        return (), "Those two are opposite: which of them?"
    return said, "One direction at a time: say them one after the other, with 'then'."


def read_rotation(
    tokens: Sequence[Token], roles: set[str], amount: Amount | None
) -> tuple[tuple[str, ...], str | None]:
    """Axis and sense of a turn; "turn a bit clockwise" and "30° clockwise" are the gripper's."""
    axes, senses = _values(tokens, "axis"), _values(tokens, "sense")
    if len(axes) > 1 or len(senses) > 1:
        return (), "One rotation at a time: say them one after the other, with 'then'."
    wrist = any(token.value == "wrist" for token in tokens if token.role == "hand")
    if axes == ("pitch",):
        return _tilt(tokens, bool(senses))
    said = _values(tokens, "direction")
    if axes and amount and not senses and not wrist and said in (("y+",), ("y-",)):
        return (axes[0] + ("-" if said == ("y+",) else "+"),), None
    if not axes:
        of_hand = "hand" in roles and not roles & {"arm", "it"}
        is_turn = ("turn" in roles and bool(amount or senses)) or (
            amount is not None and (bool(senses) or amount.kind in EXACT)
        )
        of_hand |= is_turn and not (said or "arm" in roles or "self" in _values(tokens, "it"))
        axes = ("gripper_rotation",) if of_hand else _TURN_AXES
    elif axes == ("roll",) and wrist:
        axes = ("roll", "gripper_rotation")
    signs = senses or (("-", "+") if said == ("y+",) else ("+", "-"))
    groups = tuple(axis + sign for axis in axes for sign in signs)
    if len(axes) > 1:
        return groups, _WHICH_AXIS
    if said or not senses:
        return groups, _WAY_ROUND
    return groups, None


def _tilt(tokens: Sequence[Token], has_sense: bool) -> tuple[tuple[str, ...], str | None]:
    said = _values(tokens, "direction")
    if said == ("z-",) and not has_sense:
        return ("pitch+",), None
    if said == ("z+",) and not has_sense:
        return ("pitch-",), None
    if said and said[0][0] == "y":
        return ("roll-", "roll+") if said == ("y+",) else ("roll+", "roll-"), _ROLL_OR_TILT
    return ("pitch-", "pitch+"), _WHICH_TILT


def read_gripper(tokens: Sequence[Token], roles: set[str]) -> tuple[tuple[str, ...], str | None]:
    """Opened or closed."""
    opens = bool(roles & {"open", "release"})
    closes = bool(roles & {"close", "grab", "fist"}) or ("grip" in roles and not opens)
    if opens and closes:
        return ("open", "close"), "Open or close?"
    group = "open" if opens else "close"
    named = bool(roles & {"hand", "fist"}) or ("open" in roles and "grip" in roles)
    named |= {"open", "fully"} <= roles and not roles & {"it", "object"}
    named |= any(token.value == "tool" for token in tokens)
    if roles & {"arm", "place"} and not named:
        return (group,), _WHICH_GRIP[group]
    alone = roles & {"release", "grab"} or (roles & {"grip"} and "verb" not in roles)
    holds = any((t.role, t.value) == ("grip", "hold") for t in tokens)
    if holds and not roles & {"release", "open"}:
        return (group,), "Close the gripper?"
    if (alone or named) and not _with_hand(tokens):
        return (group,), None
    if any(token.role == "unknown" for token in tokens):
        return (), None
    return (group,), _WHICH_GRIP[group]


def _with_hand(tokens: Sequence[Token]) -> bool:
    """Whether it is said how the hand is, not what to do with it: "with the hand open"."""
    ways = [(i, token.role) for i, token in enumerate(tokens) if token.role in ("open", "close")]
    hand = next((i for i, token in enumerate(tokens) if token.role == "hand"), len(tokens))
    leads = any(token.value == "preposition" for token in tokens[:hand])
    return leads and len(ways) == 1 and ways[0][0] > hand


def _values(tokens: Sequence[Token], *roles: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token.value for token in tokens if token.role in roles))
