"""Numbers, fractions and units, in digits or words -> amounts in metres and radians."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

AmountKind = Literal["length", "angle", "bare", "unclear", "tiny", "bit", "plain", "lot"]

EXACT: tuple[AmountKind, ...] = ("length", "angle", "bare", "unclear")
"""Kinds of what was said in numbers."""
VAGUE: tuple[AmountKind, ...] = ("tiny", "bit", "plain", "lot")
"""Kinds of what was said in words, from little to much."""


@dataclass(frozen=True)
class Amount:
    """How much.

    Attributes:
        kind: ``"length"`` [m] or ``"angle"`` [rad]; ``"bare"``: a number without a unit;
            ``"unclear"``: one that can be read in more than one way; the rest are words without a
            number.
        value: 0 for words, and where it is unclear.
        text: As it was said.
    """

    kind: AmountKind
    value: float = 0.0
    text: str = ""


Find = Callable[[Sequence[str], int], tuple[Amount, int] | None]

_SMALL_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen
fourteen fifteen sixteen seventeen eighteen nineteen"""
COUNTS = {word: number for number, word in enumerate(_SMALL_WORDS.split())}
"""Word -> number, below twenty."""
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * n for n, word in enumerate(_TENS_WORDS.split(), 2)} | {"fourty": 40}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "eighth": 8, "tenth": 10}
_PARTS["sixteenth"] = 16
_PLURAL_PARTS = {"halves": 2} | {part + "s": n for part, n in _PARTS.items() if part != "half"}


def _metres(prefix: str) -> list[str]:
    return [prefix + word for word in ("meter", "meters", "metre", "metres")]


# unit -> millimetres
_LENGTHS = {
    **dict.fromkeys(["mm", "mms", "mm's", *_metres("milli")], 1),
    **dict.fromkeys(["cm", "cms", "cm's", "centi", "centis", *_metres("centi")], 10),
    **dict.fromkeys(["dm", *_metres("deci")], 100),
    **dict.fromkeys(["m", *_metres("")], 1000),
    **dict.fromkeys(["km", *_metres("kilo")], 1_000_000),
    **dict.fromkeys(["in", "inch", "inches", '"', "″", "”"], 25.4),
    **dict.fromkeys(["ft", "foot", "feet"], 304.8),
    **dict.fromkeys(["yard", "yards"], 914.4),
}
_DEGREES = {
    **dict.fromkeys(["deg", "degs", "degree", "degrees", "°", "º"], 1.0),
    **dict.fromkeys(["turn", "turns", "rotation", "rotations", "revolution", "revolutions"], 360.0),
}
_RADIANS = frozenset(["rad", "rads", "radian", "radians"])

UNITS = frozenset([*_LENGTHS, *_DEGREES, *_RADIANS])
NUMBER_WORDS = frozenset(
    [*COUNTS, *_TENS, *_PARTS, *_PLURAL_PARTS, "hundred", "couple", "dozen", "point"]
)

_ARTICLES = ("a", "an", "another")
_NO_ARTICLE = ("m", "in", "degree", "ft", "cm", "mm", *'"″”')  # "a degree" is rarely a number
_MORE = (
    *("more", "extra", "additional", "further"),
    *("full", "whole", "single", "mere", "good", "solid"),
)
_AFTER_PREPOSITION = ("the", "a", "front", "this", "that", "your")  # "5 in the ..." is not inches
# Digits of other scripts are asked about, and so is "02", a typing mistake.
_DIGITS = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+")
_FRACTION = re.compile(r"([0-9]+)[/⁄]([0-9]+)")
_MIXED = re.compile(r"([0-9]*)([¼-¾⅐-⅞])")


def least(amounts: Sequence[Amount]) -> Amount | None:
    """The smallest of what may be meant; unclear where they cannot be compared, None of none."""
    if len({amount.kind for amount in amounts}) > 1:
        return Amount("unclear")
    return min(amounts, key=lambda amount: amount.value, default=None)


def fold_amounts(words: Sequence[str], find: Find | None = None) -> list[str | Amount]:
    """Replace every number, with its unit if it has one, by an `Amount`.

    Args:
        words: Of an utterance.
        find: The amount that begins at a word, and where it ends; by default that in English.
    """
    find = find or _amount
    folded: list[str | Amount] = []
    i = 0
    while i < len(words):
        amount, i = find(words, i) or (words[i], i + 1)
        folded.append(amount)
    return folded


def _amount(words: Sequence[str], start: int) -> tuple[Amount, int] | None:
    number = _quantity(words, start) or _bare_unit(words, start)
    if number is None:
        return _unclear(words, start)
    value, i = number
    if _at(words, i) in _MORE and _is_unit(words, i + 1):
        i += 1
    if not _is_unit(words, i):
        return Amount("bare", value, " ".join(words[start:i])), i
    unit, i = words[i], i + 1
    added = _and_a_part(words, i)
    if added is not None:
        value, i = value + added[0], added[1]
    return measured(value, unit, " ".join(words[start:i])), i


def measured(value: float, unit: str, text: str) -> Amount:
    """So many of one of `UNITS`."""
    if unit in _LENGTHS:
        return Amount("length", value * _LENGTHS[unit] / 1000, text)
    radians = value if unit in _RADIANS else math.radians(value * _DEGREES[unit])
    return Amount("angle", radians, text)


def _unclear(words: Sequence[str], start: int) -> tuple[Amount, int] | None:
    """A number in signs that has no certain value, with its unit."""
    word = words[start]
    if len(word) == 1 or not any(map(str.isnumeric, word)):
        return None
    end = start + 1 + _is_unit(words, start + 1)
    return Amount("unclear", text=" ".join(words[start:end])), end


def _quantity(words: Sequence[str], i: int) -> tuple[float, int] | None:
    """A number, a part (``half a``), a ``couple of``, or the one in ``an inch``."""
    if words[i : i + 3] == ["one", "more", "time"]:
        return None
    word = _at(words, i)
    if word in _ARTICLES or (word == "one" and _at(words, i + 1) in _PARTS):
        return _after_article(words, i + 1)
    if word == "half" and _at(words, i + 1) == "a" and _at(words, i + 2) == "dozen":
        return 6.0, i + 3
    if word in ("half", "quarter"):
        return _part(words, i)
    if word == "couple" and _is_unit(words, i + 1 + (_at(words, i + 1) == "of")):
        return 2.0, i + 1 + (_at(words, i + 1) == "of")
    found = _number(words, i)
    if found is None:
        return None
    value, i = found
    if below := _parts(words, i):
        return value / below, _after_of(words, i + 1)
    if value < 1:
        return value, _after_of(words, i)
    added = _and_a_part(words, i)
    return (value + added[0], added[1]) if added else (value, i)


def _bare_unit(words: Sequence[str], i: int) -> tuple[float, int] | None:
    """The one that is left out in ``inch and a half``."""
    unit = _at(words, i)
    is_one = unit in UNITS and unit not in _NO_ARTICLE and _and_a_part(words, i + 1)
    return (1.0, i) if is_one else None


def _after_article(words: Sequence[str], i: int) -> tuple[float, int] | None:
    """The ``couple of``, the part or the one that ``a`` is about."""
    following = _at(words, i)
    if following == "couple":
        return 2.0, i + 1 + (_at(words, i + 1) == "of")
    if following == "dozen":
        return 12.0, i + 1
    if following in _PARTS:
        return _part(words, i)
    skip = following in _MORE
    unit = _at(words, i + skip)
    if unit in UNITS and unit not in _NO_ARTICLE:
        return 1.0, i + skip
    return _number(words, i) if following == "hundred" else None


def _part(words: Sequence[str], i: int) -> tuple[float, int]:
    return 1 / _PARTS[words[i]], _after_of(words, i + 1)


def _after_of(words: Sequence[str], i: int) -> int:
    """Skip the ``of a`` of ``a quarter of an inch`` where a unit follows."""
    end = i + (_at(words, i) == "of")
    end += _at(words, end) in ("a", "an")
    return end if _at(words, end) in UNITS else i


def _and_a_part(words: Sequence[str], i: int) -> tuple[float, int] | None:
    """The ``and a half`` of ``two and a half``, also as ``and 3/8`` or ``and three quarters``."""
    if _at(words, i) != "and":
        return None
    if _at(words, i + 1) in ("a", "one") and _at(words, i + 2) in _PARTS:
        return 1 / _PARTS[words[i + 2]], i + 3
    above, end = _number(words, i + 1) or (0, i)
    if below := above and _parts(words, end):
        above, end = above / below, end + 1
    return (above, end) if 0 < above < 1 else None


def _parts(words: Sequence[str], i: int) -> int | None:
    """The 4 of ``quarters``, or of the ``quarter inches`` that several are."""
    if _is_unit(words, i + 1) and _at(words, i) in _PARTS:
        return _PARTS[words[i]]
    return _PLURAL_PARTS.get(_at(words, i))


def _number(words: Sequence[str], i: int) -> tuple[float, int] | None:
    word, following = _at(words, i), _at(words, i + 1)
    value = value_of(word)
    if value is None:
        return _number_in_words(words, i)
    part = value_of(following) if _FRACTION.fullmatch(following) or len(following) == 1 else None
    if word.isdecimal() and part and part < 1:
        return value + part, i + 2
    return value, i + 1


def value_of(word: str) -> float | None:
    """What a number in signs is; None where that is not certain: "1,5", "2½5", "02", "11/2"."""
    if _DIGITS.fullmatch(word):
        return float(word)
    if found := _MIXED.fullmatch(word):
        return float(found[1] or 0) + unicodedata.numeric(found[2])
    if found := _FRACTION.fullmatch(word):
        above, below = map(float, found.groups())
        return above / below if below and above < max(below, 10) else None
    return None


def _number_in_words(words: Sequence[str], i: int) -> tuple[float, int] | None:
    below = _below_hundred(words, i)
    if below is None and _at(words, i) == "point" and _at(words, i + 1) in COUNTS:
        below = (0, i)
    if below is None and _at(words, i) != "hundred":
        return None
    value, i = below or (1, i)
    if _at(words, i) == "hundred":
        value, i = value * 100, i + 1
        rest = _below_hundred(words, i + (_at(words, i) == "and"))
        if rest is not None:
            value, i = value + rest[0], rest[1]
    if _at(words, i) == "point" and _at(words, i + 1) in COUNTS:
        digits = ""
        i += 1
        while COUNTS.get(_at(words, i), 10) < 10:
            digits += str(COUNTS[words[i]])
            i += 1
        return float(f"{value}.{digits or 0}"), i
    return float(value), i


def _below_hundred(words: Sequence[str], i: int) -> tuple[int, int] | None:
    word = _at(words, i)
    if word in _TENS:
        ones = COUNTS.get(_at(words, i + 1), 0)
        return (_TENS[word] + ones, i + 2) if 0 < ones < 10 else (_TENS[word], i + 1)
    return (COUNTS[word], i + 1) if word in COUNTS else None


def _is_unit(words: Sequence[str], i: int) -> bool:
    unit = _at(words, i)
    if unit == "in" and _at(words, i + 1) in _AFTER_PREPOSITION:
        return False
    return unit in UNITS


def _at(words: Sequence[str], i: int) -> str:
    return words[i] if i < len(words) else ""
