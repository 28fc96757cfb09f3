"""Whether the arm can be driven at all, asked over plain sockets before the client is let at it.

The client's constructor waits for ever, and with the interpreter's lock held, for a controller that
takes a connection and says nothing; here everything has a time limit and an answer in words.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cliprt.errors import RobotError
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.dashboard import Dashboard, connect, silent
from cliprt_ur.driver.words import AGAIN, LOCAL_MODE, told_mode_trouble, told_safety_trouble

RTDE_PORT, SCRIPT_PORT = 30004, 30003
PROTOCOL = 2
OLDEST_POLYSCOPE = (5, 10)
"""Before it, the controller cannot be asked whether a pose can be reached."""


@dataclass(frozen=True)
class Controller:
    """What the controller told of itself: software version and the arm's serial number."""

    polyscope: str
    serial: str


def check_controller(config: UrConfig) -> Controller:
    """See that control can be taken of this arm.

    Raises:
        RobotError: Why not, and what a person does; nothing is changed on the controller.
    """
    timeout_s = config.link.connect_timeout_s
    with Dashboard(config.host, timeout_s) as dashboard:
        controller = _check_identity(config, dashboard)
        _check_state(dashboard)
    check_rtde(config.host, timeout_s)
    connect(config.host, SCRIPT_PORT, "its script port", timeout_s).close()
    return controller


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


def _check_identity(config: UrConfig, dashboard: Dashboard) -> Controller:
    told = dashboard.ask("PolyscopeVersion")
    version = told.replace("URSoftware", "").split("(")[0].strip()
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_POLYSCOPE:
        raise RobotError(
            f"the controller at {config.host} runs PolyScope {version or told!r}."
            f" Needed: {'.'.join(map(str, OLDEST_POLYSCOPE))} or newer of PolyScope 5; update it."
        )
    serial = dashboard.ask("get serial number")
    if config.arm.serial and serial != config.arm.serial:
        raise RobotError(
            f"the arm at {config.host} has the serial number {serial}, but the configuration is of"
            f" {config.arm.serial}. Check the host, or commission this arm: cliprt ur check"
            f" {config.host}"
        )
    return Controller(version, serial)


def _check_state(dashboard: Dashboard) -> None:
    told = dashboard.ask("safetystatus")
    trouble = told_safety_trouble(told) or told_mode_trouble(dashboard.ask("robotmode"))
    if trouble:
        raise RobotError(trouble)
    if dashboard.ask("is in remote control").lower() == "false":
        raise RobotError(LOCAL_MODE)


def why_stopped(host: str, timeout_s: float) -> str:
    """What the dashboard knows of why a program was stopped; "" where it knows nothing."""
    try:
        with Dashboard(host, timeout_s) as dashboard:
            is_local = dashboard.ask("is in remote control").lower() == "false"
    except RobotError:
        return ""
    return LOCAL_MODE if is_local else ""


def stop_program(host: str, timeout_s: float) -> str:
    """End whatever program runs or is paused, so that it cannot go on by itself.

    Returns:
        Why it could not be ended; "" where it was.
    """
    try:
        with Dashboard(host, timeout_s) as dashboard:
            told = dashboard.ask("stop")
    except RobotError as error:
        return f"{error} {AGAIN}"
    return "" if told.lower().startswith("stopped") else told
