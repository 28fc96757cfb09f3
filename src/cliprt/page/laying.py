"""A table that is being laid, as the robot's cameras will see it."""

from __future__ import annotations

from cliprt.errors import CliprtError
from cliprt.page.messages import Laid, Lay
from cliprt.page.translate import said_by
from cliprt.recipe.build import build_task
from cliprt.recipe.schema import Component
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene


def lay(robot: Gate, request: Lay) -> Laid:
    """Lay one draw of a scene, as an episode of it would begin; or why it cannot be laid.

    A real table is laid by people.
    """
    if robot.simulation is None:
        return Laid()
    scene = [dict(entry) for entry in request.entries]
    try:
        task = build_task(Component("skill", {"instruction": "Lay the table", "scene": scene}))
        prepare_scene(task, robot, request.seed)
    except CliprtError as error:
        return Laid(said_by(error))
    return Laid()
