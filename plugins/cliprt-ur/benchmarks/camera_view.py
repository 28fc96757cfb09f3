"""How often a camera that was moved is taken for one that was not, and the other way round.

Pictures are rendered in PyBullet: every task's things in random places, random light, the arm
anywhere.  A camera that stands still is "same"; turned, shifted and swapped ones are "other"::

    python benchmarks/camera_view.py --scenes 36 --pairs 120
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cliprt.geometry import rotation_matrix
from cliprt.registry import load, names
from cliprt.robots.pybullet.cameras import CAMERAS
from cliprt.robots.world import Light
from cliprt_ur.cameras.view import compare_views

SIZE = (160, 120)
TURNS_DEG, SHIFTS_M = (2, 5, 8), (0.03, 0.06, 0.10)
SIDEWAYS, ALONG = "about or along its sides", "about or along its line of sight"


def changes(camera: Any) -> Iterator[tuple[str, Any]]:
    """What happened to a camera, in words, and the camera that it became."""
    eye, target, up = (np.array(v, float) for v in (camera.eye, camera.target, camera.up))
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    axes = np.array([right, np.cross(right, forward), forward])
    for axis in range(3):
        side = ALONG if axis == 2 else SIDEWAYS
        for sign in (-1, 1):
            for angle_deg in TURNS_DEG:
                turn = rotation_matrix(axes[axis] * math.radians(sign * angle_deg))
                ahead = tuple(eye + turn @ (target - eye))
                turned = replace(camera, target=ahead, up=tuple(turn @ axes[1]))
                yield f"turned by {angle_deg} degrees {side}", turned
            for shift_m in SHIFTS_M:
                by = axes[axis] * sign * shift_m
                shifted = replace(camera, eye=tuple(eye + by), target=tuple(target + by))
                yield f"shifted by {100 * shift_m:.0f} cm {side}", shifted


def arrange(world: Any, seed: int) -> None:
    """One task's things, somewhere; another light in every second scene; the arm anywhere."""
    chance = np.random.default_rng(seed)
    tasks = [name for name in names("task") if name != "skill"]
    world.clear(seed)
    load("task", tasks[seed % len(tasks)])().reset(world, chance)
    if seed % 2:
        lamp = (chance.uniform(-1, 2), chance.uniform(-2, 2), chance.uniform(1, 3))
        world.set_light(Light(lamp, chance.uniform(0.5, 1.3), chance.uniform(0.3, 0.8)))
    hand = chance.uniform((0.25, -0.35, 0.15), (0.65, 0.35, 0.45)).tolist()
    world.move_home((*hand, *world.tcp_pose[3:]))


def pictures(robot: Any, seed: int) -> dict[tuple[str, str], list[np.ndarray]]:
    """(camera, what happened to it) -> pictures of one scene."""
    arrange(robot.simulation, seed)
    taken = defaultdict(list)
    for name, camera in dict(CAMERAS).items():
        for change, changed in (("same", camera), *changes(camera)):
            CAMERAS[name] = changed
            taken[name, change].append(robot.render(*SIZE, name))
        CAMERAS[name] = camera
    return taken


def main() -> None:
    """Render, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=36)
    parser.add_argument("--pairs", type=int, default=120, help="of scenes, for each camera")
    options = parser.parse_args()
    with load("robot", "pybullet")(cameras=(), image_size=16) as robot:
        scenes = [pictures(robot, seed) for seed in range(options.scenes)]
    chance = np.random.default_rng(0)
    taken_as_same: dict[tuple[str, str], list[bool]] = defaultdict(list)
    begun_s, compared = time.perf_counter(), 0
    for name in CAMERAS:
        for _ in range(options.pairs):
            then, now = chance.choice(len(scenes), 2, replace=False)
            commissioned = scenes[then][name, "same"][0]
            shown = {change: shots for (of, change), shots in scenes[now].items() if of == name}
            shown |= {f"swapped with {of}": scenes[now][of, "same"] for of in CAMERAS if of != name}
            for change, shots in shown.items():
                picture = shots[chance.integers(len(shots))]
                taken_as_same[name, change].append(compare_views(commissioned, picture).is_same)
                compared += 1
    for (name, change), votes in taken_as_same.items():
        print(f"{name:9} {change:55} taken as same {sum(votes):4} of {len(votes)}")
    print(f"{1000 * (time.perf_counter() - begun_s) / compared:.0f} ms a comparison")


if __name__ == "__main__":
    main()
