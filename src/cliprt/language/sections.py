"""The format of the files of words: ``[head: value]``, then lines; ``#`` begins a comment."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path


def sections(path: Path) -> Iterator[tuple[str, str, str]]:
    """(head, value, line) of each line that says something, in composed letters."""
    head = value = ""
    for line in unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).splitlines():
        if line.startswith("["):
            head, _, value = line.strip("[]").partition(": ")
        elif line and not line.startswith("#"):
            yield head, value, line
