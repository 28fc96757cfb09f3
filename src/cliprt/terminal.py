"""What reaches a terminal: text, and no signs that would steer it.

A name or a sentence from a file, a model or a server may hold an ESC sequence, which can clear the
screen, hide a line or write into the window's title.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

_STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def clean(text: str) -> str:
    r"""A text whose control characters, but for tabs and line ends, are written out.

    Signs that turn the direction of writing around are among them.

    >>> clean("pick\x1b[2J")
    'pick\\u001b[2J'
    """
    return _STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def clean_streams() -> None:
    """From now on, what this process prints or logs on stdout and stderr is `clean`.

    Only rich, which draws bars and colours, writes past it; what it is given is cleaned where it
    comes from elsewhere.
    """
    sys.stdout, sys.stderr = (cast(TextIO, _Cleaned(x)) for x in (sys.stdout, sys.stderr))


@contextmanager
def cleaned_streams() -> Iterator[None]:
    """`clean_streams` within the block."""
    before = sys.stdout, sys.stderr
    clean_streams()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Cleaned:
    """A text stream that cleans what is written; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream
        """Where rich writes."""

    def write(self, text: str) -> int:
        # A bar of a download begins its line anew.
        start = "\r" if text.startswith("\r") else ""
        self.rich_proxied_file.write(start + clean(text.removeprefix("\r")))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)
