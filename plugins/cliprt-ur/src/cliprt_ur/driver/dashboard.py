"""The controller's dashboard: one line asked, one answered, never waiting long."""

from __future__ import annotations

import socket
import time

from cliprt.errors import RobotError

PORT = 29999
TALKS_S = 3.0
GREETING = "connected: universal robots dashboard server"


class Dashboard:
    """A connection to the dashboard server of one controller; a context.

    Args:
        host: Of the controller.
        timeout_s: For connecting, and for each answer; all together may take `TALKS_S`.

    Raises:
        RobotError: It does not answer, or is something else; in words.
    """

    def __init__(self, host: str, timeout_s: float) -> None:
        self._where = f"{host}:{PORT} (the dashboard)"
        self._socket = connect(host, PORT, "the dashboard", timeout_s)
        self._rest = b""
        self._timeout_s, self._until_s = timeout_s, time.monotonic() + TALKS_S
        try:
            greeting = self._line()
            if not greeting.lower().startswith(GREETING):
                raise RobotError(
                    f"{self._where} greets with {greeting[:60]!r}, not as a Universal Robots"
                    " controller does. Check the host of the arm."
                )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Dashboard:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def ask(self, question: str) -> str:
        """The answer to one line.

        Raises:
            RobotError: None in time.
        """
        try:
            self._socket.sendall(f"{question}\n".encode())
        except OSError as error:
            raise silent(self._where, error) from error
        return self._line()

    def close(self) -> None:
        """Let go; safe to call twice."""
        self._socket.close()

    def _line(self) -> str:
        while b"\n" not in self._rest:
            left_s = self._until_s - time.monotonic()
            self._socket.settimeout(max(0.001, min(self._timeout_s, left_s)))
            try:
                part = self._socket.recv(4096)
            except OSError as error:
                raise silent(self._where, error) from error
            if not part or len(self._rest) > 65536:
                raise silent(self._where, ConnectionError("it closed the connection"))
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").strip()


def connect(host: str, port: int, name: str, timeout_s: float) -> socket.socket:
    """A connected socket with that time limit for everything.

    Raises:
        RobotError: No route, refused or silent; in words.
    """
    where = f"{host}:{port} ({name})"
    try:
        link = socket.create_connection((host, port), timeout_s)
    except socket.gaierror as error:
        raise RobotError(
            f"the arm's host {host!r} is not known in this network ({error.strerror}). Give the"
            " address that the pendant shows under Settings > System > Network."
        ) from error
    except TimeoutError as error:
        raise RobotError(
            f"{where} does not answer within {timeout_s:g} s. See that the arm's controller is"
            " switched on, that its cable is plugged in, and that this is its address."
        ) from error
    except ConnectionRefusedError as error:
        raise RobotError(
            f"{where} refuses the connection: a computer is there, but this service is not. Wait"
            " until PolyScope has started, and enable Dashboard Server, Primary Client and RTDE on"
            " the pendant under Settings > Security > Services."
        ) from error
    except OSError as error:
        raise RobotError(
            f"there is no way to {where}: {error.strerror or error}. See that this computer is in"
            " the arm's network."
        ) from error
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def silent(where: str, error: Exception) -> RobotError:
    """What to say of somebody who took the connection and then does not answer."""
    why = "says nothing" if isinstance(error, TimeoutError) else f"broke off ({error})"
    return RobotError(
        f"{where} took the connection and then {why}. See on the pendant that PolyScope runs and is"
        " not blocked by a dialogue; restart the controller if it stays so."
    )
