"""What the controller's own installation believes to hang on the flange."""

from __future__ import annotations

from dataclasses import dataclass

from cliprt.errors import RobotError
from cliprt_ur.check.outputs import read_outputs


@dataclass(frozen=True)
class Installation:
    """Payload and TCP that are in force.

    Attributes:
        mass_kg: Of the payload.
        centre_m: Its centre of gravity in the flange's frame (3,).
        tcp: From the flange to the tool's point (6,) [m, rad]; None where the controller is too
            old to tell.
    """

    mass_kg: float
    centre_m: list[float]
    tcp: list[float] | None


def read_installation(host: str, timeout_s: float) -> Installation:
    """Ask the controller; nothing is changed and nothing is taken.

    Raises:
        RobotError: It does not answer, or does not tell.
    """
    told = read_outputs(host, timeout_s, ("payload", "payload_cog", "tcp_offset"))
    if "payload" not in told or "payload_cog" not in told:
        raise RobotError(
            f"{host} does not tell its payload: its software is too old. Update PolyScope."
        )
    tcp = told.get("tcp_offset")
    return Installation(told["payload"][0], list(told["payload_cog"]), list(tcp) if tcp else None)
