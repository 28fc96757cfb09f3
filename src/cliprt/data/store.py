"""The episode store: what was recorded is never lost, and never half there.

Every step is on the disk before `append` returns, every episode is committed by one rename, and
whatever a killed process leaves behind is brought back by `repair`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from cliprt.data.boundary import is_folder
from cliprt.data.codec import corrupt
from cliprt.data.disk import folder_lock, move, writing
from cliprt.data.journal import EpisodeJournal
from cliprt.data.layout import (
    HEADER,
    STEPS,
    EpisodeHeader,
    check_id,
    find_episodes,
    is_safe_id,
    load_header,
    scan_steps,
)
from cliprt.data.repair import RepairReport, quarantine, repair_store
from cliprt.errors import StoreError, did_you_mean
from cliprt.types import Attempt, Episode


class EpisodeStore:
    """A folder of episodes; see :mod:`cliprt.data.layout` for how it lies on the disk.

    Several processes may record into one store at once, each its own episodes.  Nothing is written
    before the first journal is opened.

    Args:
        path: The store's folder.
        durable: Wait for the disk at every step, so that not even a power cut loses one.  False
            survives the death of the process only, for episodes that can be made again.
    """

    def __init__(self, path: str | Path, durable: bool = True) -> None:
        self.path = Path(path)
        self.durable = durable

    def __contains__(self, episode_id: object) -> bool:
        is_id = isinstance(episode_id, str) and is_safe_id(episode_id)
        return is_id and is_folder(self.path / "episodes" / str(episode_id))

    def ids(self) -> tuple[str, ...]:
        """Ids of the committed episodes, in natural order (``pick-2`` before ``pick-10``)."""
        return tuple(find_episodes(self.path / "episodes"))

    def unfinished(self) -> tuple[str, ...]:
        """Ids that are being recorded, or were left behind by a process that died."""
        return tuple(find_episodes(self.path / "journal"))

    def header(self, episode_id: str) -> EpisodeHeader:
        """Everything about a committed episode but its steps.

        Raises:
            StoreError: There is no such episode, or its header is damaged.
        """
        return load_header(self._folder(episode_id))

    def headers(self) -> tuple[EpisodeHeader, ...]:
        """The headers of all committed episodes that can be read, in the order of `ids`.

        No step and no image is read; `survey` tells of the others.
        """
        return self.survey()[0]

    def survey(self) -> tuple[tuple[EpisodeHeader, ...], dict[str, StoreError]]:
        """The headers that can be read, and of the other episodes, by id, why they cannot."""
        headers, bad = [], {}
        for episode_id in self.ids():
            try:
                headers.append(self.header(episode_id))
            except StoreError as error:
                bad[episode_id] = error
        return tuple(headers), bad

    def load(self, episode_id: str) -> Episode:
        """A committed episode; its images are decoded when they are looked at.

        Raises:
            StoreError: There is no such episode, or it is damaged.
        """
        folder = self._folder(episode_id)
        header = load_header(folder)
        steps = tuple(line.step for line in scan_steps(folder))
        if len(steps) != header.steps:
            raise corrupt(folder / STEPS, f"{len(steps)} of {header.steps} steps are there")
        return Episode(
            id=header.id,
            task=header.task,
            instruction=header.instruction,
            seed=header.seed,
            source=header.source,
            steps=steps,
            success=header.success,
            meta=header.meta,
        )

    def readable(self, ids: Iterable[str]) -> Iterator[Episode]:
        """Those of these episodes that can be read; `repair` tells what the others lack."""
        for episode_id in ids:
            with suppress(StoreError):
                yield self.load(episode_id)

    def begin(self, attempt: Attempt) -> EpisodeJournal:
        """Begin to record an episode.

        Raises:
            StoreError: The id is taken, unfinished, being recorded or unsafe, or the folder cannot
                be written.
        """
        header = EpisodeHeader(
            id=attempt.id,
            task=attempt.task,
            instruction=attempt.instruction,
            seed=attempt.seed,
            source=attempt.source,
            meta=dict(attempt.meta),
            recorded_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            writer_pid=os.getpid(),
        )
        return EpisodeJournal.begin(self.path, header, self.durable)

    def resume_journal(self, id: str) -> EpisodeJournal:
        """Go on recording what a process that died left unfinished.

        Its whole steps are in `EpisodeJournal.steps`; a torn one is in ``quarantine/``.
        ``meta["resumed"]`` counts how often that happened.

        Raises:
            StoreError: There is no such recording, it is going on, or nothing of it is readable
                (then it is in ``quarantine/`` and the id is free).
        """
        return EpisodeJournal.resume(self.path, id, self.durable)

    def write_episode(self, episode: Episode) -> None:
        """Store an episode that is already complete.

        Raises:
            StoreError: As `begin` and `EpisodeJournal.append`; nothing of it is left then.
        """
        e = episode
        attempt = Attempt(e.id, e.task, e.instruction, e.seed, e.source, meta=e.meta)
        journal = self.begin(attempt)
        try:
            for step in e.steps:
                journal.append(step)
            journal.commit(e.success)
        except StoreError:
            journal.abandon()
            raise

    def set_aside(self, episode_id: str) -> Path:
        """Move a committed episode out of the way, into ``quarantine/``, so that its id is free.

        Raises:
            StoreError: There is no such episode, or the folder cannot be written.
        """
        folder = self._folder(episode_id)
        with writing(self.path), folder_lock(self.path):
            return quarantine(self.path, folder)

    def make_room(self, episode_id: str) -> None:
        """Have an id free: what a process that died began is thrown away, the rest set aside.

        Raises:
            StoreError: It is being recorded, or the folder cannot be written.
        """
        if episode_id in self.unfinished():
            self.resume_journal(episode_id).abandon()
        if episode_id in self:
            self.set_aside(episode_id)

    def rename(self, episode_id: str, new_id: str) -> None:
        """Give a recording another id, finished or not; one that has the new id already stays.

        Raises:
            StoreError: The new id is unsafe, or the folder cannot be written.
        """
        check_id(new_id)
        with writing(self.path), folder_lock(self.path):
            for parent in ("episodes", "journal"):
                folder = self.path / parent / episode_id
                if is_folder(folder) and new_id not in (*self.ids(), *self.unfinished()):
                    move(folder, folder.with_name(new_id), self.durable)

    def repair(self) -> RepairReport:
        """Bring back what a killed process or a damaged disk left (:mod:`cliprt.data.repair`).

        Raises:
            StoreError: The folder cannot be written.
        """
        return repair_store(self.path)

    def _folder(self, episode_id: str) -> Path:
        check_id(episode_id)
        folder = self.path / "episodes" / episode_id
        if os.path.lexists(folder):
            return folder
        ids = self.ids()
        if episode_id in self.unfinished():
            hint = f" It was not finished; bring it back: cliprt episodes repair {self.path}"
        else:
            hint = f"{did_you_mean(episode_id, ids)} It holds {len(ids)} episodes:"
            hint += f" cliprt episodes ls {self.path}"
        raise StoreError(f"there is no episode {episode_id!r} in {self.path}.{hint}")


def find_store(path: str | Path) -> EpisodeStore:
    """The store at `path`, or in the run folder at `path`.

    Raises:
        StoreError: There is none.
    """
    inner = Path(path) / "episodes"
    for root in (inner, Path(path)) if not inner.is_symlink() else (Path(path),):
        if any(_is_parent(root / name) for name in ("episodes", "journal")):
            return EpisodeStore(root)
    raise StoreError(
        f"there is no episode store in {path}. Give a run folder or its episodes/ folder,"
        " e.g. runs/my_run; cliprt collect makes one. Links in it are not followed: name what they"
        " point to."
    )


def _is_parent(folder: Path) -> bool:
    # An episode may itself be called "episodes"; it has a header.
    return is_folder(folder) and not os.path.lexists(folder / HEADER)
