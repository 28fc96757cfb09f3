"""Recording one episode so that whatever was appended survives the process."""

from __future__ import annotations

import io
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.data.boundary import MOST_STEPS_BYTES, is_folder
from cliprt.data.codec import IMAGES, StoredImage, StoredImages, image_name, seal, to_png, to_record
from cliprt.data.disk import (
    folder_lock,
    make_folder,
    move,
    open_own,
    replace_file,
    sync_folder,
    try_lock,
    write_all,
    write_file,
    writing,
)
from cliprt.data.layout import (
    HEADER,
    SCRATCH,
    STEPS,
    EpisodeHeader,
    StepLine,
    check_id,
    find_episodes,
    is_live,
    load_header,
    to_header_bytes,
)
from cliprt.data.repair import clean_journal
from cliprt.errors import StoreError, did_you_mean
from cliprt.types import Step

if TYPE_CHECKING:
    from typing_extensions import Self


class EpisodeJournal:
    """An episode being recorded; made by :class:`cliprt.data.store.EpisodeStore`.

    The journal holds the lock of its own ``steps.jsonl`` for as long as the process lives, which is
    how `repair` and other writers tell a live recording from one that was left behind.
    """

    def __init__(self, root: Path, header: EpisodeHeader, durable: bool, file: io.FileIO) -> None:
        """Only for `begin` and `resume`, with the locked file of steps."""
        self.header = header
        self._root = root
        self._durable = durable
        self._folder = root / "journal" / header.id
        self._target = root / "episodes" / header.id
        # Closed by the garbage collector at the latest, which frees the lock.
        self._file = file
        self._lines: list[StepLine] = []
        self._is_settled = True

    @classmethod
    def begin(cls, root: Path, header: EpisodeHeader, durable: bool) -> Self:
        """A new recording; see :meth:`cliprt.data.store.EpisodeStore.begin`."""
        check_id(header.id)
        with writing(root / "journal" / header.id), folder_lock(root):
            _check_free(root, header.id)
            for parent in ("journal", "episodes"):
                make_folder(root / parent)
            new = _clear_scratch(root)
            try:
                (new / IMAGES).mkdir(parents=True)
                journal = cls(root, header, durable, io.FileIO(new / STEPS, "a"))
                try_lock(journal._file)
                write_file(new / HEADER, to_header_bytes(header), durable)
                if durable:
                    sync_folder(new)
                move(new, journal._folder, durable)
            except OSError:
                _clear_scratch(root)
                raise
        return journal

    @classmethod
    def resume(cls, root: Path, episode_id: str, durable: bool) -> Self:
        """See :meth:`cliprt.data.store.EpisodeStore.resume_journal`."""
        check_id(episode_id)
        folder = root / "journal" / episode_id
        with writing(folder), folder_lock(root):
            _check_unfinished(root, episode_id)
            if is_live(folder):
                raise _being_recorded(folder)
            header, lines = clean_journal(root, folder)
            file = open_own(folder / STEPS, "a")
            try:
                try_lock(file)
                times = header.meta.get("resumed", 0) + 1
                meta = {**header.meta, "resumed": times}
                journal = cls(
                    root, replace(header, meta=meta, writer_pid=os.getpid()), durable, file
                )
                journal._lines = lines
                journal._write_header(journal.header)
            except OSError:
                file.close()
                raise
        return journal

    @property
    def count(self) -> int:
        """How many steps are safe."""
        return len(self._lines)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is safe, in the end what was committed; images are read when they are looked at."""
        return tuple(line.step for line in self._lines)

    def append(self, step: Step) -> None:
        """Keep one step: its images first, then its line; on return it is safe.

        Raises:
            StoreError: The disk refuses (the earlier steps stay, and the same step can be tried
                again), or the step is not the next one.
        """
        self._check_open()
        if step.index != self.count:
            raise StoreError(
                f"step {step.index} was appended to episode {self.header.id!r} where step"
                f" {self.count} comes next; number the steps 0, 1, 2 ..."
            )
        pngs = {camera: to_png(image) for camera, image in step.observation.images.items()}
        files = {camera: image_name(step.index, camera) for camera in pngs}
        record = to_record(step, {c: (files[c], zlib.crc32(pngs[c])) for c in pngs})
        line = seal(record)
        size = self._size
        if size + len(line) > MOST_STEPS_BYTES:
            raise StoreError(
                f"episode {self.header.id!r} would have more than {MOST_STEPS_BYTES} bytes of"
                " steps; end it, and begin another."
            )
        with writing(self._folder):
            self._settle()
            try:
                for camera, png in pngs.items():
                    write_file(self._folder / files[camera], png, self._durable)
                if self._durable:
                    sync_folder(self._folder / IMAGES)
                write_all(self._file, line, self._durable)
            except OSError:
                self._file.truncate(size)
                for name in files.values():
                    (self._folder / name).unlink(missing_ok=True)
                raise
        place = self._folder
        kept = {c: StoredImage(place / files[c], zlib.crc32(pngs[c]), place) for c in pngs}
        observation = replace(step.observation, images=StoredImages(kept))
        end = size + len(line)
        self._lines.append(StepLine(replace(step, observation=observation), end))

    def retract(self) -> Step:
        """Take back the last step: its line and images go, what was said stays in the header.

        On return it is gone for good; a process that dies before leaves all of it or nothing.

        Returns:
            The step; its images can be read no more.

        Raises:
            StoreError: There is no step, or the disk refuses (the step stays).
        """
        self._check_open()
        if not self._lines:
            raise StoreError(
                f"episode {self.header.id!r} has no step that could be taken back; append one."
            )
        last = self._lines[-1]
        until = self._lines[-2].end if self.count > 1 else 0
        header = self.header.retract(last.step, until)
        with writing(self._folder):
            self._write_header(header)
            self._is_settled = False
            self._file.truncate(until)
            if self._durable:
                os.fsync(self._file.fileno())
            self._lines.pop()
            self.header = header.settle(until)
            self._settle()
            for path in last.image_paths:
                path.unlink(missing_ok=True)
        return last.step

    def commit(self, success: bool | None, meta: Mapping[str, Any] | None = None) -> None:
        """Finish the episode: it appears in the store as a whole, or not at all.

        Args:
            success: Whether the task's condition held; None = nobody judged.
            meta: Added to what the attempt had.

        Raises:
            StoreError: The disk refuses; the journal stays, and commit can be tried again.
        """
        self._check_open()
        header = self.header.commit(self.count, success, meta or {})
        with writing(self._folder), folder_lock(self._root):
            self._write_header(header)
            move(self._folder, self._target, self._durable)
        self.header = header
        self._file.close()
        self._lines = [line.moved(self._target) for line in self._lines]

    def abandon(self) -> None:
        """Throw the recording away, on purpose, as a whole."""
        self._check_open()
        with writing(self._folder), folder_lock(self._root):
            move(self._folder, _clear_scratch(self._root), self._durable)
            self._file.close()
            _clear_scratch(self._root)

    def close(self) -> None:
        """Stop recording without a commit; `repair` will bring the episode back."""
        self._file.close()

    def _check_open(self) -> None:
        if self._file.closed:
            raise StoreError(
                f"the journal of episode {self.header.id!r} is closed; open a new journal."
            )

    @property
    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def _settle(self) -> None:
        """Nothing may be appended while the header on the disk waits for a cut to be made."""
        if not self._is_settled:
            self._write_header(self.header)
            self._is_settled = True

    def _write_header(self, header: EpisodeHeader) -> None:
        replace_file(self._folder / HEADER, to_header_bytes(header), self._durable)


def _clear_scratch(root: Path) -> Path:
    """Where a recording is begun or thrown away, free; the caller holds the lock of `root`."""
    scratch = root / SCRATCH
    if is_folder(scratch):
        shutil.rmtree(scratch)  # follows no link either
    else:
        scratch.unlink(missing_ok=True)
    return scratch


def _check_free(root: Path, episode_id: str) -> None:
    if os.path.lexists(root / "episodes" / episode_id):
        raise StoreError(f"episode {episode_id!r} is already in {root}; choose another id.")
    folder = root / "journal" / episode_id
    if not os.path.lexists(folder):
        return
    if is_live(folder):
        raise _being_recorded(folder)
    raise StoreError(
        f"episode {episode_id!r} was left unfinished by a process that died."
        f" Bring it back first: cliprt episodes repair {root}"
    )


def _check_unfinished(root: Path, episode_id: str) -> None:
    there = find_episodes(root / "journal")
    if episode_id in there:
        return
    finished = " It was finished." if is_folder(root / "episodes" / episode_id) else ""
    raise StoreError(
        f"no unfinished episode {episode_id!r} is in {root}.{finished}"
        f"{did_you_mean(episode_id, there)} Unfinished: {', '.join(there) or 'none'};"
        " begin a new one."
    )


def _being_recorded(folder: Path) -> StoreError:
    return StoreError(
        f"episode {folder.name!r} is being recorded by process {load_header(folder).writer_pid};"
        " wait for it or choose another id."
    )
