"""A controller without an arm that runs until Ctrl-C, and the arm it would move, in a window."""

from __future__ import annotations

import time

from cliprt_ur.testing import LoopbackController

PERIOD_S = 1 / 30


def run_loopback(host: str, gui: bool = False) -> None:
    """Answer at `host` until Ctrl-C.

    Args:
        host: A loopback address, 127.*.
        gui: Show the arm in a window.

    Raises:
        RobotError: The address is taken.
        MissingExtraError: PyBullet is not installed, for the window.
    """
    with LoopbackController(host) as controller:
        try:
            print(
                f"A controller without an arm answers at {host} until Ctrl-C."
                " In another terminal:\n"
                f"  cliprt ur check {host}\n"
                f"  cliprt ur show {host}",
                flush=True,
            )
            if gui:
                _show(controller)
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("\nThe loopback controller has stopped.")


def _show(controller: LoopbackController) -> None:
    """Let a simulated arm do what the controller's does, until Ctrl-C."""
    from cliprt_ur.testing.twin import build_simulator

    simulator = build_simulator(cameras=(), gui=True)
    simulator.connect()
    try:
        controller.place(simulator.commanded_joints)
        while True:
            begun_s = time.monotonic()
            simulator.follow(controller.state().joints, PERIOD_S)
            time.sleep(max(0.0, begun_s + PERIOD_S - time.monotonic()))
    finally:
        simulator.stop()
