"""What is said about the step before: "again", "a bit more", "the other way", "too far".

Such a sentence is said again in full, in tokens, and then read as any other: with the same limits,
and the same questions about what does not fit.  A sentence that says by itself what to do keeps its
own meaning; what it does not say ("left again") is taken from the steps before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from cliprt.language.asides import find_aside, judges_what_was_done, settle_doubles
from cliprt.language.interface import Situation
from cliprt.language.lexicon import Token, role_of
from cliprt.language.numbers import EXACT
from cliprt.language.retelling import (
    AGAINST,
    ARTICLES,
    NEUTRAL,
    NOTHING_YET,
    REPEATS,
    WAYS,
    WHICH_WAY,
    InFull,
    amount_alone,
    own_way,
    same_steps,
    same_way,
    that_way,
)
from cliprt.language.roles import ABOUT_LAST, LEADING
from cliprt.language.steps import step_of
from cliprt.language.tongues import hear
from cliprt.types import NO_MOTION, Primitive

_ASIDES = {"that was", "but", "aside"}
_TALK = {"thanks", "praise", "verdict", "greeting"}
_ASKED_ABOUT = {"it", "arm", "hand", "object"}
_ALLOWED = {*NEUTRAL, *WAYS, *ABOUT_LAST}


def is_about_last(utterance: str) -> bool:
    """Whether what is meant depends on the step before, so that nobody may learn it."""
    before = Primitive(None, "", (-1.0, *NO_MOTION[1:]))
    return any(say_in_full(tokens, Situation((before,))) for _, tokens in hear(utterance))


def say_in_full(tokens: Sequence[Token], situation: Situation) -> InFull | None:
    """What a sentence about the steps before asks for; None where it speaks for itself."""
    last = situation.last
    said = settle_doubles(tokens)
    if last:
        said = _about_step(said, step_of(last[-1])[0])
    marks = {mark for token in said for mark in _marks(token)} - _ASIDES
    if not marks and all(token.role != "amount" for token in said):
        return None
    if _is_talk(said):
        return None
    plain = _plain(said, marks)
    if not plain or not _is_whole(said, plain):
        return None
    ways = [token.value for token in plain if token.role in WAYS]
    if "too far" in marks and (len(ways) > 1 or not last):  # "too far left, so come right"
        return None if ways else InFull(problem=NOTHING_YET)
    if not ways and any(token.value == "sideways" for token in plain):
        return InFull(problem=WHICH_WAY)
    if ways:
        is_unclear = marks and _is_ambiguous(tokens, said, marks, last)
        return InFull(problem=WHICH_WAY) if is_unclear else that_way(plain, marks, last)
    if not marks:
        return amount_alone(plain, last)
    if not last:
        return None if own_way(plain, marks) else InFull(problem=NOTHING_YET)
    steps = [step_of(primitive) for primitive in last[-situation.at_once :]]
    return same_steps(plain, marks, steps) or same_way(plain, marks, *steps[-1])


def _is_whole(said: Sequence[Token], plain: Sequence[Token]) -> bool:
    """Whether nothing in a sentence is about anything else."""
    named = [token.role for token in said[1:] if token.value not in ARTICLES]
    if said[0].value == "being" and set(named[:1]) & _ASKED_ABOUT:
        return False  # "is it too far"
    roles = {token.role for token in plain}
    if not roles <= _ALLOWED or plain[-1].value in ARTICLES | LEADING:
        return False
    if any(map(_is_being, said)) and not _is_verdict(plain, roles):
        return False
    return bool(roles & WAYS) or not _is_placed(plain)


def _is_ambiguous(
    tokens: Sequence[Token], said: Sequence[Token], marks: set[str], last: Sequence[Primitive]
) -> bool:
    """Whether "right" may say yes, or the way after "too far" may be the one it went or is to go.

    "Too far left" tells of a step left, "too far, left" what to do after a step right.
    """
    if any(a.role == "yes" and b.role == "joiner" for a, b in pairwise(tokens)):
        return True
    apart = any(a.role == "too far" and b.role == "joiner" for a, b in pairwise(said))
    way = step_of(last[-1])[0] if last else ""
    same = any(token.value == way for token in said if token.role in WAYS)
    return "too far" in marks and apart == same


def _marks(token: Token) -> set[str]:
    """What in a token is about the step before; "another inch" and "a hair more" say it, too."""
    if token.role in ABOUT_LAST:
        return {token.role}
    values = {token.value}
    if token.role == "amount":
        values = {role_of(word)[1] for word in token.text.split()}
    return values & REPEATS


def _about_step(tokens: Sequence[Token], group: str) -> list[Token]:
    """With what says "too far" or "go back" of a step along `group`: "too high", "come back"."""
    kept: list[Token] = []
    for token in tokens:
        over = kept and kept[-1].value == "too"
        if token.role == "state" and token.value == group and over:
            kept[-1] = Token("too far", "", token.text)
        elif (token.role, token.value) == ("permission", "x-"):
            amounts = {t.role for t in tokens} & {"amount", "too far"}
            kept.append(token if amounts == {"amount"} else Token("go back", "", token.text))
        else:
            kept.append(token)
    return kept


def _is_talk(tokens: Sequence[Token]) -> bool:
    """Whether somebody is thanked, praised or greeted, again or for what was done.

    Nor is "not quite the same" about what to do.
    """
    if any(a.role == "aside" and b.value == "definite" for a, b in pairwise(tokens)):
        return True
    said = [token for token in tokens if token.value != ","]
    near = {(a.value, b.value) for a, b in pairwise(tokens)}
    polite = {(a.value, b.value) for a, b in pairwise(said) if a.value in ("thanks", "greeting")}
    again = {pair for pair in near | polite if "again" in pair}
    if any(_TALK & set(pair) for pair in again):
        return True
    return bool(find_aside(tokens)) or judges_what_was_done(tokens)


def _is_being(token: Token) -> bool:
    return token.role in ("being", "that was") or token.value == "being"


def _plain(tokens: Sequence[Token], marks: set[str]) -> list[Token]:
    """Without commas, joiners and apologies around it, and "no" where it objects to a step."""
    kept: list[Token] = []
    for token, after in zip_longest(tokens, tokens[1:]):
        apart = after is not None and after.role == "joiner"
        objects = token.value == "no" and bool(marks & AGAINST or ("further" in marks and apart))
        sorry = token.role == "correction" and marks != {"again"}
        leads = not kept and (token.role == "joiner" or sorry)
        leads |= after is None and token.value == "then"
        beside = token.role == "yes" or token.value in ({","} | _TALK) or _is_being(token)
        if not (objects or leads or beside):
            kept.append(token)
    return kept


def _is_verdict(tokens: Sequence[Token], roles: set[str]) -> bool:
    """Whether it is said that a step went wrong, and not merely what it was like."""
    wrong = [t for t in tokens if t.role in ("other way", "too far")]
    overdone = not roles & WAYS or "too far" in roles
    return bool(wrong) and overdone and all(t.value != "less" for t in wrong)


def _is_placed(tokens: Sequence[Token]) -> bool:
    """Whether a preposition leads to anything but how far: "a bit more to the side"."""
    for i, token in enumerate(tokens):
        if token.value in LEADING:
            after = [t for t in tokens[i + 1 :] if t.value not in ARTICLES][:1]
            if not any(t.value in EXACT or t.role in ABOUT_LAST for t in after):
                return True
    return False
