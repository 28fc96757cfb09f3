"""A controller without an arm, to try everything on: `LoopbackController`."""

from cliprt_ur.testing.controller import LoopbackController
from cliprt_ur.testing.faults import FAULTS
from cliprt_ur.testing.hosts import free_host
from cliprt_ur.testing.record import ControllerEvent, ControllerState

__all__ = ["FAULTS", "ControllerEvent", "ControllerState", "LoopbackController", "free_host"]
