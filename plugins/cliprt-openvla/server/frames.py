"""openpi's frames over a WebSocket, served from an environment that cliprt does not live in.

Facts: openpi-client 0.1.2.  What is read is bounded and never unpickled; an error is a text frame.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgpack
import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

MOST_BYTES = 8 << 20
MOST_ITEMS = 1000
TYPES = frozenset({"|b1", "|u1", "|i1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "<f4", "<f8"})
SILENT_S = 60.0
"""A client that is silent for longer, or does not answer a ping, is let go."""

MOST_CLIENTS = 8

NUMBER = "seq"
"""Key of a question's number, which its answer repeats, so that cliprt knows them apart."""

Answer = Callable[[Mapping[str, Any]], np.ndarray]
"""An observation -> actions (k, n); a ValueError says what is wrong with it."""


class MalformedFrameError(ValueError):
    """Bytes that are no observation."""


def pack(value: Mapping[str, Any]) -> bytes:
    """A frame: a map of plain values and arrays."""
    return bytes(msgpack.packb(value, default=_from_array))


def unpack(frame: bytes | str) -> dict[str, Any]:
    """The map in a frame.

    Raises:
        MalformedFrameError: It is none, or holds an array that cannot be.
    """
    if isinstance(frame, str) or len(frame) > MOST_BYTES:
        raise MalformedFrameError(f"expected a binary frame of at most {MOST_BYTES} bytes")
    try:
        value = msgpack.unpackb(
            frame,
            object_hook=_to_array,
            strict_map_key=False,
            max_array_len=MOST_ITEMS,
            max_map_len=MOST_ITEMS,
            max_ext_len=0,
        )
    except MalformedFrameError:
        raise
    except Exception as error:  # of the library, which has one kind for each fault
        raise MalformedFrameError(f"the frame is no MessagePack: {error}") from None
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise MalformedFrameError("the frame is no map whose keys are texts")
    return value


async def serve_forever(
    answer: Answer,
    metadata: Mapping[str, Any],
    host: str,
    port: int,
    key: str,
    on_ready: Callable[[str], None],
) -> None:
    """Answer clients, one question at a time, until cancelled.

    Args:
        answer: Called in a thread, never twice at once.
        metadata: The first frame of every connection.
        host, port: Where to listen; port 0 = a free one.
        key: What clients must send; "" = anybody may ask.
        on_ready: Told the address once it listens.
    """
    turn, clients = asyncio.Lock(), set[ServerConnection]()

    async def converse(socket: ServerConnection) -> None:
        clients.add(socket)
        try:
            await socket.send(pack({**metadata, "echoes": NUMBER}))
            async for frame in _frames(socket):
                await socket.send(await _reply(frame, answer, turn))
        except (ConnectionClosed, TimeoutError):
            pass
        finally:
            clients.discard(socket)

    def admit(socket: ServerConnection, request: Request) -> Response | None:
        if request.headers.get_all("Origin"):  # of strangers, in a browser on this machine
            return socket.respond(HTTPStatus.FORBIDDEN, "A page in a browser may not ask.\n")
        if request.path == "/healthz":
            return socket.respond(HTTPStatus.OK, "OK\n")
        if key and not _is_right(request.headers.get("Authorization", ""), key):
            return socket.respond(HTTPStatus.UNAUTHORIZED, "Wrong key, or none.\n")
        if len(clients) >= MOST_CLIENTS:
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients.\n")
        return None

    async with serve(
        converse,
        host,
        port,
        process_request=admit,
        compression=None,
        max_size=MOST_BYTES,
        max_queue=1,
        write_limit=MOST_BYTES,
        ping_timeout=SILENT_S,
    ) as server:
        where = server.sockets[0].getsockname()
        on_ready(f"ws://{where[0]}:{where[1]}")
        await asyncio.get_running_loop().create_future()


async def _frames(socket: ServerConnection) -> Any:
    while True:
        yield await asyncio.wait_for(socket.recv(), SILENT_S)


async def _reply(frame: bytes | str, answer: Answer, turn: asyncio.Lock) -> bytes | str:
    try:
        observation = unpack(frame)
        async with turn:
            began = time.perf_counter()
            actions = await asyncio.to_thread(answer, observation)
    except ValueError as error:
        return str(error)
    timing = {"infer_ms": 1000 * (time.perf_counter() - began)}
    number = {NUMBER: observation[NUMBER]} if type(observation.get(NUMBER)) is int else {}
    return pack({"actions": actions.astype(np.float32), "server_timing": timing, **number})


def _is_right(header: str, key: str) -> bool:
    kind, _, sent = header.partition(" ")
    right = hmac.compare_digest(sent.encode(), key.encode())
    return right and kind.lower() in ("api-key", "bearer")


def _to_array(fields: dict[Any, Any]) -> Any:
    if b"__ndarray__" not in fields:
        return fields
    data, dtype, shape = (fields.get(name) for name in (b"data", b"dtype", b"shape"))
    if not isinstance(data, bytes) or dtype not in TYPES or not isinstance(shape, list):
        raise MalformedFrameError(f"an array of {dtype!r:.40} is not spoken here")
    if len(shape) > 8 or not all(type(n) is int and 0 <= n <= MOST_BYTES for n in shape):
        raise MalformedFrameError(f"an array cannot have the shape {shape!r:.60}")
    if math.prod(shape) * np.dtype(dtype).itemsize != len(data):
        raise MalformedFrameError(f"an array of shape {shape} cannot have {len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(shape)


def _from_array(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.str in TYPES:
        about = {b"dtype": value.dtype.str, b"shape": value.shape}
        return {b"__ndarray__": True, b"data": value.tobytes(), **about}
    raise TypeError(f"a frame cannot hold a {type(value).__name__}")
