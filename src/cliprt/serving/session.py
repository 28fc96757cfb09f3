"""The two conversations that a robot may have with a served policy."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

import numpy as np

from cliprt.errors import CliprtError
from cliprt.protocols import openpi, vla_eval
from cliprt.protocols.arrays import Limits, MalformedMessage
from cliprt.protocols.lines import ECHOES, NUMBER

Answer = Mapping[str, Any]
"""``actions`` float32 (k, 8), and what is said beside them."""

Ask = Callable[[Mapping[str, Any]], Awaitable[Answer]]
"""What a client observes -> the policy's answer."""

MOST_MALFORMED = 10
"""After so many messages in a row that were none, a client is left."""


class Line(Protocol):
    """A connection whose every wait has an end."""

    def frames(self) -> AsyncIterator[bytes | str]:
        """What comes, one after the other, until the other side leaves."""

    async def send(self, frame: bytes | str) -> None:
        """Send, or give the connection up."""


class TooMuchNonsense(CliprtError):  # noqa: N818
    """A client that sends nothing but malformed messages."""


class Patience:
    """How many more malformed messages in a row are answered."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def spend(self, error: MalformedMessage) -> None:
        """One more.

        Raises:
            TooMuchNonsense: That was enough.
        """
        self._in_a_row += 1
        if self._in_a_row >= MOST_MALFORMED:
            raise TooMuchNonsense(f"{MOST_MALFORMED} malformed messages in a row") from error

    def restore(self) -> None:
        """A message was fine."""
        self._in_a_row = 0


async def talk_openpi(line: Line, offer: Answer, ask: Ask, limits: Limits) -> None:
    """Metadata, then an answer to each observation; what cannot be answered is said in a text.

    A number that a question has is repeated in its answer, which openpi's own clients never ask
    for and ours do.
    """
    patience = Patience()
    await line.send(openpi.write({**offer, ECHOES: NUMBER}))
    async for frame in line.frames():
        began_s = time.monotonic()
        try:
            question = openpi.read(_binary(frame), limits)
            answer = await ask(question)
        except CliprtError as error:
            await line.send(str(error))
            if isinstance(error, MalformedMessage):
                patience.spend(error)
            continue
        patience.restore()
        beside = {key: value for key, value in answer.items() if key != "actions"}
        if isinstance(number := question.get(NUMBER), int):
            beside[NUMBER] = number
        infer_ms = 1000 * (time.monotonic() - began_s)
        await line.send(openpi.write_answer(answer["actions"], infer_ms, **beside))


async def talk_vla_eval(line: Line, offer: Answer, ask: Ask, limits: Limits) -> None:
    """Hello for hello, then one row of actions for each observation of an episode.

    The rest of a chunk answers the next observations, as vla-eval's own servers do it.
    """
    session = _VlaEval(offer, ask)
    async for frame in line.frames():
        seq = 0
        try:
            message = vla_eval.read(_binary(frame), limits)
            seq = message.seq
            reply = await session.reply(message)
        except CliprtError as error:
            refused = {"error": str(error)}
            await line.send(vla_eval.write(vla_eval.Message("error", refused, seq, time.time())))
            if isinstance(error, MalformedMessage):
                session.patience.spend(error)
            continue
        session.patience.restore()
        if reply is not None:
            await line.send(vla_eval.write(reply))


class _VlaEval:
    """One client's state: the number of its last question, and what is left of a chunk."""

    def __init__(self, offer: Answer, ask: Ask) -> None:
        self.patience = Patience()
        self._offer, self._ask = offer, ask
        self._seq = -1
        self._rows: deque[np.ndarray] = deque()

    async def reply(self, message: vla_eval.Message) -> vla_eval.Message | None:
        """The answer to a message; None where none is expected."""
        if message.kind == "hello":
            vla_eval.check_version(message.payload)
            hello = vla_eval.hello(model_server="cliprt", capabilities={}, **self._offer)
            return vla_eval.Message("hello", hello, message.seq, time.time())
        if message.kind == "observation":
            if message.seq <= self._seq:
                raise MalformedMessage(f"question {message.seq} came after question {self._seq}")
            self._seq = message.seq
            action = await self._act(message.payload)
            return vla_eval.Message("action", action, message.seq, time.time())
        self._rows.clear()  # another episode begins, or this one has ended
        return None

    async def _act(self, observed: Mapping[str, Any]) -> dict[str, Any]:
        beside: dict[str, Any] = {}
        if not self._rows:
            answer = dict(await self._ask(observed))
            self._rows.extend(answer.pop("actions"))
            beside = answer
        return {"actions": self._rows.popleft(), **beside}


def _binary(frame: bytes | str) -> bytes:
    if isinstance(frame, str):
        raise MalformedMessage("the message is a text, not MessagePack in a binary frame")
    return frame
