"""A connection of the server's: there are not too many, and none waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 200
"""At once, websockets included; the next are ended at once."""

IDLE_S = 10.0
"""How long a connection may stand without a request; one that is not done in twice that ends."""


class BoundedConnection(H11Protocol):
    """HTTP whose headers are bounded too; a websocket leaves it when it begins."""

    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it, and look at it again later."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self.loop.call_later(IDLE_S, self._end_if_idle)

    def _end_if_idle(self) -> None:
        if self not in self.connections:  # it is closed, or a websocket
            return
        if self.cycle is None or self.cycle.response_complete or self.cycle is self._seen:
            self.transport.abort()
            return
        self._seen = self.cycle
        self.loop.call_later(IDLE_S, self._end_if_idle)
