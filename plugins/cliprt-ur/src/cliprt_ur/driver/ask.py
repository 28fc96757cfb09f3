"""Asks a controller whether it would let us in, by plain sockets with time-outs.

ur-rtde's own constructor waits for ever, with the interpreter locked, for a peer that accepts and
stays silent; so nobody calls it before this has passed.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass

from cliprt.errors import RobotError
from cliprt_ur.driver.sentences import RUNNING, mode_words

DASHBOARD_PORT, SCRIPT_PORT, RTDE_PORT = 29999, 30003, 30004

_MODE_NAMES = {
    "NO_CONTROLLER": -1,
    "DISCONNECTED": 0,
    "CONFIRM_SAFETY": 1,
    "BOOTING": 2,
    "POWER_OFF": 3,
    "POWER_ON": 4,
    "IDLE": 5,
    "BACKDRIVE": 6,
    "RUNNING": RUNNING,
    "UPDATING_FIRMWARE": 8,
}
_SERVICES = (
    "At the pendant: Settings, Security, Services: enable the dashboard server, the primary client"
    " interface and RTDE"
)


@dataclass(frozen=True)
class Controller:
    """What a controller told of itself.

    Attributes:
        polyscope: Version of its software, e.g. ``"5.11.1"``.
        serial: Of the arm.
        is_remote: Whether it takes commands from the network.
        robot_mode: As RTDE counts them.
        safety_status: As the dashboard names it, e.g. ``"NORMAL"``.
    """

    polyscope: str
    serial: str
    is_remote: bool
    robot_mode: int
    safety_status: str

    @property
    def obstacle(self) -> str:
        """What a person must do before it can be moved; "" where nothing is in the way."""
        if not self.is_remote:
            return (
                "the controller is in local control. At the pendant, press the button in the top"
                " right corner and choose Remote Control"
            )
        return mode_words(self.robot_mode)


def ask_controller(host: str, timeout_s: float) -> Controller:
    """Find out by the dashboard, and by RTDE's first words, who is there.

    Args:
        host: Name or address.
        timeout_s: For every connection and answer.

    Raises:
        RobotError: Somebody does not answer, or in another language; says who and what to do.
    """
    with _Port(host, DASHBOARD_PORT, "dashboard server", timeout_s) as dashboard:
        greeting = dashboard.line()
        if "Universal Robots" not in greeting:
            raise RobotError(
                f"{host}:{DASHBOARD_PORT} answers {greeting[:60]!r}, which is no UR controller."
                " Check the address of the arm."
            )
        version = dashboard.ask("PolyscopeVersion")
        serial = dashboard.ask("get serial number")
        remote = dashboard.ask("is in remote control")
        mode = dashboard.ask("robotmode")
        safety = dashboard.ask("safetystatus")
    _check_rtde(host, timeout_s)
    with _Port(host, SCRIPT_PORT, "realtime client interface", timeout_s):
        pass
    found = re.search(r"\d+\.\d+(?:\.\d+)?", version)
    return Controller(
        polyscope=found[0] if found else version.strip(),
        serial=serial.strip(),
        # Before PolyScope 5.6 there is no local control and no such question.
        is_remote=remote.strip().lower() != "false",
        robot_mode=_MODE_NAMES.get(mode.partition(":")[2].strip().upper(), 0),
        safety_status=safety.partition(":")[2].strip().upper(),
    )


def _check_rtde(host: str, timeout_s: float) -> None:
    with _Port(host, RTDE_PORT, "RTDE interface", timeout_s) as rtde:
        rtde.send(struct.pack(">HBH", 5, 86, 2))
        size, kind, accepted = struct.unpack(">HBB", rtde.take(4))
        if (size, kind, accepted) != (4, 86, 1):
            raise RobotError(
                f"{host}:{RTDE_PORT} does not speak RTDE version 2. Update the controller's"
                " software (PolyScope 5.6 or newer)."
            )


class _Port:
    """One TCP connection; whatever goes wrong is said in words."""

    def __init__(self, host: str, port: int, name: str, timeout_s: float) -> None:
        self._where, self._name = f"{host}:{port}", name
        self._timeout_s = timeout_s
        try:
            self._socket = socket.create_connection((host, port), timeout_s)
        except socket.gaierror as error:
            raise RobotError(
                f"no machine is called {host!r} ({error.strerror}). Check the arm's name or address"
                " (at the pendant: Settings, System, Network)."
            ) from error
        except ConnectionRefusedError as error:
            raise RobotError(
                f"{self._where} refuses connections: the {name} is off, or this is no UR"
                f" controller. {_SERVICES}."
            ) from error
        except OSError as error:
            raise RobotError(
                f"nothing answers at {self._where} within {timeout_s:g} s ({error}). Check that the"
                " controller is on, its cable, and the address."
            ) from error
        self._rest = b""

    def __enter__(self) -> _Port:
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._silent(error) from error

    def take(self, count: int) -> bytes:
        while len(self._rest) < count:
            self._rest += self._receive()
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def line(self) -> str:
        while b"\n" not in self._rest:
            self._rest += self._receive()
        taken, _, self._rest = self._rest.partition(b"\n")
        return taken.decode("utf-8", "replace")

    def ask(self, command: str) -> str:
        self.send(f"{command}\n".encode())
        return self.line()

    def _receive(self) -> bytes:
        try:
            data = self._socket.recv(4096)
        except OSError as error:
            raise self._silent(error) from error
        if not data:
            raise self._silent("it closed the connection")
        return data

    def _silent(self, why: object) -> RobotError:
        return RobotError(
            f"{self._where} accepts a connection, but its {self._name} does not answer"
            f" ({why}; allowed: {self._timeout_s:g} s). Restart the controller, or check the"
            " network."
        )
