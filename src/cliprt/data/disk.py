"""Writing that survives: whole files or none, flushed to the disk, with readable errors."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from cliprt.data.boundary import is_file, is_folder
from cliprt.errors import StoreError

_ACTIONS = {
    errno.ENOSPC: "The disk is full: free some space and try again.",
    errno.EDQUOT: "Your quota is used up: free some space and try again.",
    errno.EFBIG: "A file may not grow further: raise the limit (ulimit -f) and try again.",
    errno.EROFS: "It is mounted read-only: choose another folder.",
    errno.EACCES: "You may not write there: choose another folder or change its permissions.",
    errno.EPERM: "You may not write there: choose another folder or change its permissions.",
    errno.ENOTDIR: "A part of the path is a file: choose another folder.",
}

_UNIQUE = 8
"""Digits of a name of its own."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into one sentence for people.

    Raises:
        StoreError: Instead of any OSError.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        action = _ACTIONS.get(error.errno or 0, "Check the folder and try again.")
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}; everything committed is safe."
            f" {action}"
        ) from error


def write_all(file: io.FileIO, data: bytes, durable: bool) -> None:
    """Write every byte; after a short write (the disk just filled up) the next one says why."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    if durable:
        os.fsync(file.fileno())


def write_file(path: Path, data: bytes, durable: bool) -> None:
    """A new file in the place of what was there, which may have been a link; never through it.

    Args:
        path: Of the file.
        data: Its content.
        durable: Wait until the disk has it.
    """
    path.unlink(missing_ok=True)
    with io.FileIO(path, "x") as file:
        write_all(file, data, durable)


def make_folder(path: Path) -> None:
    """Make a folder where it is missing.

    Raises:
        OSError: Something else is there, be it a link to a folder.
    """
    if not is_folder(path):
        path.mkdir()


def replace_file(path: Path, data: bytes, durable: bool) -> None:
    """Like `write_file`, but there is the old content or the new at any moment."""
    new = path.with_name(path.name + ".new")
    try:
        write_file(new, data, durable)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


@contextlib.contextmanager
def beside(path: Path) -> Iterator[io.FileIO]:
    """A file that takes the place of `path` once it is whole, however many write it at once.

    It is `path` with a name of its own and ``.new`` behind; `sweep` removes what a killed process
    left of it.

    Raises:
        OSError: It cannot be written; what was at `path` is still there.
    """
    new, file = make_locked(path)
    with file:
        try:
            yield file
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def sweep(folder: Path) -> None:
    """Remove what processes that are no more left unfinished; see `beside`."""
    for left in folder.glob(f"*.{'[0-9a-f]' * _UNIQUE}.new"):
        with contextlib.suppress(OSError), open_own(left, "a") as file:
            if try_lock(file):
                left.unlink()


def make_locked(path: Path) -> tuple[Path, io.FileIO]:
    """A new file, `path` with a name of its own, whose lock is held: `sweep` lets it be."""
    while True:
        new = path.with_name(f"{path.name}.{uuid.uuid4().hex[:_UNIQUE]}.new")
        file = io.FileIO(new, "x")
        try:
            if try_lock(file) and os.path.samestat(os.fstat(file.fileno()), new.lstat()):
                return new, file
        except FileNotFoundError:  # swept before it was locked
            pass
        except OSError:  # a file system without locks
            return new, file
        file.close()


def move(source: Path, target: Path, durable: bool) -> None:
    """Rename in one stroke; `durable` waits until the disk knows both folders."""
    source.rename(target)
    if durable:
        sync_folder(target.parent)
        sync_folder(source.parent)


def open_own(path: Path, mode: str) -> io.FileIO:
    """A file that is written in place; through no link, and waiting for nobody.

    Raises:
        OSError: It cannot be opened, or is no plain file.
    """
    if os.path.lexists(path) and not is_file(path):
        raise OSError(errno.EINVAL, f"{path.name} is no plain file, move it away")
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return io.FileIO(path, mode, opener=lambda name, how: os.open(name, how | flags, 0o666))


def unshare(path: Path) -> None:
    """Let a file that has other names (hard links) be one of its own, before it is written to."""
    if path.stat().st_nlink > 1:
        replace_file(path, path.read_bytes(), durable=True)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's list of names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def try_lock(file: io.FileIO, shared: bool = False) -> bool:
    """Take the file's lock if nobody has it; the kernel frees it when the holder dies.

    Args:
        file: Open for writing.
        shared: Take it beside others who share it.
    """
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def folder_lock(folder: Path, name: str = ".lock") -> Iterator[None]:
    """Be the only process that adds or moves things in `folder`, for a moment.

    Args:
        folder: Made where it is missing.
        name: Of the lock's file; another name is another lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open_own(folder / name, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Scratch(tempfile.TemporaryDirectory[str]):
    """A temporary folder; what killed processes left of the same kind is removed first.

    Args:
        prefix: Of its name; another prefix is another kind.
    """

    def __init__(self, prefix: str) -> None:
        for stale in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            with contextlib.suppress(OSError):  # another user's, or only just made
                _remove_unheld(stale)
        super().__init__(prefix=prefix, ignore_cleanup_errors=True)
        self._lock = io.FileIO(Path(self.name, "lock.new"), "w")
        try_lock(self._lock)
        Path(self.name, "lock.new").rename(Path(self.name, "lock"))  # nobody ever sees it free

    def cleanup(self) -> None:
        """Remove the folder."""
        super().cleanup()
        self._lock.close()


def _remove_unheld(folder: Path) -> None:
    status = folder.lstat()
    if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid():
        with io.FileIO(folder / "lock") as lock:
            if try_lock(lock):
                shutil.rmtree(folder)
