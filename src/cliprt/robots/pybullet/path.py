"""Plans one primitive: a straight line of the pinch point, or the reason why it is refused.

Pure functions: nothing here moves a robot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np

from cliprt.geometry import distance, rotation_vector, to_matrix
from cliprt.robots.pybullet.arm import FINGER_THICKNESS_M, FINGER_TRAVEL_M, FINGERTIP_M
from cliprt.robots.pybullet.clearance import find_touch
from cliprt.robots.pybullet.kinematics import TCP_OFFSET_M, inverse, nearest, nearest_along
from cliprt.types import Pose

MAX_JOINT_JUMP_RAD = 0.3
"""Between way-points; more means that the arm would flip to another branch."""

TABLE_MARGIN_M = 0.001
"""How far below the table top a fingertip may be sent (rounding and contact)."""


OPEN_HALF_WIDTH_M = FINGER_TRAVEL_M + FINGER_THICKNESS_M
"""From the middle to the outer side of an open finger."""

MAX_MOVE_M = 2.0
MAX_TURN_RAD = math.pi
"""One motion's limits: across the whole reach, and half a turn (more would turn the other way)."""

MAX_ACCELERATION_M_S2 = 20.0
MAX_ACCELERATION_RAD_S2 = 40.0
"""What the joints' torques can follow."""

MAX_SPEED_M_S = 1.0
MAX_TURN_RAD_S = 3.1416  # half a turn, as a number that recipes are checked by
"""What may be asked for: the makers' figure for a UR5e's tool, and half a turn a second."""

MAX_JOINT_RAD_S = math.pi
"""What a UR5e's joints can; a line that asks for more, near a singular pose, is made slower."""


class Pace(NamedTuple):
    """How fast: greatest speed of a straight move, of a turn, and way-points a second."""

    speed_m_s: float
    turn_rad_s: float
    rate_hz: float


@dataclass(frozen=True)
class Refusal:
    """Why a motion cannot be made, with the limit and the value."""

    reason: str


def reason_against(motion: object, gripper: object) -> str | None:
    """Why these arguments cannot be a primitive at all, whatever the pose; None if they can."""
    numbers = list(motion) if isinstance(motion, (tuple, list, np.ndarray)) else []
    if len(numbers) != 7 or not all(isinstance(x, Real) for x in numbers):
        return f"a motion is seven numbers, got {_short(motion)}"
    # Written so that nan fails as well; integers of any size compare exactly.
    if not all(abs(x) <= MAX_MOVE_M for x in numbers[:3]):
        return f"a move of {_short(numbers[:3])} m is over the limit of {MAX_MOVE_M:g} m"
    if not all(abs(x) <= MAX_TURN_RAD for x in numbers[3:]):
        return f"a turn of {_short(numbers[3:])} rad is over the limit of {MAX_TURN_RAD:.4f} rad"
    if gripper not in (None, "open", "closed"):
        return f"the gripper can be 'open' or 'closed', got {_short(gripper)}"
    return None


def reason_against_opening(target: Pose) -> str | None:
    """Why the fingers cannot open at a pose of the pinch point; None if there is room."""
    lowest_m = float(fingertip_heights(to_matrix(target)[None], OPEN_HALF_WIDTH_M).min())
    if lowest_m >= -TABLE_MARGIN_M:
        return None
    return f"the opened fingertips would be {_under_table(lowest_m)}"


def seconds_for(way: float, speed: float, acceleration: float) -> float:
    """How long a smoothstep over `way` takes at a greatest speed and a greatest acceleration.

    Smoothstep's peaks are ``1.5 way / T`` and ``6 way / T^2``.
    """
    return max(1.5 * way / speed, math.sqrt(6 * way / acceleration))


def plan_motion(
    start: Pose, target: Pose, joints: np.ndarray, half_width_m: float, pace: Pace
) -> np.ndarray | Refusal:
    """A straight line, as `plan_line`, with as many way-points as the pace and the joints allow."""
    metres, radians = distance(start, target)
    seconds = max(
        seconds_for(metres, pace.speed_m_s, MAX_ACCELERATION_M_S2),
        seconds_for(radians, pace.turn_rad_s, MAX_ACCELERATION_RAD_S2),
    )
    waypoints = max(1, math.ceil(seconds * pace.rate_hz))
    path = plan_line(start, target, joints, waypoints, half_width_m)
    if isinstance(path, Refusal):
        return path
    fastest = float(np.abs(np.diff(np.vstack([joints, path]), axis=0)).max()) * pace.rate_hz
    if fastest <= MAX_JOINT_RAD_S:
        return path
    slowed = math.ceil(waypoints * fastest / MAX_JOINT_RAD_S)
    return plan_line(start, target, joints, slowed, half_width_m)


def plan_line(
    start: Pose, target: Pose, joints: np.ndarray, waypoints: int, half_width_m: float
) -> np.ndarray | Refusal:
    """Joint angles along a straight line that starts and ends at rest.

    Args:
        start: Commanded pose of the pinch point.
        target: Where it shall be.
        joints: Commanded joint angles at `start` (6,) [rad].
        waypoints: How many way-points, the target included.
        half_width_m: From the middle to the outer side of a finger [m].

    Returns:
        Joint angles (waypoints, 6) [rad], or why the line is refused.
    """
    line = interpolate(start, target, waypoints)
    lowest_m = float(fingertip_heights(line, half_width_m).min())
    if lowest_m < -TABLE_MARGIN_M:
        return Refusal(f"the fingertips would be {_under_table(lowest_m)}")
    solutions = inverse(line, wrist_rad=float(joints[5]))
    path = _choose(line, solutions, joints)
    if isinstance(path, Refusal):
        return path
    touch = find_touch(np.vstack([joints, path]))
    return Refusal(touch) if touch else path


def _choose(line: np.ndarray, solutions: np.ndarray, joints: np.ndarray) -> np.ndarray | Refusal:
    """The nearest solution at each way-point of a line; refused where one lacks, or is too far."""
    path = nearest_along(solutions, joints)
    if path is not None:
        jumps_rad = np.abs(np.diff(np.vstack([joints, path]), axis=0))
        if jumps_rad.max() <= MAX_JOINT_JUMP_RAD:
            return path
    path = np.empty((len(line), 6))
    for i in range(len(line)):
        found = nearest(solutions[i], joints)
        x, y, z = line[i, :3, 3]
        if found is None:
            return Refusal(
                f"({x:.3f}, {y:.3f}, {z:.3f}) m with that orientation is out of the arm's reach"
            )
        jump_rad = float(np.abs(found - joints).max())
        if jump_rad > MAX_JOINT_JUMP_RAD:
            return Refusal(
                f"a joint would have to jump by {math.degrees(jump_rad):.0f} degrees near"
                f" ({x:.3f}, {y:.3f}, {z:.3f}) m"
                f" (limit {math.degrees(MAX_JOINT_JUMP_RAD):.0f} degrees)"
            )
        path[i] = joints = found
    return path


def interpolate(start: Pose, target: Pose, waypoints: int) -> np.ndarray:
    """Transforms (waypoints, 4, 4) from `start` (excluded) to `target`, smooth in speed.

    The position follows a straight line, the orientation one axis; both by the smoothstep
    ``3 u^2 - 2 u^3``, which starts and ends at rest.
    """
    u = np.arange(1, waypoints + 1) / waypoints
    share = u * u * (3 - 2 * u)
    first, last = to_matrix(start), to_matrix(target)
    turn = rotation_vector(last[:3, :3] @ first[:3, :3].T)
    line = np.tile(np.eye(4), (waypoints, 1, 1))
    line[:, :3, 3] = first[:3, 3] + share[:, None] * (last[:3, 3] - first[:3, 3])
    line[:, :3, :3] = _turns(turn, share) @ first[:3, :3]
    line[-1] = last
    return line


def fingertip_heights(tcp: np.ndarray, half_width_m: float) -> np.ndarray:
    """Heights above the table (n, 4) [m] of the fingertips' outer corners."""
    corners = np.array(
        [
            (x, y, FINGERTIP_M - TCP_OFFSET_M)
            for x in (-0.011, 0.011)
            for y in (-half_width_m, half_width_m)
        ]
    )
    return np.asarray((corners @ tcp[:, 2, :3].T + tcp[:, 2, 3]).T)


def _under_table(lowest_m: float) -> str:
    margin_mm = 1000 * TABLE_MARGIN_M
    return f"{-1000 * lowest_m:.0f} mm under the table top (limit {margin_mm:.0f} mm)"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _turns(turn: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations (n, 3, 3) about one axis, each by a share (n,) of the rotation vector `turn`."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return np.tile(np.eye(3), (len(share), 1, 1))
    x, y, z = turn / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angles = (share * angle)[:, None, None]
    return np.asarray(np.eye(3) + np.sin(angles) * k + (1 - np.cos(angles)) * (k @ k))
