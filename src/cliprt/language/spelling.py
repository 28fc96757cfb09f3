"""Which known word a misspelt one is meant to be: to ask "did you mean?", and at times to act.

It is acted on only where one letter of a common word is wrong and nothing else can be meant; what
only sounds alike, as dictation writes it, is offered: see ``spellings.txt``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cliprt.language.lexicon import KNOWN, REPAIRABLE, tag
from cliprt.language.numbers import UNITS, Amount, fold_amounts
from cliprt.language.sections import sections

_MAX_REPAIRS = 3
_MAX_LETTERS = 20
_DOUBLED = re.compile(r"([a-z])\1+")
_SHORT = frozenset(["up", "go", "it", "to", "of", "by", "cm", "mm"])
_MOST_HEARD = 3
_LONG = 8
"""From this length on two mistakes in a word are allowed, below it one."""


@dataclass(frozen=True)
class Repair:
    """What was meant.

    Attributes:
        words: All of them, the repaired ones in their places.
        is_sure: Whether nothing else can have been meant.
    """

    words: list[str]
    is_sure: bool


def repair(words: Sequence[str]) -> Repair | None:
    """The words with the unknown ones repaired; None if nothing or not everything can be."""
    repaired: list[str] = []
    heard = _by_sound(words)
    repairs = unsure = int(heard != list(words))
    for word in heard:
        if not word.isalpha() or word in KNOWN:
            repaired.append(word)
            continue
        repairs += 1
        if repairs > _MAX_REPAIRS or len(word) > _MAX_LETTERS:
            return None
        better = _certain(word)
        unsure += better is None
        better = better or _plain(word) or _split_joined(word) or _nearest(word)
        if better is None or _is_a_name(word, better, repaired):
            return None
        repaired.extend(better)
    return Repair(repaired, not unsure) if repairs else None


def _certain(word: str) -> list[str] | None:
    """``lfet`` and ``leftt`` -> left; None where it is a word, or could be meant for two."""
    if word in _lists()["words"]:
        return None
    if word in _pairs("usual"):
        return [_pairs("usual")[word]]
    pairs = range(len(word) - 1)
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in pairs}
    once = {_DOUBLED.sub(r"\1", word)}
    meant = swapped & KNOWN or once & KNOWN or (set(_close(word, 1)) if len(word) > 3 else set())
    if not meant or not meant <= _lists()["acted on"] or len({_meaning(one) for one in meant}) > 1:
        return None
    return [max(meant)]


def _is_a_name(word: str, better: Sequence[str], before: Sequence[str]) -> bool:
    """Whether a short word after "the" is a thing: "the lid" is not meant to be "the lil"."""
    if len(word) > 3 or not before or tag(before[-1:])[0].value != "definite":
        return False
    return sorted(word) != sorted("".join(better)) and tag(better)[0].role != "direction"


def _meaning(word: str) -> tuple[object, ...]:
    """Alike for "degree" and "degrees", "forward" and "forwards"."""
    amount = fold_amounts(["1", word])[0]
    if isinstance(amount, Amount) and amount.kind != "bare":
        return amount.kind, amount.value
    token = tag([word])[0]
    return token.role, token.value, token.role == "unknown" and word


def _by_sound(words: Sequence[str]) -> list[str]:
    """``four word`` -> forward, ``to centimeters`` -> two centimeters."""
    heard: list[str] = []
    i = 0
    while i < len(words):
        for end in range(min(i + _MOST_HEARD, len(words)), i, -1):
            said = " ".join(words[i:end])
            meant = _pairs("sounds").get(said)
            if meant is None and end < len(words) and words[end] in UNITS:
                meant = _pairs("sounds before a unit").get(said)
            if meant is not None:
                break
        else:
            meant, end = words[i], i + 1
        heard += meant.split()
        i = end
    return heard


@cache
def _lists() -> dict[str, frozenset[str]]:
    """Name of each list in ``spellings.txt`` -> its words, or lines of pairs."""
    lists: dict[str, set[str]] = defaultdict(set)
    for name, _, line in sections(Path(__file__).with_name("spellings.txt")):
        lists[name].update([line] if ":" in line else line.split())
    return {name: frozenset(words) for name, words in lists.items()}


@cache
def _pairs(name: str) -> dict[str, str]:
    """What is written or heard -> what is meant."""
    halves = [line.split(":") for line in _lists()[name]]
    return {said.strip(): meant for meant, all_of_it in halves for said in all_of_it.split(",")}


def _plain(word: str) -> list[str] | None:
    """``upp`` -> up, ``leeeft`` -> left, ``ti`` -> it."""
    once = _DOUBLED.sub(r"\1", word)
    for plain in (once, word[::-1] if len(word) == 2 else ""):
        if plain != word and plain in (REPAIRABLE if len(plain) > 2 else _SHORT):
            return [plain]
    return None


def _split_joined(word: str) -> list[str] | None:
    """``moveleft`` -> move left."""
    for i in range(1, len(word)):
        left, right = word[:i], word[i:]
        if (left in KNOWN and (right in REPAIRABLE or right in _SHORT)) and (i > 1 or left == "a"):
            return [left, right]
    return None


def _nearest(word: str) -> list[str] | None:
    """The likeliest known word; None where two that lead different ways are as likely."""

    def unlikeness(known: str) -> tuple[int, bool]:
        return _distance(word, known), known[0] != word[0]

    close = [known for known in _close(word, 2 if len(word) >= _LONG else 1) if known in REPAIRABLE]
    if not close or len(word) <= 2:
        return None
    least = min(map(unlikeness, close))
    best = [known for known in close if unlikeness(known) == least]
    ways = {_meaning(known) for known in best if tag([known])[0].role in ("direction", "carrier")}
    return best[:1] if len(ways) < 2 else None


def _close(word: str, most: int) -> list[str]:
    """Known words with at most so many mistakes, the likeliest first."""
    candidates = {
        known
        for form in _deletions(word, most)
        for known in _index().get(form, ())
        if abs(len(known) - len(word)) <= most
    }
    ranked = sorted((_distance(word, known), known) for known in candidates)
    return [known for distance, known in ranked if distance <= most]


@cache
def _index() -> dict[str, set[str]]:
    """Every known word under itself and under what remains when letters are left out."""
    index: dict[str, set[str]] = defaultdict(set)
    for known in KNOWN:
        for form in _deletions(known, 2 if len(known) >= _LONG - 1 else 1):
            index[form].add(known)
    return dict(index)


def _deletions(word: str, count: int) -> Iterable[str]:
    forms = {word}
    for _ in range(count):
        forms |= {form[:i] + form[i + 1 :] for form in forms for i in range(len(form))}
    return forms


def _distance(a: str, b: str) -> int:
    """Optimal string alignment: insertions, deletions, substitutions, neighbours swapped."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
