"""Connections that can be cut, made deaf and dumb, or slow, all of them at once."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Callable

from cliprt_ur.testing.record import Record


class Network:
    """Every connection of the controller's services.

    Attributes:
        is_silent: Nothing is sent and nothing read, as with the cable pulled.
        delay_s, jitter_s: How late everything comes, each way, give or take.
    """

    def __init__(self, host: str, record: Record) -> None:
        """Without a service.

        Args:
            host: Address to listen at.
            record: Told when lines are opened and closed.
        """
        self.host, self.record = host, record
        self.is_silent, self.delay_s, self.jitter_s = False, 0.0, 0.0
        self.lines: set[Line] = set()
        self._services: dict[int, Callable[[], Line]] = {}
        self._servers: dict[int, asyncio.Server] = {}

    async def serve(self, port: int, build: Callable[[], Line]) -> None:
        """Listen at a port.

        Args:
            port: Where.
            build: A line for each client.

        Raises:
            OSError: The port is taken.
        """
        self._services[port] = build
        loop = asyncio.get_running_loop()
        self._servers[port] = await loop.create_server(
            build, self.host, port, family=socket.AF_INET, reuse_address=True
        )

    def drop(self) -> None:
        """Close every connection; new ones are taken."""
        for line in list(self.lines):
            line.drop()

    def refuse(self) -> None:
        """Close every connection and every port."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        self.drop()

    def set_silent(self, silent: bool) -> None:
        """Pull the cable, or put it back: what came meanwhile is then read."""
        self.is_silent = silent
        for line in list(self.lines):
            line.set_silent(silent)

    async def clear(self) -> None:
        """A network as it should be."""
        self.delay_s = self.jitter_s = 0.0
        if self.is_silent:
            self.set_silent(False)
        for port, build in self._services.items():
            if port not in self._servers:
                await self.serve(port, build)

    def lateness_s(self) -> float:
        """How late the next bytes come."""
        return max(0.0, self.delay_s + random.uniform(-self.jitter_s, self.jitter_s))


class Line(asyncio.Protocol):
    """One connection to a service; subclasses say what they do with what comes."""

    name = "line"

    def __init__(self, network: Network) -> None:
        """Not connected yet."""
        self._network = network
        self._transport: asyncio.Transport | None = None
        self._late: dict[bool, deque[bytes]] = {True: deque(), False: deque()}
        self._due_s = {True: 0.0, False: 0.0}

    def begin(self) -> None:
        """The client is there."""

    def receive(self, data: bytes) -> None:
        """Bytes came."""
        raise NotImplementedError

    def end(self) -> None:
        """The connection is closed."""

    def send(self, data: bytes) -> None:
        """Send bytes; a silent network loses them."""
        self._pass(data, is_in=False)

    def drop(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def set_silent(self, silent: bool) -> None:
        """Stop reading, or read on."""
        if self._transport is None or self._transport.is_closing():
            return
        if silent:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._network.lines.add(self)
        self._network.record.note("link", {"opened": self.name})
        if self._network.is_silent:
            transport.pause_reading()
        self.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        self._network.lines.discard(self)
        self._network.record.note("link", {"closed": self.name})
        self.end()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._pass(data, is_in=True)

    def _pass(self, data: bytes, is_in: bool) -> None:
        network, late = self._network, self._late[is_in]
        if not network.delay_s and not network.jitter_s and not late:
            self._arrive(data, is_in)
            return
        loop = asyncio.get_running_loop()
        # Bytes do not overtake each other.
        self._due_s[is_in] = max(self._due_s[is_in], loop.time() + network.lateness_s())
        late.append(data)
        loop.call_at(self._due_s[is_in], self._arrive_late, is_in)

    def _arrive_late(self, is_in: bool) -> None:
        self._arrive(self._late[is_in].popleft(), is_in)

    def _arrive(self, data: bytes, is_in: bool) -> None:
        if self._transport is None or self._network.is_silent:
            return
        if is_in:
            self.receive(data)
        else:
            self._transport.write(data)


class TextLine(Line):
    """A connection over which lines of text go."""

    greeting = ""

    def __init__(self, network: Network, answer: Callable[[str], str]) -> None:
        """Answer each line; ``""`` = not at all."""
        super().__init__(network)
        self._answer, self._rest = answer, b""

    def begin(self) -> None:
        """Greet."""
        if self.greeting:
            self.send(self.greeting.encode())

    def receive(self, data: bytes) -> None:
        """Answer every whole line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            answer = self._answer(line.decode("utf-8", "replace").strip())
            if answer:
                self.send(answer.encode())
