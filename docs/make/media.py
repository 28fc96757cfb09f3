"""Draws the pictures of the documentation: ``python docs/make/media.py`` (half a minute).

Everything seen in them happened: the simulated teacher teaches, nothing is arranged by hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cliprt.recipe.build import (
    build_interpreter,
    build_robot,
    build_task,
    build_teleoperator,
    build_vocabulary,
)
from cliprt.recipe.load import load_recipe
from cliprt.registry import load
from cliprt.robots.pybullet.cameras import CAMERAS
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.video import VideoRecorder
from cliprt.types import Attempt

MEDIA = Path(__file__).resolve().parents[1] / "media"
RECIPE = load_recipe("finetune_novel", ["robot.shadows=true"])
FILMED, SEED = "hide_pooh", 3
COLUMNS, GAP_PX, LINE_PX = 3, 10, 28
INK, PAPER = (40, 44, 52), (255, 255, 255)
AXES = {"forward": (1, 0, 0), "left": (0, 1, 0), "up": (0, 0, 1)}
COLOURS = {"forward": (200, 40, 40), "left": (30, 130, 50), "up": (30, 70, 200)}


def main() -> None:
    """Make every file in docs/media but the tasks' own (``tasks_media.py``)."""
    MEDIA.mkdir(exist_ok=True)
    sheet = draw_tasks(sorted((MEDIA / "tasks").glob("*.png")))
    sheet.save(MEDIA / "tasks.png", optimize=True)
    with build_robot(RECIPE) as robot:
        film_teaching(robot)
        prepare_scene(build_task(RECIPE.tasks[0]), robot, SEED)
        draw_directions(robot).save(MEDIA / "directions.png", optimize=True)


def film_teaching(robot) -> None:
    """A task is taught, sentence by sentence."""
    task = build_task(next(c for c in RECIPE.tasks if c.name == FILMED))
    prepare_scene(task, robot, SEED)
    speaker = SpokenAgent(
        build_teleoperator(RECIPE), build_interpreter(RECIPE, build_vocabulary(RECIPE))
    )
    with VideoRecorder(MEDIA / "teaching.gif", robot, 320, title=task.instruction) as film:
        episode = run_episode(
            speaker,
            robot,
            Attempt(
                id="film",
                task="",
                instruction=task.instruction,
                seed=SEED,
                source="teacher",
                max_steps=task.max_steps,
            ),
            task=task,
            company=film,
        )
        if not episode.success:
            raise SystemExit(f"{FILMED} was not taught in scene {SEED}: {episode.meta}")
        film.add(robot.observe(), "Done.")


def draw_tasks(pictures: list[Path]) -> Image.Image:
    """All tasks, each before and after, half as large as on their page."""
    tiles = [Image.open(path).convert("RGB") for path in pictures]
    width, height = (edge // 2 for edge in tiles[0].size)
    rows = -(-len(tiles) // COLUMNS)
    step_x, step_y = width + GAP_PX, height + LINE_PX
    sheet = Image.new("RGB", (COLUMNS * step_x - GAP_PX, rows * step_y), PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, (path, tile) in enumerate(zip(pictures, tiles, strict=True)):
        x, y = number % COLUMNS * step_x, number // COLUMNS * step_y
        words = load("task", path.stem).instruction
        pen.text((x, y + 4), words, fill=INK, font=ImageFont.load_default(12))
        sheet.paste(tile.resize((width, height)), (x, y + LINE_PX - 6))
    return sheet


def draw_directions(robot) -> Image.Image:
    """What forward, left and up mean, in the camera that people look through."""
    size_px, length_m, root = 480, 0.17, np.array((0.45, 0.12, 0.02))
    picture = Image.fromarray(robot.render(size_px, size_px, "scene"))
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(18)
    origin = project(root, size_px)
    for name, axis in AXES.items():
        tip = project(root + length_m * np.array(axis), size_px)
        draw_arrow(pen, origin, tip, COLOURS[name])
        pen.text(
            tuple(tip + 10 * (tip - origin) / np.linalg.norm(tip - origin)),
            name,
            fill=COLOURS[name],
            font=font,
            anchor="mm" if name == "up" else "lm",
        )
    return picture


def project(point: np.ndarray, size_px: int) -> np.ndarray:
    """Where a point [m] of the base frame is in the scene camera's picture, (x, y) [pixel]."""
    camera = CAMERAS["scene"]
    ahead = np.subtract(camera.target, camera.eye)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, camera.up)
    right /= np.linalg.norm(right)
    seen = np.array([right, np.cross(right, ahead), ahead]) @ (point - np.array(camera.eye))
    scale = size_px / 2 / np.tan(np.radians(camera.field_of_view_deg) / 2) / seen[2]
    return np.array((size_px / 2 + scale * seen[0], size_px / 2 - scale * seen[1]))


def draw_arrow(pen: ImageDraw.ImageDraw, start, tip, colour) -> None:
    """A line with a head."""
    back = (start - tip) / np.linalg.norm(start - tip) * 16
    side = 0.45 * np.array((-back[1], back[0]))
    pen.line([tuple(start), tuple(tip + 0.8 * back)], fill=colour, width=5)
    pen.polygon([tuple(tip), tuple(tip + back + side), tuple(tip + back - side)], fill=colour)


if __name__ == "__main__":
    main()
