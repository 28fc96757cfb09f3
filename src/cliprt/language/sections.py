"""The format of the files of words: ``[head: value]``, then what is said, by commas.

A line that begins with ``#`` is a comment, and ``to my|your left`` stands for two phrases.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import product
from pathlib import Path


def sections(path: Path) -> Iterator[tuple[str, str, str]]:
    """(head, value, line) of each line that says something, in composed letters."""
    head = value = ""
    for line in unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).splitlines():
        if line.startswith("["):
            head, _, value = line.strip("[]").partition(": ")
        elif line and not line.startswith("#"):
            yield head, value, line


def listed(line: str) -> Iterator[str]:
    """What is said, one after the other: "to my|your left" is two."""
    for said in line.split(","):
        yield from filter(None, map(" ".join, product(*(w.split("|") for w in said.split()))))
