"""Where an arm belongs, worked out apart from the product: from words, and from joint angles.

Nothing here uses `cliprt.geometry` or the plugin's kinematics.
"""

import math

import numpy as np

METRES = {"one": 0.01, "five": 0.05, "ten": 0.10, "twenty": 0.20}
DEGREES = {"five": 5, "fifteen": 15, "fourty five": 45, "ninety": 90}
DIRECTIONS = {
    "back": (-1, 0, 0),
    "forward": (1, 0, 0),
    "to the right": (0, -1, 0),
    "to the left": (0, 1, 0),
    "lower": (0, 0, -1),
    "raise": (0, 0, 1),
}
TURNS = {"roll": 0, "tilt": 1, "yaw": 2, "rotate the gripper": 2}
UR5E_D = (0.1625, 0.0, 0.0, 0.1333, 0.0997, 0.0996)
UR5E_A = (0.0, -0.425, -0.3922, 0.0, 0.0, 0.0)
UR5E_ALPHA_DEG = (90, 0, 0, 90, -90, 0)


def turn(axis, degrees):
    """A turn about x, y or z as a transform (4, 4), written out."""
    angle = degrees * math.pi / 180
    c, s = math.cos(angle), math.sin(angle)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    t = np.eye(4)
    t[i, i], t[i, j], t[j, i], t[j, j] = c, -s, s, c
    return t


def shift(x, y, z):
    """A translation as a transform (4, 4)."""
    t = np.eye(4)
    t[:3, 3] = x, y, z
    return t


def transform(pose):
    """A pose as the controller has it (metres, rotation vector) as a transform (4, 4)."""
    angle = math.sqrt(sum(x * x for x in pose[3:6]))
    t = shift(*pose[:3])
    if angle > 1e-12:
        x, y, z = (v / angle for v in pose[3:6])
        c, s = math.cos(angle), math.sin(angle)
        t[:3, :3] = np.array(
            [
                [c + x * x * (1 - c), x * y * (1 - c) - z * s, x * z * (1 - c) + y * s],
                [y * x * (1 - c) + z * s, c + y * y * (1 - c), y * z * (1 - c) - x * s],
                [z * x * (1 - c) - y * s, z * y * (1 - c) + x * s, c + z * z * (1 - c)],
            ]
        )
    return t


def flange(joints):
    """Where the flange of a UR5e is in Base (4, 4), by the maker's table of its links."""
    t = np.eye(4)
    for angle, d, a, alpha in zip(joints, UR5E_D, UR5E_A, UR5E_ALPHA_DEG, strict=True):
        t = t @ turn(2, angle * 180 / math.pi) @ shift(a, 0, d) @ turn(0, alpha)
    return t


def pinch_point(joints, tcp):
    """Where the pinch point is in Base (4, 4)."""
    return flange(joints) @ transform(tcp)


def in_users_frame(base, base_rotation_deg):
    """A transform of Base, as the user sees it."""
    return turn(2, -base_rotation_deg) @ base


def after_words(phrase, start):
    """Where a phrase of the vocabulary leads from `start` (4, 4), user's frame."""
    t = start.copy()
    for words, direction in DIRECTIONS.items():
        if words in phrase and "centimeter" in phrase:
            amount = max((w for w in METRES if f" {w} centimeter" in phrase), key=len)
            t[:3, 3] += np.array(direction) * METRES[amount]
            return t
    for words, axis in TURNS.items():
        if phrase.startswith(words) and "degrees" in phrase:
            amount = max((w for w in DEGREES if f" {w} degrees" in phrase), key=len)
            sign = -1 if "counterclockwise" in phrase or "tilt arm up" in phrase else 1
            rotation = turn(axis, sign * DEGREES[amount])
            if words == "rotate the gripper":
                t[:3, :3] = t[:3, :3] @ rotation[:3, :3]
            else:
                t[:3, :3] = rotation[:3, :3] @ t[:3, :3]
            return t
    assert phrase in ("open the gripper", "close the gripper"), phrase
    return t


def apart(a, b):
    """Between two transforms: (millimetres, degrees)."""
    turned = a[:3, :3].T @ b[:3, :3]
    # The length of the skew part is the sine, exact where the cosine is not.
    sine = np.linalg.norm(turned - turned.T) / math.sqrt(8)
    cosine = (np.trace(turned) - 1) / 2
    return 1000 * float(np.linalg.norm(a[:3, 3] - b[:3, 3])), math.degrees(math.atan2(sine, cosine))
