"""The contract of a form in which episodes leave a store, come in, or both."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cliprt.data.boundary import is_folder
from cliprt.data.disk import make_folder, writing
from cliprt.data.raw import ToPrimitive as ToPrimitive
from cliprt.errors import StoreError, UsageError
from cliprt.types import Episode


@dataclass(frozen=True)
class Written:
    """What became of episodes that were written.

    Attributes:
        facts: For programs, JSON values; ``"episodes"`` is how many were written.
        text: The same for people, and what to do with it.
        left_out: Why each of the others was not, a line each.
    """

    facts: Mapping[str, Any]
    text: str
    left_out: tuple[str, ...] = field(default=())


class Format:
    """One form; built with the options that the command line gives it. Has `write`, `read` or both.

    A form that has only one of them inherits the other, which refuses.
    """

    def write(self, episodes: Collection[Episode], folder: Path) -> Written:
        """Write episodes into a folder that is made for them.

        What is half written when the process dies is not taken for a whole.

        Args:
            episodes: May be gone through more than once; they are read from the disk each time,
                and their pictures when they are looked at.  Failed ones are not among them.
            folder: Not there yet, or empty.

        Raises:
            StoreError: Nothing to write, or the folder holds something, or cannot be written.
            UsageError: The options do not fit what the episodes have.
        """
        raise UsageError(
            "episodes of this form are only read. To write them, choose another --format."
        )

    def read(self, path: Path, to_primitive: ToPrimitive) -> Iterator[Episode | StoreError]:
        """The episodes at `path`, in order, and in the place of one that cannot be read, why.

        Args:
            path: What a person named: a folder or file, or a name where the form knows such.
            to_primitive: Gives phrases and labels.

        Raises:
            StoreError: There is nothing of this form.
            UsageError: The options do not fit what is there.
        """
        raise UsageError(
            "episodes of this form are only written. To read some, choose another --format."
        )


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder that takes the place of `folder` once it is whole, by one rename.

    Until then it is beside it, as ``.<name>.new``; what a killed process left there is removed.

    Raises:
        StoreError: There is something at `folder`, another process is writing it, or it cannot be
            written.
    """
    folder = Path(os.path.abspath(folder))
    _check_free(folder)
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = folder.with_name(f".{folder.name}.new")
        with _held(new):
            try:
                for left in new.iterdir():
                    shutil.rmtree(left) if is_folder(left) else left.unlink()
                yield new
                new.rename(folder)  # which may be there, but is empty
            except BaseException:
                shutil.rmtree(new, ignore_errors=True)
                raise


def _check_free(folder: Path) -> None:
    there = os.path.lexists(folder)
    if there and not (is_folder(folder) and not any(folder.iterdir())):
        raise StoreError(
            f"{folder} is there already; choose another folder, nothing is overwritten."
        )


@contextmanager
def _held(new: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made; the kernel frees it when the holder dies."""
    make_folder(new)
    descriptor = os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(descriptor), os.lstat(new)):
            raise BlockingIOError
        yield
    except BlockingIOError:
        raise StoreError(f"another process is writing {new}; wait for it.") from None
    finally:
        os.close(descriptor)
