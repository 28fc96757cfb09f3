"""vla-eval's frames: messages with a type, a payload, a number and a time.

Facts: allenai/vla-evaluation-harness 0.8.0.  The client says hello and is answered with one, then
announces an episode, sends observations, each of which is answered by an action (or an error) of
the same number, and announces the episode's end.  Its pictures come as PNG.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from cliprt.protocols.arrays import USUAL, Limits, MalformedMessage, pack, unpack

PROTOCOL_VERSION = 1
PROMPT = "task_description"
"""The key of the instruction in an observation."""

Kind = Literal["hello", "observation", "action", "episode_start", "episode_end", "error"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: What it is.
        payload: What it says.
        seq: Of the question, also in its answer.
        timestamp: When it was sent, sender's clock [s since 1970].
    """

    kind: Kind
    payload: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    timestamp: float = 0.0


def write(message: Message) -> bytes:
    """A frame."""
    return pack(
        {
            "type": message.kind,
            "payload": dict(message.payload),
            "seq": message.seq,
            "timestamp": message.timestamp,
        },
        text_keys=True,
    )


def read(frame: bytes, limits: Limits = USUAL) -> Message:
    """The message in a frame.

    Raises:
        MalformedMessage: It is none, or holds too much.
    """
    fields = unpack(frame, limits)
    if not isinstance(fields, dict):
        raise MalformedMessage("the message is no map")
    kind, payload = fields.get("type"), fields.get("payload")
    seq, timestamp = fields.get("seq"), fields.get("timestamp")
    if kind not in KINDS:
        raise MalformedMessage(f"the message's type is {kind!r:.40}. Allowed: {', '.join(KINDS)}")
    if not isinstance(payload, dict) or not all(isinstance(key, str) for key in payload):
        raise MalformedMessage("the message's payload is no map whose keys are texts")
    if type(seq) is not int or seq < 0:
        raise MalformedMessage(f"the message's seq is {seq!r:.40}, no number from 0 on")
    if not isinstance(timestamp, int | float) or not math.isfinite(timestamp):
        raise MalformedMessage(f"the message's timestamp is {timestamp!r:.40}, no time")
    return Message(kind, payload, seq, float(timestamp))


def hello(**beside: Any) -> dict[str, Any]:
    """What both sides say of themselves in their first message, and what else they want to say."""
    return {"harness_version": "0.8.0", "protocol_version": PROTOCOL_VERSION, **beside}


def check_version(payload: Mapping[str, Any]) -> None:
    """Raise unless the other side's hello is of this version.

    Raises:
        MalformedMessage: It is not.
    """
    version = payload.get("protocol_version")
    if version != PROTOCOL_VERSION:
        raise MalformedMessage(
            f"the other side speaks version {version!r:.40} of the protocol, and this one version"
            f" {PROTOCOL_VERSION}"
        )
