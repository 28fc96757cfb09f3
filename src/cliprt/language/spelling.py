"""Which known word a misspelt one may be: only ever to ask "did you mean?", never to act."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from cliprt.language.lexicon import KNOWN, REPAIRABLE

_MAX_REPAIRS = 2
_MAX_LETTERS = 20
_DOUBLED = re.compile(r"([a-z])\1+")
_SHORT = frozenset(["up", "go", "it", "to", "of", "by", "cm", "mm"])
_LONG = 8
"""From this length on two mistakes in a word are allowed, below it one."""


def repair(words: Sequence[str]) -> list[str] | None:
    """The words with the unknown ones repaired; None if nothing or not everything can be."""
    repaired: list[str] = []
    repairs = 0
    for word in words:
        if not word.isalpha() or word in KNOWN:
            repaired.append(word)
            continue
        repairs += 1
        short = repairs <= _MAX_REPAIRS and len(word) <= _MAX_LETTERS
        better = (_plain(word) or _split_joined(word) or _nearest(word)) if short else None
        if better is None:
            return None
        repaired.extend(better)
    return repaired if repairs else None


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
    allowed = 2 if len(word) >= _LONG else 1
    candidates = {
        known
        for form in _deletions(word, allowed)
        for known in _index().get(form, ())
        if abs(len(known) - len(word)) <= allowed
    }
    distances = sorted((_distance(word, known), known) for known in candidates)
    if distances and distances[0][0] <= allowed and len(word) > 2:
        return [distances[0][1]]
    return None


@cache
def _index() -> dict[str, set[str]]:
    """Every known word under itself and under what remains when letters are left out."""
    index: dict[str, set[str]] = defaultdict(set)
    for known in REPAIRABLE:
        for form in _deletions(known, 2 if len(known) >= _LONG - 1 else 1):
            index[form].add(known)
    return dict(index)


def _deletions(word: str, count: int) -> set[str]:
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
