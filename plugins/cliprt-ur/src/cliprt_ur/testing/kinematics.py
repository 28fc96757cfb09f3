"""Where a UR5e's flange is, and which joint angles bring it somewhere: in closed form.

The arm is a plane of three parallel joints (2, 3, 4) on a turntable (1), with a wrist (5, 6) at
its end.  Turntable and wrist follow from the pose; what is left is a triangle.  Lengths are those
of the maker's table for the UR5e; a real arm's differ by its calibration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

BASE_M, UPPER_M, LOWER_M = 0.1625, -0.425, -0.3922
"""``d1``, ``a2``, ``a3``: shoulder above the base, upper arm, forearm."""

SIDE_M, WRIST_M, FLANGE_M = 0.1333, 0.0997, 0.0996
"""``d4``, ``d5``, ``d6``: beside the arm's plane, along the wrist, out to the flange."""

JOINT_LIMIT_RAD = 2 * math.pi + 1e-9
"""Of every joint either way; a joint at its limit is within it, whatever the rounding."""

_TINY = 1e-9

Joints = tuple[float, ...]


def forward(joints: Sequence[float]) -> np.ndarray:
    """Joint angles (6,) [rad] -> the flange in Base, as a transform (4, 4) [m]."""
    one, two, three, four, five, six = joints
    c1, s1 = math.cos(one), math.sin(one)
    c5, s5 = math.cos(five), math.sin(five)
    c6, s6 = math.cos(six), math.sin(six)
    c, s = math.cos(two + three + four), math.sin(two + three + four)
    # In the arm's plane: how far out, how high above the shoulder.
    out = UPPER_M * math.cos(two) + LOWER_M * math.cos(two + three)
    up = UPPER_M * math.sin(two) + LOWER_M * math.sin(two + three)
    aside = np.array([s1, -c1, 0.0])
    along_5 = np.array([s * c1, s * s1, -c])
    across = np.array([c * c1, c * s1, s])
    x5 = c5 * across + s5 * aside
    t = np.eye(4)
    t[:3, 0] = c6 * x5 - s6 * along_5
    t[:3, 1] = -s6 * x5 - c6 * along_5
    t[:3, 2] = c5 * aside - s5 * across
    wrist = np.array([out * c1, out * s1, BASE_M + up]) + SIDE_M * aside
    t[:3, 3] = wrist + WRIST_M * along_5 + FLANGE_M * t[:3, 2]
    return t


def inverse(flange: np.ndarray, six_rad: float = 0.0) -> list[Joints]:
    """All joint angles (up to 8, each (6,) in -pi..pi [rad]) that bring the flange there.

    Args:
        flange: Transform (4, 4) [m] in Base.
        six_rad: Angle of the last joint where the wrist is straight and it is free.
    """
    (xx, yx, zx, px), (xy, yy, zy, py), (xz, yz, zz, pz), _ = flange.tolist()
    wx, wy = px - FLANGE_M * zx, py - FLANGE_M * zy
    reach = math.hypot(wx, wy)
    if reach < SIDE_M:
        return []
    found = []
    towards, half = math.atan2(wy, wx), math.acos(SIDE_M / reach)
    for one in (towards + half + math.pi / 2, towards - half + math.pi / 2):
        c1, s1 = math.cos(one), math.sin(one)
        x_aside, y_aside, z_aside = xx * s1 - xy * c1, yx * s1 - yy * c1, zx * s1 - zy * c1
        bend = math.hypot(x_aside, y_aside)
        for sign in (1.0, -1.0) if bend > _TINY else (1.0,):
            five = math.atan2(sign * bend, z_aside)
            six = math.atan2(-sign * y_aside, sign * x_aside) if bend > _TINY else six_rad
            c6, s6 = math.cos(six), math.sin(six)
            ax, ay, az = (-s6 * xx - c6 * yx, -s6 * xy - c6 * yy, -s6 * xz - c6 * yz)
            leaning = math.atan2(ax * c1 + ay * s1, -az)
            out = (wx - WRIST_M * ax) * c1 + (wy - WRIST_M * ay) * s1
            up = pz - FLANGE_M * zz - WRIST_M * az - BASE_M
            for two, three in _triangle(out, up):
                four = leaning - two - three
                found.append(tuple(map(_wrapped, (one, two, three, four, five, six))))
    return found


def nearest(flange: np.ndarray, near: Sequence[float]) -> Joints | None:
    """The joint angles (6,) [rad] for a flange (4, 4) [m] that need the least turning from `near`.

    Each within two half turns of zero, as the joints are; None = out of reach.
    """
    best, least = None, math.inf
    for joints in inverse(flange, near[5]):
        turned = tuple(map(_nearest_turn, joints, near))
        most = max(abs(a - b) for a, b in zip(turned, near, strict=True))
        if most < least:
            best, least = turned, most
    return best


def _triangle(out: float, up: float) -> list[tuple[float, float]]:
    """Shoulder and elbow for a wrist in the arm's plane: elbow up, elbow down, or none."""
    cosine = (out * out + up * up - UPPER_M**2 - LOWER_M**2) / (2 * UPPER_M * LOWER_M)
    if abs(cosine) > 1 + _TINY:
        return []
    bend = math.acos(min(max(cosine, -1.0), 1.0))
    found = []
    for three in (bend, -bend):
        beyond = math.atan2(LOWER_M * math.sin(three), UPPER_M + LOWER_M * math.cos(three))
        found.append((math.atan2(up, out) - beyond, three))
    return found


def _wrapped(angle: float) -> float:
    return math.remainder(angle, 2 * math.pi)


def _nearest_turn(angle: float, near: float) -> float:
    turned = near + _wrapped(angle - near)
    if abs(turned) > JOINT_LIMIT_RAD:
        turned -= math.copysign(2 * math.pi, turned)
    return turned
