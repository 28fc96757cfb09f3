"""Stages 1 and 2: is it the right arm, and does it let itself be driven from here?"""

from __future__ import annotations

from dataclasses import replace

from cliprt.errors import RobotError
from cliprt_ur.check.commissioning import NO_GRIPPER, Commissioning, LeftEarlyError, with_value
from cliprt_ur.check.installation import read_installation
from cliprt_ur.config import Payload
from cliprt_ur.driver.preflight import ask_controller


def check_connection(visit: Commissioning) -> None:
    """Reach the controller and see that it is the arm of the configuration.

    Raises:
        LeftEarlyError: It cannot be reached, or is another arm; the person leaves it at that.
    """
    visit.say(f"  The controller at {visit.config.host} is asked who it is. Nothing moves.")
    visit.until_well(lambda: _ask_who(visit))


def check_readiness(visit: Commissioning) -> None:
    """Take control once and give it back: remote control, power, safety, services, registers.

    Raises:
        LeftEarlyError: It does not give control; the person leaves it at that.
    """
    visit.say("  cliprt takes control of the arm for a moment and gives it back. Nothing moves.")
    visit.until_well(lambda: _ask_state(visit))
    config = visit.config
    told = read_installation(config.host, config.link.connect_timeout_s)
    # What is in force stays so: nobody was asked for payload and tool yet.
    bare = replace(config, gripper=NO_GRIPPER, payload=Payload(told.mass_kg, told.centre_m))
    link = visit.connect(with_value(bare, "frame.tcp", told.tcp or config.frame.tcp))
    fraction = link.look().speed_fraction
    visit.let_go()
    visit.say("  The arm is powered, in remote control, and lets itself be driven.")
    if fraction < 0.99:
        visit.say(f"  The pendant's speed slider is at {fraction:.0%}; all motions are that slow.")


def _ask_who(visit: Commissioning) -> None:
    config = visit.config
    told = ask_controller(config.host, config.link.connect_timeout_s)
    visit.say(f"  It answers: PolyScope {told.polyscope}, serial number {told.serial}.")
    if config.arm.serial not in ("", told.serial):
        visit.say(f"  The configuration is of another arm: serial number {config.arm.serial}.")
        if not visit.is_true("Begin anew, for this arm?", unattended="no"):
            raise LeftEarlyError(f"another arm is at {config.host}. Give the right address.")
        visit.put("arm.stages", [])
    visit.put("arm.serial", told.serial)
    visit.put("arm.polyscope", told.polyscope)


def _ask_state(visit: Commissioning) -> None:
    config = visit.config
    if obstacle := ask_controller(config.host, config.link.connect_timeout_s).obstacle:
        raise RobotError(f"{obstacle}.")
