"""How alike two sentences look: shared runs of three characters, no meaning.

Good enough to choose what to *offer* and which examples to show a model, never to act on: "a bit
to the left" looks more like "a bit to the right" than like "left".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from cliprt.language.text import split_words

Candidate = TypeVar("Candidate")


def similarity(one: str, other: str) -> float:
    """Dice's coefficient of the character trigrams, from 0 (none shared) to 1 (all)."""
    a, b = _trigrams(one), _trigrams(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def most_similar(
    sentence: str,
    candidates: Iterable[Candidate],
    count: int,
    text: Callable[[Candidate], str],
    at_least: float = 0.0,
) -> list[Candidate]:
    """The `count` candidates whose text looks most like `sentence`, the best first."""
    scored = [(similarity(sentence, text(candidate)), candidate) for candidate in candidates]
    scored = [pair for pair in scored if pair[0] >= at_least]
    scored.sort(key=lambda pair: -pair[0])  # stable: ties keep their order
    return [candidate for _, candidate in scored[:count]]


@lru_cache(maxsize=8192)
def _trigrams(sentence: str) -> frozenset[str]:
    text = f" {' '.join(split_words(sentence))} "
    return frozenset(text[i : i + 3] for i in range(len(text) - 2))
