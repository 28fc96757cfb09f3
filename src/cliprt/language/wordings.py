"""The phrasebook's file: wordings that people confirmed, as YAML that people may edit.

::

    vocabulary: clip_rt_58
    fingerprint: 0c7d...              # of that vocabulary; may be left out in a file by hand
    wordings:
      - said: scootch over
        means: [move the arm to the left by five centimeters]     # phrases, in order
        count: 3                      # how often it was confirmed
        by: [anna, ben]
        last: 2026-11-22

Two rows that say the same and mean something else are a contradiction, which is kept: whoever
reads it has to ask.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from cliprt.data.disk import replace_file
from cliprt.data.plain_yaml import check_bounds, read_yaml
from cliprt.errors import VocabularyError, did_you_mean
from cliprt.language.text import split_words
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import by_phrase, fingerprint

MAX_WORDINGS = 2000
"""Rows of a phrasebook; the rarest and oldest make room for new ones."""

MAX_NAMES = 20
"""People noted beside one wording."""

_HEADER = """\
# What people said, and what they confirmed that it means. Edit it as you like: cliprt reads it
# again. It rewrites the file when it learns, and does not keep comments.
"""
_PAUSES = (".", "…", "!", ",", "—")
_FILE_KEYS = ("vocabulary", "fingerprint", "wordings")
_ROW_KEYS = ("said", "means", "count", "by", "last")


@dataclass(frozen=True)
class Wording:
    """One row.

    Attributes:
        said: The utterance, as it was typed first.
        means: Phrases of the vocabulary, in order.
        count: How often it was confirmed.
        by: Who confirmed it.
        last: Day of the latest confirmation, ISO 8601; "" if nobody knows.
    """

    said: str
    means: tuple[str, ...]
    count: int = 1
    by: tuple[str, ...] = ()
    last: str = ""


def normalised(utterance: str) -> str:
    """What two utterances have in common that count as the same wording."""
    words = split_words(unicodedata.normalize("NFC", utterance))
    said = [i for i, word in enumerate(words) if word not in _PAUSES]
    return " ".join(words[said[0] : said[-1] + 1]) if said else ""


def merged(rows: Iterable[Wording], limit: int = MAX_WORDINGS) -> tuple[Wording, ...]:
    """Each wording with each of its meanings once, counted together; at most `limit`."""
    found: dict[tuple[str, tuple[str, ...]], Wording] = {}
    for row in rows:
        key = (normalised(row.said), row.means)
        known = found.get(key)
        found[key] = row if known is None else _together(known, row)
    rarest = sorted(found, key=lambda key: (found[key].count, found[key].last))
    for key in rarest[: max(0, len(found) - limit)]:
        del found[key]
    return tuple(found.values())


def load_wordings(path: Path, vocabulary: ActionVocabulary) -> tuple[Wording, ...]:
    """The rows of a file.

    Raises:
        VocabularyError: It cannot be read, has a mistake, or is about another vocabulary.
    """
    tree = _mapping(read_yaml(path, _parse, "phrasebook"), f"{path}", _FILE_KEYS)
    written_for = tree.get("fingerprint")
    if written_for not in (None, fingerprint(vocabulary)):
        raise VocabularyError(
            f"{path}: was made for the vocabulary {tree.get('vocabulary')!r} ({written_for}), this"
            f" is {vocabulary.name!r} ({fingerprint(vocabulary)}). Choose another file, or remove"
            " the line 'fingerprint' to have its phrases looked up in this one."
        )
    rows = tree.get("wordings", [])
    if not isinstance(rows, list):
        raise VocabularyError(f"{path}: wordings is {rows!r:.60}. It must be a list.")
    return merged(_row(row, f"{path}: wordings[{i}]", vocabulary) for i, row in enumerate(rows))


def save_wordings(path: Path, vocabulary: ActionVocabulary, rows: Iterable[Wording]) -> None:
    """Replace the file as a whole; at any moment there is the old one or the new."""
    tree = {
        "vocabulary": vocabulary.name,
        "fingerprint": fingerprint(vocabulary),
        "wordings": [asdict(row) for row in rows],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(tree, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100)
    replace_file(path, (_HEADER + text).encode(), durable=True)


def _together(one: Wording, other: Wording) -> Wording:
    return replace(
        one,
        count=one.count + other.count,
        by=tuple(dict.fromkeys((*one.by, *other.by)))[:MAX_NAMES],
        last=max(one.last, other.last),
    )


def _parse(text: str) -> Any:
    check_bounds(text)
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


def _mapping(node: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise VocabularyError(f"{where}: is {node!r:.60}. It must have {', '.join(allowed)}.")
    for key in node:
        if key not in allowed:
            raise VocabularyError(
                f"{where}: has an unknown key {key!r:.60}.{did_you_mean(str(key), allowed)}"
                f" Allowed: {', '.join(allowed)}."
            )
    return node


def _row(node: Any, where: str, vocabulary: ActionVocabulary) -> Wording:
    row = _mapping(node, where, _ROW_KEYS)
    said, means, count = row.get("said"), row.get("means"), row.get("count", 1)
    if not isinstance(said, str) or not normalised(said):
        raise VocabularyError(
            f"{where}.said: is {said!r:.60}. It must be text; put it in quotes if it looks like"
            " a number, or like yes or no."
        )
    phrases = [means] if isinstance(means, str) else means
    if not isinstance(phrases, list) or not phrases:
        raise VocabularyError(f"{where}.means: is {means!r:.60}. It must be a list of phrases.")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise VocabularyError(f"{where}.count: is {count!r:.60}. Allowed: a whole number above 0.")
    by = row.get("by") or []
    names = tuple(str(name)[:60] for name in (by if isinstance(by, list) else [by])[:MAX_NAMES])
    known = tuple(_phrase(phrase, f"{where}.means", vocabulary) for phrase in phrases)
    return Wording(said, known, count, names, str(row.get("last") or ""))


def _phrase(phrase: Any, where: str, vocabulary: ActionVocabulary) -> str:
    entry = by_phrase(vocabulary, phrase) if isinstance(phrase, str) else None
    if entry is None:
        hint = did_you_mean(str(phrase), [p.phrase for p in vocabulary.primitives])
        raise VocabularyError(
            f"{where}: {phrase!r:.80} is no phrase of the vocabulary {vocabulary.name}.{hint}"
            f" See them: cliprt vocabulary show {vocabulary.name}"
        )
    return entry.phrase
