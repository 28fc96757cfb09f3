"""A controller to test against, and the configuration with which an arm there was commissioned."""

import signal
from collections.abc import Iterator

import pytest

from cliprt_ur.config import Arm, Frame, Limits, Link, UrConfig
from cliprt_ur.testing import LoopbackController

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell has it for what runs behind it
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what tests start hears Ctrl-C


@pytest.fixture
def controller() -> Iterator[LoopbackController]:
    """A loopback controller on an address of its own, at home and ready."""
    with LoopbackController() as controller:
        yield controller


@pytest.fixture
def config(controller: LoopbackController, tmp_path_factory: pytest.TempPathFactory) -> UrConfig:
    """A commissioned arm at that controller, in a box that holds its home.

    Its watchdog is patient, since a computer that runs tests may be late; what it is for is tested
    where it is set to what arms have.
    """
    return UrConfig(
        host=controller.host,
        arm=Arm(checked="2026-01-01T12:00:00"),
        frame=Frame(base_rotation_deg=180.0),
        limits=Limits(
            lower=[0.2, -0.45, 0.02],
            upper=[0.8, 0.45, 0.7],
            speed_m_s=0.25,
            acceleration_m_s2=1.2,
            deceleration_m_s2=10.0,
        ),
        link=Link(watchdog_hz=5.0),
        black_box=str(tmp_path_factory.mktemp("black_box")),
    )
