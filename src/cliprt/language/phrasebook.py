"""What people meant before: wordings that someone confirmed, found again word for word.

It never guesses and knows nothing but phrases of the vocabulary, so the worst that a wrong entry
can do is one legal step.  Stop, done and whatever else steers an episode come before it.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
from collections.abc import Sequence
from pathlib import Path

from cliprt.data.disk import folder_lock, writing
from cliprt.errors import StoreError, VocabularyError
from cliprt.language.interface import Interpreter
from cliprt.language.learning import depends_on_situation, may_be_learned
from cliprt.language.offers import MAX_OFFERS
from cliprt.language.sentences import MAX_STEPS
from cliprt.language.text import MAX_CHARACTERS, about, has_control_characters
from cliprt.language.wordings import Wording, load_wordings, merged, normalised, save_wordings
from cliprt.types import Primitive, Reading
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import by_phrase

_log = logging.getLogger(__name__)
_Stamp = tuple[int, int, int] | None


class PhrasebookInterpreter(Interpreter):
    """Confirmed wordings, from files (format: :mod:`cliprt.language.wordings`).

    Args:
        vocabulary: What a wording may mean.
        phrasebook: The file that grows when somebody confirms a wording; need not exist.  "" =
            what is learned is forgotten at the end.
        phrasebooks: Files of other people, read too and never written.
        person: Who is speaking, noted beside what they confirm.

    Raises:
        VocabularyError: A file has a mistake or is about another vocabulary.
    """

    incidental_options = ("phrasebook", "person")

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        phrasebook: str = "",
        phrasebooks: Sequence[str] = (),
        person: str = "",
    ) -> None:
        self._vocabulary = vocabulary
        self._own = Path(phrasebook) if phrasebook else None
        self._person = person
        self._learned: tuple[Wording, ...] = ()
        self._stamps: dict[Path, _Stamp] = {}
        self._rows: dict[Path, tuple[Wording, ...]] = {}
        for one in map(Path, phrasebooks):
            self._rows[one], self._stamps[one] = load_wordings(one, vocabulary), _stamp(one)
        if self._own:
            self._rows[self._own] = self._load_own()
            self._stamps[self._own] = _stamp(self._own)
        self._index()

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """Everything that is known, of all files."""
        return merged(row for rows in (*self._rows.values(), self._learned) for row in rows)

    @property
    def examples(self) -> tuple[tuple[str, tuple[Primitive, ...]], ...]:
        """Wordings that nobody contradicts, with what they mean."""
        self._reload_what_changed()
        return tuple((s, meanings[0]) for s, meanings in self._meanings.items() if not meanings[1:])

    def read(self, utterance: str) -> Reading:
        """A stop or done word, a vocabulary phrase, or a confirmed wording; a question else."""
        if about(utterance) == "stop":
            return Reading(utterance, "stop", source="phrasebook", reason="a stop word")
        if about(utterance) == "done":
            return Reading(utterance, "done", source="phrasebook", reason="the task is finished")
        meanings = self.meanings(utterance)
        if len(meanings) == 1:
            reason = ", then ".join(p.phrase for p in meanings[0])
            return Reading(utterance, "move", meanings[0], source="phrasebook", reason=reason)
        if meanings:
            firsts = tuple(dict.fromkeys(meaning[0] for meaning in meanings))[:MAX_OFFERS]
            reason = "People meant different things by that: which one?"
            return Reading(utterance, "ask", (), firsts, "phrasebook", reason)
        reason = "Nobody has said what that means."
        return Reading(utterance, "ask", source="phrasebook", reason=reason)

    def meanings(self, utterance: str) -> tuple[tuple[Primitive, ...], ...]:
        """What people meant by exactly these words, the most often confirmed first."""
        entry = by_phrase(self._vocabulary, normalised(utterance))
        if entry is not None:
            return ((entry,),)
        if not _can_be_learned(utterance):
            return ()
        self._reload_what_changed()
        return self._meanings.get(normalised(utterance), ())

    def learn(self, utterance: str, primitives: Sequence[Primitive]) -> None:
        """Keep a confirmed wording, on the disk if there is a file.

        Words that steer an episode or do not mean the same every time
        (:mod:`cliprt.language.learning`), phrases of the vocabulary, and motions that are no entry
        of it are not learned.

        Raises:
            StoreError: The file cannot be written, or was given a mistake since it was read.
        """
        is_known = by_phrase(self._vocabulary, normalised(utterance)) is not None
        if is_known or not _can_be_learned(utterance) or not 0 < len(primitives) <= MAX_STEPS:
            return
        if may_be_learned(utterance, tuple(primitives)):
            return
        if not all(primitive in self._vocabulary.primitives for primitive in primitives):
            return
        by = (self._person,) if self._person else ()
        today = datetime.date.today().isoformat()
        said = " ".join(utterance.split())
        row = Wording(said, tuple(p.phrase for p in primitives), 1, by, today)
        if self._own is None:
            self._learned = merged((*self._learned, row))
        else:
            self._rows[self._own] = self._write(self._own, row)
            self._stamps[self._own] = _stamp(self._own)
        self._index()

    def _write(self, path: Path, row: Wording) -> tuple[Wording, ...]:
        # a lock of its own: a run folder is locked for as long as somebody works on it
        with writing(path), folder_lock(path.parent, f".{path.name}.lock"):
            try:
                rows = merged((*self._load_own(), row))
            except VocabularyError as error:
                raise StoreError(
                    f"nothing was learned, and the file is as it was. {error}"
                ) from error
            save_wordings(path, self._vocabulary, rows)
        return rows

    def _load_own(self) -> tuple[Wording, ...]:
        if self._own is None or not self._own.exists():
            return ()
        return load_wordings(self._own, self._vocabulary)

    def _reload_what_changed(self) -> None:
        """Notice what others wrote; a file with a mistake stays as it was read last."""
        changed = [
            path for path, stamp in self._stamps.items() if _stamp(path) not in (stamp, None)
        ]
        for path in changed:
            self._stamps[path] = _stamp(path)
            try:
                self._rows[path] = load_wordings(path, self._vocabulary)
            except VocabularyError as error:
                _log.warning("%s", error)
        if changed:
            self._index()

    def _index(self) -> None:
        rows = sorted(self.wordings, key=lambda row: -row.count)
        found: dict[str, list[tuple[Primitive, ...]]] = {}
        for row in rows:
            found_by = (by_phrase(self._vocabulary, phrase) for phrase in row.means)
            entries = tuple(entry for entry in found_by if entry)
            if not may_be_learned(row.said, entries):  # an older file may have it all the same
                found.setdefault(normalised(row.said), []).append(entries)
        self._meanings = {said: tuple(meanings) for said, meanings in found.items()}


def _can_be_learned(utterance: str) -> bool:
    """Whether it may stand in a phrasebook: words that mean the same whenever they are said."""
    return (
        len(utterance) <= MAX_CHARACTERS
        and not has_control_characters(utterance)
        and any(character.isalnum() for character in normalised(utterance))
        and about(utterance) in ("arm", "go on")
        and not depends_on_situation(utterance)
    )


def _stamp(path: Path) -> _Stamp:
    """What changes whenever a file is written; None where there is none."""
    with contextlib.suppress(OSError):
        status = path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino
    return None
