"""Light and distractors: drawn with the scene, returned to with a snapshot, out of the way."""

import math

import numpy as np
import pytest

from cliprt.registry import load
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Light
from cliprt.tasks.surroundings import APART_M, draw_light


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(image_size=48) as backend:
        yield backend


def arrange(robot, difficulty, seed, name="pick"):
    robot.simulation.clear(seed)
    load("task", name)(difficulty).reset(robot.simulation, np.random.default_rng(seed))


def distractors(world):
    return [name for name in world.bodies if name.startswith("distractor")]


def test_every_camera_sees_the_light(robot):
    arrange(robot, "easy", 1)
    usual = robot.observe().images
    robot.simulation.set_light(Light(brightness=0.8))
    darker = robot.observe().images
    assert all(darker[name].mean() < usual[name].mean() - 3 for name in robot.cameras)
    robot.simulation.set_light(Light(position=(-1.5, 0.5, 1.0)))
    assert (robot.observe().images["scene"] != usual["scene"]).any()
    robot.simulation.set_light(Light())
    assert (robot.observe().images["scene"] == usual["scene"]).all()


def test_light_returns_with_a_snapshot_and_ends_with_clear(robot):
    lamp = Light((1.0, -0.5, 1.5), 1.1, 0.5)
    robot.simulation.clear(0)
    robot.simulation.set_light(lamp)
    snapshot = robot.simulation.snapshot()
    robot.simulation.clear(0)
    assert robot.simulation.light == Light()
    robot.simulation.restore(snapshot)
    assert robot.simulation.light == lamp


def test_difficulty_decides_on_light_and_distractors(robot):
    lights, counts = {}, {}
    for difficulty in ("easy", "default", "hard"):
        lights[difficulty], counts[difficulty] = [], set()
        for seed in range(6):
            arrange(robot, difficulty, seed)
            lights[difficulty].append(robot.simulation.light.brightness)
            counts[difficulty].add(len(distractors(robot.simulation)))
    assert set(lights["easy"]) == {1.0}
    assert np.std(lights["hard"]) > np.std(lights["default"]) > 0.01
    assert counts == {"easy": {0}, "default": {0, 1}, "hard": {3}}


@pytest.mark.parametrize("name", ["pick", "open_cabinet", "close_laptop"])
def test_distractors_stand_away_from_the_task(name, robot):
    for seed in range(4):
        arrange(robot, "hard", seed, name)
        world = robot.simulation
        for thing in distractors(world):
            x, y, z = world.pose(thing)[:3]
            assert x > 0.7 or y < -0.38
            assert 0.015 < z < 0.04, "it stands on the table"
            others = (world.pose(other)[:2] for other in world.bodies if other != thing)
            assert all(math.dist((x, y), other) > APART_M - 0.005 for other in others)


def test_light_stays_above_the_table():
    rng = np.random.default_rng(0)
    for spread in (0.0, 0.5, 1.0):
        for light in (draw_light(rng, spread) for _ in range(200)):
            assert light.position[2] == 2.0
            assert 0.85 <= light.brightness <= 1.15
            assert 0.4 < light.ambient < 0.8
