"""Words and set phrases -> the part they play, from a language's table.

What is not listed there is unknown, and an utterance with an unknown word is never acted on: a
missing word costs a question, never a wrong move.  So the list may stay incomplete, but a word in
it must mean what it says in every sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cliprt.language.numbers import NUMBER_WORDS, UNITS, Amount
from cliprt.language.tables import Table, table


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


ENGLISH = table("en")
_NEVER_REPAIRED = ("negation", "correction", "question")

REPAIRABLE = frozenset(
    phrase[-1]
    for phrase, (role, _) in ENGLISH.phrases.items()
    if (len(phrase) == 1 or role == "vague") and len(phrase[-1]) > 2 and role not in _NEVER_REPAIRED
) | frozenset(unit for unit in UNITS if len(unit) > 2)
"""Words that a misspelt one may be meant to be: never a number, never a negation."""

KNOWN = frozenset(word for phrase in ENGLISH.phrases for word in phrase) | UNITS | NUMBER_WORDS
"""Every single word that occurs anywhere in the lexicon; never repaired."""


def tag(words: Sequence[str | Amount], table: Table = ENGLISH) -> list[Token]:
    """Cut into known phrases, the longest first; what fits none is ``"unknown"``."""
    words = list(words)
    tokens = []
    i = 0
    while i < len(words):
        token, length = _in_two_pieces(words, i, table) or _longest(words, i, table)
        tokens.append(token)
        i += length
    return _intensified(tokens) if any(t.role == "intensifier" for t in tokens) else tokens


def _in_two_pieces(
    words: list[str | Amount], start: int, table: Table
) -> tuple[Token, int] | None:
    """The "lift ... off" whose second piece stands further on in its clause; that is taken out."""
    first = words[start]
    for second, (role, value) in table.gaps.get(first, ()) if isinstance(first, str) else ():
        for i in range(start + 1, len(words)):
            if words[i] == second:
                del words[i]
                return Token(role, value, f"{first} … {second}"), 1
            if table.phrases.get((words[i],), ("",))[0] == "joiner":  # type: ignore[comparison-overlap]
                break
    return None


def _intensified(tokens: list[Token]) -> list[Token]:
    """Join "very" with the amount or manner after it: a very little bit is tiny.

    An intensifier of anything else stays one, and no rule has a place for it.
    """
    joined: list[Token] = []
    for token in reversed(tokens):
        after = joined[-1] if joined else None
        if after and after.text in ("a", "an") and token.value != "strong":
            after = joined[-2] if len(joined) > 1 else None
        if token.role != "intensifier" or after is None:
            joined.append(token)
        elif after.role in ("amount", "intensifier") or after.value == "manner":
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


def _longest(words: Sequence[str | Amount], start: int, table: Table) -> tuple[Token, int]:
    word = words[start]
    if isinstance(word, Amount):
        return Token("amount", word.kind, word.text, word), 1
    longest = table.longest if word in table.starts else 1
    for end in range(min(start + longest, len(words)), start, -1):
        phrase = tuple(words[start:end])
        if phrase in table.phrases:
            role, value = table.phrases[phrase]  # type: ignore[index]
            text = " ".join(phrase).lstrip("~")  # type: ignore[arg-type]
            if role == "vague":
                amount = Amount(value, text=text)  # type: ignore[arg-type]
                return Token("amount", value, text, amount), end - start
            return Token(role, value, text), end - start
    is_unit = (word,) in table.units or (table is ENGLISH and word in UNITS)
    return (Token("unclear", "unit", word) if is_unit else Token("unknown", "", word)), 1
