"""What a person answers to a question with offers: which of them, or none."""

from __future__ import annotations

from collections.abc import Sequence

from cliprt.language.lexicon import Token
from cliprt.language.text import MAX_CHARACTERS
from cliprt.language.tongues import hear
from cliprt.types import Primitive

_NEUTRAL = {"filler", "joiner", "mark"}


def choose(answer: str, offers: Sequence[Primitive], told: Sequence[str]) -> Primitive | None:
    """The offer that an answer names: its words, "the second one", or "yes" to the only one.

    Args:
        answer: What was said.
        offers: What there was to choose from.
        told: The same as it was shown.
    """
    said = " ".join(answer.casefold().split())
    for offer, words in zip(offers, told, strict=True):
        if said in (words.casefold(), offer.phrase.casefold()):
            return offer
    tokens = _tokens(answer)
    chosen = [token.value for token in tokens if token.role == "choice"]
    if len(chosen) == 1 and _only(tokens, {"choice"}):
        return dict(enumerate(offers, 1)).get(int(chosen[0]))
    agrees = any("yes" in (token.role, token.value) for token in tokens)
    return offers[0] if agrees and len(offers) == 1 and _only(tokens, {"yes"}) else None


def declines(answer: str) -> bool:
    """Whether an answer says "no", and nothing else."""
    tokens = _tokens(answer)
    return any(t.value == "no" for t in tokens) and all(
        t.value == "no" or t.role in _NEUTRAL for t in tokens
    )


def _only(tokens: Sequence[Token], roles: set[str]) -> bool:
    return {token.role for token in tokens} <= roles | _NEUTRAL


def _tokens(answer: str) -> Sequence[Token]:
    return hear(answer)[0][1] if len(answer) <= MAX_CHARACTERS else ()
