"""Words and set phrases -> the part they play, from ``languages/en.txt``.

What is not listed there is unknown, and an utterance with an unknown word is never acted on: a
missing word costs a question, never a wrong move.  So the list may stay incomplete, but a word in
it must mean what it says in every sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cliprt.language.numbers import NUMBER_WORDS, UNITS, Amount


class Token(NamedTuple):
    """A piece of an utterance.

    Attributes:
        role: As in ``languages/en.txt``, or ``"amount"``, ``"mark"`` (a question mark) or
            ``"unknown"``.
        value: Which one: a group (``"y+"``), an axis, a sign ... by role.
        text: The words.
        amount: Only where the role is ``"amount"``.
    """

    role: str
    value: str
    text: str
    amount: Amount | None = None


def _load_table() -> dict[tuple[str, ...], tuple[str, str]]:
    """Phrase -> (role, value)."""
    table: dict[tuple[str, ...], tuple[str, str]] = {
        (",",): ("joiner", ","),
        ("?",): ("mark", "?"),
    }
    role = value = ""
    for line in (
        (Path(__file__).with_name("languages") / "en.txt").read_text(encoding="utf-8").splitlines()
    ):
        if line.startswith("["):
            role, _, value = line.strip("[]").partition(": ")
        elif line and not line.startswith("#"):
            for phrase in line.split(","):
                table[tuple(phrase.split())] = (role, value)
    table.pop((), None)
    return table


_TABLE = _load_table()
_LONGEST = max(map(len, _TABLE))
_STARTS = {phrase[0] for phrase in _TABLE if len(phrase) > 1}
_ENDINGS = tuple(phrase[0] for phrase, (role, _) in _TABLE.items() if role == "ending")
ABOUT_LAST = ("same", "times", "other way", "too far", "go back", "there", "that was", "but")
"""Roles of what is about the step before, and says nothing without it."""

_NEVER_REPAIRED = ("negation", "correction", "question", "same as", *ABOUT_LAST)

REPAIRABLE = frozenset(
    phrase[-1]
    for phrase, (role, value) in _TABLE.items()
    if (len(phrase) == 1 or role == "vague") and len(phrase[-1]) > 2
    if role not in _NEVER_REPAIRED and value != "vocative"
) | frozenset(unit for unit in UNITS if len(unit) > 2)
"""Words that a misspelt one may be meant to be: never a number, never a negation."""

KNOWN = frozenset(word for phrase in _TABLE for word in phrase) | UNITS | NUMBER_WORDS
"""Every single word that occurs anywhere in the lexicon; never repaired."""


def is_doing(token: Token) -> bool:
    """Whether a verb tells what is being done ("lowering"), and need not be a command."""
    word = token.text.split()[0]
    stem = next((word.removesuffix(end) for end in _ENDINGS if word.endswith(end)), "")
    return any(letter in "aeiouy" for letter in stem) and token.role not in ("object", "filler")


def tag(words: Sequence[str | Amount]) -> list[Token]:
    """Cut into known phrases, the longest first; what fits none is ``"unknown"``."""
    words = _said_plainly(words)
    tokens = []
    i = 0
    while i < len(words):
        token, length = _longest(words, i)
        tokens.append(token)
        i += length
    return _intensified(tokens) if any(t.role == "intensifier" for t in tokens) else tokens


def _said_plainly(words: Sequence[str | Amount]) -> list[str | Amount]:
    """Put what is meant for what only stands for it: "lift her" is "lift it"; not so "her hand"."""
    plain: list[str | Amount] = []
    i = 0
    while i < len(words):
        for end in (i + 2, i + 1):
            role, value = _listed(words[i:end])
            if role == "same as" and _listed(words[end : end + 1])[0] not in ("hand", "arm"):
                break
        else:
            value = words[i]  # type: ignore[assignment]
        plain.append(value)
        i = end
    return plain


def _listed(words: Sequence[str | Amount]) -> tuple[str, str]:
    return _TABLE.get(tuple(words), ("", ""))  # type: ignore[arg-type]


def _intensified(tokens: list[Token]) -> list[Token]:
    """Join "very" with the amount or manner after it: a very little bit is tiny.

    An intensifier of anything else stays one, and no rule has a place for it.
    """
    joined: list[Token] = []
    for token in reversed(tokens):
        after = joined[-1] if joined else None
        if after and after.value == "indefinite" and token.value != "strong":
            after = joined[-2] if len(joined) > 1 and joined[-2].role == "amount" else None
        if token.role != "intensifier" or after is None:
            joined.append(token)
        elif after.role in ("amount", "intensifier") or after.value in ("manner", "quality"):
            while joined.pop() is not after:
                continue
            joined.append(_stronger(after) if token.value == "strong" else after)
        else:
            joined.append(token)
    return joined[::-1]


def _stronger(token: Token) -> Token:
    if token.value != "bit":
        return token
    return Token("amount", "tiny", token.text, Amount("tiny", text=token.text))


def role_of(word: str) -> tuple[str, str]:
    """(role, value) of a word that is listed by itself; ("", "") of any other."""
    return _TABLE.get((word,), ("", ""))


def _longest(words: Sequence[str | Amount], start: int) -> tuple[Token, int]:
    word = words[start]
    longest = _LONGEST if _spelled(word)[0] in _STARTS else 1
    for end in range(min(start + longest, len(words)), start, -1):
        phrase = tuple(part for word in words[start:end] for part in _spelled(word))
        if phrase in _TABLE:
            role, value = _TABLE[phrase]
            text = " ".join(phrase)
            if role == "vague":
                amount = Amount(value, text=text)  # type: ignore[arg-type]
                return Token("amount", value, text, amount), end - start
            return Token(role, value, text), end - start
    if isinstance(word, Amount):
        return Token("amount", word.kind, word.text, word), 1
    return (Token("unclear", "unit", word) if word in UNITS else Token("unknown", "", word)), 1


def _spelled(word: str | Amount) -> list[str]:
    """As it was said: numbers have a part in phrases such as "half of that", too."""
    return word.text.split() if isinstance(word, Amount) else [word]
