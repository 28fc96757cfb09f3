"""Words and set phrases -> the part they play, from a language's table.

What is not listed there is unknown, and an utterance with an unknown word is never acted on: a
missing word costs a question, never a wrong move.  So the list may stay incomplete, but a word in
it must mean what it says in every sentence.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from cliprt.language.numbers import NUMBER_WORDS, UNITS, Amount
from cliprt.language.roles import ABOUT_LAST, CUTS
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
_ENDINGS = {v: p[0] for p, (role, v) in ENGLISH.phrases.items() if role == "ending"}
_DEGREES = ("amount", "intensifier", "tight", "fully")
_NEVER_REPAIRED = ("negation", "correction", "question", "same as", "somebody", "speaker")
_ADDRESSING = ("yes", "vocative")  # nobody needs them to be understood

REPAIRABLE = frozenset(
    phrase[-1]
    for phrase, (role, value) in ENGLISH.phrases.items()
    if (len(phrase) == 1 or role == "vague") and len(phrase[-1]) > 2
    if role not in (*_NEVER_REPAIRED, *ABOUT_LAST) and value not in _ADDRESSING
) | frozenset(unit for unit in UNITS if len(unit) > 2)
"""Words that a misspelt one may be meant to be: never a number, never a negation."""

KNOWN = frozenset(word for phrase in ENGLISH.phrases for word in phrase) | UNITS | NUMBER_WORDS
"""Every single word that occurs anywhere in the lexicon; never repaired."""


def is_doing(token: Token) -> bool:
    """Whether a verb tells what is being done ("lowering"), and need not be a command."""
    word = token.text.split()[0]
    stem = word.removesuffix(_ENDINGS["doing"]) if word.endswith(_ENDINGS["doing"]) else ""
    return any(letter in "aeiouy" for letter in stem) and token.role not in ("object", "filler")


def is_owner(token: Token) -> bool:
    """Whether an unknown word says whose something is: "the cup's"."""
    return token.role == "unknown" and token.text.endswith(_ENDINGS["owner"])


def pieces(tokens: Sequence[Token], cuts: Set[str] = CUTS) -> list[tuple[int, int]]:
    """(start, end) of what stands between joiners, corrections and marks."""
    at = [i for i, token in enumerate(tokens) if token.role in cuts]
    edges = zip([-1, *at], [*at, len(tokens)], strict=True)
    return [(start + 1, end) for start, end in edges if end > start + 1]


def tag(words: Sequence[str | Amount], table: Table = ENGLISH) -> list[Token]:
    """Cut into known phrases, the longest first; what fits none is ``"unknown"``."""
    words = _said_plainly(words, table)
    tokens = []
    i = 0
    while i < len(words):
        token, length = _in_two_pieces(words, i, table) or _longest(words, i, table)
        tokens.append(token)
        i += length
    return _intensified(tokens) if any(t.role == "intensifier" for t in tokens) else tokens


def _said_plainly(words: Sequence[str | Amount], table: Table) -> list[str | Amount]:
    """Put what is meant for what only stands for it: "lift her" is "lift it"; not so "her hand"."""
    plain: list[str | Amount] = []
    i = 0
    while i < len(words):
        for end in (i + 2, i + 1):
            role, value = _listed(words[i:end], table)
            is_owner = _listed(words[end : end + 1], table)[0] in ("hand", "arm")
            if role == "same as" or (role == "somebody" and not is_owner):
                break
        else:
            value = words[i]  # type: ignore[assignment]
        plain.append(value)
        i = end
    return plain


def _listed(words: Sequence[str | Amount], table: Table) -> tuple[str, str]:
    return table.phrases.get(tuple(words), ("", ""))  # type: ignore[arg-type]


def _in_two_pieces(words: list[str | Amount], start: int, table: Table) -> tuple[Token, int] | None:
    """A phrase such as "lift ... off" whose second piece stands further on; that is taken out."""
    first = words[start]
    for second, (role, value) in table.gaps.get(first, ()) if isinstance(first, str) else ():
        for i in range(start + 1, len(words)):
            if words[i] == second:
                del words[i]
                return Token(role, value, f"{first} … {second}"), 1
            if _listed(words[i : i + 1], table)[0] == "joiner":
                break
    return None


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
        elif after.role in _DEGREES or after.value in ("manner", "quality"):
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
    """(role, value) of an English word that is listed by itself; ("", "") of any other."""
    return _listed([word], ENGLISH)


def _longest(words: Sequence[str | Amount], start: int, table: Table) -> tuple[Token, int]:
    word = words[start]
    longest = table.longest if _spelled(word)[0] in table.starts else 1
    for end in range(min(start + longest, len(words)), start, -1):
        phrase = tuple(part for word in words[start:end] for part in _spelled(word))
        if phrase in table.phrases:
            role, value = table.phrases[phrase]
            text = " ".join(phrase)
            text = table.spelt.get(text, text)
            if role == "vague":
                amount = Amount(value, text=text)  # type: ignore[arg-type]
                return Token("amount", value, text, amount), end - start
            return Token(role, value, text), end - start
    if isinstance(word, Amount):
        return Token("amount", word.kind, word.text, word), 1
    is_unit = (word,) in table.units or (table is ENGLISH and word in UNITS)
    return (Token("unclear", "unit", word) if is_unit else Token("unknown", "", word)), 1


def _spelled(word: str | Amount) -> list[str]:
    """As it was said: numbers have a part in phrases such as "half of that", too."""
    return word.text.split() if isinstance(word, Amount) else [word]
