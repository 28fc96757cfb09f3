"""The words that a scene is told in -> tokens.

Places are as on a map with the robot at its lower edge: left is y+, the back is x+.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from cliprt.language.nouns import plural
from cliprt.language.numbers import COUNTS
from cliprt.things.catalogue import COLOURS, all_things

NEAR_X, MIDDLE_X, FAR_X = 0.38, 0.50, 0.62
ASIDE_Y = 0.18
"""Where front, middle and back are along x, and left (and, negative, right) along y [m]."""

_AXES: dict[str, tuple[float | None, float | None]] = {
    **dict.fromkeys(("left",), (None, ASIDE_Y)),
    **dict.fromkeys(("right",), (None, -ASIDE_Y)),
    **dict.fromkeys(("front", "near", "nearest", "bottom", "lower"), (NEAR_X, None)),
    **dict.fromkeys(("back", "rear", "far", "farthest", "top", "upper"), (FAR_X, None)),
    **dict.fromkeys(("middle", "centre", "center"), (None, None)),
}
_SIDES = "|".join(_AXES).replace("near|", r"near(?= (?:left|right|side|end|edge|corner))|")

NUMBERS: Mapping[str, int] = {
    **COUNTS,
    **{"ones": 1, "couple": 2, "pair": 2, "both": 2, "few": 3, "several": 3},
    **{"dozen": 12, "hundred": 100},
}

_RELATIONS = {
    "before": r"in front of|before|ahead of",
    "left of": r"(?:(?:to|on|at) the )?left(?:[ -]hand)?(?: side)? (?:of|from)",
    "right of": r"(?:(?:to|on|at) the )?right(?:[ -]hand)?(?: side)? (?:of|from)",
    "behind": r"behind|in (?:the )?back of|at the back of|beyond|past",
    "beside": r"next to|beside|besides|close to|near(?:by)?(?: to)?|alongside|by|at",
    "between": r"(?:in )?between",
    "under": r"under|underneath|beneath|below",
    "on": r"on top of|onto|atop|upon|on|above|over",
    "in": r"inside of|inside|into|within|in",
}

_FILLERS = """
    there is are was be being lies lie lying laid stands stand standing sits sit sitting put place
    placed set placing have has got i we you see want wanted need would like should goes go comes
    give me us let lets please just only simply maybe perhaps think guess umm um uh er well ok
    okay so then now also too else more much not very really quite rather kind sort of which that
    who also as it's its here he she they all each every exactly about approximately and/or piece
    pieces sheet table desk scene everything something thing things object objects item items
    stuff plus make can could will side sides hand position to from up down for
    empty blank clean wooden plastic metal glassy shiny new old nice plain simple normal ordinary
    usual lonely single
"""
_SIZES = """
    small big large tiny little huge tall short long wide giant mini smaller bigger larger thick
    thin medium-sized sized
"""

_PLACE = (
    rf"(?:(?:on|at|in|to|towards?|over) )?(?:the |my |your )?(?:very |far )?(?P<a>{_SIDES})"
    rf"(?:[ -](?:and )?(?:(?:to|on|in|at) )?(?:the )?(?P<b>{_SIDES}))?(?:[ -]hand)?"
    r"(?: (?:side|corner|edge|part|half|end|area))?(?: of (?:the|my) table)?\b"
    r"(?! ?(?:of|from|to)\b)(?!(?: side| hand)* of\b)(?! ones?\b)"
)
_ORDERS = "left to right|right to left|front to back|back to front"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("separator", r"[,;.:!?]|(?:and|plus|then|while|but)\b"),
    ("cm", r"(?P<cm>\d+(?:\.\d+)?) ?(?:cm|centimeters?|centimetres?)\b"),
    ("turn", r"turned (?:by )?(?P<turn>\d+) degrees(?P<clockwise> clockwise)?"),
    ("turn", r"(?P<round>turned around|facing away)\b"),
    ("row", r"(?:next to each other|side by side|in a (?:row|line)|lined up)\b"),
    ("row", rf"(?:from )?(?:{_ORDERS})\b"),
    ("which", rf"the (?P<which>{_SIDES}|first|second|last|other)(?:[ -]hand)? ones?\b"),
    ("which", r"the (?P<rest>others?)\b"),
    (
        "place",
        r"(?:in front of|close to|near|towards|next to|by) (?:me|you|us|the (?:robot|arm))\b",
    ),
    ("place", r"(?:very )?(?:near|close)(?: by)?(?=$| ?[,;.])"),
    ("place", _PLACE),
    ("place", r"(?P<far>(?:further |far )?(?:away|off)\b|behind(?=$| ?[,;.]))"),
    ("place", r"(?P<distant>in the (?:background|distance))\b"),
    ("random", r"(?:(?:some|any)where(?: else)?|(?:at )?random(?:ly)?|wherever|scattered)\b"),
    ("table", r"(?:on|onto|across) (?:the|my|a) (?:table|desk)\b"),
    *((f"relation {kind}", rf"(?:{pattern})\b") for kind, pattern in _RELATIONS.items()),
    ("upside down", r"(?:upside[ -]down|overturned|bottom up)\b"),
    ("ink", r"(?:written on|with (?:writing|ink|a scribble)(?: on it)?|scribbled|dirty|inked)\b"),
    ("with", r"(?:with|holding|containing|carrying)\b"),
    ("pronoun", r"(?:it|them|him|her|this|that one|each other)\b"),
    ("another", r"(?:another(?: one)?|one more)\b"),
    ("of", r"of\b"),
    ("all", r"(?:all|both)(?: of (?:them|which))?\b"),
    ("open", r"(?:wide )?open(?:ed)?\b"),
    ("shut", r"(?:closed|shut)\b"),
)
"""Kind of token -> what is one, the first that fits."""


_STATE = re.compile("(?:open|closed|shut) ")
"""What a noun may begin with that is no part of a longer one."""
_NOTHING = ("filler", "of", "table")
"""Kinds of tokens that say nothing: of what a cup of tea is full is no matter either."""


@dataclass(frozen=True)
class Token:
    """One meaningful piece of what was said."""

    kind: str
    text: str
    value: Any = None


def tokens(text: str) -> list[Token]:
    """What was said, piece by piece; what means nothing here is left out."""
    said = " ".join(re.sub(r"[\"“”()]", " ", text.lower().replace("’", "'")).split())
    said = re.sub(r"\bthere'?s\b", "there is", said)
    said = re.sub(r"\bpieces? of paper\b", "paper", said)
    found = list(_scan(" ".join(said.split())))
    kinds = ["", *(token.kind for token in found)]
    of_what = {i for i, (a, b) in enumerate(pairwise(kinds)) if (a, b) == ("of", "unknown")}
    return [t for i, t in enumerate(found) if i not in of_what and t.kind not in _NOTHING]


def _scan(said: str) -> Iterator[Token]:
    nouns = _nouns()
    longest = max(noun.count(" ") for noun in nouns) + 1
    at = 0
    while at < len(said):
        if said[at] == " ":
            at += 1
            continue
        noun = _noun_at(said, at, nouns, longest)
        if noun and (state := _STATE.match(noun.text)):  # an open box; but an open "box with a lid"
            longer = _noun_at(said, at + state.end(), nouns, longest)
            noun = None if longer and len(longer.text) > len(noun.text) - state.end() else noun
        token = noun or _pattern_at(said, at) or _word_at(said, at, nouns)
        at += len(token.text)
        yield token


def _nouns() -> dict[str, tuple[str, bool]]:
    """Noun, in both numbers -> the thing's own name, and whether it is several."""
    found: dict[str, tuple[str, bool]] = {}
    for name, thing in all_things().items():
        for noun in (name, *thing.nouns):
            found.setdefault(plural(noun), (name, True))
            found[noun] = (name, False)
    return found


def _noun_at(
    said: str, at: int, nouns: Mapping[str, tuple[str, bool]], longest: int
) -> Token | None:
    """The longest noun that stands there."""
    words = re.match(rf"[a-z0-9'-]+(?: [a-z0-9'-]+){{0,{longest - 1}}}", said[at:])
    text = words[0] if words else ""
    while text:
        if text in nouns:
            return Token("noun", text, nouns[text])
        text = text.rpartition(" ")[0]
    return None


def _pattern_at(said: str, at: int) -> Token | None:
    for kind, pattern in _PATTERNS:
        match = re.compile(pattern).match(said, at)
        if match:
            return Token(kind, match[0], _value(kind, match))
    return None


def _value(kind: str, match: re.Match[str]) -> Any:
    found = match.groupdict()
    if kind == "place":
        words = [found.get("a"), found.get("b")]
        sides = [_AXES[word] for word in words if word]
        if not sides:  # near whom, or far away
            return (FAR_X if found.get("far") or found.get("distant") else NEAR_X, None)
        xs, ys = zip(*sides, strict=True)
        return (next((x for x in xs if x), None), next((y for y in ys if y), None))
    if kind == "cm":
        return float(found["cm"]) / 100
    if kind == "turn":
        degrees = float(found.get("turn") or 180)
        return -degrees if found.get("clockwise") else degrees
    if kind == "which":
        return found.get("which") or found["rest"]
    return None


def _word_at(said: str, at: int, nouns: Mapping[str, tuple[str, bool]]) -> Token:
    match = re.compile(r"[^\s,;.:!?]+|.").match(said, at)
    word = match[0] if match else said[at]
    if word.isdecimal() and len(word) < 4:
        return Token("number", word, int(word))
    for kind, words in _KINDS.items():
        if word in words:
            return Token(kind, word, words[word] if isinstance(words, Mapping) else None)
    single = [noun for noun in nouns if " " not in noun]
    near = get_close_matches(word, [*single, *COLOURS], 1, 0.8) if len(word) > 3 else []
    if not near:
        return Token("unknown", word)
    is_noun = near[0] in nouns
    return Token("noun", word, nouns[near[0]]) if is_noun else Token("colour", word, near[0])


_ARTICLES = frozenset(
    ("a", "an", "the", "my", "your", "his", "her", "our", "some", "any", "these", "those", "this")
)
_KINDS: Mapping[str, Mapping[str, Any] | frozenset[str]] = {
    "colour": {**{word: word for word in COLOURS}, "gray": "grey", "violet": "purple"},
    "article": _ARTICLES,
    "number": NUMBERS,
    "size": frozenset(_SIZES.split()),
    "filler": frozenset(_FILLERS.split()),
}
"""Kind of token -> words that are one."""
