"""What is known of one arm: written by ``cliprt ur check``, read before anything moves.

Frames: the user's base frame of cliprt (x forward, y left, z up) is the controller's *Base* turned
by `Frame.base_rotation_deg` about z.  Units: metres, degrees, seconds, kilograms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Arm:
    """Which arm this is about; another one at the same address is refused.

    Attributes:
        serial: Of the arm, as its dashboard tells; "" = not asked yet.
        polyscope: Version of its software when it was checked.
        checked: When it was commissioned, ISO date and time; "" = never: it is not moved then.
        stages: Of an unfinished check, those that are done; empty once it is finished.
    """

    serial: str = ""
    polyscope: str = ""
    checked: str = ""
    stages: list[str] = field(default_factory=list)


@dataclass
class Frame:
    """Where things are.

    Attributes:
        base_rotation_deg: From the user's frame to the controller's Base, about z; 180 where the
            cable leaves the base towards the user.
        tcp: From the flange to the pinch point: x y z [m], rotation vector [rad].
    """

    base_rotation_deg: float = 180.0
    tcp: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.15, 0.0, 0.0, 0.0])


@dataclass
class Payload:
    """What hangs on the flange; wrong numbers end in protective stops.

    Attributes:
        mass_kg: Gripper and cables.
        centre_m: Centre of gravity in the flange's frame.
    """

    mass_kg: float = 0.9
    centre_m: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.06])


@dataclass
class Limits:
    """What no motion may exceed, whatever a recipe's gate allows.

    Attributes:
        lower, upper: Corners of the box for the pinch point, user's frame [m].
        max_step_m, max_step_deg: Of one motion.
        max_tilt_deg: Between the tool's axis and straight down.
        speed_m_s: Of the pinch point.
        acceleration_m_s2: When a motion begins and ends.
        deceleration_m_s2: When it is stopped.
    """

    lower: list[float] = field(default_factory=lambda: [0.20, -0.40, 0.02])
    upper: list[float] = field(default_factory=lambda: [0.70, 0.40, 0.50])
    max_step_m: float = 0.20
    max_step_deg: float = 90.0
    max_tilt_deg: float = 100.0
    speed_m_s: float = 0.10
    acceleration_m_s2: float = 0.5
    deceleration_m_s2: float = 4.0


@dataclass
class Link:
    """How the controller is spoken to.

    Attributes:
        rate_hz: Of telemetry and registers.
        watchdog_hz: The controller stops the arm when it hears nothing for one period of this.
        connect_timeout_s: For each port before the client is let at it.
        start_timeout_s: For the whole client to be ready.
    """

    rate_hz: float = 125.0
    watchdog_hz: float = 20.0
    connect_timeout_s: float = 2.0
    start_timeout_s: float = 8.0


@dataclass
class UrConfig:
    """Everything about one arm.

    Attributes:
        host: Name or address of the controller.
        gripper: ``{name: robotiq, ...}``: a gripper and its options.
        cameras: Name in observations -> ``{name: opencv, device: 0, ...}``.
        black_box: Folder to which the last seconds are written after a fault.
    """

    host: str
    arm: Arm = field(default_factory=Arm)
    frame: Frame = field(default_factory=Frame)
    payload: Payload = field(default_factory=Payload)
    limits: Limits = field(default_factory=Limits)
    link: Link = field(default_factory=Link)
    gripper: dict[str, Any] = field(default_factory=lambda: {"name": "robotiq"})
    cameras: dict[str, dict[str, Any]] = field(default_factory=dict)
    black_box: str = "runs/black_box"
