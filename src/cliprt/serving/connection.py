"""A robot's connection: there are not too many, and no wait on one is for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from cliprt.protocols.arrays import USUAL, Limits

GOING, TOO_SLOW, NONSENSE = 1001, 1008, 1008
"""Codes with which a connection is closed."""


@dataclass(frozen=True)
class Bounds:
    """What a server's clients may take of it.

    Attributes:
        most_clients: Robots at once; the next are told to come back later.
        answer_s: How long a robot waits for an answer at most [s].
        write_s: How long a client may take to receive an answer [s].
        silent_s: A client that does not answer a ping for so long is gone [s].
        idle_s: A client that asks nothing for so long is left [s].
        open_s: How long a connection may take to say what it wants [s].
        limits: Of one message.
    """

    most_clients: int = 64
    answer_s: float = 60.0
    write_s: float = 10.0
    silent_s: float = 60.0
    idle_s: float = 3600.0
    open_s: float = 10.0
    limits: Limits = USUAL

    @property
    def most_connections(self) -> int:
        """With those that have not said what they want yet; the next are ended at once."""
        return 2 * self.most_clients + 16


class BoundedConnection(ServerConnection):
    """Counted from its first byte on; one too many is ended at once."""

    def __init__(self, *args: Any, alive: set[ServerConnection], most: int, **others: Any) -> None:
        super().__init__(*args, **others)
        self._alive, self._most = alive, most

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        super().connection_made(transport)
        self._alive.add(self)
        if len(self._alive) > self._most:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._alive.discard(self)
        super().connection_lost(exc)


class ClientGone(Exception):  # noqa: N818
    """The other side has left, or was given up."""


class BoundedLine:
    """A websocket whose every wait ends.

    Args:
        socket: Open.
        bounds: How long to wait.
    """

    def __init__(self, socket: ServerConnection, bounds: Bounds) -> None:
        self._socket = socket
        self._bounds = bounds

    async def frames(self) -> AsyncIterator[bytes | str]:
        """What comes, until the other side leaves or asks nothing for too long."""
        while True:
            try:
                yield await asyncio.wait_for(self._socket.recv(), self._bounds.idle_s)
            except asyncio.TimeoutError:
                await self._socket.close(GOING, "nothing was asked for too long")
                return
            except ConnectionClosed:
                return

    async def send(self, frame: bytes | str) -> None:
        """Send a frame.

        Raises:
            ClientGone: The other side has left, or does not receive.
        """
        try:
            await asyncio.wait_for(self._socket.send(frame), self._bounds.write_s)
        except asyncio.TimeoutError:
            self._socket.transport.abort()
            raise ClientGone("slow") from None
        except ConnectionClosed:
            raise ClientGone("left") from None

    async def gone(self) -> None:
        """Wait until the other side has left."""
        await self._socket.wait_closed()
