"""The words of a goal as they were meant: contractions spelled out, asides and signs left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from cliprt.goals.phrases import ARTICLES, EMPTY, PARTS
from cliprt.language.text import split_words

_SIGNS = frozenset("!?:-–—_\"“”„'’*")
_WITHOUT_APOSTROPHE = ("doesnt", "isnt", "arent", "dont", "wasnt", "hasnt", "havent", "didnt")
_MEANT: dict[str, tuple[str, ...]] = {
    "it's": ("it", "is"),
    "that's": ("is",),
    "cannot": ("can", "not"),
    **dict.fromkeys(("can't", "cant"), ("can", "not")),
    **dict.fromkeys(("won't", "wont"), ("will", "not")),
    "nobody": ("hand", "not"),
    "halfway": ("half",),
    "robots": ("robot",),
    "me": ("robot",),
}


def words_of(text: str) -> list[str]:
    """The words of a text.

    >>> words_of("The spoon's in the mug, and it isn't held!")
    ['spoon', 'is', 'in', 'mug', ',', 'and', 'it', 'is', 'not', 'held']
    """
    words = [word for said in split_words(text) for word in _spelled_out(said)]
    words = _with_possessives([word for word in words if word not in ARTICLES | _SIGNS])
    words = _without(words, (("to", "robot"), ("from", "robot")), "than")
    words = _without(_without(words, EMPTY), (("can",),), "not")
    while ("i", "mean") in pairwise(words):
        words = words[words.index("mean") + 1 :]
    return words


def _spelled_out(word: str) -> tuple[str, ...]:
    if word in _MEANT:
        return _MEANT[word]
    if word in _WITHOUT_APOSTROPHE:
        return word[:-2], "not"
    return (word[:-3], "not") if word.endswith("n't") else (word,)


def _without(words: list[str], drop: Sequence[tuple[str, ...]], *before: str) -> list[str]:
    """Words without some, where these stand before others: "closer (to the robot) than"."""
    for some in drop:
        for i in reversed(range(len(words))):
            if (*some, *before) == tuple(words[i : i + len(some) + len(before)]):
                words = words[:i] + words[i + len(some) :]
    return words


def _with_possessives(words: Sequence[str]) -> list[str]:
    """``laptop's lid`` -> ``laptop lid``, ``spoon's in`` -> ``spoon is in``."""
    done: list[str] = []
    for word, after in zip_longest(words, words[1:]):
        base = word.removesuffix("'s") if len(word) > 2 else word
        done += [base] if base == word or after in PARTS or base == "robot" else [base, "is"]
    return done


def is_slip(typed: str, meant: str, is_name: bool) -> bool:
    """Whether a finger slipped: letters swapped, missing or doubled; other ones only in a name.

    Many words are one letter from another that says something else: "loved", "clear", "covers".
    """
    if typed[0] != meant[0]:
        return False
    if len(typed) == len(meant):
        return sorted(typed) == sorted(meant) or (is_name and len(typed) > 5)
    short, long = sorted((typed, meant), key=len)
    is_one = len(long) - len(short) == 1
    return (
        is_one
        and typed[-1] == meant[-1]
        and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
    )
