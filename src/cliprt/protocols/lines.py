"""One connection to a policy's server, in the words of its protocol.

A server that repeats a question's number in its answer keeps its line; of another, each line takes
one question, so that no answer can be taken for that to the next.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cliprt.errors import CliprtError, MissingExtraError, ServerError, UsageError
from cliprt.protocols import ProtocolName, openpi, vla_eval
from cliprt.protocols.arrays import USUAL

NUMBER = "seq"
"""Key of a question's number, for servers whose metadata names it under `ECHOES`."""

ECHOES = "echoes"
"""Key of a server's metadata: which key of a question it repeats in its answer."""

_CLOSING_S = 1.0
_SHOWN = 300


@dataclass(frozen=True)
class Address:
    """Where a policy is served.

    Attributes:
        url: ``ws://`` or ``wss://``, host, port and path; no password, no query.
        protocol: What is spoken there.
        key: Environment variable with the key that the server asks for; "" = it asks for none.
        deadline_s: How long a question may take, from connecting to its answer [s].

    Raises:
        UsageError: Another kind of address.
    """

    url: str
    protocol: ProtocolName = "openpi"
    key: str = ""
    deadline_s: float = 10.0

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_good = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good or "@" in parts.netloc or parts.query or parts.fragment:
            raise UsageError(
                f"url: got {self.url!r:.80}. Allowed: a server's address without password or query,"
                " e.g. ws://127.0.0.1:8000"
            )

    def headers(self) -> dict[str, str]:
        """What proves that one may ask.

        Raises:
            UsageError: The environment has no such key.
        """
        if not self.key:
            return {}
        if not (secret := os.environ.get(self.key, "").strip()):
            raise UsageError(
                f"the environment variable {self.key}, which policy.key names, is empty. Set it to"
                f" the key of {self.url}."
            )
        return {"Authorization": f"Api-Key {secret}"}


class Line(ABC):
    """One connection, from the server's first words on.

    Attributes:
        metadata: What the server said of itself.
        lasts: Whether an answer on it can be told from that to another question.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: Any = None
        self._was_cut = False
        self._said = secrets.randbits(32)  # a number of another line, or robot, is never the same
        self.metadata: dict[str, Any] = {}
        self.lasts = False

    def open(self) -> None:
        """Connect and hear who is there, unless that is done."""
        if self._connection is None:
            self._connection = connect_to(self._address)
            if self._was_cut:
                self.cut()
            self.greet()

    @abstractmethod
    def greet(self) -> None:
        """Hear who is there."""

    @abstractmethod
    def exchange(self, question: Mapping[str, Any], episode: int) -> Mapping[str, Any]:
        """The answer to a question."""

    def send(self, frame: bytes) -> None:
        """One frame."""
        self._connection.send(frame)

    def hear(self) -> bytes:
        """The next frame.

        Raises:
            ServerError: It is an error in words.
        """
        frame = self._connection.recv(self._address.deadline_s)
        if isinstance(frame, str):
            raise ServerError(f"says: {in_one_line(frame)}")
        return bytes(frame)

    def _check_number(self, found: object) -> None:
        """Raise unless an answer is to what was said last."""
        if found != self._said:
            raise ServerError(
                f"answers question {found!r:.40} where question {self._said} was asked"
            )

    def cut(self) -> None:
        """End it at once, from any thread; whatever hangs on it fails."""
        self._was_cut = True
        if self._connection is not None:
            with suppress(OSError):
                self._connection.socket.shutdown(socket.SHUT_RDWR)  # wakes who sends
            self._connection.close_socket()

    def hang_up(self) -> None:
        """End it as one does."""
        self._connection.close()


class OpenpiLine(Line):
    """Frames of openpi: who is there first, then a question and its answer."""

    def greet(self) -> None:
        """Hear the metadata; whether questions' numbers are repeated stands there."""
        self.metadata = openpi.read(self.hear())
        self.lasts = self.metadata.get(ECHOES) == NUMBER

    def exchange(self, question: Mapping[str, Any], episode: int) -> Mapping[str, Any]:
        """The next frame, which has the question's number where the server repeats it."""
        self._said += 1
        self.send(openpi.write({**question, NUMBER: self._said} if self.lasts else question))
        answer = openpi.read(self.hear())
        if self.lasts:
            self._check_number(answer.get(NUMBER))
        return answer


class VlaEvalLine(Line):
    """Messages of vla-eval, whose answers always have the question's number."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._episode = -1

    def greet(self) -> None:
        """Say hello, and hear it."""
        self.lasts = True
        self._tell("hello", vla_eval.hello())
        reply = vla_eval.read(self.hear())
        if reply.kind != "hello":
            raise ServerError(f"says {reply.kind!r} where it should say hello")
        vla_eval.check_version(reply.payload)
        self.metadata = dict(reply.payload)

    def exchange(self, question: Mapping[str, Any], episode: int) -> Mapping[str, Any]:
        """The action, once the server knows in which episode it is asked."""
        if episode != self._episode:
            if self._episode >= 0:
                self._tell("episode_end", {})
            task = {"name": question.get(vla_eval.PROMPT, "")}
            self._tell("episode_start", {"task": task})
            self._episode = episode
        self._tell("observation", _nested(question))
        answer = vla_eval.read(self.hear())
        if answer.kind == "error":
            raise ServerError(f"says: {in_one_line(str(answer.payload.get('error', '')))}")
        if answer.kind != "action":
            raise ServerError(f"says {answer.kind!r} where it should say what to do")
        self._check_number(answer.seq)
        return answer.payload

    def _tell(self, kind: vla_eval.Kind, payload: Mapping[str, Any]) -> None:
        self._said += 1
        self.send(vla_eval.write(vla_eval.Message(kind, payload, self._said, time.time())))


LINES: Mapping[ProtocolName, type[Line]] = {"openpi": OpenpiLine, "vla_eval": VlaEvalLine}


def connect_to(address: Address) -> Any:
    """A connection that follows no redirect, uses no proxy and unpacks nothing."""
    try:
        from websockets.sync.client import connect
    except ImportError as error:
        raise MissingExtraError(
            "talking to a policy's server needs WebSockets, which are not installed. Type:"
            " pip install 'cliprt[serve]'"
        ) from error
    headers = address.headers()
    parts = urlsplit(address.url)
    port = parts.port or {"ws": 80, "wss": 443}[parts.scheme]
    plain = socket.create_connection((parts.hostname or "", port), address.deadline_s)
    plain.settimeout(None)
    return connect(
        address.url,
        sock=plain,
        additional_headers=headers,
        compression=None,
        open_timeout=address.deadline_s,
        close_timeout=_CLOSING_S,
        ping_interval=None,
        max_size=USUAL.most_bytes,
    )


def _nested(question: Mapping[str, Any]) -> dict[str, Any]:
    """``{"images/scene": x}`` as ``{"images": {"scene": x}}``.

    >>> _nested({"images/scene": 1, "images/wrist": 2, "states": 3})
    {'images': {'scene': 1, 'wrist': 2}, 'states': 3}
    """
    tree: dict[str, Any] = {}
    for key, value in question.items():
        *folders, last = key.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return tree


def in_words(error: Exception) -> str:
    """What went wrong on the line, after the server's name."""
    if isinstance(error, ServerError):
        return str(error).removesuffix(".")
    if isinstance(error, CliprtError):
        return f"answers what nobody can read: {in_one_line(str(error))}"
    from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in (401, 403):
            return (
                f"does not take the key (HTTP {status}): policy.key names the environment variable"
                " that holds it"
            )
        return f"refuses the connection (HTTP {status}): look at policy.url"
    if isinstance(error, ConnectionClosed):
        if error.sent and error.sent.code == 1009:
            return f"answers with more than the {USUAL.most_bytes:,} bytes that are read"
        reason = error.rcvd.reason if error.rcvd else ""
        return f"hung up{f': {in_one_line(reason)}' if reason else ' without an answer'}"
    if isinstance(error, OSError):
        return f"cannot be reached ({error.strerror or error}): start it, or set policy.url"
    if isinstance(error, WebSocketException):
        return f"does not speak WebSocket: {in_one_line(str(error))}"
    return f"could not be asked: {type(error).__name__}: {in_one_line(str(error))}"


def in_one_line(text: str) -> str:
    """What a stranger said, short."""
    said = " ".join(text.split())
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}..."
