"""The contract of a form in which episodes leave a store, come in, or both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
            f"{type(self).__name__} only reads episodes. To write them, choose another --format."
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
            f"{type(self).__name__} only writes episodes. To read some, choose another --format."
        )


def check_empty(folder: Path) -> None:
    """Raise if there is something in a folder, or in its place.

    Raises:
        StoreError: There is.
    """
    if folder.is_dir() and not folder.is_symlink():
        if not any(folder.iterdir()):
            return
    elif not folder.exists() and not folder.is_symlink():
        return
    raise StoreError(f"{folder} is there already; choose another folder, nothing is overwritten.")
