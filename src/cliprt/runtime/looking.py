"""Which way the camera of a picture looks, from nothing but where points are in the picture.

A robot that can say where points of its base frame are seen need not say where its cameras are: the
camera matrix follows from a few points by the direct linear transform.  Its rows are combinations
of the camera's axes, ``f`` (forward), ``s`` (the picture's right) and ``u`` (the picture's up)::

    x = (a s + c f).(p - e) / f.(p - e),   y = (d f - b u).(p - e) / f.(p - e)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from cliprt.errors import CliprtError
from cliprt.language.interface import Situation
from cliprt.runtime.gate import Gate
from cliprt.runtime.preview import Project, projector
from cliprt.runtime.surveying import survey
from cliprt.types import Observation

REACH_M = 0.02
"""Half the edge of the cube whose corners are looked at: small enough for a camera at the hand."""

MOST_ROLL = math.sin(math.radians(25))
"""How far the picture's right may be off the table's plane; beyond, its left is no way along it."""

STEEP = math.sin(math.radians(45))
"""From here on a camera looks down (or up) rather than ahead."""

_LEAST_POINTS = 6


def find_view(project: Project, place_m: Sequence[float]) -> Situation | None:
    """How a picture is looked at; None where that is unknown, or no way along the table.

    Args:
        project: Points (n, 3) [m] of the base frame -> where they are in the picture (n, 2), x to
            the right, y down; nan behind the camera.
        place_m: What the person looks at, e.g. the pinch point (3,).

    Returns:
        `looks` is along the table and a quarter turn clockwise of what is left in the picture, so
        it is "away" for whoever looks at the picture, also from straight above.
    """
    corners = np.array(list(product((-1.0, 1.0), repeat=3)))
    points = np.array([*corners, np.zeros(3)])
    places = np.asarray(project(np.asarray(place_m, dtype=float) + REACH_M * points), dtype=float)
    seen = np.isfinite(places).all(axis=1)
    if seen.sum() < _LEAST_POINTS:
        return None
    right, up, forward = _axes(points[seen], places[seen])
    along = math.hypot(right[0], right[1])
    is_mirrored = np.cross(right, up) @ forward > 0
    if not np.isfinite([*right, *up, *forward]).all() or is_mirrored or abs(right[2]) > MOST_ROLL:
        return None
    looks = (float(-right[1] / along), float(right[0] / along))
    return Situation(looks=looks, looks_down=bool(abs(forward[2]) > STEEP))


def look_at(robot: Gate, observation: Observation) -> Situation:
    """Where things are, and how people look at what the robot's first camera shows of them now.

    Each as far as it is known.
    """
    camera = next(iter(observation.images), "")
    try:
        view = find_view(projector(robot, camera), observation.tcp_pose[:3]) or Situation()
    except CliprtError:  # there is no picture, or none that the backend knows by this name
        view = Situation()
    return replace(view, things=survey(robot.simulation))


def _axes(points: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors (3,) to the picture's right and up, and forward; nan where there are none."""
    ones, zeros = np.ones((len(points), 1)), np.zeros((len(points), 4))
    rays = np.hstack([points, ones])
    x, y = places[:, :1], places[:, 1:]
    equations = np.vstack(
        [np.hstack([rays, zeros, -x * rays]), np.hstack([zeros, rays, -y * rays])]
    )
    matrix = np.linalg.svd(equations)[2][-1].reshape(3, 4)
    in_front = matrix[2] @ rays[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = matrix * np.sign(in_front)
        forward = matrix[2, :3] / np.linalg.norm(matrix[2, :3])
        right, down = (row - (row @ forward) * forward for row in matrix[:2, :3])
        return right / np.linalg.norm(right), -down / np.linalg.norm(down), forward
