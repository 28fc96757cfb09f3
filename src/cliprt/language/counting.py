"""Numbers and units in the words of any table -> amounts, as `numbers` does it for English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar

from cliprt.language.numbers import Amount, fold_amounts, measured, value_of
from cliprt.language.tables import Phrase, Table

_T = TypeVar("_T")
_COMMA = re.compile(r"([0-9]+),([0-9]{1,2})")
_BETWEEN = ("and", "turned", "point")
_THOUSANDS = re.compile(r"[0-9]+[.,][0-9]{3}")  # 1.500 is more or less, by country


def count(words: Sequence[str], table: Table) -> list[str | Amount]:
    """Replace every number, with its unit if it has one, by an `Amount`."""
    return fold_amounts(words, partial(_amount, table))


def longest(phrases: Mapping[Phrase, _T], words: Sequence[str], i: int, most: int) -> int:
    """Where the longest of the phrases ends that begins at `i`; `i` itself if none does."""
    ends = range(min(i + most, len(words)), i, -1)
    return next((end for end in ends if tuple(words[i:end]) in phrases), i)


def _amount(table: Table, words: Sequence[str], start: int) -> tuple[Amount, int] | None:
    value, i = _quantity(words, start, table) or (1.0, start)
    if i == start and not _has_part(words, start, table):
        return None
    part = longest(table.parts, words, i, table.longest)
    end = longest(table.units, words, max(i, part), table.longest)
    if end == max(i, part) and (part > i or not _is_certain(words, start, table)):
        return None
    value = value + table.parts[tuple(words[i:part])] if value is not None and part > i else value
    unit = table.units.get(tuple(words[max(i, part) : end]))
    after = longest(table.parts, words, end, table.longest) if unit and part == i else end
    if value is not None and after > end:
        value += table.parts[tuple(words[end:after])]
    text = " ".join(words[start:after])
    if value is None:
        return Amount("unclear", text=text), after
    return (measured(value, unit, text) if unit else Amount("bare", value, text)), after


def _has_part(words: Sequence[str], start: int, table: Table) -> bool:
    """Whether it is a unit without its one: "inch and a half"."""
    unit = longest(table.units, words, start, table.longest)
    return unit > start and longest(table.parts, words, unit, table.longest) > unit


def _is_certain(words: Sequence[str], i: int, table: Table) -> bool:
    """Whether it is a number without a unit too: digits, or a word that is nothing else."""
    if _is_in_signs(words[i]):
        return True
    is_number = table.words == "spaces" and table.numbers.get((words[i],), "a") != "a"
    return is_number and words[i] not in table.spoken


def _quantity(words: Sequence[str], i: int, table: Table) -> tuple[float | None, int] | None:
    """A number in signs, in words, or the one in "an inch"; None as value if it is unclear."""
    word = words[i]
    if _is_in_signs(word):
        if table.comma and (found := _COMMA.fullmatch(word)):
            word = f"{found[1]}.{found[2]}"
        return (None if _THOUSANDS.fullmatch(word) else value_of(word)), i + 1
    pieces: list[list[str]] = []
    ends = [i]
    while (end := longest(table.numbers, words, ends[-1], table.longest)) > ends[-1]:
        pieces.append(table.numbers[tuple(words[ends[-1] : end])].split())
        ends.append(end)
    while pieces and pieces[-1][-1] in _BETWEEN:
        pieces.pop()
        ends.pop()
    said = [number for piece in pieces for number in piece]
    if not said or said[0] in _BETWEEN:
        return None
    if said[0] == "a" and len(said) > 1 and said[1] not in _BETWEEN:
        said = said[1:]  # "a hundred", "a half"
    powers = (100, 1000) if table.words == "spaces" else (10, 100, 1000)
    return _sum(["1" if number == "a" else number for number in said], powers), ends[-1]


def _is_in_signs(word: str) -> bool:
    return any(c.isdecimal() or c in "¼½¾" for c in word)


def _sum(said: Sequence[str], powers: Sequence[float] = (100, 1000)) -> float | None:
    """What the words of a number come to; None where they do not make one.

    >>> _sum(["2", "100", "20", "and", "5"]), _sum(["5", "turned", "20"]), _sum(["2", "point", "5"])
    (225.0, 25.0, 2.5)
    """
    if "point" in said:
        at = said.index("point")
        whole, digits = _sum(said[:at], powers), said[at + 1 :]
        if whole is None or not all(len(d) == 1 and d.isdecimal() for d in digits):
            return None
        return float(f"{whole:.0f}.{''.join(digits)}")
    total = 0.0
    for i, word in enumerate(said):
        if word in _BETWEEN:
            continue
        number = float(word)
        tail = total % number if number in powers else 0
        turned = i > 1 and said[i - 1] == "turned" and abs(total) % 100 < 10
        turned &= number % 10 == 0 or abs(total) < 1  # "five and twenty", "half before three"
        if total == 0:
            total = number
        elif tail:
            total += tail * number - tail
        elif turned or (number == int(number) and number < _place(total)):
            total += number
        else:
            return None
    return total


def _place(number: float) -> int:
    """The largest power of ten that divides it."""
    place = 1
    while place < 1000 and number % (10 * place) == 0:
        place *= 10
    return place
