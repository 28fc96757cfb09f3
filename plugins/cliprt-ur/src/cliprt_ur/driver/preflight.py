"""Whether the arm can be driven at all, asked over plain sockets before the client is let at it.

The client's constructor waits for ever, and with the interpreter's lock held, for a controller that
takes a connection and says nothing; here everything has a time limit and an answer in words.
"""

from __future__ import annotations

import importlib.util
import re
import struct
from dataclasses import dataclass

from cliprt.errors import MissingExtraError, RobotError
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.dashboard import Dashboard, connect, silent
from cliprt_ur.driver.words import (
    LOCAL_MODE,
    MODE_NAMES,
    RUNNING_MODE,
    STATUS_NAMES,
    STOPPED_FOR_SAFETY,
    again,
    mode_words,
    safety_words,
)

RTDE_PORT, SCRIPT_PORT = 30004, 30003
PROTOCOL = 2
OLDEST_POLYSCOPE = (5, 10)
"""Before it, the controller cannot be asked whether a pose can be reached."""


@dataclass(frozen=True)
class Controller:
    """What a controller told of itself.

    Attributes:
        polyscope: Version of its software, e.g. ``"5.11.1"``.
        serial: Of the arm.
        is_remote: Whether it takes commands from the network.
        robot_mode, safety_bits: As RTDE has them.
    """

    polyscope: str
    serial: str
    is_remote: bool
    robot_mode: int
    safety_bits: int

    @property
    def obstacle(self) -> str:
        """What keeps it from moving the arm, and what a person does; "" where nothing does."""
        return (
            safety_words(self.safety_bits)
            or mode_words(self.robot_mode)
            or ("" if self.is_remote else LOCAL_MODE)
        )


def check_installed() -> None:
    """See that the client's library is there.

    Raises:
        MissingExtraError: It is not.
    """
    if importlib.util.find_spec("rtde_control") is None:
        raise MissingExtraError(
            "driving a UR arm needs ur-rtde, which is not installed. Install it, on Python 3.10 to"
            " 3.12 (there are ready-made packages for these): pip install 'ur-rtde>=1.6.5,<1.7'"
        )


def ask_controller(host: str, timeout_s: float) -> Controller:
    """Find out who is there, and in which state; nothing is changed.

    Args:
        host: Name or address.
        timeout_s: For every connection and answer.

    Raises:
        RobotError: Somebody does not answer, or in another language; in words.
    """
    with Dashboard(host, timeout_s) as dashboard:
        version = dashboard.ask("PolyscopeVersion")
        serial = dashboard.ask("get serial number")
        # A controller that does not know the question has no local control.
        is_remote = dashboard.ask("is in remote control").lower() != "false"
        mode, safety = dashboard.ask("robotmode"), dashboard.ask("safetystatus")
    check_rtde(host, timeout_s)
    connect(host, SCRIPT_PORT, "its primary client interface", timeout_s).close()
    numbers = re.search(r"\d+\.\d+(?:\.\d+)?", version)
    return Controller(
        polyscope=numbers[0] if numbers else version,
        serial=serial,
        is_remote=is_remote,
        robot_mode=MODE_NAMES.get(_told(mode), RUNNING_MODE),
        safety_bits=STATUS_NAMES.get(_told(safety), STOPPED_FOR_SAFETY),
    )


def check_controller(config: UrConfig) -> Controller:
    """See that control can be taken of the very arm of the configuration.

    Raises:
        RobotError: Why not, and what a person does.
    """
    told = ask_controller(config.host, config.link.connect_timeout_s)
    if config.arm.serial and told.serial != config.arm.serial:
        raise RobotError(
            f"the arm at {config.host} has the serial number {told.serial}, but the configuration"
            f" is of {config.arm.serial}. Check the address, or commission this arm:"
            f" cliprt ur check {config.host}"
        )
    version = tuple(int(part) for part in re.findall(r"\d+", told.polyscope)[:2])
    if version < OLDEST_POLYSCOPE:
        raise RobotError(
            f"the controller at {config.host} runs PolyScope {told.polyscope}. Needed: 5.10 or"
            " newer. Update it."
        )
    if told.obstacle:
        raise RobotError(again(told.obstacle))
    return told


def check_rtde(host: str, timeout_s: float) -> None:
    """See that the real-time data exchange answers in the version that is spoken here.

    Raises:
        RobotError: It does not.
    """
    where = f"{host}:{RTDE_PORT} (real-time data exchange)"
    with connect(host, RTDE_PORT, "real-time data exchange", timeout_s) as link:
        try:
            link.sendall(struct.pack(">HBH", 5, ord("V"), PROTOCOL))
            answer = b""
            while len(answer) < 4:
                part = link.recv(64)
                if not part:
                    raise ConnectionError("it closed the connection")
                answer += part
        except OSError as error:
            raise silent(where, error) from error
    if answer[2:4] != b"V\x01":
        raise RobotError(
            f"{where} does not speak version {PROTOCOL} of its protocol. Check the host of the arm,"
            " and update PolyScope to 5.10 or newer."
        )


def why_stopped(host: str, timeout_s: float) -> str:
    """What the dashboard knows of why a program was stopped; "" where it knows nothing."""
    try:
        with Dashboard(host, timeout_s) as dashboard:
            is_local = dashboard.ask("is in remote control").lower() == "false"
    except RobotError:
        return ""
    return LOCAL_MODE if is_local else ""


def stop_program(host: str, timeout_s: float) -> str:
    """End a program that runs or is paused, so that it cannot go on by itself; the answer.

    Raises:
        RobotError: The dashboard does not answer.
    """
    with Dashboard(host, timeout_s) as dashboard:
        return dashboard.ask("stop")


def _told(answer: str) -> str:
    """The value in an answer such as ``"Robotmode: RUNNING"``."""
    return answer.rpartition(":")[2].strip().upper()
