"""Turns of many steps at once, as quaternions (n, 4) with the real part last; numpy only.

What is no turn (a quaternion of zeros, anything that is not finite) becomes not-a-number.
"""

from __future__ import annotations

import numpy as np


def multiplied(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The turns (n, 4) that first turn by `b`, then by `a`.

    >>> half = np.array([[0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)]])
    >>> multiplied(half, half).round(9).tolist()
    [[0.0, 0.0, 1.0, 0.0]]
    """
    u, v, p, q = a[..., :3], b[..., :3], a[..., 3:], b[..., 3:]
    imaginary = p * v + q * u + np.cross(u, v)
    return np.concatenate([imaginary, p * q - (u * v).sum(-1, keepdims=True)], axis=-1)


def inverted(turns: np.ndarray) -> np.ndarray:
    """The opposite turns (n, 4)."""
    return np.asarray(turns * np.array([-1.0, -1.0, -1.0, 1.0]))


def to_vectors(turns: np.ndarray) -> np.ndarray:
    """Rotation vectors (n, 3) [rad] of turns (n, 4), of at most half a turn each.

    >>> to_vectors(from_vectors(np.array([[0.1, -0.2, 0.3]]))).round(9).tolist()
    [[0.1, -0.2, 0.3]]
    """
    turns = np.where(turns[..., 3:] < 0, -turns, turns)
    sine = np.linalg.norm(turns[..., :3], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, turns[..., 3:])
    small = sine < 1e-12
    return np.asarray(turns[..., :3] * np.where(small, 2.0, angle / np.where(small, 1.0, sine)))


def from_vectors(vectors: np.ndarray) -> np.ndarray:
    """Turns (n, 4) by rotation vectors (n, 3) [rad]."""
    half = np.linalg.norm(vectors, axis=-1, keepdims=True) / 2
    return np.concatenate([vectors / 2 * np.sinc(half / np.pi), np.cos(half)], axis=-1)


def from_quaternions(quaternions: np.ndarray) -> np.ndarray:
    """Turns (n, 4) by quaternions (n, 4) of any length, real part last."""
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True))


def from_euler(angles: np.ndarray) -> np.ndarray:
    """Turns (n, 4) by roll, pitch and yaw (n, 3) [rad], one after another about fixed axes.

    >>> from_euler(np.array([[np.pi, 0.0, 0.0]])).round(9).tolist()
    [[1.0, 0.0, 0.0, 0.0]]
    """
    return multiplied(_about(2, angles), multiplied(_about(1, angles), _about(0, angles)))


def from_euler_zxy(angles: np.ndarray) -> np.ndarray:
    """Turns (n, 4) by yaw, roll and pitch (n, 3) [rad], one after another about fixed axes."""
    roll_pitch_yaw = angles[:, [1, 2, 0]]
    yaw, roll, pitch = (_about(axis, roll_pitch_yaw) for axis in (2, 0, 1))
    return multiplied(pitch, multiplied(roll, yaw))


def from_matrices(matrices: np.ndarray) -> np.ndarray:
    """Turns (n, 4) of rotation matrices (n, 3, 3), by the largest of the four components."""
    m = np.moveaxis(np.asarray(matrices, dtype=float), 0, -1)
    xx, yy, zz = m[0, 0], m[1, 1], m[2, 2]
    xy, xz, yz = m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1]
    xw, yw, zw = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    rows = np.array(
        [
            [1 + xx - yy - zz, xy, xz, xw],
            [xy, 1 - xx + yy - zz, yz, yw],
            [xz, yz, 1 - xx - yy + zz, zw],
            [xw, yw, zw, 1 + xx + yy + zz],
        ]
    )
    largest = np.argmax(rows[range(4), range(4)], axis=0)
    return from_quaternions(rows[largest, :, np.arange(len(largest))])


def from_matrix_columns(numbers: np.ndarray) -> np.ndarray:
    """Turns (n, 4) of homogeneous transforms (n, 16), column by column."""
    return from_matrices(numbers.reshape(-1, 4, 4).transpose(0, 2, 1)[:, :3, :3])


def _about(axis: int, angles: np.ndarray) -> np.ndarray:
    vectors = np.zeros_like(angles)
    vectors[:, axis] = angles[:, axis]
    return from_vectors(vectors)
