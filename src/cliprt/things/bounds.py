"""How much room a body takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cliprt.geometry import box_corners, in_base, to_matrix
from cliprt.robots.meshes import read_mesh
from cliprt.robots.world import Body, Link, Part, Vector


def bounds(body: Body) -> tuple[Vector, Vector]:
    """Corners of the box, along the axes of the body's own frame, that it fills [m].

    Only what collides counts, or all that is seen where nothing does; joints are at their start.

    >>> from cliprt.robots.world import Body, Link, Part
    >>> bounds(Body("cube", (Link("cube", (Part("box", (0.04, 0.04, 0.04)),)),)))
    ((-0.02, -0.02, -0.02), (0.02, 0.02, 0.02))

    Raises:
        UsageError: A mesh of it cannot be read.
    """
    corners = np.concatenate(list(_corners(body, solid=True)) or list(_corners(body, solid=False)))
    lower, upper = corners.min(axis=0), corners.max(axis=0)
    return to_vector(lower), to_vector(upper)


def placed_parts(body: Body) -> Iterator[tuple[np.ndarray, Part]]:
    """Each part with its frame (4, 4) in the body's own, joints at their start."""
    frames: dict[str, np.ndarray] = {}
    for link in body.links:
        frame = frames[link.name] = _frame(link, frames, body.links[0].name)
        for part in link.parts:
            yield frame @ to_matrix(part.pose), part


def _corners(body: Body, solid: bool) -> Iterator[np.ndarray]:
    for at, part in placed_parts(body):
        if part.solid or not solid:
            yield in_base(part_corners(part), at)


def part_corners(part: Part) -> np.ndarray:
    """The eight corners (8, 3) of the box around a part, in the part's own frame [m]."""
    if part.shape == "mesh":
        lower, upper = read_mesh(part.file).box
        return box_corners(lower, upper) * part.size
    x, y, z = part.size
    half = {"box": (x / 2, y / 2, z / 2), "cylinder": (x, x, y / 2), "sphere": (x, x, x)}
    return box_corners([-edge for edge in half[part.shape]], half[part.shape])


def with_joints(body: Body, positions: Mapping[str, float]) -> Body:
    """The body with joints that start elsewhere: link -> position [rad or m]."""

    def moved(link: Link) -> Link:
        if link.joint is None or link.name not in positions:
            return link
        return replace(link, joint=replace(link.joint, start=positions[link.name]))

    return replace(body, links=tuple(map(moved, body.links)))


def _frame(link: Link, frames: dict[str, np.ndarray], base: str) -> np.ndarray:
    """A link's frame in its body's, its joint at the start."""
    if link.joint is None:
        return np.eye(4)
    joint = link.joint
    moved = np.eye(4)
    axis = np.array(joint.axis) / np.linalg.norm(joint.axis)
    if joint.kind == "slide":
        moved[:3, 3] = axis * joint.start
    else:
        moved = to_matrix((0.0, 0.0, 0.0, *(axis * joint.start)))
    return np.asarray(frames[link.parent or base] @ to_matrix(joint.origin) @ moved)


def to_vector(values: np.ndarray) -> Vector:
    """Three lengths [m] as plain numbers, to a micrometre."""
    x, y, z = (round(float(v), 6) + 0.0 for v in values)
    return x, y, z
