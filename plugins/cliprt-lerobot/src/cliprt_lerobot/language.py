"""The two columns of language: what the arm does from a moment on, and what is said at one.

`motion` is the phrase of the primitive, said by the assistant; a row stands only where the phrase
changes, since every frame of an episode repeats all of them.  An interjection is what the person
said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from cliprt_lerobot.layout import INTERJECTION, MOTION, Feature

Row = dict[str, Any]

_SAID = [
    pa.field("role", pa.string()),
    pa.field("content", pa.string()),
    pa.field("style", pa.string()),
]
_ABOUT = [
    pa.field("camera", pa.string()),
    pa.field("tool_calls", pa.list_(pa.string())),
]
PERSISTENT_TYPE = pa.list_(pa.struct([*_SAID, pa.field("timestamp", pa.float32()), *_ABOUT]))
EVENTS_TYPE = pa.list_(pa.struct([*_SAID, *_ABOUT]))

FEATURE = Feature("language", (1,))
"""What ``info.json`` says of either column."""


def motion_rows(phrases: Sequence[str], fps: float) -> list[Row]:
    """What every frame of an episode keeps of its phrases (n), one a frame.

    A frame without a phrase ends the one before.

    >>> [(row["content"], row["timestamp"]) for row in motion_rows(["up", "up", "", "left"], 2)]
    [('up', 0.0), ('', 1.0), ('left', 1.5)]
    """
    changes = (
        index
        for index, phrase in enumerate(phrases)
        if phrase != (phrases[index - 1] if index else "")
    )
    return [_row("assistant", phrases[i], MOTION) | {"timestamp": i / fps} for i in changes]


def repeated(rows: Sequence[Row], frames: int) -> pa.Array:
    """The same rows on each of so many frames."""
    return pa.array([rows], PERSISTENT_TYPE).take(pa.array([0] * frames, pa.int32()))


def event_rows(said: Sequence[str]) -> list[list[Row]]:
    """What a person said at each frame (n); none where nobody spoke."""
    return [[_row("user", text, INTERJECTION)] if text else [] for text in said]


def _row(role: str, content: str, style: str) -> Row:
    return {"role": role, "content": content, "style": style, "camera": None, "tool_calls": None}
