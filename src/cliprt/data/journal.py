"""Recording one episode so that whatever was appended survives the process."""

from __future__ import annotations

import io
import os
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cliprt.data.codec import seal, to_png, to_record
from cliprt.data.disk import (
    folder_lock,
    move,
    replace_file,
    sync_folder,
    try_lock,
    write_all,
    write_file,
    writing,
)
from cliprt.data.layout import (
    HEADER,
    IMAGES,
    STEPS,
    EpisodeHeader,
    check_id,
    image_name,
    load_header,
    to_header_bytes,
)
from cliprt.errors import StoreError
from cliprt.types import Step


class EpisodeJournal:
    """An episode being recorded; made by :meth:`cliprt.data.store.EpisodeStore.open_journal`.

    The journal holds the lock of its own ``steps.jsonl`` for as long as the process lives, which is
    how `repair` and other writers tell a live recording from one that was left behind.
    """

    def __init__(self, root: Path, header: EpisodeHeader, durable: bool) -> None:
        check_id(header.id)
        self.header = header
        self._root = root
        self._durable = durable
        self._folder = root / "journal" / header.id
        self._target = root / "episodes" / header.id
        self._count = 0
        with writing(self._folder), folder_lock(root):
            self._check_free()
            (self._folder / IMAGES).mkdir(parents=True)
            self._target.parent.mkdir(exist_ok=True)
            # Closed by the garbage collector at the latest, which frees the lock.
            self._steps = io.FileIO(self._folder / STEPS, "a")
            try:
                try_lock(self._steps)
                replace_file(self._folder / HEADER, to_header_bytes(header), durable)
                if durable:
                    sync_folder(self._folder.parent)
            except OSError:
                self._discard()
                raise

    @property
    def count(self) -> int:
        """How many steps are safe."""
        return self._count

    def append(self, step: Step) -> None:
        """Keep one step: its images first, then its line; on return it is safe.

        Raises:
            StoreError: The disk refuses (the earlier steps stay, and the same step can be tried
                again), or the step is not the next one.
        """
        self._check_open()
        if step.index != self._count:
            raise StoreError(
                f"step {step.index} was appended to episode {self.header.id!r} where step"
                f" {self._count} comes next; number the steps 0, 1, 2 ..."
            )
        pngs = {camera: to_png(image) for camera, image in step.observation.images.items()}
        files = {camera: image_name(step.index, camera) for camera in pngs}
        record = to_record(step, {c: (files[c], zlib.crc32(pngs[c])) for c in pngs})
        line = seal(record)
        size = os.fstat(self._steps.fileno()).st_size
        with writing(self._folder):
            try:
                for camera, png in pngs.items():
                    write_file(self._folder / files[camera], png, self._durable)
                if self._durable:
                    sync_folder(self._folder / IMAGES)
                write_all(self._steps, line, self._durable)
            except OSError:
                self._steps.truncate(size)
                for name in files.values():
                    (self._folder / name).unlink(missing_ok=True)
                raise
        self._count += 1

    def commit(self, success: bool | None, meta: Mapping[str, Any] | None = None) -> None:
        """Finish the episode: it appears in the store as a whole, or not at all.

        Args:
            success: Whether the task's condition held; None = nobody judged.
            meta: Added to what `open_journal` was given.

        Raises:
            StoreError: The disk refuses; the journal stays, and commit can be tried again.
        """
        self._check_open()
        header = self.header.commit(self._count, success, meta or {})
        with writing(self._folder), folder_lock(self._root):
            replace_file(self._folder / HEADER, to_header_bytes(header), self._durable)
            move(self._folder, self._target, self._durable)
        self.header = header
        self._steps.close()

    def abandon(self) -> None:
        """Throw the recording away, on purpose."""
        self._check_open()
        with writing(self._folder), folder_lock(self._root):
            self._discard()

    def close(self) -> None:
        """Stop recording without a commit; `repair` will bring the episode back."""
        self._steps.close()

    def _discard(self) -> None:
        shutil.rmtree(self._folder)
        self._steps.close()

    def _check_open(self) -> None:
        if self._steps.closed:
            raise StoreError(
                f"the journal of episode {self.header.id!r} is closed; open a new journal."
            )

    def _check_free(self) -> None:
        if self._target.exists():
            raise StoreError(
                f"episode {self.header.id!r} is already in {self._root}; choose another id."
            )
        if not self._folder.exists():
            return
        if is_live(self._folder):
            pid = load_header(self._folder).writer_pid
            raise StoreError(
                f"episode {self.header.id!r} is being recorded by process {pid};"
                " wait for it or choose another id."
            )
        raise StoreError(
            f"episode {self.header.id!r} was left unfinished by a process that died."
            f" Bring it back first: cliprt episodes repair {self._root}"
        )


def is_live(folder: Path) -> bool:
    """Whether some process is recording in a journal's folder at this moment."""
    if not (folder / STEPS).is_file():
        return False
    with io.FileIO(folder / STEPS, "r") as file:
        return not try_lock(file)
