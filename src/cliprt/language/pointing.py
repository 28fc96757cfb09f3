"""Where a thing is that somebody names, and a first step to it: an offer, never a move.

Which things there are, and where, comes with the situation; here their names are only words.  No
step leads past a thing; it is half the way at most to what the hand would run into, and who wants
the hand above a thing is led no lower than 10 cm over it.  What is said as the speaker sees it
("behind the cup", "left of it") is not guessed: then only where the cup is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from cliprt.language.asides import find_aside, judges_what_was_done
from cliprt.language.asking import is_goal
from cliprt.language.lexicon import Token
from cliprt.language.nouns import plural
from cliprt.language.numbers import EXACT, Amount
from cliprt.language.offers import size_of
from cliprt.language.remarks import Remark
from cliprt.language.roles import CONTRARY, DETERMINERS
from cliprt.language.tables import table
from cliprt.language.telling import say
from cliprt.types import Primitive, Reading

STEPS_M = (0.20, 0.10, 0.05, 0.01)
"""What people say of how far."""
NEAR_M = 0.05
"""Less than this along the table is over it: then it may go down.  Less over it is as low."""
OVER_M = 0.10
"""How high over a thing the hand stays that is to be above it."""

Offset = tuple[float, float, float]
_Words = tuple[re.Pattern[str], Mapping[str, Sequence[str]]]
Offer = Callable[[Sequence[str], Amount | None], tuple[Primitive, ...]]

_SAID = {
    "x+": "{cm} cm forward",
    "x-": "{cm} cm back",
    "y+": "{cm} cm to the left",
    "y-": "{cm} cm to the right",
    "z+": "{cm} cm up",
    "z-": "{cm} cm down",
}
_LISTED = ("{one}", "{one} and {two}", "{one}, {two} and {three}")
_IS_THERE = "The {thing} is {where}."
_BEGIN = "The {thing} is {where}: begin with “{step}”?"
_NAMES = {"unknown", "viewpoint"}  # "the screen" is also a picture's
_CLOSER = {"closer", "nearer"}
_SEEN = {"seat", "picture", "view"}
_OVER = (("where", "z+"), ("idiom", "a figure of speech"))  # as "の上" is one
_TO = ("to", "toward")
_AWAY = {"away", "clear", "farther", "from", "further", "leave", "off", "around", "round"}
_FAR_OR_SELF = {"lot", "unit", "self"}  # "lejos", "दूर", "éloigne-toi"
_MOST_TO_CHOOSE = 4
_SLACK = 1e-9  # lets 20 cm be no more than 20 cm whatever the rounding


def point(
    asked: Reading, tokens: Sequence[Token], things: Mapping[str, Offset], meant: str, offer: Offer
) -> Reading | None:
    """What to ask instead, where a sentence is about one of the things; None of any other.

    Args:
        asked: The question that the sentence leads to.
        tokens: Of the sentence.
        things: Name -> from the hand to it.
        meant: The name that was chosen last, where several are called so.
        offer: Motions of some groups that go no further than an amount.
    """
    is_exact = bool(asked.offers) and any(token.value in EXACT for token in tokens)
    if not things or is_exact or not _is_about_a_thing(tokens):
        return None
    said, names = _named(asked.utterance, asked.language, tokens, things)
    names = [meant] if meant in names else names
    trace = {"things": names}
    if 1 < len(names) <= _MOST_TO_CHOOSE:
        answers = tuple(names)
        return replace(asked, reason="Which of them?", offers=(), answers=answers, trace=trace)
    if len(names) != 1 or not (where := _tell(things[names[0]])):
        return None
    ways = _ways_to(tokens) if _may_lead(asked, tokens, said) else set()
    steps = first_steps(things[names[0]], any(map(_is_over, tokens)))
    steps = [step for step in steps if ways is None or step[0] in ways]
    offers = tuple(one for g, m in steps for one in offer([g], Amount("length", m))[:1])
    thing = Remark(names[0].replace("{", "{{").replace("}", "}}"))
    reason = Remark(_IS_THERE, thing=thing, where=where)
    if offers:
        step = _tell_way(offers[0].group, size_of(offers[0]))
        reason = Remark(_BEGIN, thing=thing, where=where, step=step)
    return replace(asked, reason=reason, offers=offers, trace=trace)


def first_steps(offset: Offset, above: bool) -> list[tuple[str, float]]:
    """Groups and lengths [m] of one or two steps to begin with, the best first.

    Args:
        offset: From the hand to the thing [m], base frame.
        above: Whether the hand is to stay over it.

    >>> first_steps((0.22, 0.06, -0.3), False), first_steps((0.02, 0.0, -0.3), True)
    ([('x+', 0.2), ('y+', 0.05)], [('x+', 0.01), ('z-', 0.2)])
    """
    x, y, z = offset
    flat = sorted((("x", x), ("y", y)), key=lambda one: -abs(one[1]))
    is_far = abs(flat[0][1]) >= NEAR_M
    height = z + OVER_M if above else z
    if not is_far:
        ways = [flat[0], ("z", min(height, 0.0) if above else height)]
    elif above and height >= NEAR_M:
        ways = [("z", height)]  # clear of it first
    else:
        share = 1.0 if abs(z) >= NEAR_M else 0.5  # it may run into it
        ways = [(axis, share * way) for axis, way in flat if abs(way) >= NEAR_M]
    groups = (axis + ("+" if way > 0 else "-") for axis, way in ways)
    lengths = (next((m for m in STEPS_M if m <= abs(way) + _SLACK), 0.0) for _, way in ways)
    return [(group, m) for group, m in zip(groups, lengths, strict=True) if m]


def _tell(offset: Offset) -> str:
    """Where it is from the hand, along the table first; "" of what is at it."""
    x, y, z = offset
    parts = [*sorted((("x", x), ("y", y)), key=lambda one: -abs(one[1])), ("z", z)]
    said = [
        _tell_way(axis + ("+" if way > 0 else "-"), abs(way))
        for axis, way in parts
        if round(abs(way) * 100)
    ]
    if not said:
        return ""
    return Remark(_LISTED[len(said) - 1], **dict(zip(("one", "two", "three"), said, strict=False)))


def _tell_way(group: str, size_m: float) -> Remark:
    return Remark(_SAID[group], cm=round(size_m * 100))


def _is_about_a_thing(tokens: Sequence[Token]) -> bool:
    """Whether it may be about a thing what is to be done."""
    roles = {token.role for token in tokens}
    if roles & {*CONTRARY, "mark", "release"} or find_aside(tokens) or judges_what_was_done(tokens):
        return False
    return bool(roles & _NAMES)


def _is_over(token: Token) -> bool:
    leads = token.role == "where" or token.value == "preposition"
    return (leads and token.text.startswith("over")) or (token.role, token.value) in _OVER


def _may_lead(asked: Reading, tokens: Sequence[Token], thing: str) -> bool:
    """Whether it may be the way to a thing, and not from it: what is not known could say either.

    An English verb or adjective may be one of the unknown words: "touch the red cup".
    """
    strange = [t for t in tokens if t.role == "unknown" and not _is_of(t.text, thing)]
    if asked.language != "en":
        return not strange and not any(token.value in _FAR_OR_SELF for token in tokens)
    has_article = any(token.value in DETERMINERS for token in tokens)
    is_from = _AWAY & {*asked.utterance.casefold().split()}
    return not is_from and len(strange) <= (2 if has_article else 1)


def _ways_to(tokens: Sequence[Token]) -> set[str] | None:
    """The ways that are said to lead to it; None where any may: "left to the cup", "to the cup"."""
    at = [i for i, token in enumerate(tokens) if token.role == "direction"]
    if any(t.role in _SEEN or (t.role, t.value) == ("where", "z-") for t in tokens):
        return set()
    if not at or is_goal(tokens):
        return None
    leads = any(token.value in _TO for token in tokens[at[-1] :])
    return {tokens[i].value for i in at} if leads else set()


def _named(
    utterance: str, language: str, tokens: Sequence[Token], things: Mapping[str, Offset]
) -> tuple[str, list[str]]:
    """What was said of a thing, and the names that it may have; none of different things."""
    strange = {token.text for token in tokens if token.role in _NAMES}
    pattern, called = _words_for(tuple(things), language)
    hits = dict.fromkeys(pattern.findall(" ".join(utterance.casefold().split())))
    found = {hit: called[hit] for hit in hits if any(_is_of(word, hit) for word in strange)}
    if not found and strange & _CLOSER:
        found = {"": [name for name in things if not _owner(name, things)]}
    kinds = {tuple(_different(names, things)): hit for hit, names in found.items()}
    owners = {_owner(name, things) for kind in kinds for name in kind}
    kinds = {kind: hit for kind, hit in kinds.items() if not {*kind} <= owners}
    away = {kind: hit for kind, hit in kinds.items() if any(any(things[n]) for n in kind)}
    kinds = away or kinds  # "put the cup on the plate" with the cup in the hand
    if len(kinds) != 1:
        return "", []
    ((names, said),) = kinds.items()
    return said, list(names)


def _different(names: Sequence[str], things: Mapping[str, Offset]) -> list[str]:
    """One name of each thing that is called so."""
    return list({things[name]: name for name in reversed(names)}.values())[::-1]


def _owner(name: str, things: Mapping[str, Offset]) -> str:
    """The thing of which this is a part: of "laptop lid" the "laptop"; "" where it is none."""
    return next((other for other in things if name.startswith(f"{other} ")), "")


def _is_of(word: str, said: str) -> bool:
    """Whether a word, or a sign of it, is a part of what was said, or that with an ending."""
    return word in said or said in word


@lru_cache(maxsize=64)
def _words_for(
    names: tuple[str, ...], language: str
) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """A pattern of all that things may be called, and whose each is: "red car", "car", "cars"."""
    called: dict[str, list[str]] = {}
    for name in names:
        words = name.casefold().split()
        for start in range(len(words)):
            noun = " ".join(words[start:])
            for said in (say(noun, language).casefold(), plural(noun)):
                called.setdefault(said, []).append(name)
    for name in names:
        called[" ".join(name.casefold().split())] = [name]
    longest = sorted(filter(None, called), key=len, reverse=True)
    either = "|".join(map(re.escape, longest)) or "(?!)"
    apart = table(language).words == "spaces"
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if apart else either), called
