"""What is taken of a repository: plain names, sizes that fit here, and nothing that runs.

A repository is a stranger's.  Its list of files is judged before any of them is fetched, and every
file is compared with the checksum of that list before anything is put where it will be used.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cliprt.data.boundary import MOST_RECORD_BYTES, is_file
from cliprt.errors import HubError
from cliprt.hub.kinds import Kind, is_plain, kind_of

MOST_FILES = 200_000
MOST_POLICY_BYTES = 64 << 30
"""The weights of the paper's model have 4 GB."""

SPARE_BYTES = 1 << 30
"""What is left free on the disk."""

PICKLED = (".bin", ".ckpt", ".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth")
"""Endings of files that can run a program while they are opened."""

_SHOWN = 3


@dataclass(frozen=True)
class Remote:
    """A file of a repository, as its list says it.

    Attributes:
        name: With its folders, ``/`` between them.
        size: In bytes.
        sha256: Of a large file; "" where the list has `blob` only.
        blob: Git's SHA-1 of a small file.
    """

    name: str
    size: int
    sha256: str = ""
    blob: str = ""


@dataclass(frozen=True)
class Chosen:
    """What is taken of a repository, and what stays there."""

    kind: Kind
    files: tuple[Remote, ...]
    others: tuple[str, ...]

    @property
    def size(self) -> int:
        """Of all files [bytes]."""
        return sum(file.size for file in self.files)


def choose(files: Sequence[Remote], repo_type: str, repo: str, folder: Path) -> Chosen:
    """What of a repository's files is taken into a folder.

    Raises:
        HubError: It is nothing that cliprt uses, or its names, sizes or number are beyond bounds.
    """
    if len(files) > MOST_FILES:
        raise HubError(f"{repo} lists more than {MOST_FILES} files; that is no data set of ours.")
    names = [file.name for file in files]
    kind = kind_of(names, repo_type)
    if kind is None:
        raise _nothing(names, repo)
    taken = tuple(file for file in files if kind.has(file.name))
    for file in taken:
        _check(file, kind, repo)
    _check_room(taken, kind, repo, folder)
    others = (name for name in names if not kind.has(name) and name != ".gitattributes")
    return Chosen(kind, taken, tuple(others))


def _nothing(names: Sequence[str], repo: str) -> HubError:
    pickled = [name for name in names if PurePosixPath(name).suffix in PICKLED]
    if pickled:
        return HubError(
            f"{repo} holds weights or data as {pickled[0]!r}, which can run a program when it is"
            " opened; nothing is taken. Ask for weights.safetensors with a policy.json, as cliprt"
            " hub push sends them."
        )
    return HubError(
        f"{repo} holds nothing that cliprt uses: no policy (policy.json, weights.safetensors), no"
        f" LeRobot data set, no episodes, no shards. It has: {in_short(names) or 'no file'}."
    )


def _check(file: Remote, kind: Kind, repo: str) -> None:
    if not is_plain(file.name):
        raise HubError(
            f"{repo} has a file called {file.name!r:.120}, which is no plain path within a folder;"
            " nothing is taken."
        )
    is_text = file.name.endswith((".json", ".yaml", ".md")) and not file.name.endswith(".tar.json")
    most = MOST_RECORD_BYTES if is_text and kind.name == "policy" else MOST_POLICY_BYTES
    if kind.name != "policy" and not is_text:
        most = 1 << 50
    if not 0 <= file.size <= most:
        raise HubError(
            f"{repo}: {file.name} has {file.size} bytes, and such a file at most {most}; nothing is"
            " taken."
        )
    if not file.sha256 and not file.blob:
        raise HubError(f"{repo}: {file.name} has no checksum; nothing is taken.")


def _check_room(files: Iterable[Remote], kind: Kind, repo: str, folder: Path) -> None:
    near = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    needed, free = sum(file.size for file in files), shutil.disk_usage(near).free
    if needed + SPARE_BYTES > free:
        raise HubError(
            f"{repo} has {in_bytes(needed)}, and {near} room for"
            f" {in_bytes(max(0, free - SPARE_BYTES))}. Free some, or choose another folder: --to"
        )


def differing(files: Iterable[Remote], folder: Path) -> list[Remote]:
    """Those files that are not in a folder as the list says."""
    return [file for file in files if not _is_same(file, folder / file.name)]


def _is_same(file: Remote, path: Path) -> bool:
    if not is_file(path) or path.stat().st_size != file.size:
        return False
    blob = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    found, wanted = (hashlib.sha256(), file.sha256) if file.sha256 else (blob, file.blob)
    with path.open("rb") as opened:
        while piece := opened.read(1 << 20):
            found.update(piece)
    return found.hexdigest() == wanted


def in_short(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def in_bytes(count: float) -> str:
    """A size in words.

    >>> in_bytes(999), in_bytes(5_640_000)
    ('999 bytes', '5.6 MB')
    """
    units: Mapping[str, float] = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3}
    unit = next((name for name, size in units.items() if count >= size), "")
    return f"{count / units[unit]:.1f} {unit}" if unit else f"{int(count)} bytes"
