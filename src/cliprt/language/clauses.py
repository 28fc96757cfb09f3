"""One clause -> what it asks for: which way, how much, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap

from cliprt.language.asides import A_THING, find_aside
from cliprt.language.beside import is_one_time
from cliprt.language.lexicon import Token
from cliprt.language.numbers import EXACT, VAGUE, Amount, least
from cliprt.language.offers import is_straight
from cliprt.language.remarks import Remark
from cliprt.language.roles import DETERMINERS, GRIPPING, LEADING
from cliprt.language.ways import read_gripper, read_rotation, read_translation

_ROTATIONS = ("roll", "pitch", "yaw", "gripper_rotation")
_DONE = ("verb", "carrier")
_GENTLE = ("gently", "gentle")
_LEAST_BARE_DEGREES = 5  # a smaller number without a unit could mean radians, or turns
_EVERYWHERE = {"filler", "verb", "arm", "hand", "it", "amount", "hedge", "each"}
_NO_VERB = {"filler", "direction", "amount", "arm", "hand", "it", "unclear", "each"}
_WITH_MOVE = (
    _EVERYWHERE
    | {"direction", "carrier", "weak", "back up", "reach", "push", "place", "permission"}
    | {"out", "unclear"}
)
_WITH_ROTATION = _EVERYWHERE | {"axis", "turn", "sense", "direction", "unclear"}
_FORBIDDEN = {
    "negation": "You said {text!r}, so I stay here. What should I do instead?",
    "question": "I only know small steps: tell me one to do now, e.g. 'up 5 cm'.",
    "question: or": "You said {text!r}: say only the one that I should do.",
    "question: condition": "I cannot watch for that: tell me one small step to do now.",
    "unknown": "I do not know {text!r}.",
    "yes": "{text!r} as a direction? Say 'move right', or leave it out.",
    "idiom: speed": "My speed stays as it is: say which way the arm should go.",
    "idiom": "{text!r} I might take the wrong way: say which way the arm should go.",
    "whose arm": "There is one arm, so I do not know what {text!r} is.",
}
_BARE = ("{text} what? Say degrees.", "{text} what? Say centimeters.")
_UNFIT = (
    "{text} does not fit: I need an angle in degrees.",
    "{text} does not fit: I need a distance in centimeters.",
)
_WITH_GRIPPER = _EVERYWHERE | GRIPPING | {"fist", "fully", "tight", "place", "object"}


@dataclass(frozen=True)
class Clause:
    """What one clause asks for.

    Attributes:
        groups: Displacement groups it can mean (``"y+"``, ``"roll-"``, ``"open"`` ...), likeliest
            first; exactly one where there is no problem.
        amount: How much; None where nothing was said about it.
        problem: Why it cannot be acted on; None if it can.
        has_verb: Whether it says what to do, and not only where to.
        verb_last: Whether the verb was said after the direction.
        amount_first: Whether the amount was said before the direction.
        is_each: Whether the amount is said to be that of every step.
    """

    groups: tuple[str, ...] = ()
    amount: Amount | None = None
    problem: str | None = None
    has_verb: bool = False
    verb_last: bool = False
    amount_first: bool = False
    is_each: bool = False

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
        groups, missing = read_rotation(tokens, roles, amount)
        problem = problem or _stranger(tokens, _WITH_ROTATION) or missing
    elif roles & {"open", "close", "release", "grab", "fist"} or (
        "grip" in roles and not roles & {"direction", "carrier"}
    ):
        groups, missing = read_gripper(tokens, roles)
        problem = problem or _stranger(tokens, _WITH_GRIPPER) or missing
    else:
        groups, missing = read_translation(tokens, roles, amount)
        if any(token.value == "fingers" for token in tokens):
            missing = "Fingers open and close, the arm moves: which of them?"
        allowed = _WITH_MOVE | ({"fully"} if amount and amount.kind == "length" else set())
        problem = problem or _stranger(tokens, allowed) or missing
    problem = problem or _misfit(tokens, groups, amount)
    return Clause(
        groups,
        amount,
        problem,
        has_verb=bool(roles - _NO_VERB),
        verb_last=_position(tokens, "direction") < _verb_position(tokens) < len(tokens),
        amount_first=_position(tokens, "amount") < _position(tokens, "direction"),
        is_each="each" in roles,
    )


def _settled(tokens: Sequence[Token]) -> Sequence[Token]:
    """Give words whose part depends on the rest of the clause the part that they have in it.

    "Swing" turns the wrist, or whatever has a sense or an angle, and moves an arm; "drop" lets go
    of a thing; "gently" is how a gripper closes, and how far an arm goes; "maybe" and "there"
    change nothing where it is said how far; "I want it raised" is a command.
    """
    roles = {token.role for token in tokens}
    if "swing" in roles:
        turns = "sense" in roles or any(t.value in ("wrist", "angle") for t in tokens)
        role = "verb" if roles & {"arm", "hand"} and not turns else "turn"
        tokens = [Token(role, "", t.text) if t.role == "swing" else t for t in tokens]
    if {"weak", "object"} <= roles and not roles & {"direction", "amount"}:
        tokens = [Token("release", "", t.text) if t.text == "drop" else t for t in tokens]
    if any(t.value in ("length", "angle") for t in tokens) and tokens[0].value == "maybe":
        tokens = tokens[1:]
    if any(t.value == "length" for t in tokens):
        tokens = [t._replace(role="carrier") if _is_drop(t) else t for t in tokens]
    if "amount" in roles:
        tokens = [t for t in tokens if t.role != "there"]
    tokens = [t for i, t in enumerate(tokens) if not (i and is_one_time(tokens, i))]
    if any(t.value == "wish" for t in tokens):
        tokens = [t._replace(role=_DONE[bool(t.value)]) if t.role == "done" else t for t in tokens]
    if roles & (GRIPPING | {"fist"}):
        tokens = [Token("filler", "manner", t.text) if t.text in _GENTLE else t for t in tokens]
    return tokens


def _is_drop(token: Token) -> bool:
    """Whether it is about a thing, or how far the arm goes: "drop it", "bring it back 2 cm"."""
    return token.role in ("release", "idiom") and token.value[-1:] in ("+", "-")


def _forbidden(tokens: Sequence[Token], roles: set[str]) -> str | None:
    """The first thing that rules out acting, whatever else is said."""
    for token in sorted(tokens, key=lambda token: token.role == "unknown"):
        if token.role in _FORBIDDEN:
            pattern = _FORBIDDEN.get(f"{token.role}: {token.value}", _FORBIDDEN[token.role])
            return Remark(pattern, text=token.text)
    handled = [t for t in tokens if t.role in ("push", "place")]
    is_exact = any(t.amount and t.amount.kind == "length" for t in tokens)
    if is_exact or (any(t.value == "take" for t in handled) and "amount" in roles):
        handled = []
    if "it" in roles and handled and not roles & {"hand", "arm", "grab", "open"}:
        return "What 'it' is I cannot see: say how the arm should move."
    for first, way in pairwise(tokens):  # "take left" may be the one on the left
        if first in handled and first.value == "take" and way.role == "direction":
            return Remark(A_THING, text=way.text)
    pairs = starmap(_forbidden_pair, pairwise(tokens))
    problem = find_aside(tokens) or next(filter(None, pairs), None)
    if problem:
        return problem
    if tokens[-1].role == "hedge":
        return Remark("I do not know {text!r}.", text=tokens[-1].text)
    if tokens[-1].value in LEADING | DETERMINERS:
        return Remark("After {text!r} something is missing.", text=tokens[-1].text)
    return None


def _forbidden_pair(first: Token, second: Token) -> str | None:
    if first.value == "possessive" and (second.role == "amount" or second.value == "preposition"):
        return Remark("After {text!r} something is missing.", text=first.text)
    if first.text == second.text and first.role != "filler":
        return Remark(
            "You said {text!r} twice: once is enough, or give the distance.", text=first.text
        )
    if second.role == "amount" and second.amount and second.amount.kind in ("length", "angle"):
        wants_place = first.value == "to"
        return "I move by a distance, not to a position: say by how much." if wants_place else None
    return Remark("I do not know {text!r}.", text=first.text) if first.role == "hedge" else None


def _stranger(tokens: Sequence[Token], allowed: set[str]) -> str | None:
    for token in tokens:
        if token.role not in allowed:
            return Remark("I cannot put {text!r} together with the rest.", text=token.text)
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
            return amount, Remark(
                "How much is {text!r}? Write it like 1.5 or 1 1/2.", text=amount.text
            )
    if len(exact) > 1:
        return said, Remark("How much: {one} or {other}?", one=exact[0].text, other=exact[1].text)
    for token in tokens:
        if token.role == "unclear" and (token.value == "unit" or not exact):
            problem = Remark(
                "How much is {text!r}? Say it in centimeters or degrees.", text=token.text
            )
            is_unit = any(t.value == "unit" for t in tokens if t.role == "unclear")
            return Amount("unclear" if is_unit else "tiny"), problem
    if exact:
        return said, None
    if "lot" in vague and len(vague) > 1:
        return None, "A little or a lot? Say it in centimeters or degrees."
    kind = min(vague, key=VAGUE.index, default=None)
    return next((a for a in amounts if a.kind == kind), None), None


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
        return Remark(_BARE[straight], text=amount.text)
    if amount.kind == ("angle" if straight else "length"):
        return Remark(_UNFIT[straight], text=amount.text)
    return None


def _position(tokens: Sequence[Token], role: str) -> int:
    return next((i for i, token in enumerate(tokens) if token.role == role), len(tokens))


def _verb_position(tokens: Sequence[Token]) -> int:
    return next((i for i, t in enumerate(tokens) if t.role not in _NO_VERB), len(tokens))
