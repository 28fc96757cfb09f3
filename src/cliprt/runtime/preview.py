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

from cliprt.geometry import apply_motion, box_corners, in_base, to_matrix
from cliprt.runtime.gate import Gate
from cliprt.types import GripperState, Motion, Pose, Primitive

Line = tuple[tuple[float, float], ...]
"""Points of a drawn line, x to the right and y down, in shares 0..1 of the picture."""

Project = Callable[[np.ndarray], np.ndarray]
"""Points (n, 3) [m] -> where they are in a picture (n, 2), in shares; nan behind the camera."""

Place = Sequence[float] | np.ndarray
"""A place in a picture (2,), in shares."""

OPEN_M = 0.085
"""Between the fingers of an open gripper where nobody measures it."""

FINGER_M = (0.02, 0.018, 0.072)
"""A drawn finger: breadth, thickness, length."""

PALM_M = (0.045, 0.10, 0.045)
"""The drawn part that holds the fingers: breadth, width, height."""

TIP_M = 0.012
"""How far the fingers reach beyond the pinch point."""

ARROW_M = 0.12
"""An arrow that shows a way only."""

SHORTEST_ARC_M = 0.004
"""A turn that moves no part of the gripper by more than this is not drawn."""

HEAD = (0.02, 0.045)
"""Shortest and longest head of an arrow, in shares of the picture."""

POINTS = 24
"""Of a line or an arc in space."""

PICTURE = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
"""Corners of a picture, in shares."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """Something to draw, in space.

    Attributes:
        kind: ``"arrow"``: along its points (n, 3); ``"line"``: the same without a head;
            ``"solid"``: the outline of blocks, each the hull of some points, together
            (blocks, n, 3).
        points: Base frame [m].
    """

    kind: Literal["arrow", "line", "solid"]
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
    if gripper is None and gate.simulation is not None:
        opening_m = gate.simulation.gripper_opening_m
    return _draw(gate, sketch(pose_before, primitives, opening_m), cameras)


def draw_left(gate: Gate, pose: Pose, cameras: Iterable[str]) -> dict[str, tuple[Line, ...]]:
    """An arrow from `pose` [m, rad] to the robot's left, as in `draw_target`."""
    start = np.array(pose[:3])
    return _draw(gate, [_straight(start, start + np.array([0, ARROW_M, 0]))], cameras)


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
            strokes.append(_straight(np.array(pose[:3]), np.array(target[:3])))
        strokes += _arcs((*target[:3], *pose[3:]), primitive.motion, opening_m)
        wanted_m = {"open": OPEN_M, "closed": 0.0, None: opening_m}[primitive.gripper]
        if primitive.gripper:
            strokes += _pinches(target, opening_m, wanted_m)
        pose, opening_m = target, wanted_m
    return (*strokes, _gripper(pose, opening_m))


def flatten(strokes: Iterable[Stroke], project: Project) -> tuple[Line, ...]:
    """Strokes as lines of a picture, cut off at its edges; nothing of what is behind the camera."""
    lines: list[Line] = []
    for stroke in strokes:
        if stroke.kind == "solid":
            lines += silhouette([project(block) for block in stroke.points])
            continue
        places = project(stroke.points)
        for run in _runs(places):
            lines += clip(run)
        if stroke.kind == "arrow" and not np.isnan(places[-1]).any():
            lines += clip(_head(places[~np.isnan(places).any(axis=1)]))
    return tuple(lines)


def silhouette(blocks: Sequence[np.ndarray]) -> list[Line]:
    """The outline of several blocks together, each the hull of places (n, 2).

    A block is left out when a part of it is behind the camera or more than half of it beside the
    picture: there is no outline that a person would recognise.
    """
    hulls = [hull(places) for places in blocks if _is_in_view(places)]
    lines: list[Line] = []
    for corners in hulls:
        others = [other for other in hulls if other is not corners]
        for start, end in pairwise([*corners, corners[0]]):
            hidden = sorted(span for other in others if (span := find_span(start, end, other)))
            shown = 0.0
            for enter, leave in (*hidden, (1.0, 1.0)):
                if enter > shown:
                    ends = [start + share * (end - start) for share in (shown, enter)]
                    lines += clip(np.array(ends))
                shown = max(shown, leave)
    return lines


def hull(places: np.ndarray) -> np.ndarray:
    """Corners (k, 2) of the convex hull of places (n, 2), around; by Andrew's monotone chain."""
    ordered = sorted({(float(x), float(y)) for x, y in places})
    corners: list[tuple[float, float]] = []
    for way in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for place in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], place) <= 0:
                chain.pop()
            chain.append(place)
        corners += chain[:-1]
    return np.array(corners or ordered)


def clip(places: np.ndarray) -> list[Line]:
    """The parts of a line through places (n, 2) that are inside the picture."""
    parts: list[list[tuple[float, float]]] = []
    for start, end in pairwise(places):
        span = find_span(start, end, PICTURE)
        if span is None:
            continue
        first, last = (_inside(start + share * (end - start)) for share in span)
        if parts and parts[-1][-1] == first:
            parts[-1].append(last)
        else:
            parts.append([first, last])
    return [tuple(part) for part in parts]


def find_span(
    start: np.ndarray, end: np.ndarray, corners: np.ndarray
) -> tuple[float, float] | None:
    """Which part of a segment is inside a convex polygon (k, 2), in shares; by Cyrus and Beck."""
    enter, leave = 0.0, 1.0
    for corner, following in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        room = _turn(corner, following, start)
        speed = _turn(corner, following, end) - room
        if abs(speed) < 1e-15:
            if room < 0:
                return None
        elif speed > 0:
            enter = max(enter, -room / speed)
        else:
            leave = min(leave, -room / speed)
    return (enter, leave) if enter < leave else None


def _draw(
    gate: Gate, strokes: Sequence[Stroke], cameras: Iterable[str]
) -> dict[str, tuple[Line, ...]]:
    return {camera: flatten(strokes, projector(gate, camera)) for camera in cameras}


def projector(gate: Gate, camera: str) -> Project:
    """Where points are in a camera's picture; nan also where the robot cannot say."""

    def project(points_m: np.ndarray) -> np.ndarray:
        places = gate.project(points_m, camera)
        return np.full((len(points_m), 2), np.nan) if places is None else places

    return project


def _straight(start: np.ndarray, end: np.ndarray) -> Stroke:
    return Stroke("arrow", start + np.linspace(0, 1, POINTS)[:, None] * (end - start))


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
    """How the fingers move: outside of them when they close, between them when they open."""
    beside_m = FINGER_M[1] if after_m < before_m else 0.0
    strokes = []
    for side in (1, -1):
        y = side * (np.linspace(before_m, after_m, POINTS) / 2 + beside_m)
        zero = np.zeros(POINTS)
        at = np.stack([zero, y, zero, zero + 1], axis=1) @ to_matrix(pose).T
        strokes.append(Stroke("arrow", at[:, :3]))
    return strokes


def _gripper(pose: Pose, opening_m: float) -> Stroke:
    """Two fingers, the pinch point between them, and what holds them."""
    _, thickness, length = FINGER_M
    side_m = (opening_m + thickness) / 2
    finger_z, palm_z = TIP_M - length / 2, TIP_M - length - PALM_M[2] / 2
    centres = np.array([(0, side_m, finger_z), (0, -side_m, finger_z), (0, 0, palm_z)])
    sizes = np.array([FINGER_M, FINGER_M, PALM_M])
    corners = centres[:, None] + box_corners((-0.5,) * 3, (0.5,) * 3) * sizes[:, None]
    return Stroke("solid", in_base(corners, to_matrix(pose)))


def _head(places: np.ndarray) -> np.ndarray:
    """The head of an arrow along places (n, 2): barb, tip, barb; none on a mere dot."""
    tip = places[-1]
    length = float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    if length < HEAD[0] / 4:
        return places[:0]
    size = float(np.clip(length / 3, *HEAD))
    far = places[np.linalg.norm(places - tip, axis=1) >= min(size, length) / 2]
    way = tip - (far[-1] if len(far) else places[0])
    way = way / np.linalg.norm(way) * size
    across = 0.5 * np.array([-way[1], way[0]])
    return np.array([tip - way + across, tip, tip - way - across])


def _runs(places: np.ndarray) -> list[np.ndarray]:
    """The stretches of a line (n, 2) that are in front of the camera."""
    behind = np.isnan(places).any(axis=1)
    runs = np.split(places, np.flatnonzero(behind))
    return [run[~np.isnan(run).any(axis=1)] for run in runs if len(run) > 1]


def _is_in_view(places: np.ndarray) -> bool:
    seen = ((places >= 0) & (places <= 1)).all(axis=1)
    return not np.isnan(places).any() and bool(seen.mean() >= 0.5)


def _turn(a: Place, b: Place, c: Place) -> float:
    """Above 0 where a, b, c turn like the corners of a hull do."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _inside(place: np.ndarray) -> tuple[float, float]:
    x, y = np.clip(place, 0.0, 1.0)
    return float(x), float(y)
