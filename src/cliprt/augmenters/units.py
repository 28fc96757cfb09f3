"""Motions in whole numbers: 0.1 mm and 0.01 degree, so that sums are exact."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cliprt.types import NO_MOTION, Motion, Primitive

UNIT_M = 1e-4
UNIT_RAD = math.radians(0.01)
UNIT_SIZES = np.array([UNIT_M] * 3 + [UNIT_RAD] * 4)
"""Size of one unit on each of the seven axes [m, rad]."""

ROUNDING = 1e-4
"""A sum of floats that is this near to a whole unit [units] is that unit."""

Units = tuple[int, int, int, int, int, int, int]


def to_units(motion: Sequence[float]) -> Units:
    """A motion (7,) [m, rad] -> the whole units in it, towards zero.

    >>> to_units((0.05, 0.0, -0.00019, 0.0, 0.0, math.radians(45), 0.0))
    (500, 0, -1, 0, 0, 4500, 0)
    """
    amounts = np.asarray(motion) / UNIT_SIZES
    return tuple(int(x) for x in np.trunc(amounts + np.sign(amounts) * ROUNDING))  # type: ignore[return-value]


def sum_motions(motions: Iterable[Sequence[float]]) -> Motion:
    """The sum (7,) [m, rad], rounded once at the end; of nothing, no motion.

    >>> tenth = (0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    >>> sum_motions([tenth] * 10)[0], sum([0.1] * 10)
    (1.0, 0.9999999999999999)
    """
    return tuple(math.fsum(axis) for axis in zip(NO_MOTION, *motions, strict=True))  # type: ignore[return-value]


def entries_by_direction(
    primitives: Iterable[Primitive],
) -> Mapping[tuple[int, int], dict[int, Primitive]]:
    """A vocabulary's single-axis motions, sorted for spending.

    Returns:
        (axis 0..6, sign) -> {size in units: entry}, largest size first.

    >>> left = Primitive(0, "left", (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0))
    >>> {key: list(sizes) for key, sizes in entries_by_direction([left]).items()}
    {(1, 1): [500]}
    """
    found: dict[tuple[int, int], dict[int, Primitive]] = defaultdict(dict)
    for primitive in primitives:
        units = to_units(primitive.motion)
        moving = [axis for axis, size in enumerate(units) if size]
        if len(moving) == 1 and primitive.gripper is None:
            (axis,) = moving
            found[axis, 1 if units[axis] > 0 else -1][abs(units[axis])] = primitive
    return {key: dict(sorted(sizes.items(), reverse=True)) for key, sizes in found.items()}
