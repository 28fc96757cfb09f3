"""Where a data set is: a folder of this machine, or a name on the Hugging Face Hub."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.errors import MissingExtraError, StoreError

NUMBERS = ("meta/*", "data/*")
"""Everything but videos."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


@dataclass(frozen=True)
class Located:
    """A data set on this machine.

    Attributes:
        root: Its folder.
        revision: Of the Hub, a commit; "" = it is a folder of somebody's own.
    """

    root: Path
    revision: str = ""

    @property
    def linked(self) -> bool:
        """Whether its files are links into the cache of downloads."""
        return bool(self.revision)


def locate(
    name: str, revision: str = "", only: Sequence[str] = (), download: bool = True
) -> Located:
    """The folder of that name, or the data set that the Hub calls so, brought into its cache.

    Args:
        name: ``path/to/folder``, or ``user/name``.
        revision: Of the Hub: a branch, tag or commit; "" = the newest.
        only: Patterns of the files that are needed; none = all.
        download: Whether the Hub may be asked; else only what was downloaded before is used.

    Raises:
        StoreError: There is neither, or the Hub cannot be reached.
        MissingExtraError: huggingface_hub is not installed.
    """
    path = Path(name)
    if path.is_dir():
        return Located(path)
    if not _NAME.fullmatch(name):
        raise StoreError(
            f"there is no folder {name}. Give the folder of a LeRobot data set, or its name on the"
            " Hub: user/name"
        )
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingExtraError(
            "data sets come from the Hub by huggingface_hub: pip install huggingface_hub"
        ) from error
    options: dict[str, Any] = {
        "repo_type": "dataset",
        "revision": revision or None,
        "allow_patterns": list(only) or None,
    }
    try:
        root = _fetched(huggingface_hub.snapshot_download, name, download, options)
    except Exception as error:  # its errors are of many kinds, and of those that it is built on
        at = f" at {revision}" if revision else ""
        if not download:
            raise StoreError(
                f"there is no folder {name}, and no data set of that name{at} was downloaded from"
                " the Hub before. To let it be: download=true"
            ) from error
        raise StoreError(
            f"there is no folder {name}, and the Hub gave no data set of that name{at}:"
            f" {_reason(error)}. Check the name, and whether this machine is online."
        ) from error
    return Located(Path(root), Path(root).name)


def _fetched(
    fetch: Callable[..., str], name: str, download: bool, options: Mapping[str, Any]
) -> str:
    """The folder of a data set; without the Hub where it may not be asked, or cannot be."""
    if not download:
        return fetch(name, **options, local_files_only=True)
    try:
        return fetch(name, **options)
    except Exception:
        with contextlib.suppress(Exception):  # the first error says more
            return fetch(name, **options, local_files_only=True)
        raise


def _reason(error: Exception) -> str:
    """What an error of the Hub says, in a line."""
    return next((line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()), "?")
