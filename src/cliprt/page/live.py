"""The live line of a browser tab: pictures out, acknowledgements and STOP in.

One websocket a tab.  A camera's next picture leaves only when the tab has drawn the last one, and
is then the newest there is: a slow tab sees fewer pictures, never late ones.  The acknowledgements
are the tab's sign of life; where no picture is under way the tab is asked for one.  Each says
whether the tab is shown: only a page of ours that shows itself takes part in who steers.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from cliprt.page.control import Control
from cliprt.page.messages import Frame, Line

PATH = "/cameras"

ASK_EVERY_S = 0.5
"""How often a tab is asked for a sign of life."""

SILENT_S = 10.0
"""A line that says nothing for so long is closed, though it is asked all the time."""

NO_PAGE = 4404
"""Why a line is closed at once: it belongs to no page, or to one that is gone."""

LONGEST_MESSAGE = 200
"""Characters that a tab may send at once."""

_HEADER = struct.Struct(">BId")
"""Length of the camera's name, number of the picture, robot's clock [s]; the name, the JPEG."""


def pack_frame(frame: Frame) -> bytes:
    """A picture as it goes over the line."""
    name = frame.camera.encode()
    return _HEADER.pack(len(name), frame.number, frame.time_s) + name + frame.jpeg


class LiveLines:
    """The live lines of all tabs.

    Args:
        control: Told who is there.
        on_stop: Called when STOP is pressed in any tab, whether it steers or watches.
        on_lost: Called when the tab that steered is gone.
        on_change: Called when tabs come or go.
        is_page: Whether a page of this name was built here and is still open.
        note: Told of what no page of ours says.
    """

    def __init__(
        self,
        control: Control,
        on_stop: Callable[[], None],
        on_lost: Callable[[], None],
        on_change: Callable[[], None],
        is_page: Callable[[str], bool],
        note: Callable[[Exception], None],
    ) -> None:
        self._control = control
        self._on_stop = on_stop
        self._on_lost = on_lost
        self._on_change = on_change
        self._is_page = is_page
        self._note = note
        self._lines: dict[str, _Line] = {}
        self._pictures: dict[str, _Picture] = {}
        self._count = 0
        self._asked_about: dict[str, int] = {}
        self._drawing = ""

    def show(self, frame: Frame) -> None:
        """Send a picture to every tab, as soon as each is ready for it."""
        self._count += 1  # the desk's own numbers begin again with every desk
        picture = self._pictures[frame.camera] = _Picture(self._count, pack_frame(frame))
        for line in self._lines.values():
            line.show(frame.camera, picture)

    def mark(self) -> None:
        """A question is asked about the pictures that came last."""
        self._asked_about = {name: one.number for name, one in self._pictures.items()}

    def has_drawn(self, tab: str) -> bool:
        """Whether a tab has drawn what the latest question is about, or newer pictures."""
        drawn = self._lines[tab].drawn if tab in self._lines else {}
        return all(drawn.get(name, 0) >= least for name, least in self._asked_about.items())

    def draw(self, drawing: Mapping[str, tuple[Line, ...]]) -> None:
        """Draw lines into the pictures, instead of those before."""
        text = json.dumps({"drawing": dict(drawing)})
        if text == self._drawing:
            return
        self._drawing = text
        for line in self._lines.values():
            line.tell(text)

    async def serve(self, websocket: WebSocket) -> None:
        """Be one tab's line until it closes."""
        tab = websocket.query_params.get("tab", "")
        await websocket.accept()
        if not self._is_page(tab):
            await websocket.close(NO_PAGE)
            return
        line = self._lines[tab] = _Line(websocket)
        if self._drawing:
            line.tell(self._drawing)
        for camera, picture in self._pictures.items():
            line.show(camera, picture)
        sending = asyncio.create_task(line.send_all())
        try:
            while self._lines.get(tab) is line and self._is_page(tab):
                text = await asyncio.wait_for(websocket.receive_text(), SILENT_S)
                self._hear(tab, line, text)
        except (WebSocketDisconnect, RuntimeError, asyncio.TimeoutError):
            pass  # it has gone, perhaps while something was sent
        except (ValueError, KeyError) as error:  # it does not speak as our page does
            self._note(error)
        finally:
            sending.cancel()
            with suppress(WebSocketDisconnect, RuntimeError):
                await websocket.close(NO_PAGE)
            if self._lines.get(tab) is line:
                del self._lines[tab]
                if self._control.leave(tab):
                    self._on_lost()
                self._on_change()

    async def watch_silence(self) -> None:
        """Notice a tab whose connection stands but that says nothing; runs until cancelled."""
        while True:
            await asyncio.sleep(ASK_EVERY_S / 2)
            if self._control.sweep():
                self._on_lost()
                self._on_change()

    def _hear(self, tab: str, line: _Line, text: str) -> None:
        if len(text) > LONGEST_MESSAGE:
            raise ValueError("too long")
        message: Any = json.loads(text)
        if not isinstance(message, dict):
            raise ValueError("not an object")
        if "stop" in message:
            self._on_stop()
        if "ack" in message:
            line.acknowledge(str(message["ack"]))
        knew = self._control.is_connected(tab)
        self._control.beat(tab, message.get("shown") is True)
        if self._control.is_connected(tab) != knew:
            self._on_change()


@dataclass(frozen=True)
class _Picture:
    number: int
    packed: bytes


class _Line:
    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._pictures: dict[str, _Picture] = {}
        self._under_way: dict[str, int] = {}
        self.drawn: dict[str, int] = {}
        """Camera -> number of the picture that the tab has drawn."""
        self._texts: list[str] = []
        self._news = asyncio.Event()

    def show(self, camera: str, picture: _Picture) -> None:
        self._pictures[camera] = picture
        self._news.set()

    def tell(self, text: str) -> None:
        self._texts.append(text)
        self._news.set()

    def acknowledge(self, camera: str) -> None:
        if camera in self._under_way:
            self.drawn[camera] = self._under_way.pop(camera)
        self._news.set()

    async def send_all(self) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                self._news.clear()
                await self._send_what_waits()
                try:
                    await asyncio.wait_for(self._news.wait(), ASK_EVERY_S)
                except asyncio.TimeoutError:
                    await self._websocket.send_text('{"ask": 1}')

    async def _send_what_waits(self) -> None:
        while self._texts:
            await self._websocket.send_text(self._texts.pop(0))
        for camera in [name for name in self._pictures if name not in self._under_way]:
            picture = self._pictures.pop(camera)
            self._under_way[camera] = picture.number
            await self._websocket.send_bytes(picture.packed)
