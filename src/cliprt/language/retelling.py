"""A sentence about the step before, said in full: which way it goes, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cliprt.language.clauses import Clause, read_clause
from cliprt.language.lexicon import Token
from cliprt.language.numbers import VAGUE, Amount
from cliprt.language.offers import is_straight, to_amount
from cliprt.language.roles import ABOUT_LAST, GOALS, LEADING
from cliprt.language.steps import all_to, reversed_group, sized, step_of, way_to
from cliprt.types import Primitive
from cliprt.vocabularies.nearest import AXES

SMALL, SMALLEST = Amount("bit"), Amount("tiny")
"""A motion goes on as far at a time as it went, if that was small; else by the smallest step."""

REPEATS = {"again", "further", "another", "keep going"}
AGAINST = {"other way", "too far", "go back"}
ARTICLES = {"definite", "possessive", "indefinite", "another"}
WAYS = GOALS | {"sense"}
NEUTRAL = {"filler", "verb", "it", "arm", "hand", "amount", "hedge", "unclear", "mark"}

NOTHING_YET = "That is about the step before, and there is none yet: say which way the arm goes."
WHICH_WAY = "Which way? Say only that."
_NO_AXIS = "The step before went more than one way: say which way, and how far."
_STAYS = "I stay where I am. What should the arm do next?"
_FULLY = "The gripper opens and closes fully."
_HOW_FAR = "How far? Say it in centimeters or degrees."
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


def same_steps(
    tokens: Sequence[Token], marks: set[str], steps: Sequence[tuple[str, float]]
) -> InFull | None:
    """Several steps of one sentence are made again, or taken back, together."""
    if len(steps) < 2 or _says_amount(tokens) or not all(group for group, _ in steps):
        return None
    if marks <= {"again", "same", "another"}:
        return InFull(all_to(steps))
    if marks == {"go back"}:
        return InFull(all_to([(reversed_group(group), size) for group, size in steps[::-1]]))
    return None


def same_way(tokens: Sequence[Token], marks: set[str], group: str, size: float) -> InFull | None:
    """What is said of the step before, and no other direction."""
    has_amount = _says_amount(tokens)
    if "go back" in marks and "too far" not in marks and (has_amount or "further" in marks):
        return None
    if "there" in marks:
        alone = all(token.role in ("filler", "there") for token in tokens)
        return InFull(problem=_STAYS) if alone else None
    part = next((token.value for token in tokens if token.role == "hand"), "")
    if not group or (part and group[:-1] != AXES[-1]):
        return InFull(problem=WHICH_WAY if group else _NO_AXIS)
    if group == "x-" and "go back" in marks and own_way(tokens, marks):
        return InFull(problem=_BACK, groups=("x+", "x-"))
    way = reversed_group(group) if marks & AGAINST else group
    if not size:
        wants_amount = has_amount or marks & {"times", "too far", "keep going", "further"}
        return InFull((*_rest(tokens), *way_to(way)), problem=_FULLY if wants_amount else None)
    factors = _factors(tokens)
    if len(factors) + has_amount > 1:
        return InFull(problem=_HOW_FAR, groups=(group,))
    if {"same", "too far"} <= marks:  # "again but less"
        return InFull(problem=_HOW_FAR, groups=(group,))
    if "keep going" in marks and not has_amount and not factors:
        is_small = size <= to_amount(group, SMALL) + 1e-9
        small = size if is_small else to_amount(group, SMALLEST)
        return InFull((*_rest(tokens), *way_to(way), sized(group, small)), continues=True)
    if "too far" in marks:
        size /= 2
    rest = _at_most(_rest(tokens), group, size, always="too far" in marks)
    amount = [] if has_amount else [sized(group, size * _first(factors))]
    return InFull((*rest, *way_to(way), *amount))


def that_way(tokens: Sequence[Token], marks: set[str], last: Sequence[Primitive]) -> InFull | None:
    """A direction is said, and how far follows from the steps before."""
    if not marks or marks & {"keep going", "go back", "there"}:
        return None
    rest = _rest(tokens, keep=True)
    clause = read_clause(rest) if rest else Clause()
    if marks <= REPEATS and all(token.role != "but" for token in tokens):
        return _once_more(rest, clause, last)
    if not last:
        return InFull(problem=NOTHING_YET, groups=() if marks & AGAINST else clause.groups)
    group, size = step_of(last[-1])
    if "too far" in marks and clause.groups == (group,):
        return same_way([t for t in tokens if t.role not in WAYS], marks, group, size)
    if marks & AGAINST:
        return _way_back(rest, clause, marks, group, size)
    factors = _factors(tokens)
    problem = clause.problem
    if not size or len(factors) + (clause.amount is not None) > 1:
        problem = problem or _HOW_FAR
    amount = [] if clause.amount else [sized(group, size * _first(factors))]
    return InFull((*rest, *amount), problem=problem, groups=clause.groups)


def _way_back(
    rest: Sequence[Token], clause: Clause, marks: set[str], group: str, size: float
) -> InFull:
    """The way that is said, where that is the way back: "wrong way, go left"."""
    way = reversed_group(group)
    if "too far" in marks:
        size /= 2
    elif turned := _turned(rest, clause, way, size):
        return turned
    if clause.problem or clause.groups != (way,):
        return InFull(problem=WHICH_WAY)
    return InFull((*rest, *([] if clause.amount or not size else [sized(way, size)])))


def _once_more(rest: Sequence[Token], clause: Clause, last: Sequence[Primitive]) -> InFull | None:
    """As far as the last time that way; a turn "some more" goes on the same way round."""
    if clause.amount is None and clause.problem is None and clause.groups:
        sizes = [size for group, size in map(step_of, last) if group == clause.groups[0]]
        return InFull((*rest, sized(clause.groups[0], sizes[-1]))) if any(sizes) else None
    return _turned(rest, clause, *step_of(last[-1])) if last else None


def _turned(rest: Sequence[Token], clause: Clause, way: str, size: float) -> InFull | None:
    """A turn of which nobody says which way round."""
    roles = {token.role for token in rest}
    if (
        not size
        or way not in clause.groups
        or len(clause.groups) < 2
        or not roles <= NEUTRAL | {"axis", "turn"}
    ):
        return None
    plain = _rest([token for token in rest if token.role in NEUTRAL])
    amount = [] if clause.amount else [sized(way, size)]
    return InFull((*_at_most(plain, way, size), *way_to(way), *amount))


def amount_alone(tokens: Sequence[Token], last: Sequence[Primitive]) -> InFull | None:
    """The same way may be meant, and is offered."""
    group, size = step_of(last[-1]) if last else ("", 0.0)
    other = "angle" if is_straight(group) else "length"
    if not size or any(token.value == other for token in tokens if token.amount):
        return None
    rest = (*tokens, *way_to(group))
    return InFull(rest, problem=read_clause(rest).problem or "Which way?", groups=(group,))


def own_way(tokens: Sequence[Token], marks: set[str]) -> bool:
    """Whether "go back" is said that means backward where it means nothing else."""
    return marks <= {"go back", *REPEATS} and any(t.role == "go back" and t.value for t in tokens)


def _says_amount(tokens: Sequence[Token]) -> bool:
    return any(token.role in ("amount", "unclear") for token in tokens)


def _factors(tokens: Sequence[Token]) -> list[float]:
    """How many times as far, as often as it is said."""
    return [float(token.value) for token in tokens if token.role == "times"]


def _first(factors: Sequence[float]) -> float:
    return factors[0] if factors else 1.0


def _rest(tokens: Sequence[Token], keep: bool = False) -> list[Token]:
    """Without what is about the step before, and the articles in front of it.

    Args:
        tokens: Of the sentence.
        keep: Whether what moves is kept; where the way is put in, that says it.
    """
    rest: list[Token] = []
    for token in tokens:
        if token.role in ABOUT_LAST:
            while rest and rest[-1].value in (ARTICLES | LEADING if keep else ARTICLES):
                rest.pop()
        elif keep or token.role not in ("it", "arm", "hand"):
            rest.append(token)
    return rest


def _at_most(tokens: Sequence[Token], group: str, size: float, always: bool = False) -> list[Token]:
    """With a "bit" that is no more than `size` [m or rad], or whatever is said in words."""
    less = VAGUE if always else ("tiny", "bit")
    return [
        sized(group, size)
        if token.amount and token.value in less and to_amount(group, token.amount) > size
        else token
        for token in tokens
    ]
