"""Two policies in the same scenes: who wins where only one of them succeeds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """How one policy does against another in the scenes that both were judged in.

    Attributes:
        scenes: How many those are.
        only_first, only_second: Scenes in which only that one succeeds.
        difference: First minus second success rate, -1 .. 1.
        p_value: Exact McNemar test: how likely the two counts differ this much, or more, if either
            policy were as likely to win such a scene.
    """

    scenes: int
    only_first: int
    only_second: int
    difference: float
    p_value: float


def compare(first: Mapping[Any, bool], second: Mapping[Any, bool]) -> Comparison:
    """Compare success by scene; scenes that only one of them saw are left out."""
    shared = first.keys() & second.keys()
    wins = sum(first[scene] and not second[scene] for scene in shared)
    losses = sum(second[scene] and not first[scene] for scene in shared)
    difference = (wins - losses) / len(shared) if shared else 0.0
    return Comparison(len(shared), wins, losses, difference, mcnemar_p_value(wins, losses))


def mcnemar_p_value(wins: int, losses: int) -> float:
    """Two-sided exact p-value of so many wins and losses, each a fair coin (McNemar, 1947)."""
    tosses, rarer = wins + losses, min(wins, losses)
    tail = sum(math.comb(tosses, k) for k in range(rarer + 1)) / 2**tosses
    return min(1.0, float(2 * tail))
