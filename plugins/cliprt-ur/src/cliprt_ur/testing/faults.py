"""What can go wrong with a controller, and how it is made to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cliprt.errors import UsageError, did_you_mean
from cliprt_ur.testing.cabinet import POWER_OFF, SAFETY_BITS, Cabinet
from cliprt_ur.testing.network import Network

GRIPPER_FAULT = 14
"""Overcurrent."""

FAULTS: Mapping[str, str] = {
    "protective_stop": "the arm met something, or thinks so",
    "emergency_stop": "somebody hit the red button",
    "safeguard_stop": "somebody stepped into the light curtain",
    "safety_fault": "the safety system failed",
    "power_off": "the arm lost its power",
    "program_stopped": "somebody pressed stop on the pendant",
    "local_mode": "somebody took the arm to local mode, which ends the program",
    "register_clash": "another device has taken the input registers; whoever has them keeps them",
    "dropped_link": "every connection is closed; new ones are taken",
    "refused_ports": "every connection is closed, and no new one is taken",
    "silent_peer": "as with the cable pulled: nothing is sent, read or closed",
    "slow_network": "everything comes late: delay_s, give or take jitter_s",
    "gripper_silent": "the gripper answers no more",
    "gripper_fault": "the gripper reports a fault: code",
}
"""Each kind and what it is."""


def check_fault(kind: str) -> None:
    """Check that a fault can be made to happen.

    Raises:
        UsageError: There is no such fault.
    """
    if kind not in FAULTS:
        raise UsageError(
            f"there is no fault {kind!r}.{did_you_mean(kind, FAULTS)} Allowed: {', '.join(FAULTS)}."
        )


def inject(cabinet: Cabinet, network: Network, kind: str, options: Mapping[str, Any]) -> None:
    """Let one of `FAULTS` happen, and note it."""
    cabinet.record.note("fault", {"kind": kind, **options})
    if kind in SAFETY_BITS:
        cabinet.stop_safely(kind, FAULTS[kind])
    match kind:
        case "power_off":
            cabinet.set_power(POWER_OFF)
        case "program_stopped":
            cabinet.stop_program(FAULTS[kind])
        case "local_mode":
            cabinet.set_remote(False)
        case "register_clash":
            cabinet.is_clashing = True
        case "dropped_link":
            network.drop()
        case "refused_ports":
            network.refuse()
        case "silent_peer":
            network.set_silent(True)
        case "slow_network":
            network.delay_s = float(options.get("delay_s", 0.1))
            network.jitter_s = float(options.get("jitter_s", 0.0))
    if cabinet.gripper is not None:
        if kind == "gripper_silent":
            cabinet.gripper.is_silent = True
        elif kind == "gripper_fault":
            cabinet.gripper.fail(int(options.get("code", GRIPPER_FAULT)))
