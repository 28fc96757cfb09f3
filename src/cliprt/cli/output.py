"""What a command prints: text for people or JSON for programs, never both on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format text|json`` to a reporting command."""
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text for people, json for programs (default: text)",
    )


def emit(data: Any, fmt: str, text: str) -> None:
    """Print `data` as JSON or `text` as it is on stdout.

    Args:
        data: JSON values only.
        fmt: ``"json"`` or ``"text"``, as ``--format`` gives it.
        text: The same for people.
    """
    print(json.dumps(data, indent=2) if fmt == "json" else text)


def note(text: str) -> None:
    """Print progress or a remark on stderr, where it cannot spoil piped output."""
    print(text, file=sys.stderr, flush=True)
