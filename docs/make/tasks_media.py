"""Lets the simulated teacher do every task: ``python docs/make/tasks_media.py [TASK ...]``.

Draws ``docs/media/tasks/<task>.png``, the scene before and after one episode, and keeps in
``docs/make/tasks.json`` how many steps the teacher needed (some minutes for all tasks).  Then run
``python docs/make/tasks_page.py``, which writes the page.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image

from cliprt.recipe.build import (
    build_interpreter,
    build_robot,
    build_task,
    build_teleoperator,
    build_vocabulary,
)
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.suites import HOUSEHOLD, HOUSEHOLD_HELD_OUT
from cliprt.registry import check_name, names
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.types import Attempt, Episode

PICTURES = Path(__file__).resolve().parents[1] / "media" / "tasks"
MEASURED = Path(__file__).with_name("tasks.json")
SCENES, FEW_SCENES = range(20), range(4)
"""Of each task; of each thing that can be asked in a household."""
ASKED = (*HOUSEHOLD_HELD_OUT, *HOUSEHOLD)
SIZE_PX, GAP_PX = 320, 4


def main(tasks: list[str]) -> None:
    """Draw and measure these tasks; the others keep what was measured before."""
    for task in tasks:
        check_name("task", task)
    known = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        known[task], picture = show(task)
        picture.save(PICTURES / f"{task}.png", optimize=True)
        MEASURED.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
        print(task, known[task])


def show(name: str) -> tuple[dict[str, float], Image.Image]:
    """What the teacher needed, and one scene in which it succeeded, before and after."""
    is_asked = name == "household"
    recipe = Recipe(
        name="pictures",
        tasks=ASKED[::-1] if is_asked else (Component(name),),
        robot=Component("pybullet", {"image_size": 16, "shadows": True}),
    )
    jobs = list(product(recipe.tasks, FEW_SCENES if is_asked else SCENES))
    steps, picture = [], None
    with build_robot(recipe) as robot:
        for task, seed in jobs:
            before, episode, after = teach(recipe, task, robot, seed)
            if episode.success:
                steps.append(len(episode.steps))
                picture = picture or beside(before, after)
    if picture is None:
        raise SystemExit(f"{name} was taught in none of {len(jobs)} scenes")
    facts = {"scenes": len(jobs), "successes": len(steps), "mean_steps": round(fmean(steps), 1)}
    return facts, picture


def teach(
    recipe: Recipe, component: Component, robot: Gate, seed: int
) -> tuple[np.ndarray, Episode, np.ndarray]:
    """One episode, and the scene before and after it."""
    task = build_task(component)
    prepare_scene(task, robot, seed)
    before = robot.render(SIZE_PX, SIZE_PX)
    interpreter = build_interpreter(recipe, build_vocabulary(recipe))
    episode = run_episode(
        SpokenAgent(build_teleoperator(recipe), interpreter),
        robot,
        Attempt(
            id=f"{seed}",
            task="",
            instruction=task.instruction,
            seed=seed,
            source="teacher",
            max_steps=task.max_steps,
        ),
        task=task,
    )
    return before, episode, robot.render(SIZE_PX, SIZE_PX)


def beside(left: np.ndarray, right: np.ndarray) -> Image.Image:
    """Two pictures side by side."""
    gap = np.full((SIZE_PX, GAP_PX, 3), 255, np.uint8)
    return Image.fromarray(np.hstack([left, gap, right]))


if __name__ == "__main__":
    main(sys.argv[1:] or [name for name in names("task") if name != "skill"])
