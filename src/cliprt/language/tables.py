"""What is known of a language, from ``languages/XX.txt``: a file a language, the same roles in all.

A table is data; the rules act on roles and values, so that every language has all of them.  The
format is described at the top of ``languages/en.txt``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from cliprt.language.sections import listed, sections

Phrase = tuple[str, ...]
"""Words; a single one where words have no spaces between them."""

Piece = Literal["stem", "suffix", "free"]

_FOLDER = Path(__file__).with_name("languages")
_SCRIPTS = {
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HALFWIDTH": ("ja",),
    "DEVANAGARI": ("hi",),
    "CJK": ("zh", "ja"),
}
LETTER = "(?:[^\\W\\d_]|[\u0300-\u036f\u0900-\u0963\u0971-\u097f])"
"""Pattern of a letter or a mark on one."""

_LETTERS = re.compile(f"{LETTER}+")
_SAID = re.compile(rf"(?:{LETTER}|[\s,.!¡:;…—–\-'’‘ʼ\"“”„«»「」、。，．！；：।·~～])*")
_LEFT_OUT = re.compile("[\u0300-\u036f\u093c]")  # accents, and the dot below of "थोड़ा"
_MOON, _DOT = "\u0901\u0902"  # "हाँ" is typed "हां", too
_MOST_WORDS = 12  # of what is about the session
_FACTS = ("name", "words", "decimal")

APART = re.compile(r"(?<=\w)['’‘ʼ-](?=\w)")
"""Signs that stand between two words, in other languages than English: "d'un", "soulève-le"."""

OPEN = "~"
"""Stands for what comes before an ending, and between two pieces."""


@dataclass
class Table:
    """One language.

    Attributes:
        code: As in ISO 639-1.
        name: What its speakers call it.
        words: How words are told apart: by ``"spaces"``; by spaces, each made of ``"stems"`` and
            what is put behind them; or ``"run"`` together.
        comma: Whether a comma stands before decimals.
        phrases: What is said -> (role, value).  What is only ever put behind another piece of a
            word begins with ``"~"``.
        gaps: First word of what is said in two pieces -> (second piece, (role, value)) of each.
        numbers: What is said -> a number, ``"a"``, ``"and"`` or ``"point"``.
        parts: What is said behind a number or its unit -> what it adds: "and a half".
        units: What is said -> the unit in English.
        about: What is said -> what of the session it is about.
        sayings: Group -> how it is said, with ``{amount}``.
        spelt: Phrase that is one word here -> how it is usually written.
    """

    code: str
    name: str = ""
    words: Literal["spaces", "stems", "run"] = "spaces"
    comma: bool = False
    phrases: dict[Phrase, tuple[str, str]] = field(
        default_factory=lambda: {(",",): ("joiner", ","), ("?",): ("mark", "?")}
    )
    gaps: dict[str, list[tuple[str, tuple[str, str]]]] = field(default_factory=dict)
    numbers: dict[Phrase, str] = field(default_factory=dict)
    parts: dict[Phrase, float] = field(default_factory=dict)
    units: dict[Phrase, str] = field(default_factory=dict)
    about: dict[Phrase, str] = field(default_factory=dict)
    sayings: dict[str, str] = field(default_factory=dict)
    spelt: dict[str, str] = field(default_factory=dict)

    @cached_property
    def longest(self) -> int:
        """Most words of a phrase."""
        return max(map(len, (*self.phrases, *self.numbers, *self.parts, *self.units)))

    @cached_property
    def starts(self) -> frozenset[str]:
        """What a phrase of more than one word begins with."""
        return frozenset(phrase[0] for phrase in self.phrases if len(phrase) > 1)

    def joined(self, words: Iterable[str]) -> str:
        """Words with a space behind each, if the language has any."""
        return "".join(word + " " * (self.words == "spaces") for word in words)

    @cached_property
    def session(self) -> dict[str, str]:
        """What is said as a whole about the session, joined -> what that is."""
        said = self.about.items()
        return {self.joined(_LETTERS.findall(" ".join(phrase))): what for phrase, what in said}

    @cached_property
    def polite(self) -> tuple[str, ...]:
        """What may be said before and behind that."""
        return tuple(said for said, what in self.session.items() if what == "nothing")

    @cached_property
    def known(self) -> frozenset[str]:
        """Every single word that occurs anywhere."""
        everything = (*self.phrases, *self.numbers, *self.parts, *self.units)
        seconds = (word for pairs in self.gaps.values() for word, _ in pairs)
        return frozenset([*(w for phrase in everything for w in phrase), *self.gaps, *seconds])

    @cached_property
    def spoken(self) -> frozenset[str]:
        """Every single word that has a part in a phrase."""
        return frozenset(word for phrase in self.phrases for word in phrase)

    @cached_property
    def pieces(self) -> dict[str, tuple[Piece, ...]]:
        """What a word can be made of -> where that may stand.

        A stem begins a word, a suffix ends one, and numbers and units are free.
        """
        kinds: dict[str, set[Piece]] = {}
        for phrase in (*self.phrases, *((first,) for first in self.gaps)):
            suffix = phrase[0].startswith(OPEN)
            if len(phrase) == 1:
                kinds.setdefault(phrase[0].lstrip(OPEN), set()).add("suffix" if suffix else "stem")
        for phrase in (*self.numbers, *self.parts, *self.units):
            if len(phrase) == 1:
                kinds.setdefault(phrase[0], set()).add("free")
        return {piece: tuple(sorted(found)) for piece, found in kinds.items()}

    @cached_property
    def longest_piece(self) -> int:
        """Most letters of a piece."""
        return max(map(len, self.pieces))


@cache
def languages() -> tuple[str, ...]:
    """Codes of all that have a table, English first."""
    codes = sorted(path.stem for path in _FOLDER.glob("??.txt"))
    return ("en", *(code for code in codes if code != "en"))


@cache
def latin() -> tuple[str, ...]:
    """Codes of those that are written in Latin letters, some of them only by some people."""
    scripts = {code for codes in _SCRIPTS.values() for code in codes} - {"hi"}
    return tuple(code for code in languages() if code not in scripts)


def languages_by_script(text: str) -> tuple[str, ...]:
    """Those whose script occurs, the likeliest first; kana is said before Han, which both have."""
    found = {
        unicodedata.name(c, "").split("-")[0].split(" ")[0]
        for c in text
        if c > "\u08ff" and c.isalpha()
    }
    script = next((script for script in _SCRIPTS if script in found), "")
    return tuple(code for code in _SCRIPTS.get(script, ()) if code in languages())


def plain(text: str) -> str:
    """Without the marks of Latin and Devanagari letters that people leave out when they type."""
    letters = _LEFT_OUT.sub("", unicodedata.normalize("NFD", text)).replace(_MOON, _DOT)
    return unicodedata.normalize("NFC", letters)


@cache
def table(code: str) -> Table:
    """The table of one of `languages`, read when it is first needed."""
    return load_table(_FOLDER / f"{code}.txt")


def load_table(path: Path) -> Table:
    """The table in a file, which is named by the language's code."""
    lines = list(sections(path))
    facts = {head: line for head, _, line in lines if head in _FACTS}
    words, comma = facts.get("words", "spaces"), facts.get("decimal") == "comma"
    made = Table(path.stem, facts.get("name", ""), words, comma)  # type: ignore[arg-type]
    made.sayings.update({value: line for head, value, line in lines if head == "say"})
    also = dict(pair.split() for head, _, line in lines if head == "also" for pair in listed(line))
    said = [
        ("number", *text.split(" ", 1)) if head == "numbers" else (head, value, text)
        for head, value, line in lines
        if head not in (*_FACTS, "say", "also")
        for text in listed(line)
    ]
    for head, value, text in said:
        _add(made, head, value, text)
    for head, value, text in reversed(said):
        for spelt in dict.fromkeys((plain(text), _replaced(text, also))):
            if spelt != text:
                _add(made, head, value, spelt, again=True)
    return made


def _replaced(said: str, also: Mapping[str, str]) -> str:
    for letter, instead in also.items():
        said = said.replace(letter, instead)
    return said


def _add(made: Table, head: str, value: str, said: str, again: bool = False) -> None:
    """Put what is said where it belongs; one that is spelt `again` never hides another."""
    said = said.casefold()
    words = tuple((said if made.code == "en" else APART.sub(" ", said)).split())
    phrase = words if made.words == "spaces" or OPEN in words else ("".join(words),)
    made.spelt[" ".join(phrase)] = said.lstrip(OPEN).replace(" -", "-")
    places: dict[str, dict[Phrase, Any]] = {
        "number": made.numbers,
        "part": made.parts,
        "unit": made.units,
        "about": made.about,
    }
    where = places.get(head, made.phrases)
    what: Any = (head, value) if where is made.phrases else value
    if head == "part":
        what = float(value)
    if OPEN in phrase:
        first, _, second = phrase
        made.gaps.setdefault(first, []).append((second, (head, value)))
    elif again:
        where.setdefault(phrase, what)
    else:
        where[phrase] = what


def about_session(utterance: str) -> tuple[str, str] | None:
    """(what of the session, language) that a whole utterance is about in a language but English.

    Polite words around it do not count, nor do signs that end or part sentences; None of anything
    else: "¿listo?" asks, and "취소 5" may be about a number.
    """
    words = _LETTERS.findall(plain(utterance.casefold()))
    if len(words) > _MOST_WORDS or not _SAID.fullmatch(utterance):
        return None
    for code in languages_by_script(utterance) or latin()[1:]:
        known = table(code)
        waiting = [known.joined(words)]
        for said in waiting:
            what = known.session.get(said, "nothing")
            if what != "nothing":
                return what, code
            shorter = [said[len(p) :] for p in known.polite if said.startswith(p)]
            shorter += [said[: -len(p)] for p in known.polite if said.endswith(p)]
            waiting += (rest for rest in shorter if rest not in waiting)
    return None
