"""Motions as nobody should send them, and as people do, in a mixture that never runs out."""

import math

import numpy as np

WILD = (math.nan, math.inf, -math.inf, 1e308, -1e300, 1e6, 50.0, -3.0, 1e-320, -0.0, 10**400)
MALFORMED = (
    "up",
    b"down",
    None,
    7,
    {},
    (),
    (0.01,) * 6,
    (0.01,) * 8,
    [None] * 7,
    ["0.01"] * 7,
    (True,) + (0.0,) * 6,
    (1j,) + (0.0,) * 6,
    np.zeros((7, 1)),
)
GRIPPERS = (None, None, None, None, None, None, "open", "closed", "shut", 1, True, b"open")


def draw(rng):
    """A motion and a gripper state; many are fine, many are not."""
    kind = rng.choice(
        ["step", "turn", "both", "grip", "long", "spin", "wild", "malformed", "far"],
        p=[0.30, 0.12, 0.12, 0.04, 0.16, 0.04, 0.08, 0.06, 0.08],
    )
    gripper = GRIPPERS[rng.integers(len(GRIPPERS))] if rng.random() < 0.3 else None
    motion = np.zeros(7)
    if kind in ("step", "both", "long", "far"):
        direction = rng.normal(size=3)
        if rng.random() < 0.5:
            direction *= np.arange(3) == rng.integers(3)
        longest_m = {"step": 0.04, "both": 0.04, "long": 0.25, "far": 2.0}[kind]
        motion[:3] = direction / np.linalg.norm(direction) * longest_m * rng.random()
    if kind in ("turn", "both", "spin"):
        largest = math.radians(400 if kind == "spin" else 15)
        motion[3 + rng.integers(4)] = largest * rng.uniform(-1, 1)
        if rng.random() < 0.3:
            motion[3 + rng.integers(4)] = largest * rng.uniform(-1, 1)
    if kind == "malformed":
        return MALFORMED[rng.integers(len(MALFORMED))], gripper
    values = motion.tolist()
    if kind == "wild":
        values[rng.integers(7)] = WILD[rng.integers(len(WILD))]
    if kind == "grip":
        gripper = ("open", "closed")[rng.integers(2)]
    as_what = 0 if kind == "wild" else rng.integers(3)
    return (tuple(values), values, np.array(values))[as_what], gripper
