"""Teachers know a way on from states that somebody else has messed up."""

import numpy as np
import pytest

from cliprt.geometry import apply_motion
from cliprt.registry import load, names
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.guide import X, Y, Z, set_gripper, slide
from cliprt.tasks.hide_pooh import HidePoohTask
from cliprt.tasks.pick import PickTask

SCENE = 7


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def arrange(task, robot, seed=SCENE):
    robot.simulation.clear(seed)
    task.reset(robot.simulation, np.random.default_rng(seed))


def do(robot, *primitives):
    for primitive in primitives:
        robot.execute(primitive.motion, primitive.gripper)


def follow(task, robot, limit):
    for _ in range(limit):
        advice = task.advise(robot.simulation)
        if advice is None:
            break
        do(robot, advice)
    robot.simulation.settle(task.hold_s)
    return task.is_success(robot.simulation)


@pytest.mark.parametrize("name", [name for name in names("task") if name != "skill"])
def test_finds_back_after_wandering_off_half_way(name, robot):
    task = load("task", name)()
    arrange(task, robot)
    for _ in range(min(4, task.max_steps // 6)):
        do(robot, task.advise(robot.simulation))
    rng = np.random.default_rng(SCENE)
    for _ in range(4):
        stray = slide(int(rng.integers(2)), float(rng.choice([-0.05, 0.05])))
        x, y, _ = apply_motion(robot.simulation.commanded_pose, stray.motion)[:3]
        if 0.2 < x < 0.7 and abs(y) < 0.35:
            do(robot, stray)
    assert follow(task, robot, task.max_steps)


def test_opens_again_after_a_missed_grasp(robot):
    task = PickTask()
    arrange(task, robot)
    do(robot, set_gripper("closed"))
    assert task.advise(robot.simulation).gripper == "open"
    assert follow(task, robot, task.max_steps)


def test_goes_up_before_it_goes_sideways(robot):
    task = PickTask()
    arrange(task, robot)
    do(robot, slide(Y, -0.1), slide(Z, -0.1), slide(Z, -0.05))
    assert task.advise(robot.simulation).motion[2] > 0


def test_goes_round_a_laptop_from_the_wrong_side(robot):
    task = load("task", "close_laptop")()
    arrange(task, robot)
    do(robot, slide(Z, 0.10), slide(X, 0.20), slide(X, 0.10), slide(Z, -0.10), slide(Z, -0.10))
    assert task.advise(robot.simulation).motion[2] > 0
    assert follow(task, robot, task.max_steps)


def test_gives_a_fallen_cup_up(robot):
    task = HidePoohTask()
    arrange(task, robot)
    x, y = robot.simulation.pose("cup")[:2]
    robot.simulation.set_pose("cup", (x, y, 0.05, 0.0, 1.5708, 0.0))
    robot.simulation.settle(0.5)
    assert task.advise(robot.simulation) is None
    assert not task.is_success(robot.simulation)


def test_difficulty_spreads_scenes(robot):
    spread = {}
    for difficulty in ("easy", "hard"):
        task = PickTask(difficulty)
        starts = []
        for seed in range(8):
            arrange(task, robot, seed)
            starts.append(robot.simulation.pose("red cube")[:2])
        spread[difficulty] = float(np.std(starts, axis=0).sum())
    assert spread["hard"] > 1.5 * spread["easy"]
