"""What is said about the step before: "again", "a bit more", "the other way", "too far".

Such a sentence is said again in full, in tokens, and then read as any other: with the same limits,
and the same questions about what does not fit.  A sentence that says by itself what to do keeps its
own meaning; what it does not say ("left again") is taken from the steps before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cliprt.language.asides import find_aside, judges_what_was_done, settle_doubles
from cliprt.language.clauses import Clause, read_clause
from cliprt.language.lexicon import ABOUT_LAST, Token, role_of
from cliprt.language.numbers import EXACT, Amount
from cliprt.language.offers import is_straight, to_amount
from cliprt.language.sentences import GOALS
from cliprt.language.tongues import hear
from cliprt.types import NO_MOTION, Primitive
from cliprt.vocabularies.nearest import AXES, group_of

SMALL = Amount("tiny")
"""How far a motion goes on at a time, at most."""

_REPEATS = {"again", "further", "another", "keep going"}
_ARTICLES = {"definite", "possessive", "indefinite", "another"}
_NEUTRAL = {"filler", "verb", "it", "arm", "hand", "amount", "hedge", "unclear", "mark"}
_OBJECTS = {"other way", "too far", "go back"}
_GOALS = GOALS | {"sense"}
_TO = {"to", "toward", "preposition"}
_ASIDES = {"that was", "but"}
_OPPOSITE = {"open": "close", "close": "open"}

_NOTHING_YET = "That is about the step before, and there is none yet: say which way the arm goes."
_NO_AXIS = "The step before went more than one way: say which way, and how far."
_STAYS = "I stay where I am. What should the arm do next?"
_FULLY = "The gripper opens and closes fully."
_HOW_FAR = "How far? Say it in centimeters or degrees."
_WHICH_WAY = "Which way? Say only that."
_BACK = "Back where I was, or backward?"


@dataclass(frozen=True)
class InFull:
    """A sentence about the step before.

    Attributes:
        tokens: The same, said by itself.
        continues: Whether to go on with it until the speaker says otherwise.
        problem: Why it cannot be acted on; None if `tokens` may say it.
        groups: What it may mean where there is a problem, for offers.
    """

    tokens: tuple[Token, ...] = ()
    continues: bool = False
    problem: str | None = None
    groups: tuple[str, ...] = ()


def is_about_last(utterance: str) -> bool:
    """Whether what is meant depends on the step before, so that nobody may learn it."""
    before = Primitive(None, "", (-1.0, *NO_MOTION[1:]))
    return any(say_in_full(tokens, (before,)) for _, tokens in hear(utterance))


def say_in_full(tokens: Sequence[Token], last: Sequence[Primitive]) -> InFull | None:
    """What a sentence about the steps before asks for; None where it speaks for itself.

    Args:
        tokens: All of the sentence.
        last: What was done before, the newest at the end; may be empty.
    """
    agrees = any(a.role == "yes" and b.role == "joiner" for a, b in pairwise(tokens))
    tokens = settle_doubles(tokens)
    marks = {mark for token in tokens for mark in _marks(token)} - _ASIDES
    roles = {token.role for token in tokens}
    if not (marks or "amount" in roles) or _is_thanks(tokens):
        return None
    tokens = _without_frame(tokens, marks)
    roles = {token.role for token in tokens}
    if not roles <= _NEUTRAL | _GOALS | set(ABOUT_LAST) or tokens[-1].value in _ARTICLES | _TO:
        return None
    if "that was" in roles and not _is_verdict(tokens, roles):
        return None
    if roles & _GOALS:
        return InFull(problem=_WHICH_WAY) if agrees and marks else _another_way(tokens, marks, last)
    if _is_placed(tokens):
        return None
    if not marks:
        return _amount_alone(tokens, last)
    if not last:
        return None if _own_way(tokens, marks) else InFull(problem=_NOTHING_YET)
    return _same_way(tokens, marks, last[-1])


def _marks(token: Token) -> set[str]:
    """What in a token is about the step before; "another inch" and "a hair more" say it, too."""
    if token.role in ABOUT_LAST:
        return {token.role}
    values = {token.value}
    if token.role == "amount":
        values = {role_of(word)[1] for word in token.text.split()}
    return values & _REPEATS


def _without_frame(tokens: Sequence[Token], marks: set[str]) -> list[Token]:
    """Without commas, joiners and apologies around it, and "no" where it objects to a step."""
    kept: list[Token] = []
    for token in tokens:
        objects = token.value == "no" and bool(marks & _OBJECTS)
        leads = not kept and token.role in ("joiner", "correction")
        if not (objects or leads or token.role == "yes" or token.value == ","):
            kept.append(token)
    return kept


def _is_verdict(tokens: Sequence[Token], roles: set[str]) -> bool:
    """Whether it is said that a step went wrong, and not merely what it was like."""
    wrong = [t for t in tokens if t.role in ("other way", "too far")]
    return bool(wrong) and not roles & _GOALS and all(t.value != "less" for t in wrong)


def _is_thanks(tokens: Sequence[Token]) -> bool:
    """Whether it is "thanks again", or praise of what was done: "thanks for going further"."""
    return (
        bool(find_aside(tokens))
        or judges_what_was_done(tokens)
        or any(
            one.value in ("thanks", "praise", "greeting") and "again" in _marks(other)
            for one, other in pairwise(tokens)
        )
    )


def _is_placed(tokens: Sequence[Token]) -> bool:
    """Whether a preposition leads to anything but how far: "a bit more to the side"."""
    for i, token in enumerate(tokens):
        if token.value in _TO:
            after = [t for t in tokens[i + 1 :] if t.value not in _ARTICLES][:1]
            if not any(t.value in EXACT or t.role in ABOUT_LAST for t in after):
                return True
    return False


def _own_way(tokens: Sequence[Token], marks: set[str]) -> bool:
    """Whether "go back" is said that means backward where it means nothing else."""
    return marks <= {"go back", *_REPEATS} and any(t.role == "go back" and t.value for t in tokens)


def _amount_alone(tokens: Sequence[Token], last: Sequence[Primitive]) -> InFull | None:
    """The same way may be meant, and is offered."""
    group, size = _step(last[-1]) if last else ("", 0.0)
    other = "angle" if is_straight(group) else "length"
    if not size or any(token.value == other for token in tokens if token.amount):
        return None
    rest = (*tokens, *_way(group))
    return InFull(rest, problem=read_clause(rest).problem or "Which way?", groups=(group,))


def _same_way(tokens: Sequence[Token], marks: set[str], last: Primitive) -> InFull | None:
    """What is said of the step before, and no other direction."""
    group, size = _step(last)
    says_amount = any(token.role in ("amount", "unclear") for token in tokens)
    if "go back" in marks and (says_amount or "further" in marks):
        return None
    if "there" in marks:
        return (
            InFull(problem=_STAYS) if all(t.role in ("filler", "there") for t in tokens) else None
        )
    if not group:
        return InFull(problem=_NO_AXIS)
    if "go back" in marks and group == "x-" and _own_way(tokens, marks):
        return InFull(problem=_BACK, groups=("x+", "x-"))
    if not size and (says_amount or marks & {"times", "too far", "keep going", "further"}):
        return InFull(problem=_FULLY)
    factor, problem = _factor(tokens)
    if problem or (says_amount and "times" in marks):
        return InFull(problem=problem or _HOW_FAR, groups=(group,))
    way = _reversed(group) if marks & _OBJECTS else group
    if not size:
        return InFull((*_rest(tokens), *_way(way)))
    if "keep going" in marks and not says_amount and "times" not in marks:
        small = min(size, to_amount(group, SMALL))
        return InFull((*_rest(tokens), *_way(way), _sized(group, small)), continues=True)
    if "too far" in marks:
        size /= 2
    rest = _at_most(_rest(tokens), group, size, "too far" in marks)
    return InFull((*rest, *_way(way), *([] if says_amount else [_sized(group, size * factor)])))


def _another_way(
    tokens: Sequence[Token], marks: set[str], last: Sequence[Primitive]
) -> InFull | None:
    """A direction, and how far from the steps before."""
    if not marks or "keep going" in marks or marks & {"too far", "go back", "there"}:
        return None
    rest = _rest(tokens, keep=True)
    clause = read_clause(rest) if rest else Clause()
    if marks <= _REPEATS and all(token.role != "but" for token in tokens):
        return _once_more(rest, clause, last)
    if not last:
        return InFull(problem=_NOTHING_YET, groups=clause.groups)
    group, size = _step(last[-1])
    factor, problem = _factor(tokens)
    problem = problem or clause.problem
    if "other way" in marks and clause.groups != (_reversed(group),):
        problem = _WHICH_WAY
    if not size or (clause.amount and "times" in marks):
        problem = problem or _HOW_FAR
    if problem:
        return InFull(problem=problem, groups=clause.groups)
    return InFull((*rest, *([] if clause.amount else [_sized(group, size * factor)])))


def _once_more(rest: Sequence[Token], clause: Clause, last: Sequence[Primitive]) -> InFull | None:
    """As far as the last time that way; a turn "some more" goes on the same way round."""
    if clause.amount is None and clause.problem is None and clause.groups:
        sizes = [size for group, size in map(_step, last) if group == clause.groups[0]]
        return InFull((*rest, _sized(clause.groups[0], sizes[-1]))) if any(sizes) else None
    group, size = _step(last[-1]) if last else ("", 0.0)
    roles = {token.role for token in rest}
    if not size or group not in clause.groups or not roles <= _NEUTRAL | {"axis", "turn"}:
        return None
    plain = [t for t in rest if t.role not in ("axis", "turn")]
    plain = _at_most(_rest(plain), group, size, False)
    return InFull((*plain, *_way(group), *([] if clause.amount else [_sized(group, size)])))


def _step(primitive: Primitive) -> tuple[str, float]:
    """Group, and how far [m or rad]: 0 for the gripper, no group where it is more than one way."""
    parts = [abs(x) for x in primitive.motion if x]
    if len(parts) + (primitive.gripper is not None) != 1:
        return "", 0.0
    return group_of(primitive.motion, primitive.gripper), sum(parts)


def _reversed(group: str) -> str:
    return _OPPOSITE.get(group) or group[:-1] + {"+": "-", "-": "+"}.get(group[-1:], "")


def _factor(tokens: Sequence[Token]) -> tuple[float, str | None]:
    """How many times as far."""
    said = [float(token.value) for token in tokens if token.role == "times"]
    return (said[0] if said else 1.0), (_HOW_FAR if len(said) > 1 else None)


def _rest(tokens: Sequence[Token], keep: bool = False) -> list[Token]:
    """Without what is about the step before, and the articles in front of it.

    Args:
        tokens: Of the sentence.
        keep: Whether what moves is kept; where the way is put in, that says it.
    """
    rest: list[Token] = []
    for token in tokens:
        if token.role in ABOUT_LAST:
            while rest and rest[-1].value in _ARTICLES:
                rest.pop()
        elif keep or token.role not in ("it", "arm", "hand"):
            rest.append(token)
    return rest


def _at_most(tokens: list[Token], group: str, size: float, always: bool) -> list[Token]:
    """With a "bit" that is no more than `size` [m or rad], or whatever is said in words."""
    most = _sized(group, size)
    return [
        most
        if token.amount
        and (token.value in ("tiny", "bit") or (always and token.value in ("plain", "lot")))
        and to_amount(group, token.amount) > size
        else token
        for token in tokens
    ]


def _sized(group: str, size: float) -> Token:
    """An amount [m or rad] as a token."""
    if is_straight(group):
        amount = Amount("length", size, f"{size * 100:.6g} cm")
    else:
        amount = Amount("angle", size, f"{math.degrees(size):.6g}°")
    return Token("amount", amount.kind, amount.text, amount)


def _way(group: str) -> list[Token]:
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
