"""One clause -> what it asks for: which way, how much, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap

from cliprt.language.lexicon import Token
from cliprt.language.numbers import EXACT, Amount, least
from cliprt.language.offers import is_straight

_ROTATIONS = ("roll", "pitch", "yaw", "gripper_rotation")
_TURN_AXES = ("gripper_rotation", "roll", "yaw")
_UNFINISHED = ("to", "of", "by", "in", "with", "for", "the", "a", "an", "your", "its")
_DEFINITE = ("the", "your", "its")
_DOING = ("verb", "place", "push", "reach", "weak")
VAGUE = ("tiny", "bit", "plain", "lot")
"""Kinds of what was said in words, from little to much."""

_LEAST_BARE_DEGREES = 5  # a smaller number without a unit could mean radians, or turns
_EVERYWHERE = {"filler", "verb", "arm", "hand", "it", "amount", "hedge"}
_WITH_MOVE = (
    _EVERYWHERE
    | {"direction", "carrier", "weak", "back up", "reach", "push", "place", "permission"}
    | {"out", "unclear"}
)
_WITH_ROTATION = _EVERYWHERE | {"axis", "turn", "sense", "direction", "unclear"}
_GRIPPING = {"open", "close", "release", "grab", "grip", "fist"}
_FORBIDDEN = {
    "negation": "I only act on what to do, and you said {text!r}.",
    "question": "I cannot judge {text!r}: tell me what to do now.",
    "unknown": "I do not know {text!r}.",
    "idiom": "{text!r} could be about {value}: say which way the arm should go.",
    "whose arm": "There is one arm, so I do not know what {text!r} is.",
    "whose side": "Whose left and right? Say left or right as the robot sees it.",
}
_WITH_GRIPPER = _EVERYWHERE | _GRIPPING | {"fully", "tight", "place", "object"}


@dataclass(frozen=True)
class Clause:
    """What one clause asks for.

    Attributes:
        groups: Displacement groups it can mean (``"y+"``, ``"roll-"``, ``"open"`` ...), likeliest
            first; exactly one where there is no problem.
        amount: How much; None where nothing was said about it.
        problem: Why it cannot be acted on; None if it can.
        has_verb: Whether it says what to do, and not only where to.
        amount_first: Whether the amount was said before the direction.
    """

    groups: tuple[str, ...] = ()
    amount: Amount | None = None
    problem: str | None = None
    has_verb: bool = False
    amount_first: bool = False

    @property
    def is_translation(self) -> bool:
        """Whether it can only mean a straight move."""
        return bool(self.groups) and all(map(is_straight, self.groups))

    @property
    def is_gripper(self) -> bool:
        """Whether it can only mean to open or to close."""
        return bool(self.groups) and set(self.groups) <= {"open", "close"}

    @property
    def is_rotation(self) -> bool:
        """Whether it can only mean a turn."""
        return bool(self.groups) and all(g.rstrip("+-") in _ROTATIONS for g in self.groups)


def read_clause(tokens: Sequence[Token]) -> Clause:
    """Read the tokens between two joiners, at least one."""
    tokens = _settled(tokens)
    roles = {token.role for token in tokens}
    amount, unclear = _amount(tokens)
    problem = _forbidden(tokens, roles) or unclear
    if roles & {"axis", "turn", "sense"}:
        groups, missing = _rotation(tokens, roles)
        problem = problem or _stranger(tokens, _WITH_ROTATION) or missing
    elif roles & {"open", "close", "release", "grab", "fist"} or (
        "grip" in roles and not roles & {"direction", "carrier"}
    ):
        groups, missing = _gripper(tokens, roles)
        problem = problem or _stranger(tokens, _WITH_GRIPPER) or missing
    else:
        groups, missing = _translation(tokens, roles, amount)
        if any(token.value == "fingers" for token in tokens):
            missing = "Fingers open and close, the arm moves: which of them?"
        allowed = _WITH_MOVE | ({"fully"} if amount and amount.kind == "length" else set())
        problem = problem or _stranger(tokens, allowed) or missing
    problem = problem or _misfit(tokens, groups, amount)
    return Clause(
        groups,
        amount,
        problem,
        has_verb=bool(roles - {"filler", "direction", "amount", "arm", "hand", "it", "unclear"}),
        amount_first=_position(tokens, "amount") < _position(tokens, "direction"),
    )


def _settled(tokens: Sequence[Token]) -> Sequence[Token]:
    """Give words whose part depends on the rest of the clause the part that they have in it.

    "Swing" turns the wrist, or whatever has a sense or an angle, and moves an arm; "drop" lets go
    of a thing; "gently" is how a gripper closes, and how far an arm goes.
    """
    roles = {token.role for token in tokens}
    if "swing" in roles:
        turns = "sense" in roles or any(t.value in ("wrist", "angle") for t in tokens)
        role = "verb" if roles & {"arm", "hand"} and not turns else "turn"
        tokens = [Token(role, "", t.text) if t.role == "swing" else t for t in tokens]
    if {"weak", "object"} <= roles and not roles & {"direction", "amount"}:
        tokens = [Token("release", "", t.text) if t.text == "drop" else t for t in tokens]
    if roles & _GRIPPING:
        tokens = [Token("filler", "manner", t.text) if t.text == "gently" else t for t in tokens]
    return tokens


def _forbidden(tokens: Sequence[Token], roles: set[str]) -> str | None:
    """The first thing that rules out acting, whatever else is said."""
    for token in tokens:
        if token.role in _FORBIDDEN:
            return _FORBIDDEN[token.role].format(text=token.text, value=token.value)
    handled = [t for t in tokens if t.role in ("push", "place")]
    if any(t.value == "take" for t in handled) and "amount" in roles:
        handled = []
    if "it" in roles and handled and not roles & {"hand", "arm", "grab", "open"}:
        return "What 'it' is I cannot see: say how the arm should move."
    problem = next(filter(None, starmap(_forbidden_pair, pairwise(tokens))), None)
    if problem:
        return problem
    if tokens[-1].role == "hedge":
        return f"I do not know {tokens[-1].text!r}."
    if tokens[-1].text in _UNFINISHED:
        return f"After {tokens[-1].text!r} something is missing."
    return None


def _forbidden_pair(first: Token, second: Token) -> str | None:
    if first.text == second.text and first.role != "filler":
        return f"You said {first.text!r} twice: once is enough, or give the distance."
    if _is_a_thing(first, second):
        return f"Is {second.text!r} a thing? Say how the arm should move."
    if second.role == "amount" and second.amount and second.amount.kind in ("length", "angle"):
        wants_place = first.text == "to"
        return "I move by a distance, not to a position: say by how much." if wants_place else None
    return f"I do not know {first.text!r}." if first.role == "hedge" else None


def _is_a_thing(before: Token, token: Token) -> bool:
    """Whether a word that is usually a verb, or says whom, names a thing: "the left edge"."""
    last = before.text.split()[-1]
    if (token.role, token.value) == ("verb", "noun"):
        return before.role == "direction" or last in (*_DEFINITE, "a", "an")
    return last in _DEFINITE and (token.role in _DOING or token.value == "vocative")


def _stranger(tokens: Sequence[Token], allowed: set[str]) -> str | None:
    for token in tokens:
        if token.role not in allowed:
            return f"I cannot put {token.text!r} together with the rest."
    return None


def _amount(tokens: Sequence[Token]) -> tuple[Amount | None, str | None]:
    amounts = [token.amount for token in tokens if token.amount]
    exact = [amount for amount in amounts if amount.kind in EXACT]
    vague = {amount.kind for amount in amounts if amount.kind in VAGUE}
    said = least(exact)
    if any(t.role == "unknown" for t in tokens) and (
        len(exact) > 1 or (said and said.kind == "bare")
    ):
        said = Amount("unclear")  # that word may be a unit, or a sign between numbers
    for amount in exact:
        if amount.kind == "unclear":
            return amount, f"How much is {amount.text!r}? Write it like 1.5 or 1 1/2."
    if len(exact) > 1:
        return said, f"How much: {exact[0].text} or {exact[1].text}?"
    for token in tokens:
        if token.role == "unclear" and (token.value == "unit" or not exact):
            problem = f"How much is {token.text!r}? Say it in centimeters or degrees."
            is_unit = any(t.value == "unit" for t in tokens if t.role == "unclear")
            return Amount("unclear" if is_unit else "tiny"), problem
    if exact:
        return said, None
    if "lot" in vague and len(vague) > 1:
        return None, "A little or a lot? Say it in centimeters or degrees."
    kind = min(vague, key=VAGUE.index, default=None)
    return next((a for a in amounts if a.kind == kind), None), None


def _translation(
    tokens: Sequence[Token], roles: set[str], amount: Amount | None
) -> tuple[tuple[str, ...], str | None]:
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
        return said, None
    if len({group[0] for group in said}) < len(said):
        return (), f"{said[0]} and {said[1]} are opposite: which of them?"
    return said, "One direction at a time: say them one after the other, with 'then'."


def _rotation(tokens: Sequence[Token], roles: set[str]) -> tuple[tuple[str, ...], str | None]:
    axes, senses = _values(tokens, "axis"), _values(tokens, "sense")
    if len(axes) > 1 or len(senses) > 1:
        return (), "One rotation at a time: say them one after the other, with 'then'."
    wrist = any(token.value == "wrist" for token in tokens if token.role == "hand")
    if axes == ("pitch",):
        return _tilt(tokens, bool(senses))
    if not axes:
        of_hand = "hand" in roles and not roles & {"arm", "it"}
        axes = ("gripper_rotation",) if of_hand else _TURN_AXES
    elif axes == ("roll",) and wrist:
        axes = ("roll", "gripper_rotation")
    said = _values(tokens, "direction")
    signs = senses or (("-", "+") if said == ("y+",) else ("+", "-"))
    groups = tuple(axis + sign for axis in axes for sign in signs)
    if len(axes) > 1:
        return groups, "Which rotation: roll or yaw the arm, or rotate the gripper?"
    if said or not senses:
        return groups, "Clockwise or counterclockwise?"
    return groups, None


def _tilt(tokens: Sequence[Token], has_sense: bool) -> tuple[tuple[str, ...], str | None]:
    said = _values(tokens, "direction")
    if said == ("z-",) and not has_sense:
        return ("pitch+",), None
    if said == ("z+",) and not has_sense:
        return ("pitch-",), None
    if said and said[0][0] == "y":
        return ("roll-", "roll+") if said == ("y+",) else ("roll+", "roll-"), "Roll, or tilt?"
    return ("pitch-", "pitch+"), "Tilt up or down?"


def _gripper(tokens: Sequence[Token], roles: set[str]) -> tuple[tuple[str, ...], str | None]:
    opens = bool(roles & {"open", "release"})
    closes = bool(roles & {"close", "grab", "fist"}) or ("grip" in roles and not opens)
    if opens and closes:
        return ("open", "close"), "Open or close?"
    group = "open" if opens else "close"
    named = bool(roles & {"hand", "fist"}) or ("open" in roles and "grip" in roles)
    named |= {"open", "fully"} <= roles and not roles & {"it", "object"}
    named |= any(token.value == "tool" for token in tokens)
    if roles & {"arm", "place"} and not named:
        return (group,), f"{group.title()} the gripper?"
    alone = roles & {"release", "grab"} or (roles & {"grip"} and "verb" not in roles)
    if any(t.text == "hold" for t in tokens if t.role == "grip") and not roles & {
        "release",
        "open",
    }:
        return (group,), "Close the gripper?"
    if alone or named:
        return (group,), None
    if any(token.role == "unknown" for token in tokens):
        return (), None
    return (group,), f"{group.title()} the gripper?"


def _misfit(tokens: Sequence[Token], groups: tuple[str, ...], amount: Amount | None) -> str | None:
    """Why the amount does not go with the groups."""
    if amount is None or not groups:
        return None
    if groups[0] in ("open", "close"):
        return "The gripper opens and closes fully."
    straight = is_straight(groups[0])
    if amount.kind == "bare" and not straight and amount.value >= _LEAST_BARE_DEGREES:
        return None
    if amount.kind == "bare":
        return f"{amount.text} what? Say {'centimeters' if straight else 'degrees'}."
    if amount.kind == ("angle" if straight else "length"):
        need = "a distance in centimeters" if straight else "an angle in degrees"
        return f"{amount.text} does not fit: I need {need}."
    return None


def _values(tokens: Sequence[Token], *roles: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token.value for token in tokens if token.role in roles))


def _position(tokens: Sequence[Token], role: str) -> int:
    return next((i for i, token in enumerate(tokens) if token.role == role), len(tokens))
