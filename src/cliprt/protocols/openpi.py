"""openpi's frames: metadata first, then an observation and its answer, one after the other.

Facts: openpi-client 0.1.2 (Physical-Intelligence/openpi).  All frames are binary MessagePack
maps; a text frame of the server's is an error in words, after which openpi's own server closes.  A
key travels as ``Authorization: Api-Key KEY`` in the header of the upgrade.  There are no sequence
numbers: the answer to a question is the next frame on its connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cliprt.protocols.arrays import USUAL, Limits, MalformedMessage, pack, unpack

PROMPT = "prompt"
"""The key of the instruction in an observation."""


def write(fields: Mapping[str, Any]) -> bytes:
    """A frame of metadata, or an observation."""
    return pack(dict(fields))


def write_answer(actions: np.ndarray, infer_ms: float, **beside: Any) -> bytes:
    """The answer to an observation.

    Args:
        actions: Numbers (k, n), float32.
        infer_ms: How long it took [ms].
        beside: What else is said; openpi's clients pass it on unread.
    """
    timing = {"infer_ms": infer_ms}
    return pack({"actions": actions.astype(np.float32), "server_timing": timing, **beside})


def read(frame: bytes, limits: Limits = USUAL) -> dict[str, Any]:
    """The map in a frame.

    Raises:
        MalformedMessage: It is none, or holds too much.
    """
    fields = unpack(frame, limits)
    if not isinstance(fields, dict) or not all(isinstance(key, str) for key in fields):
        raise MalformedMessage("the message is no map whose keys are texts")
    return fields
