"""What a person answers to a question with offers: which of them, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cliprt.language.lexicon import Token
from cliprt.language.roles import CONTRARY
from cliprt.language.text import MAX_CHARACTERS
from cliprt.language.tongues import hear

_NEUTRAL = {"filler", "joiner", "mark"}


def choose(answer: str, options: Sequence[Sequence[str]]) -> int | None:
    """Which option an answer names: its words, "the second one", or "yes" to the only one.

    Args:
        answer: What was said.
        options: What each of them is called; the order is that in which they were shown.
    """
    said = " ".join(answer.casefold().split())
    for i, names in enumerate(options):
        if said in map(str.casefold, names):
            return i
    tokens = _tokens(answer)
    places = [int(token.value) - 1 for token in tokens if token.role == "choice"]
    if len(places) == 1 and _only(tokens, {"choice"}):
        return places[0] if places[0] < len(options) else None
    agrees = any("yes" in (token.role, token.value) for token in tokens)
    return 0 if agrees and len(options) == 1 and _only(tokens, {"yes"}) else None


def choose_place(answer: str, options: Sequence[Sequence[str]]) -> int | None:
    """Which place an answer names: as `choose`, by its number, or "I sit behind the robot".

    Args:
        answer: What was said.
        options: What each is called, e.g. "Behind the robot: I look the way it looks"; what stands
            before the first comma or colon is enough.
    """
    short = [[re.split(r"\s*[:,：，、]", name)[0] for name in names] for names in options]
    known = [(str(n), *names, *short[n - 1]) for n, names in enumerate(options, 1)]
    picked = choose(answer.strip(" .!"), known)
    if picked is not None or any(token.role in CONTRARY for token in _tokens(answer)):
        return picked
    said = f" {answer.casefold().strip(' .!')}"
    ends = [any(said.endswith(f" {name.casefold()}") for name in names) for names in short]
    return ends.index(True) if ends.count(True) == 1 else None


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
