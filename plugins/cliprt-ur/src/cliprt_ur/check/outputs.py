"""Reads a controller's RTDE outputs once, without its control and without its client library."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

from cliprt.errors import RobotError

PORT = 30004
_HEADER = struct.Struct(">HB")
_KINDS = {
    "DOUBLE": "d",
    "VECTOR3D": "3d",
    "VECTOR6D": "6d",
    "INT32": "i",
    "UINT32": "I",
    "UINT64": "Q",
}

Value = tuple[float, ...]


def read_outputs(host: str, timeout_s: float, names: Sequence[str]) -> dict[str, Value]:
    """The newest values of some outputs; those that the controller does not know are left out.

    Raises:
        RobotError: It does not answer.
    """
    try:
        kinds = _ask_kinds(host, timeout_s, names)
        known = [name for name, kind in zip(names, kinds, strict=True) if kind in _KINDS]
        return _read(host, timeout_s, known) if known else {}
    except (OSError, struct.error, ValueError) as error:
        raise RobotError(
            f"{host}:{PORT} (RTDE) does not answer: {reason(error)}. See that the arm is switched"
            " on and that RTDE is enabled: Settings > Security > Services."
        ) from error


def reason(error: Exception) -> str:
    """What went wrong on a connection, in a word or two."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _ask_kinds(host: str, timeout_s: float, names: Sequence[str]) -> list[str]:
    with _connection(host, timeout_s) as link:
        return _set_up(link, names)


def _read(host: str, timeout_s: float, names: Sequence[str]) -> dict[str, Value]:
    with _connection(host, timeout_s) as link:
        kinds = _set_up(link, names)
        _ask(link, b"S", b"")
        data, at = _receive(link, b"U"), 1
        values: dict[str, Value] = {}
        for name, kind in zip(names, kinds, strict=True):
            layout = struct.Struct(f">{_KINDS[kind]}")
            values[name] = layout.unpack_from(data, at)
            at += layout.size
        return values


def _connection(host: str, timeout_s: float) -> socket.socket:
    link = socket.create_connection((host, PORT), timeout_s)
    link.settimeout(timeout_s)
    return link


def _set_up(link: socket.socket, names: Sequence[str]) -> list[str]:
    """Ask for protocol 2 and these outputs; their kinds."""
    _ask(link, b"V", struct.pack(">H", 2))
    reply = _ask(link, b"O", struct.pack(">d", 25.0) + ",".join(names).encode())
    return reply[1:].decode("ascii").strip(",").split(",")


def _ask(link: socket.socket, kind: bytes, body: bytes) -> bytes:
    link.sendall(_HEADER.pack(_HEADER.size + len(body), kind[0]) + body)
    return _receive(link, kind)


def _receive(link: socket.socket, wanted: bytes) -> bytes:
    """The body of the next package of a kind; messages in between are passed over."""
    while True:
        size, kind = _HEADER.unpack(_exactly(link, _HEADER.size))
        body = _exactly(link, size - _HEADER.size)
        if kind == wanted[0]:
            return body


def _exactly(link: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = link.recv(count - len(data))
        if not piece:
            raise ConnectionError("it closed the connection")
        data += piece
    return data
