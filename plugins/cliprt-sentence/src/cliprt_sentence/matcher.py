"""Instructions by their meaning: other words are taken for the taught ones that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from cliprt.matchers.interface import Match, Matcher
from cliprt.types import Limit
from cliprt_sentence.contrary import contradicts, is_negative
from cliprt_sentence.minilm import embed

OFFERS, NEARBY = 4, 0.15
"""How many are offered where it is not sure, and how much farther than the best they may be."""

SLACK = 0.1
"""By how much one that is excluded may be nearer than the one that is taken."""


class SentenceMatcher(Matcher):
    """Takes an instruction for the taught one whose sentence vector is nearest.

    It is sure where that one is near enough, and clearly nearer than every other, those included
    that it excludes because a word of theirs is the contrary of one that was said.

    Args:
        least: The least cosine of the two vectors.
        margin: By how much it must be nearer than any other that may be meant.
    """

    def __init__(
        self,
        least: Annotated[float, Limit(0, 1)] = 0.35,
        margin: Annotated[float, Limit(0, 1)] = 0.1,
    ) -> None:
        self._least, self._margin = least, margin

    def match(self, instruction: str, known: Sequence[str]) -> Match:
        """The nearest taught instruction, and whether it is near enough.

        Raises:
            MissingExtraError: A package is not installed.
        """
        if not known or instruction in known:
            return Match(instruction)
        cosines = np.stack([embed(one) for one in known]) @ embed(instruction)
        excluded = np.array([contradicts(instruction, one) for one in known])
        ranked = sorted(range(len(known)), key=lambda i: (excluded[i], -cosines[i]))
        best = ranked[0]
        rivals = [float(cosines[i]) for i in ranked[1:] if not excluded[i]]
        score = float(np.clip(cosines[best], -1, 1))
        margin = score - max(rivals, default=0.0)
        nearer = max(cosines[excluded], default=-1.0) - score
        is_sure = score >= self._least and margin >= self._margin and nearer <= SLACK
        if is_sure and not excluded[best] and not is_negative(instruction):
            return Match(known[best], score, margin)
        nearest = [i for i in np.argsort(-cosines, kind="stable") if cosines[i] > score - NEARBY]
        return Match(known[best], score, margin, tuple(known[i] for i in nearest[:OFFERS]))
