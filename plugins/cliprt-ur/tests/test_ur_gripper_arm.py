"""Grippers on an arm: through the driver's process, told by the controller's own record."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cliprt.types import GripperState
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.link import ArmLink
from cliprt_ur.driver.messages import Result
from cliprt_ur.grippers.urcap import PORT
from cliprt_ur.testing import LoopbackController


@contextmanager
def _connected(config: UrConfig, **gripper: Any) -> Iterator[ArmLink]:
    config.gripper = gripper
    link = ArmLink(config)
    try:
        link.connect()
        yield link
    finally:
        link.close()


def _grip(link: ArmLink, state: GripperState) -> Result:
    return link.move(link.look().pose, None, state, None)


def test_an_output_of_the_controller_closes_and_opens(
    controller: LoopbackController, config: UrConfig
) -> None:
    lit = 0
    for bank, number, bit in (("standard", 3, 3), ("configurable", 3, 11), ("tool", 0, 16)):
        own = {"name": "digital_output", "bank": bank, "number": number, "close_s": 0.1}
        with _connected(config, **own, open_s=0.1) as link:
            assert link.look().gripper.state == "open"
            closed = _grip(link, "closed")
            assert (closed.refused, closed.trouble) == (None, "")
            assert closed.telemetry.gripper.state == "closed"
        lit |= 1 << bit
        assert controller.state().outputs == lit, "nothing falls when the driver goes"
    with _connected(config, **own, open_s=0.1) as link:
        assert link.look().gripper.state == "closed", "told by the output"
        assert _grip(link, "open").refused is None
        assert controller.state().outputs == lit - (1 << bit)


def test_an_arm_without_a_gripper_says_so(config: UrConfig) -> None:
    with _connected(config, name="none") as link:
        assert "has no gripper" in _grip(link, "closed").trouble


def test_a_gripper_that_was_switched_off_is_activated(
    controller: LoopbackController, config: UrConfig
) -> None:
    with socket.create_connection((controller.host, PORT), 2) as pendant:
        pendant.sendall(b"SET ACT 0\n")
        assert pendant.recv(8) == b"ack"
    with _connected(config, name="robotiq", speed=1.0) as link:
        closed = _grip(link, "closed")
        assert (closed.refused, closed.trouble) == (None, "")
        assert controller.state().gripper["opening_m"] == 0.0
