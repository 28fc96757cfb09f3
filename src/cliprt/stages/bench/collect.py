"""How fast a simulated robot is taught: scenes, pictures and primitives."""

from __future__ import annotations

from collections.abc import Iterator

from cliprt.recipe.build import build_robot, build_task
from cliprt.runtime.loop import prepare_scene
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting


def measure_collect(setting: Setting) -> Iterator[Measured]:
    """Build scenes, look, and move, with the recipe's robot and first task."""
    recipe = setting.recipe
    with build_robot(recipe) as robot:
        task = build_task(recipe.tasks[0])
        (scene_s,) = in_turn([lambda: prepare_scene(task, robot, 0)])
        yield Measured("build a scene", scene_s)
        (look_s,) = in_turn([robot.observe])
        yield Measured("look with all cameras", look_s)
        there, back = (0.0, 0.05, 0, 0, 0, 0, 0), (0.0, -0.05, 0, 0, 0, 0, 0)
        there_s, back_s = in_turn(
            [lambda: robot.execute(there, None), lambda: robot.execute(back, None)]
        )
        yield Measured("execute a 5 cm primitive", (there_s + back_s) / 2)
