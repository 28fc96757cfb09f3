"""Draws where the workspace ends that a motion would leave: a square on the wall, in its way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from cliprt.geometry import apply_motion
from cliprt.runtime.gate import Gate
from cliprt.runtime.limits import AXES, Limits, find_violation
from cliprt.runtime.preview import POINTS, Line, Stroke, draw_target, flatten, projector
from cliprt.types import Pose, Primitive

HALF_M = 0.08
"""Half the edge of the square."""


def draw_move(
    gate: Gate, pose: Pose, primitives: Sequence[Primitive], cameras: Sequence[str]
) -> dict[str, tuple[Line, ...]]:
    """Where a move leads (`draw_target`), and the limit where it would leave the workspace."""
    target = draw_target(gate, pose, primitives, cameras)
    wall = draw_wall(gate, pose, primitives, cameras)
    return {camera: (*target[camera], *wall[camera]) for camera in cameras}


def draw_wall(
    gate: Gate, pose: Pose, primitives: Sequence[Primitive], cameras: Iterable[str]
) -> dict[str, tuple[Line, ...]]:
    """Camera -> lines, as in `draw_target`; none where nothing would be left.

    Args:
        gate: The robot, whose limits are drawn.
        pose: Commanded pose before the first of them [m, rad].
        primitives: One, or several that follow each other.
        cameras: Names of the pictures to draw on.
    """
    strokes: tuple[Stroke, ...] = ()
    for primitive in primitives:
        why = find_violation(pose, primitive.motion, primitive.gripper, gate.limits)
        if why:
            strokes = sketch_wall(pose, why, gate.limits)
            break
        pose = apply_motion(pose, primitive.motion)
    return {camera: flatten(strokes, projector(gate, camera)) for camera in cameras}


def sketch_wall(pose: Pose, why: str, limits: Limits) -> tuple[Stroke, ...]:
    """The square, in space, that a refusal from `pose` is about; nothing for one that is none."""
    values: dict[str, Any] = getattr(why, "values", {})
    if values.get("verb") != "would be":
        return ()
    axis = AXES.index(values["axis"])
    first, second = (i for i in range(3) if i != axis)
    middle = np.clip(pose[:3], limits.lower, limits.upper)
    middle[axis] = values["limit"]
    corners = np.tile(middle, (5, 1))
    corners[:, first] += HALF_M * np.array([-1, 1, 1, -1, -1])
    corners[:, second] += HALF_M * np.array([-1, -1, 1, 1, -1])
    corners = np.clip(corners, limits.lower, limits.upper)
    sides = [a + np.linspace(0, 1, POINTS)[:, None] * (b - a) for a, b in pairwise(corners)]
    return (Stroke("line", np.vstack(sides)),)
