"""Whether somebody says stop: in any language, in any spelling, at any place in what is said.

To stop once too often costs a sentence; to miss it may cost a hand.  English has set phrases; the
words of all other languages stand in ``stops.txt``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cliprt.language.sections import listed, sections

_APOSTROPHE = re.compile("[’‘ʼ]")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[a-z]")
_RUN = re.compile(r"([a-z])\1+")

_STOP_SIGNS = frozenset("🛑⛔🚫✋🤚🖐⏹⏸")
_STOP = (
    r"\b(?:(?:stop)+(?:it|now)?|s t o p|st op|stpo|sotp|tsop|halt|freeze|wait|wiat|pause|abort"
    r"|cancel|quit|exit|terminate|emergency|estop|e stop|whoa|woah|cease|shutdown|shut down"
    r"|stand (?:still|down)|knock it off|cut it out|hold on(?! to\b)"
    r"|hold (?:it|still|up|there|position|your position|everything)"
    r"|stay (?:there|put|still|where|right (?:there|here))"
    r"|(?:that's|thats|that is) (?:far )?enough)\b"
)
# What stops only as the whole utterance.
_STOP_UTTERANCE = (
    r"\A(?:no(?: no)+|hold|hold now|stay|stp|break|enough|stand|kill|still|no more|end"
    r"|(?:don't|dont|do not|never) move(?: at all| any ?more| an inch| a muscle| yet)?)\Z"
)
_STOPS = re.compile(rf"{_STOP}|{_STOP_UTTERANCE}|\bnoo+\b")
_DRAWN_STOPS = re.compile(_RUN.sub(r"\1", f"{_STOP}|{_STOP_UTTERANCE}"))

# Accents of Latin, Greek and Cyrillic letters, and points of Hebrew and Arabic ones.  Other scripts
# would lose vowels with their marks.
_ACCENT = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_ALIKE = str.maketrans("ıđłøæ", "idloa")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1+")
_MOST_WORDS = 4
"""Longest entry of the table."""
_WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0963\u0970-\u0dff])+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_BREAK = re.compile(r"[,.;:!?…¡¿。、，！？।—–\n\"]+")


def is_stop(utterance: str) -> bool:
    """Whether any stop word or sign occurs, whatever else is said, and however much.

    Drawn-out letters count once; accents and unseen marks do not count.
    """
    if _STOP_SIGNS.intersection(utterance):
        return True
    text = _ESCAPE.sub("", unicodedata.normalize("NFKD", utterance).lower())
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] not in "MC")
    plain = " ".join(re.findall(r"[a-z]+(?:'[a-z]+)?", _APOSTROPHE.sub("'", text)))
    if _STOPS.search(plain) or _DRAWN_STOPS.search(_RUN.sub(r"\1", plain)):
        return True
    return _is_stop_abroad(utterance)


def _is_stop_abroad(utterance: str) -> bool:
    """The words of `stops.txt`, any language's in any company."""
    text = _plain(utterance)
    words = _WORD.findall(text)
    stops = table()
    if _occurs(words, stops["anywhere"]) or _occurs(map(_once, words), stops["anywhere"]):
        return True
    if any(_surrounds(words, *pair.split()) for pair in stops["around"]):
        return True
    if _UNSPACED.search(text) and any(said in "".join(words) for said in stops["within"]):
        return True
    return any(map(_stops_alone, _BREAK.split(text)))


def _occurs(words: Iterable[str], said: frozenset[str]) -> bool:
    """Whether up to `_MOST_WORDS` neighbours are among what is said."""
    words = list(words)
    return any(
        " ".join(words[i:end]) in said
        for i in range(len(words))
        for end in range(i + 1, min(i + _MOST_WORDS, len(words)) + 1)
    )


def _surrounds(words: list[str], first: str, last: str) -> bool:
    """Whether both words occur, in that order."""
    return first in words and last in words[words.index(first) :]


def _stops_alone(piece: str) -> bool:
    """Whether a piece between punctuation marks is nothing but words that stop by themselves."""
    stops, words, found = table(), _WORD.findall(piece), False
    while words:
        for end in range(min(_MOST_WORDS, len(words)), 0, -1):
            for said in (" ".join(words[:end]), _once(" ".join(words[:end]))):
                if said in stops["alone"] or said in stops["with"]:
                    found |= said in stops["alone"]
                    break
            else:
                continue
            break
        else:
            return False
        words = words[end:]
    return found


@cache
def table() -> dict[str, frozenset[str]]:
    """Where -> what is said, plain; ``"within"`` are the signs of scripts without spaces."""
    places = ("anywhere", "alone", "around", "with", "within")
    table: dict[str, set[str]] = {where: set() for where in places}
    for _, where, line in sections(Path(__file__).with_name("stops.txt")):
        for said in listed(line):
            words = _WORD.findall(_plain(said))
            if where == "anywhere" and _UNSPACED.search(said):
                table["within"].add("".join(words))
            else:
                table[where].add(" ".join(words))
    return {where: frozenset(said) for where, said in table.items()}


def _plain(text: str) -> str:
    """Lower case, composed, without accents and without signs that nobody sees."""
    text = unicodedata.normalize("NFKD", _ESCAPE.sub("", text.casefold()))
    text = unicodedata.normalize("NFC", _ACCENT.sub("", text)).translate(_ALIKE)
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c == "\n")


def _once(word: str) -> str:
    """Drawn-out letters once: ``alttooo`` -> alto."""
    return _DRAWN_OUT.sub(r"\1", word)
