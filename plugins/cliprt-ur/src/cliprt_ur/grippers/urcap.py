"""The Robotiq URCap's protocol over one socket: ask for a variable, set some, never wait long.

The gripper's variables are read with ``GET POS`` -> ``POS 113`` and written with
``SET POS 255 GTO 1`` -> ``ack``.  Answers to GET end with a line feed, those to SET do not; one
question is asked at a time.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time

from cliprt.errors import RobotError

PORT = 63352
ANSWER_S = 0.5
"""How long an answer may take; a real one comes within a few milliseconds."""
_TAIL_S = 0.02
"""How long the line feed may come after a number: some versions send none at all."""


class UrCapSocket:
    """A connection to the URCap of one controller."""

    def __init__(self, host: str, timeout_s: float = 2.0) -> None:
        """Connect.

        Raises:
            RobotError: Nobody listens, or not in time.
        """
        try:
            self._socket = socket.create_connection((host, PORT), timeout_s)
        except OSError as error:
            raise RobotError(
                f"the gripper's port {PORT} at {host} does not answer ({_reason(error)})."
                " Switch the arm on and see on the pendant that the Robotiq URCap is installed and"
                " finds the gripper, or choose another one, e.g. gripper: {name: none}."
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, variable: str) -> int | None:
        """The value of a variable; None where the gripper has none (``?``: it is without power).

        Raises:
            RobotError: No answer in time, or one that cannot be read.
        """
        answer = self._ask(f"GET {variable}", rf"{variable} (\?|-?\d+)")
        return None if answer == "?" else int(answer)

    def set(self, **values: int) -> None:
        """Write variables, all in one command.

        Raises:
            RobotError: No ``ack`` in time.
        """
        pairs = " ".join(f"{name} {value}" for name, value in values.items())
        self._ask(f"SET {pairs}", "(ack)")

    def shut(self) -> None:
        """End every wait for an answer, from any thread; the connection is of no use afterwards."""
        with contextlib.suppress(OSError):  # it may have ended by itself
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go; safe to call twice."""
        self._socket.close()

    def _ask(self, question: str, pattern: str) -> str:
        answer, until_s = b"", time.monotonic() + ANSWER_S
        try:
            self._socket.sendall(f"{question}\n".encode())
            while True:
                found = re.search(pattern, answer.decode("ascii", "replace"))
                if found and (answer.endswith(b"\n") or pattern == "(ack)"):
                    return found[1]
                left_s = _TAIL_S if found else until_s - time.monotonic()
                self._socket.settimeout(max(left_s, 0.001))
                try:
                    part = self._socket.recv(1024)
                except TimeoutError:
                    if found:
                        return found[1]
                    raise
                if not part:
                    raise ConnectionError("it closed the connection")
                answer += part
        except TimeoutError as error:
            said = f" but {answer.decode('ascii', 'replace')!r}" if answer else ""
            raise RobotError(
                f"the gripper did not answer {question!r} within {ANSWER_S} s{said}."
                " Check its cable and the URCap on the pendant, then go on."
            ) from error
        except OSError as error:
            raise RobotError(
                f"the connection to the gripper is lost ({_reason(error)})."
                " Check its cable and the URCap on the pendant, then go on."
            ) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
