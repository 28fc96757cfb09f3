"""How much of a sentence another one shares: runs of three characters, no meaning.

Good enough to choose what to *offer* and which examples to show a model, never to act on: "a bit
to the left" looks more like "a bit to the right" than like "left".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from cliprt.language.text import split_words

Candidate = TypeVar("Candidate")


def similarities(sentence: str, others: Sequence[str]) -> list[float]:
    """The share of the sentence's trigrams that each other one has, 0 to 1.

    A trigram weighs ``log(n / k)`` where `k` of the `n` others have it (inverse document
    frequency), so that what all of them share tells nothing.
    """
    sets = [_trigrams(other) for other in others]
    counts = Counter(trigram for one in sets for trigram in one)
    weights = {t: math.log((1 + len(sets)) / max(1, counts[t])) for t in _trigrams(sentence)}
    total = sum(weights.values())
    return [sum(weights[t] for t in one & weights.keys()) / total if total else 0.0 for one in sets]


def most_similar(
    sentence: str,
    candidates: Iterable[Candidate],
    count: int,
    text: Callable[[Candidate], str],
    at_least: float = 0.0,
    near_best: float = 0.0,
) -> list[Candidate]:
    """The `count` candidates whose text looks most like `sentence`, the best first.

    Args:
        sentence: What is compared.
        candidates: With what.
        count: At most so many.
        text: Of a candidate.
        at_least: The least similarity.
        near_best: The least similarity as a share of the best one's.
    """
    everyone = list(candidates)
    shares = similarities(sentence, [text(candidate) for candidate in everyone])
    least = max(at_least, near_best * max(shares, default=0.0))
    scored = [pair for pair in zip(shares, everyone, strict=True) if pair[0] >= least]
    scored.sort(key=lambda pair: -pair[0])  # stable: ties keep their order
    return [candidate for _, candidate in scored[:count]]


@lru_cache(maxsize=8192)
def _trigrams(sentence: str) -> frozenset[str]:
    text = f" {' '.join(split_words(sentence))} "
    return frozenset(text[i : i + 3] for i in range(len(text) - 2))
