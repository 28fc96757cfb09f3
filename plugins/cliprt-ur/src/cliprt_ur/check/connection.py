"""Stages 1 and 2: is it the right arm, and does it let itself be driven from here?"""

from __future__ import annotations

import socket
from dataclasses import replace

from cliprt.errors import RobotError
from cliprt_ur.check.commissioning import NO_GRIPPER, Commissioning, LeftEarlyError
from cliprt_ur.check.installation import read_installation
from cliprt_ur.check.outputs import reason
from cliprt_ur.config import Payload

DASHBOARD = 29999


def check_connection(visit: Commissioning) -> None:
    """Reach the controller and see that it is the arm of the configuration.

    Raises:
        LeftEarlyError: It cannot be reached, or is another arm; the person leaves it at that.
    """
    host = visit.config.host
    visit.say(f"  The controller at {host} is asked who it is. Nothing moves.")
    visit.until_well(lambda: _ask_who(visit))


def check_readiness(visit: Commissioning) -> None:
    """Take control once and give it back: remote control, power, safety, services, registers.

    Raises:
        LeftEarlyError: It does not give control; the person leaves it at that.
    """
    visit.say("  cliprt takes control of the arm for a moment and gives it back. Nothing moves.")
    config = visit.config
    told = read_installation(config.host, config.link.connect_timeout_s)
    bare = replace(
        config, gripper=NO_GRIPPER, payload=Payload(told.mass_kg, told.centre_m)
    )  # what holds now, so that nothing changes for the arm before it was asked for
    fraction = visit.connect(bare).look().speed_fraction
    visit.say("  The arm is powered, in remote control, and lets itself be driven.")
    if fraction < 0.99:
        visit.say(
            f"  The speed slider on the pendant is at {fraction:.0%}: it will move that slow."
        )
    visit.let_go()


def _ask_who(visit: Commissioning) -> None:
    config = visit.config
    told = _dashboard(config.host, config.link.connect_timeout_s)
    version, serial = told["PolyscopeVersion"], told["get serial number"]
    visit.say(f"  It answers: {version}, serial number {serial}.")
    read_installation(config.host, config.link.connect_timeout_s)
    if config.arm.serial not in ("", serial):
        visit.say(f"  The configuration is of another arm: serial number {config.arm.serial}.")
        if not visit.is_true("Begin anew, for this arm?", unattended="no"):
            raise LeftEarlyError(f"another arm is at {config.host}. Give the right address.")
        visit.put("arm.stages", [])
    visit.put("arm.serial", serial)
    visit.put("arm.polyscope", version)


def _dashboard(host: str, timeout_s: float) -> dict[str, str]:
    """What the dashboard answers to a few questions.

    Raises:
        RobotError: It does not answer.
    """
    questions = ("PolyscopeVersion", "get serial number")
    try:
        with socket.create_connection((host, DASHBOARD), timeout_s) as link:
            link.settimeout(timeout_s)
            with link.makefile("rw", encoding="utf-8", newline="\n") as lines:
                if not lines.readline():
                    raise ConnectionError("it closes the connection")
                answers = {}
                for question in questions:
                    lines.write(f"{question}\n")
                    lines.flush()
                    answers[question] = lines.readline().strip()
                return answers
    except OSError as error:
        raise RobotError(
            f"{host}:{DASHBOARD} (the dashboard) does not answer: {reason(error)}."
            " See that the arm is switched on, that this computer is in its network, and that"
            " Dashboard Server is enabled: Settings > Security > Services."
        ) from error
