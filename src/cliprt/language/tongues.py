"""Which language an utterance is in, and its tokens there.

English comes first; then a script that only one language has; then those tables in Latin letters
that know every word.  Several may: whoever reads it asks where they disagree.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cliprt.language.counting import count
from cliprt.language.lexicon import KNOWN, Token, tag
from cliprt.language.numbers import fold_amounts
from cliprt.language.tables import (
    APART,
    LETTER,
    OPEN,
    Table,
    about_session,
    languages_by_script,
    latin,
    plain,
    table,
)
from cliprt.language.text import split_words

Tokens = tuple[Token, ...]

_WORD = re.compile(rf"[.,]?\d(?:[\d.,/⁄]*\d)?[½¼¾]?|[½¼¾]|-?{LETTER}+|\S")
_LETTERS = re.compile(f"{LETTER}+")
_HYPHEN = re.compile(rf"(?<=\w)-(?={LETTER})")  # a table may know what is behind it: "-le"
_ENDING = re.compile(rf"(?<= )-{LETTER}+")
_SIGNS = {
    **dict.fromkeys(".;:!…—、。，．；：！।·¡", ","),
    **dict.fromkeys("？¿", "?"),
    **dict.fromkeys('"“”„«»「」', ""),
}
_WIDE = range(0xFF01, 0xFFA0)
_SQUARE = range(0x3300, 0x33E0)  # "㎝", "㌢"
_NOTHING, _FREE = -2, -1  # what stands before a piece; else how many endings after a stem
_MOST_ENDINGS = 3


@lru_cache(maxsize=256)
def hear(utterance: str) -> tuple[tuple[str, Tokens], ...]:
    """(language, tokens) of each language that it can be in, at least one.

    Where none knows every word, it is English, or one that knows twice as many, and half of them.
    """
    if codes := languages_by_script(utterance):
        written = [(code, tokens_in(utterance, table(code))) for code in codes]
        return (min(written, key=lambda one: _strange(one[1])),)
    english = hear_as(utterance, "en")
    strange = _strange(english)
    if not strange:
        return (("en", english),)
    heard = [(code, tokens_in(utterance, table(code))) for code in _plausible(utterance)]
    if full := tuple(one for one in heard if not _strange(one[1])):
        endings = _ENDING.findall(_usual(utterance))  # "agarra-o": Spanish knows both words
        known = [sum(word in table(code).known for word in endings) for code, _ in full]
        return tuple(one for one, most in zip(full, known, strict=True) if most == max(known))
    best = min(heard, key=lambda one: _strange(one[1]), default=("en", english))
    words = [t for t in best[1] if t.role not in ("amount", "joiner", "mark")]
    fits = 2 * _strange(best[1]) <= min(strange, len(words))
    return (best,) if fits else (("en", english),)


def language_of(utterance: str) -> str:
    """In which language a sentence is that is about the session, or English."""
    found = about_session(utterance)
    return found[1] if found else next(iter(languages_by_script(utterance)), "en")


def hear_as(utterance: str, language: str) -> Tokens:
    """The tokens of an utterance that is in a certain language."""
    if language != "en":
        return tokens_in(utterance, table(language))
    return tuple(tag(fold_amounts(split_words(utterance))))


def _plausible(utterance: str) -> list[str]:
    """Languages in Latin letters that know at least half of the words.

    None where all words are English, as those of "left ５ cm" are.
    """
    words = _LETTERS.findall(_usual(utterance))
    if all(word in KNOWN for word in words):
        return []
    return [c for c in latin()[1:] if 2 * sum(_knows(c, word) for word in words) >= len(words)]


@lru_cache(maxsize=8192)
def _knows(language: str, word: str) -> bool:
    """Whether a language has a word, or what it may be made of."""
    known = table(language)
    return word in known.known or _split(word, frozenset((0,)), known, True) != [word]


def _strange(tokens: Tokens) -> int:
    return sum(token.role == "unknown" for token in tokens)


def tokens_in(utterance: str, table: Table) -> Tokens:
    """The tokens of an utterance in a language other than English."""
    return tuple(tag(count(words_in(utterance, table), table), table))


def words_in(utterance: str, table: Table) -> list[str]:
    """Words of a table where they are known, numbers and signs.

    Numbers of any width are in ASCII digits, and every sign that parts clauses is a comma.

    >>> words_in("Muévelo ３ cm!", table("es"))
    ['mueve', '~lo', '3', 'cm', ',']
    """
    found = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(_usual(utterance))]
    words: list[str] = []
    run, last_end = "", 0
    breaks: set[int] = set()
    for found_word, start, end in [*found, ("", 0, 0)]:
        is_ending = found_word in table.known or len(found_word) == 1
        word = found_word if is_ending else found_word.removeprefix("-")
        is_word = word[:1].isalpha()
        if run and (not is_word or table.words == "spaces"):
            words += _split(run, frozenset(breaks), table, not words or words[-1] == ",")
            run, breaks = "", set()
        if is_word:
            if start > last_end:
                breaks.add(len(run))
            run += word
        elif word:
            words.append(_SIGNS.get(word, word))
        last_end = end
    return [word for word in words if word]


@lru_cache(maxsize=64)
def _usual(utterance: str) -> str:
    """Lower case and composed, words apart, with signs and digits of the usual width."""
    text = "".join(map(_usual_sign, unicodedata.normalize("NFC", utterance.casefold())))
    return APART.sub(" ", _HYPHEN.sub(" -", unicodedata.normalize("NFC", text)))


def _usual_sign(character: str) -> str:
    """A sign of another width, a unit in a square, or a digit of another script, as usual."""
    if ord(character) in _WIDE or ord(character) in _SQUARE:
        return unicodedata.normalize("NFKC", character).casefold()
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return " " if character == "　" else character


def _split(run: str, breaks: frozenset[int], table: Table, first: bool) -> list[str]:
    """Pieces of letters that stand together; what cannot be made of pieces stays whole."""
    if table.words == "spaces":
        found = None if run in table.known else _pieces(plain(run), breaks, table, True)
        return found if found and len(found) > 1 else [run]
    if found := _pieces(run, breaks, table, first):
        return found
    words: list[str] = []
    start = 0
    while start < len(run):
        end = min((at for at in breaks if at > start), default=len(run))
        if table.words == "run":
            ends = range(min(len(run), start + table.longest_piece), start, -1)
            end = next((end for end in ends if run[start:end] in table.pieces), start + 1)
        words += _pieces(run[start:end], frozenset(), table, not words) or [run[start:end]]
        start = end
    return words


def _pieces(run: str, breaks: frozenset[int], table: Table, first: bool) -> list[str] | None:
    """The first way to cut a run into pieces of a table, trying long ones first; None if none is.

    Args:
        run: Letters, without spaces.
        breaks: Where spaces stood.
        table: With the pieces.
        first: Whether nothing stands before the run that an ending could belong to.
    """
    dead: set[tuple[int, int]] = set()

    def cut(start: int, after: int) -> list[str] | None:
        if start == len(run):
            return []
        if (start, after) in dead:
            return None
        for end in range(min(len(run), start + table.longest_piece), start, -1):
            piece = run[start:end]
            for kind in table.pieces.get(piece, ()):
                then = _after(kind, after, start in breaks, table.words)
                rest = None if then is None else cut(end, then)
                if rest is not None:
                    return [OPEN + piece if kind == "suffix" else piece, *rest]
        dead.add((start, after))
        return None

    return cut(0, _NOTHING if first else _FREE)


def _after(kind: str, before: int, at_break: bool, words: str) -> int | None:
    """What a piece leaves behind: so many endings after a stem, or a number; None: has no place.

    A stem begins a word, or comes after an ending or a number; endings come after a stem or a
    number.  Where words run together a stem may come after anything, and where spaces part them
    after nothing.
    """
    if kind == "suffix":
        fits = 0 <= before < _MOST_ENDINGS or (before == _FREE and words != "spaces")
        return max(before, 0) + 1 if fits else None
    fits = before == _NOTHING or at_break or words == "run"
    if words == "stems":
        fits |= before != 0
    elif kind == "free":
        fits |= before == _FREE
    return (_FREE if kind == "free" else 0) if fits else None
