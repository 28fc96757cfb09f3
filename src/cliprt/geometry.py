"""Poses and motions: pure functions, numpy only.

Base frame: x forward, y left, z up; metres and radians.  A motion ``(dx, dy, dz, droll, dpitch,
dyaw, g)`` changes a pose ``(p, R)`` of the pinch point (TCP) to::

    p' = p + (dx, dy, dz)
    R' = Rz(dyaw) Ry(dpitch) Rx(droll)  R  Rz(g)

so roll, pitch and yaw turn about the fixed base axes through the TCP, and the gripper rotation
turns about the tool's own axis.  Signs follow the CLIP-RT table: y+ left, z+ up, pitch+ tilts
down, roll+/yaw+/gripper+ are called clockwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from cliprt.types import Motion, Pose

_NO_TURN = np.eye(3)


def _norm(v: np.ndarray) -> float:
    """As ``np.linalg.norm``, to the bit, in a fraction of its time."""
    return math.sqrt(v.dot(v))


def rotation_matrix(rotation_vector: Sequence[float] | np.ndarray) -> np.ndarray:
    """Rotation vector (3,) [rad] -> matrix (3, 3), by Rodrigues' formula.

    >>> rotation_matrix((0, 0, math.pi / 2)).round(9) @ (1, 0, 0)
    array([0., 1., 0.])
    """
    v = np.asarray(rotation_vector, dtype=float)
    angle = _norm(v)
    if angle < 1e-12:
        return np.eye(3)
    if not math.isfinite(angle):  # a stranger's record may hold anything
        return np.full((3, 3), math.nan)
    x, y, z = (v / angle).tolist()
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(_NO_TURN + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k)


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) -> rotation vector (3,) [rad], exact up to half a turn.

    Goes through the quaternion whose largest component is taken first, which stays accurate near
    0 and near pi (where the sign of the axis is free).

    >>> rotation_vector(rotation_matrix((0.1, -0.2, 0.3))).round(9).tolist()
    [0.1, -0.2, 0.3]
    """
    m = np.asarray(matrix, dtype=float).tolist()
    trace = m[0][0] + m[1][1] + m[2][2]
    i = int(np.argmax([trace, m[0][0], m[1][1], m[2][2]]))
    if i == 0:
        q = np.array([1 + trace, m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]])
    else:
        a, b, c = i - 1, i % 3, (i + 1) % 3
        q = np.zeros(4)
        q[0] = m[c][b] - m[b][c]
        q[1 + a] = 1 + m[a][a] - m[b][b] - m[c][c]
        q[1 + b] = m[b][a] + m[a][b]
        q[1 + c] = m[c][a] + m[a][c]
    q /= _norm(q)
    if q[0] < 0:
        q = -q
    s = _norm(q[1:])
    if s < 1e-12:
        return np.zeros(3)
    return np.asarray(q[1:] / s * 2 * math.atan2(s, q[0]))


def rotation_about(axis: int, angle_rad: float) -> np.ndarray:
    """Matrix (3, 3) of a turn about base axis 0 (x), 1 (y) or 2 (z).

    >>> (rotation_about(2, math.pi) @ (1, 0, 0)).round(9).tolist()
    [-1.0, 0.0, 0.0]
    """
    v = np.zeros(3)
    v[axis] = angle_rad
    return rotation_matrix(v)


def to_matrix(pose: Sequence[float]) -> np.ndarray:
    """Pose (6,) -> homogeneous transform (4, 4).

    >>> to_matrix((0.4, 0.0, 0.2, 0.0, 0.0, 0.0))[:3, 3].tolist()
    [0.4, 0.0, 0.2]
    """
    t = np.eye(4)
    t[:3, :3] = rotation_matrix(pose[3:6])
    t[:3, 3] = pose[:3]
    return t


def from_matrix(transform: np.ndarray) -> Pose:
    """Homogeneous transform (4, 4) -> pose (6,).

    >>> from_matrix(to_matrix((0.4, 0.0, 0.2, 0.0, 0.0, 0.0)))
    (0.4, 0.0, 0.2, 0.0, 0.0, 0.0)
    """
    numbers = (*transform[:3, 3], *rotation_vector(transform[:3, :3]))
    return tuple(float(x) for x in numbers)  # type: ignore[return-value]


def in_base(points: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """Points (..., 3) [m] of the frame of a transform (4, 4), in the one that it is seen from.

    >>> in_base(np.array([[0.1, 0.0, 0.0]]), to_matrix((0, 0.2, 1, 0, 0, 0))).tolist()
    [[0.1, 0.2, 1.0]]
    """
    return np.asarray(points @ transform[:3, :3].T + transform[:3, 3])


def box_corners(
    lower: Sequence[float] | np.ndarray, upper: Sequence[float] | np.ndarray
) -> np.ndarray:
    """The eight corners (8, 3) of an upright box, from its lowest and its highest [m].

    >>> box_corners((0, 0, 0), (1, 2, 3))[[0, 1, -1]].tolist()
    [[0, 0, 0], [0, 0, 3], [1, 2, 3]]
    """
    return np.array(list(product(*zip(lower, upper, strict=True))))


def apply_motion(pose: Sequence[float], motion: Sequence[float]) -> Pose:
    """The pose (6,) [m, rad] that `motion` (7,) [m, rad] leads to (see the module).

    >>> home = (0.4, 0.0, 0.2, 0.0, 0.0, 0.0)
    >>> apply_motion(home, (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0))  # 5 cm to the left
    (0.4, 0.05, 0.2, 0.0, 0.0, 0.0)
    """
    t = to_matrix(pose)
    dx, dy, dz, roll, pitch, yaw, grip = motion
    t[:3, 3] += (dx, dy, dz)
    turn = rotation_about(2, yaw) @ rotation_about(1, pitch) @ rotation_about(0, roll)
    t[:3, :3] = turn @ t[:3, :3] @ rotation_about(2, grip)
    return from_matrix(t)


def invert_motion(motion: Sequence[float]) -> Motion:
    """The opposite of a motion along or about one axis.

    Raises:
        ValueError: Several rotations at once, which do not commute: no seven numbers undo them.

    >>> invert_motion((0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0))
    (0.0, -0.05, 0.0, 0.0, 0.0, 0.0, 0.0)
    """
    if sum(1 for x in motion[3:] if x) > 1:
        raise ValueError(f"only single-axis rotations can be inverted, got {tuple(motion)}")
    return tuple(-x if x else 0.0 for x in motion)  # type: ignore[return-value]


def motion_between(start: Sequence[float], end: Sequence[float]) -> Motion:
    """The motion that leads from one pose (6,) [m, rad] to another, by roll, pitch and yaw.

    Pitch lies within a quarter turn; where it is a whole one, roll is 0.

    >>> way = motion_between((0.4, 0.0, 0.25, 0.0, 0.0, 0.0), (0.4, 0.0, 0.5, 0.0, 0.0, 0.7))
    >>> [round(number, 9) for number in way if number]
    [0.25, 0.7]
    """
    a, b = to_matrix(start), to_matrix(end)
    turn = b[:3, :3] @ a[:3, :3].T
    pitch = math.asin(float(np.clip(-turn[2, 0], -1.0, 1.0)))
    if abs(turn[2, 0]) < 1 - 1e-9:
        roll, yaw = math.atan2(turn[2, 1], turn[2, 2]), math.atan2(turn[1, 0], turn[0, 0])
    else:
        roll, yaw = 0.0, math.atan2(-turn[0, 1], turn[1, 1])
    dx, dy, dz = (b[:3, 3] - a[:3, 3]).tolist()
    return (dx, dy, dz, roll, pitch, yaw, 0.0)


def distance(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    """Between two poses: (position [m], angle [rad]).

    >>> distance((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), (0.3, 0.4, 0.0, 0.0, 0.0, 0.5))
    (0.5, 0.5)
    """
    ta, tb = to_matrix(a), to_matrix(b)
    relative = ta[:3, :3].T @ tb[:3, :3]
    angle = float(np.linalg.norm(rotation_vector(relative)))
    return float(np.linalg.norm(ta[:3, 3] - tb[:3, 3])), angle
