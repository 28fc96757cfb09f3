"""The server's end of a browser's microphone: sound comes in while a button is held, words go out.

A stop word counts at once, while the person still speaks; the sentence is read when the button is
released.  One chunk is listened to before the next is taken, so a flood of sound waits in the
socket rather than in memory, and all listening is done in threads, so the page never waits for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cliprt.errors import CliprtError, UsageError
from cliprt.language.remarks import Remark
from cliprt.language.stops import is_stop
from cliprt.page.translate import said_by, translator_for
from cliprt.transcribers.audio import LONGEST_S, RATE_HZ
from cliprt.transcribers.interface import Heard, Transcriber

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

LARGEST_CHUNK_BYTES = 64 * 1024
"""Two seconds of sound; a browser sends a tenth of a second at a time."""

IDLE_S = 60.0
"""A line on which nobody speaks for so long is closed; the page opens another to speak."""

_LONGEST = int(LONGEST_S * RATE_HZ)
_REFUSED = 4403


class Microphone:
    """What one browser's microphone has said since its button was pressed.

    Args:
        transcriber: Turns it into words.
    """

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self._spotter = transcriber.spotter()
        self._chunks: list[np.ndarray] = []
        self._samples = 0
        self._has_stopped = False

    def forget(self) -> None:
        """Drop what was said: the next chunk begins a new sentence."""
        self._chunks = []
        self._samples = 0
        self._has_stopped = False
        if self._spotter is not None:
            self._spotter.end()

    def hear(self, pcm: bytes) -> bool:
        """Take the next chunk of sound; whether a stop word was heard in it.

        Says yes once a sentence.

        Args:
            pcm: 16 kHz, mono, int16, little endian.

        Raises:
            UsageError: The chunk is too large or cut in a sample, or the sentence too long.
        """
        if len(pcm) > LARGEST_CHUNK_BYTES or len(pcm) % 2:
            raise UsageError(
                f"a chunk of sound has {len(pcm)} bytes. Allowed: an even number up to"
                f" {LARGEST_CHUNK_BYTES}. Reload the page."
            )
        if self._samples + len(pcm) // 2 > _LONGEST:
            raise UsageError(
                Remark(
                    "That was longer than {seconds} seconds: say one step at a time.",
                    seconds=f"{LONGEST_S:g}",
                )
            )
        chunk = np.frombuffer(pcm, dtype="<i2").astype(np.int16)
        self._chunks.append(chunk)
        self._samples += len(chunk)
        if self._spotter is None or self._has_stopped:
            return False
        self._has_stopped = self._spotter.feed(chunk)
        return self._has_stopped

    def release(self) -> Heard:
        """Read everything that was said, and forget it; after a stop word it is a stop."""
        speech = np.concatenate([*self._chunks, np.zeros(0, np.int16)])
        has_stopped = self._has_stopped
        self.forget()
        heard = self._transcriber.transcribe(speech, RATE_HZ)
        if has_stopped and not is_stop(heard.text):
            return replace(heard, text="stop", confidence=None, alternatives=())
        return heard


async def microphone(
    websocket: WebSocket,
    transcriber: Transcriber,
    is_allowed: Callable[[WebSocket], bool],
    on_stop: Callable[[], None],
) -> None:
    """Serve one browser's microphone until it leaves.

    It sends sound as binary messages, then the text ``end`` (or ``cancel``).  It is told
    ``{"heard": ..., "alternatives": [...], "confidence": ..., "seconds": ...}`` after each ``end``,
    ``{"stop": true}`` when a stop word is heard, and ``{"error": ...}`` with a text for a person.

    Args:
        websocket: Not yet accepted.
        transcriber: Turns speech into words.
        is_allowed: Whether this browser may speak to the robot, asked for every sentence.
        on_stop: Stops the robot; called at once.
    """
    from starlette.websockets import WebSocketDisconnect

    if not is_allowed(websocket):
        await websocket.close(_REFUSED)
        return
    await websocket.accept()
    try:
        await _listen(websocket, transcriber, is_allowed, on_stop)
    except (WebSocketDisconnect, RuntimeError):
        return  # nobody is left to be told
    except asyncio.TimeoutError:
        await websocket.close()


async def _listen(
    websocket: WebSocket,
    transcriber: Transcriber,
    is_allowed: Callable[[WebSocket], bool],
    on_stop: Callable[[], None],
) -> None:
    _ = translator_for(websocket)
    ear = await asyncio.to_thread(Microphone, transcriber)
    try:
        await asyncio.to_thread(transcriber.warm_up)
    except CliprtError as error:
        await _send(websocket, error=_(said_by(error)))
    is_ignored = False  # the rest of a sentence that was refused
    while True:
        message = await asyncio.wait_for(websocket.receive(), IDLE_S)
        if message["type"] != "websocket.receive":
            return
        pcm, text = message.get("bytes"), message.get("text")
        try:
            if pcm is not None and not is_ignored:
                if await asyncio.to_thread(ear.hear, pcm):
                    on_stop()
                    await _send(websocket, stop=True)
            elif text == "end" and not is_ignored:
                await _answer(websocket, ear, is_allowed, on_stop)
        except CliprtError as error:
            is_ignored = pcm is not None
            ear.forget()
            await _send(websocket, error=_(said_by(error)))
        if text in ("end", "cancel"):
            is_ignored = False
            if text == "cancel":
                ear.forget()


async def _answer(
    websocket: WebSocket,
    ear: Microphone,
    is_allowed: Callable[[WebSocket], bool],
    on_stop: Callable[[], None],
) -> None:
    heard = await asyncio.to_thread(ear.release)
    if is_stop(heard.text):
        on_stop()
        await _send(websocket, stop=True)
    if not is_allowed(websocket):
        raise UsageError(Remark("Somebody else is speaking to the robot: you can watch."))
    await _send(
        websocket,
        heard=heard.text,
        alternatives=list(heard.alternatives),
        confidence=heard.confidence,
        seconds=round(heard.seconds, 2),
    )


async def _send(websocket: WebSocket, **values: Any) -> None:
    await websocket.send_text(json.dumps(values))
