"""Shows a motion before it is made: arrows to where the gripper goes, and its outline there.

What is drawn is first described in space (base frame), by pure functions; `draw_target` then asks
the gate's cameras where that is in their pictures.  A drawing is nothing but lines in shares of a
picture, so a browser can lay it over any size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from cliprt.geometry import apply_motion, to_matrix
from cliprt.runtime.gate import Gate
from cliprt.types import GripperState, Motion, Pose, Primitive

Line = tuple[tuple[float, float], ...]
"""Points of a drawn line, x to the right and y down, in shares 0..1 of the picture."""

Project = Callable[[np.ndarray], np.ndarray]
"""Points (n, 3) [m] -> where they are in a picture (n, 2), in shares; nan behind the camera."""

OPEN_M = 0.085
"""Between the fingers of an open gripper where nobody measures it."""

FINGER_M = (0.02, 0.018, 0.072)
"""A drawn finger: breadth, thickness, length."""

PALM_M = (0.045, 0.10, 0.045)
"""The drawn part that holds the fingers: breadth, width, height."""

TIP_M = 0.012
"""How far the fingers reach beyond the pinch point."""

SHORTEST_ARC_M = 0.004
"""A turn that moves no part of the gripper by more than this is not drawn."""

HEAD = (0.016, 0.045)
"""Shortest and longest head of an arrow, in shares of the picture."""

POINTS = 24
"""Of a line or an arc in space."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """Something to draw, in space.

    Attributes:
        kind: ``"arrow"`` along its points; ``"solid"``: the outline of all of them.
        points: Base frame (n, 3) [m].
    """

    kind: Literal["arrow", "solid"]
    points: np.ndarray


def draw_target(
    gate: Gate,
    pose_before: Pose,
    primitives: Sequence[Primitive],
    cameras: Iterable[str],
    gripper: GripperState | None = None,
) -> dict[str, tuple[Line, ...]]:
    """Lines that show where `primitives` bring the gripper, for pictures taken now.

    Args:
        gate: The robot, whose cameras are asked; ready or stopped, since looking moves nothing.
        pose_before: Commanded pose before the first of them [m, rad].
        primitives: One, or several that follow each other.
        cameras: Names of the pictures to draw on.
        gripper: The fingers' state before; None = as far open as the world measures, where there
            is one, else open.

    Returns:
        Camera -> arrows first, then the gripper at its target.  Nothing is drawn (empty) where the
        robot does not know where its cameras are.
    """
    opening_m = {"open": OPEN_M, "closed": 0.0, None: OPEN_M}[gripper]
    if gripper is None and gate.world is not None:
        opening_m = gate.world.gripper_opening_m
    strokes = sketch(pose_before, primitives, opening_m)
    drawn: dict[str, tuple[Line, ...]] = {}
    for camera in cameras:

        def project(points_m: np.ndarray, camera: str = camera) -> np.ndarray:
            places = gate.project(points_m, camera)
            return np.full((len(points_m), 2), np.nan) if places is None else places

        drawn[camera] = flatten(strokes, project)
    return drawn


def sketch(
    pose: Pose, primitives: Sequence[Primitive], opening_m: float = OPEN_M
) -> tuple[Stroke, ...]:
    """What to draw for primitives from `pose`, in space: arrows for each, the gripper at the end.

    Args:
        pose: Of the pinch point, before the first of them [m, rad].
        primitives: In order.
        opening_m: Distance of the fingers before [m].
    """
    strokes: list[Stroke] = []
    for primitive in primitives:
        target = apply_motion(pose, primitive.motion)
        if any(primitive.motion[:3]):
            share = np.linspace(0, 1, POINTS)[:, None]
            start, end = np.array(pose[:3]), np.array(target[:3])
            strokes.append(Stroke("arrow", start + share * (end - start)))
        strokes += _arcs((*target[:3], *pose[3:]), primitive.motion, opening_m)
        wanted_m = {"open": OPEN_M, "closed": 0.0, None: opening_m}[primitive.gripper]
        if primitive.gripper:
            strokes += _pinches(target, opening_m, wanted_m)
        pose, opening_m = target, wanted_m
    return (*strokes, *_gripper(pose, opening_m))


def flatten(strokes: Iterable[Stroke], project: Project) -> tuple[Line, ...]:
    """Strokes as lines of a picture, cut off at its edges; nothing of what is behind the camera."""
    lines: list[Line] = []
    for stroke in strokes:
        places = project(stroke.points)
        if stroke.kind == "solid":
            # Half a solid has no outline: only what is in front as a whole is drawn.
            corners = [] if np.isnan(places).any() else outline(places)
            lines += clip([*corners, *corners[:1]])
            continue
        for run in _runs(places):
            lines += clip([*run])
        if len(places) > 1 and not np.isnan(places[-2:]).any():
            lines += clip(_head(places[~np.isnan(places).any(axis=1)]))
    return tuple(lines)


def outline(places: np.ndarray) -> list[np.ndarray]:
    """Corners of the convex hull of points (n, 2), around; by Andrew's monotone chain."""
    ordered = sorted({(float(x), float(y)) for x, y in places})
    if len(ordered) < 3:
        return [np.array(place) for place in ordered]
    chains = []
    for points in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for point in points:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains += chain[:-1]
    return [np.array(place) for place in chains]


def clip(places: Sequence[np.ndarray]) -> list[Line]:
    """The parts of a line through `places` that are inside the picture; by Liang and Barsky."""
    parts: list[list[tuple[float, float]]] = []
    for start, end in pairwise(places):
        step = end - start
        enter, leave = 0.0, 1.0
        for way, room in ((-step, start), (step, 1 - start)):
            for speed, distance in zip(way, room, strict=True):
                if speed == 0:
                    enter = enter if distance >= 0 else np.inf
                elif speed < 0:
                    enter = max(enter, distance / speed)
                else:
                    leave = min(leave, distance / speed)
        if enter > leave:
            continue
        first, last = (_inside(start + share * step) for share in (enter, leave))
        if parts and parts[-1][-1] == first:
            parts[-1].append(last)
        else:
            parts.append([first, last])
    return [tuple(part) for part in parts]


def _arcs(pose: Pose, motion: Motion, opening_m: float) -> list[Stroke]:
    """How a turn moves the part of the gripper that it moves most."""
    side_m = opening_m / 2 + FINGER_M[1]
    parts = np.array([(0, side_m, 0, 1), (0, -side_m, 0, 1), (0, 0, TIP_M - 2 * FINGER_M[2], 1)])
    shares = np.linspace(0, 1, POINTS)
    poses = [apply_motion(pose, (0, 0, 0, *(share * x for x in motion[3:]))) for share in shares]
    ways = np.stack([parts @ to_matrix(at).T for at in poses], axis=1)[:, :, :3]
    lengths = np.linalg.norm(np.diff(ways, axis=1), axis=2).sum(axis=1)
    longest = max(float(lengths.max()), SHORTEST_ARC_M)
    # Both fingers, where they move alike.
    return [Stroke("arrow", ways[i]) for i in range(3) if lengths[i] > 0.999 * longest]


def _pinches(pose: Pose, before_m: float, after_m: float) -> list[Stroke]:
    """How the fingers move."""
    strokes = []
    for side in (1, -1):
        y = side * (np.linspace(before_m, after_m, POINTS) / 2 + FINGER_M[1] / 2)
        zero = np.zeros(POINTS)
        at = np.stack([zero, y, zero, zero + 1], axis=1) @ to_matrix(pose).T
        strokes.append(Stroke("arrow", at[:, :3]))
    return strokes


def _gripper(pose: Pose, opening_m: float) -> list[Stroke]:
    """Two fingers, the pinch point between them, and what holds them."""
    breadth, thickness, length = FINGER_M
    side_m = (opening_m + thickness) / 2
    finger_z, palm_z = TIP_M - length / 2, TIP_M - length - PALM_M[2] / 2
    boxes = (
        ((0, side_m, finger_z), (breadth, thickness, length)),
        ((0, -side_m, finger_z), (breadth, thickness, length)),
        ((0, 0, palm_z), PALM_M),
    )
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    frame = to_matrix(pose)
    return [
        Stroke("solid", (at + signs * size / 2) @ frame[:3, :3].T + frame[:3, 3])
        for at, size in ((np.array(at), np.array(size)) for at, size in boxes)
    ]


def _head(places: np.ndarray) -> list[np.ndarray]:
    """The head of an arrow along places (n, 2): barb, tip, barb; none on a mere dot."""
    tip = places[-1]
    length = float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    if length < HEAD[0] / 2:
        return []
    size = float(np.clip(length / 3, *HEAD))
    far = places[np.linalg.norm(places - tip, axis=1) >= min(size, length) / 2]
    way = tip - (far[-1] if len(far) else places[0])
    way = way / np.linalg.norm(way) * size
    across = 0.5 * np.array([-way[1], way[0]])
    return [tip - way + across, tip, tip - way - across]


def _runs(places: np.ndarray) -> list[np.ndarray]:
    """The stretches of a line (n, 2) that are in front of the camera."""
    behind = np.isnan(places).any(axis=1)
    runs = np.split(places, np.flatnonzero(behind))
    return [run[~np.isnan(run).any(axis=1)] for run in runs if len(run) > 1]


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _inside(place: np.ndarray) -> tuple[float, float]:
    x, y = np.clip(place, 0.0, 1.0)
    return float(x), float(y)
