"""A policy's server: one event loop, two protocols, until Ctrl-C.

``/openpi`` and ``/vla_eval`` speak these protocols, ``/`` the one that is chosen; ``/healthz`` says
that the server lives and ``/metrics`` what it has done.  A robot is answered or told why not; what
it does then is its own: ours stands still.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.http11 import Request, Response

from cliprt.errors import ServerError
from cliprt.protocols import ProtocolName
from cliprt.protocols.arrays import MalformedMessage
from cliprt.serving.access import OPEN_PATHS, Access
from cliprt.serving.batching import Batcher
from cliprt.serving.connection import (
    NONSENSE,
    BoundedConnection,
    BoundedLine,
    Bounds,
    ClientGone,
)
from cliprt.serving.metrics import Metrics
from cliprt.serving.observing import Keys, read_observation
from cliprt.serving.served import ServedPolicy
from cliprt.serving.session import Answer, TooMuchNonsense, talk_openpi, talk_vla_eval

TALKS = {"openpi": talk_openpi, "vla_eval": talk_vla_eval}

METRICS = "/metrics"

LEAVE_S = 3.0
"""How long a client may take to say goodbye [s]."""

# The library logs what strangers send, with how it failed; what matters is counted by `Metrics`.
_QUIET = logging.getLogger("cliprt.serving.websockets")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


class PolicyServer:
    """Answers robots by one policy.

    Args:
        policy: Which.
        keys: Protocol -> where its clients' observations have what; the first one is spoken at the
            address without a path.
        access: Who may ask.
        bounds: How much, and how long.
        batch: Robots that are decided for in one pass, at most.
    """

    def __init__(
        self,
        policy: ServedPolicy,
        keys: Mapping[ProtocolName, Keys],
        access: Access,
        bounds: Bounds = Bounds(),  # noqa: B008
        batch: int = 16,
    ) -> None:
        self.metrics = Metrics()
        self._policy = policy
        self._keys = keys
        self._access = access
        self._bounds = bounds
        self._most = batch
        self._batcher = Batcher(policy.propose, batch, self.metrics)

    async def run(
        self, listening: socket.socket, stop: asyncio.Event, welcome: Callable[[], None]
    ) -> None:
        """Answer until `stop` is set.

        Args:
            listening: Where; closed at the end.
            stop: Set from within the event loop.
            welcome: Called once clients may come.
        """
        bounds = self._bounds
        alive: set[ServerConnection] = set()
        working = asyncio.create_task(self._batcher.work())
        stopping = asyncio.create_task(stop.wait())
        try:
            async with serve_websockets(
                self._serve,
                sock=listening,
                process_request=self._judge,
                create_connection=partial(  # type: ignore[arg-type]
                    BoundedConnection, alive=alive, most=bounds.most_connections
                ),
                compression=None,
                max_size=bounds.limits.most_bytes,
                max_queue=1,
                open_timeout=bounds.open_s,
                ping_interval=bounds.silent_s / 3,
                ping_timeout=bounds.silent_s,
                close_timeout=LEAVE_S,
                server_header=None,
                logger=_QUIET,
            ):
                welcome()
                await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
                for connection in [c for c in alive if c.response is None]:
                    connection.transport.abort()  # it has not said what it wants
            if working.done():
                working.result()  # never by itself, but for a bug
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    # Before a connection becomes a websocket

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        """What a request is told that is no robot's; None lets the robot in."""
        path = _path(request)
        headers: dict[str, list[str]] = {}
        for name, value in request.headers.raw_items():
            headers.setdefault(name.lower(), []).append(value)
        if refusal := self._access.refusal(path, headers):
            return self._refuse(connection, {401: "key", 403: "page", 421: "name"}, *refusal)
        if path in OPEN_PATHS:
            return connection.respond(200, "OK\n")
        if path == METRICS:
            memory = self._policy.memory_bytes()
            return connection.respond(200, self.metrics.tell(self._batcher.waiting, memory))
        if self._protocol(path) is None:
            told = f"There is nothing here. Robots ask at: {', '.join(f'/{p}' for p in TALKS)}"
            return self._refuse(connection, {404: "path"}, 404, told)
        if self.metrics.clients >= self._bounds.most_clients:
            told = f"{self._bounds.most_clients} robots are connected, which is all there may be."
            return self._refuse(connection, {503: "full"}, 503, told)
        return None

    def _refuse(
        self, connection: ServerConnection, why: Mapping[int, str], status: int, text: str
    ) -> Response:
        self.metrics.refused[why[status]] += 1
        return connection.respond(status, f"{text}\n")

    def _protocol(self, path: str) -> ProtocolName | None:
        if path == "/":
            return next(iter(self._keys))
        return next((name for name in self._keys if path == f"/{name}"), None)

    # A robot's conversation

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        protocol = self._protocol(_path(connection.request))
        assert protocol is not None
        keys = self._keys[protocol]
        line = BoundedLine(connection, self._bounds)
        offer = {"protocol": protocol, **self._policy.offer(keys)}
        self.metrics.clients += 1
        try:
            ask = partial(self._ask, line, keys)
            await TALKS[protocol](line, offer, ask, self._bounds.limits)
        except ClientGone as left:
            self.metrics.refused["slow"] += str(left) == "slow"
        except TooMuchNonsense as error:
            await connection.close(NONSENSE, str(error))
        except Exception:
            traceback.print_exc(file=sys.stderr)
            await connection.close(1011, "the server failed; its terminal says where")
        finally:
            self.metrics.clients -= 1

    async def _ask(self, line: BoundedLine, keys: Keys, fields: Mapping[str, Any]) -> Answer:
        """The policy's answer to what a client observes.

        Raises:
            MalformedMessage: The observation cannot be read.
            CliprtError: The policy cannot answer, or not in time.
            ClientGone: Nobody waits for the answer any more.
        """
        began_s = time.monotonic()
        try:
            observation, instruction = read_observation(fields, keys)
        except MalformedMessage:
            self.metrics.refused["message"] += 1
            raise
        asking = asyncio.create_task(self._batcher.ask(observation, instruction))
        leaving = asyncio.create_task(line.gone())
        try:
            await asyncio.wait(
                (asking, leaving),
                timeout=self._bounds.answer_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if asking.done():
                answer = self._policy.to_answer(asking.result())
                self.metrics.answered(time.monotonic() - began_s)
                return answer
            if leaving.done():
                raise ClientGone("left")
        except ServerError:
            self.metrics.refused["policy"] += 1
            raise
        finally:
            asking.cancel()
            leaving.cancel()
        self.metrics.refused["late"] += 1
        raise ServerError(
            f"the policy has not answered within {self._bounds.answer_s:g} s. Ask again with a new"
            " observation, of fewer robots at once."
        )


def _path(request: Request) -> str:
    return request.path.partition("?")[0]


def serve(
    server: PolicyServer, listening: socket.socket, welcome: Callable[[], None] = lambda: None
) -> None:
    """Serve until the process is interrupted (or told to end).

    Args:
        server: The policy's.
        listening: Where.
        welcome: Called once robots may come.

    Raises:
        KeyboardInterrupt: Ctrl-C, after the robots were told.
    """
    if asyncio.run(_until_told(server, listening, welcome)) == signal.SIGINT:
        raise KeyboardInterrupt


async def _until_told(
    server: PolicyServer, listening: socket.socket, welcome: Callable[[], None]
) -> int:
    """The signal that ended it."""
    stop, caught = asyncio.Event(), [0]

    def end(number: int) -> None:
        caught[0] = number
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    await server.run(listening, stop, welcome)
    return caught[0]
