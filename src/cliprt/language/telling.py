"""Motions in words that are exact."""

from __future__ import annotations

import math

from cliprt.language.numbers import Amount, fold_amounts
from cliprt.language.offers import is_straight, size_of
from cliprt.language.text import split_words
from cliprt.types import Primitive

_EXACT = 1e-9


def tell(primitive: Primitive) -> str:
    """The phrase of a primitive, with the amount of its exact motion where that is another one."""
    size = size_of(primitive)
    words = fold_amounts(split_words(primitive.phrase))
    said = [word.value for word in words if isinstance(word, Amount)]
    if size == 0 or len(said) != 1 or abs(said[0] - size) < _EXACT:
        return primitive.phrase
    straight = is_straight(primitive.group)
    number = round(size * 100 if straight else math.degrees(size), 6)
    exactly = f"{number:g} {'cm' if straight else 'degrees'}"
    return " ".join(exactly if isinstance(word, Amount) else word for word in words)
