"""What would be measured of a scene, without a simulator."""

from __future__ import annotations

import numpy as np

from cliprt.goals.facts import Facts, Placement, joints_of
from cliprt.scenes import room
from cliprt.scenes.laying import draw
from cliprt.scenes.placed import INK, Placed
from cliprt.scenes.scene import Scene
from cliprt.types import Pose

HAND: Pose = (0.42, 0.0, 0.23, 0.0, 3.1416, 0.0)
"""Where the pinch point is, about."""


def imagine(scene: Scene, rng: np.random.Generator) -> Facts:
    """The facts of a scene as it may be laid.

    Raises:
        SceneError: It cannot be laid.
    """
    pairs = zip(scene.things, draw(scene, rng), strict=True)
    things = {placed.name: _imagine(scene, placed, pose) for placed, pose in pairs}
    return Facts(HAND, "open", things)


def _imagine(scene: Scene, placed: Placed, pose: Pose) -> Placement:
    body = room.make(placed.kind, placed.name, placed.kind.colour, placed.state)
    carried = {other.name for other in scene.things if other.on == placed.name}
    canvas = placed.kind.canvas(placed.name) if placed.kind.canvas else None
    area = canvas.size[0] * canvas.size[1] if canvas else 0.0
    ink = area * placed.state.get(INK, 0.0) if canvas else None
    lower, upper = placed.size
    touches = frozenset({placed.on or "table", *carried})
    return Placement(pose, lower, upper, joints_of(body), False, touches, ink)
