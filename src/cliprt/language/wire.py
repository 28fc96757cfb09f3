"""One question over HTTP: sent to one address, and to no other.

No redirect is followed, no cookie kept, no proxy and no ``.netrc`` looked at; an answer is read up
to a limit, and the connection closed when the time is over, whatever still comes.
"""

from __future__ import annotations

import http.client
import queue
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from cliprt.errors import UsageError

MAX_BYTES = 1_000_000
"""Of an answer; a longer one is none."""


@dataclass(frozen=True)
class Response:
    """What a server said.

    Attributes:
        status: Of HTTP; 0 = it cannot be reached, or broke off.
        body: At most `MAX_BYTES`; a longer one is cut off.
    """

    status: int
    body: bytes = b""


def check_address(address: str) -> None:
    """Raise unless `address` is one that can be asked.

    Raises:
        UsageError: It has another scheme, no host, or a password or a query in it.
    """
    try:
        parts = urlsplit(address)
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"api_base is {address!r:.80}. Allowed: a server's address without password or query,"
            " e.g. http://localhost:11434"
        )


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Response | None:
    """The answer to one question; None where none came in time.

    Args:
        url: Where to send it.
        body: What to send.
        headers: Beside the usual ones.
        seconds: For everything.
    """
    parts, left_s = urlsplit(url), max(0.001, seconds)
    kinds = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}
    connection = kinds[parts.scheme](str(parts.hostname), parts.port, timeout=left_s)
    answers: queue.SimpleQueue[Response] = queue.SimpleQueue()
    is_over = threading.Event()

    def ask() -> None:
        try:
            connection.connect()
            if not is_over.is_set():
                connection.request("POST", parts.path, body, dict(headers))
                answer = connection.getresponse()
                answers.put(Response(answer.status, answer.read(MAX_BYTES)))
        except TimeoutError:
            pass  # whoever waits has the same time
        except Exception:  # closed meanwhile, libraries raise anything; its text may hold a key
            answers.put(Response(0))
        finally:
            connection.close()

    # A thread, as looking up a name heeds no timeout, and each byte that comes begins a new one.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=left_s)
    except queue.Empty:
        is_over.set()
        with suppress(OSError):
            if connection.sock:
                connection.sock.shutdown(socket.SHUT_RDWR)
        return None
