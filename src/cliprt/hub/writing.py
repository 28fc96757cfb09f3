"""Pieces of Markdown that say what they are given, whatever signs are in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_LONGEST = 200
_SIGNS = re.compile(r"[\\`*\[\]<>|#]")


@dataclass(frozen=True)
class Described:
    """What a card says of one kind of thing.

    Attributes:
        sections: Markdown, the title first.
        tags: Beside those of every card.
        front: Further front matter, as the Hub understands it.
    """

    sections: Sequence[str]
    tags: Sequence[str] = ()
    front: Mapping[str, Any] = field(default_factory=dict)


def plain(value: object) -> str:
    """A value as it stands, on one line.

    >>> plain("a|b\\n<i>")
    'a\\\\|b \\\\<i\\\\>'
    """
    text = " ".join(str(value).split())
    return _SIGNS.sub(lambda found: f"\\{found[0]}", text[:_LONGEST])


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; its cells are `plain`."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(map(plain, row))} |" for row in rows]
    return "\n".join(lines)


def console(*commands: str) -> str:
    """Commands, each on its line."""
    return "\n".join(["```console", *(f"$ {command}" for command in commands), "```"])
