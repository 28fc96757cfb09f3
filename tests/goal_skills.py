"""Six skills that nobody coded, done by scripts: facts of ten episodes each, and of random play.

As a program it writes what it recorded to a file, so that fast tests need no simulator.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cliprt.goals.conditions import holds
from cliprt.goals.facts import Facts, measure, to_dict
from cliprt.goals.words import openings, read_goal
from cliprt.registry import load
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.scene import point_of
from cliprt.tasks.skill import SkillTask
from cliprt.things.catalogue import find_thing
from cliprt.types import NO_MOTION

EPISODES, PLAYED = 10, 4
"""Taught episodes of a skill, and tries of random play after each."""
RECORDED = Path(__file__).parent / "fixtures" / "goal_skills.json.gz"


@dataclass(frozen=True)
class Skill:
    """One skill.

    Attributes:
        title: Its instruction.
        scene: Entries; for a built-in task's scene its registry name.
        goal: As a person would write it.
        teach: Does it once, from its start.
    """

    title: str
    scene: list[dict] | str
    goal: str
    teach: Callable[[PyBulletBackend], None]

    @property
    def task(self):
        if isinstance(self.scene, str):
            return load("task", self.scene)()
        return SkillTask(self.title, self.scene)


def go(robot, x, y, z):
    """The hand, pointing down, to a place; sideways where it is high."""
    high = max(robot.simulation.tcp_pose[2], z)
    for goal in ((*robot.simulation.tcp_pose[:2], high), (x, y, high), (x, y, z)):
        way = np.subtract(goal, robot.simulation.tcp_pose[:3])
        robot.execute((*way, 0.0, 0.0, 0.0, 0.0), None)


def grasp(robot, name, noun):
    """The thing between the fingers, from above."""
    dx, dy, dz, turn = find_thing(noun).grasp
    robot.execute(NO_MOTION, "open")
    pose = robot.simulation.pose(name)
    x, y, z = point_of(pose, (dx, dy, dz))
    now = robot.simulation.tcp_pose
    go(robot, x, y, max(now[2], z + 0.12))
    robot.execute((0, 0, 0, 0, 0, 0, -(pose[5] + turn)), None)
    go(robot, x, y, z)
    robot.execute(NO_MOTION, "closed")


def rise(robot, by=0.12):
    robot.execute((0, 0, by, 0, 0, 0, 0), None)


def spoon_in_mug(robot):
    world = robot.simulation
    grasp(robot, "spoon", "spoon")
    rise(robot, 0.26)
    robot.execute((0, 0, 0, 0, -math.radians(80), 0, 0), None)
    x, y, z = world.pose("spoon")[:3]
    mug = world.pose("mug")
    robot.execute((mug[0] - x, mug[1] - y, 0, 0, 0, 0, 0), None)
    x, y, z = world.pose("spoon")[:3]
    robot.execute((mug[0] - x, mug[1] - y, 0.085 - z, 0, 0, 0, 0), None)
    robot.execute(NO_MOTION, "open")
    rise(robot, 0.15)


def cup_on_plate(robot):
    world = robot.simulation
    grasp(robot, "cup", "cup")
    rise(robot)
    plate, cup = world.pose("plate"), world.pose("cup")
    robot.execute((plate[0] - cup[0], plate[1] - cup[1], 0, 0, 0, 0, 0), None)
    cup = world.pose("cup")
    robot.execute((0, 0, 0.010 - cup[2], 0, 0, 0, 0), None)
    robot.execute(NO_MOTION, "open")
    rise(robot)


def line_up(robot):
    world = robot.simulation
    robot.execute(NO_MOTION, "closed")
    red, blue = world.pose("red car"), world.pose("blue car")
    go(robot, red[0] - 0.13, red[1], 0.2)
    go(robot, red[0] - 0.13, red[1], 0.036)
    for _ in range(4):
        missing = blue[0] - world.pose("red car")[0]
        if missing < 0.012:
            break
        front = world.pose("red car")[0] - 0.075 - 0.014
        robot.execute((front - world.tcp_pose[0] + missing, 0, 0, 0, 0, 0, 0), None)
    robot.execute((-0.05, 0, 0, 0, 0, 0, 0), None)


def turn_sign(robot):
    for _ in range(2):
        grasp(robot, "sign", "sign")
        robot.execute((0, 0, 0, 0, 0, 0, math.radians(-90)), None)
        robot.execute(NO_MOTION, "open")
        rise(robot)
        robot.execute((0, 0, 0, 0, 0, 0, math.radians(90)), None)


def by_teacher(name):
    def teach(robot):
        task = load("task", name)()
        for _ in range(task.max_steps):
            advice = task.advise(robot.simulation)
            if advice is None:
                return
            robot.execute(advice.motion, advice.gripper)

    return teach


def entry(thing, x, y, colour="", **more):
    return {"thing": thing, "at": [x, y], **({"colour": colour} if colour else {}), **more}


SKILLS = (
    Skill(
        "Put the spoon in the mug",
        [entry("spoon", 0.45, 0.13), entry("mug", 0.52, -0.08), entry("plate", 0.62, 0.14)],
        "the spoon is in the mug",
        spoon_in_mug,
    ),
    Skill(
        "Put the cup on the plate",
        [entry("cup", 0.45, 0.12), entry("plate", 0.52, -0.10), entry("ball", 0.62, 0.12)],
        "the cup is on the plate",
        cup_on_plate,
    ),
    Skill(
        "Line up the two cars",
        [entry("car", 0.42, 0.12, "red"), entry("car", 0.56, -0.10, "blue")],
        "the two cars are side by side",
        line_up,
    ),
    Skill(
        "Turn the sign around",
        [entry("sign", 0.5, 0.0), entry("cup", 0.55, 0.2)],
        "the sign is turned around",
        turn_sign,
    ),
    Skill("Close the laptop", "close_laptop", "the laptop is closed", by_teacher("close_laptop")),
    Skill(
        "Wipe the board",
        "erase_whiteboard",
        "the whiteboard is clean",
        by_teacher("erase_whiteboard"),
    ),
)


def record(skill: Skill, robot) -> Iterator[tuple[Facts, Facts, list[Facts]]]:
    """Of each episode: the facts of start, end and random play around it."""
    world = robot.simulation
    for seed in range(EPISODES):
        robot.connect()
        world.clear(seed)
        skill.task.reset(world, np.random.default_rng(seed))
        start, begin = measure(world), world.snapshot()
        seen: list = []
        steps = Remembering(robot, seen)
        skill.teach(steps)
        world.settle(0.3)
        end, done = measure(world), world.snapshot()
        rng = np.random.default_rng(100 + seed)
        played = []
        for number in range(PLAYED):
            source = (done, seen[int(rng.integers(len(seen)))], done, begin)[number]
            robot.connect()
            world.restore(source)
            for _ in range(int(rng.integers(1, 5))):
                _play(robot, rng)
            world.settle(0.3)
            played.append(measure(world))
        yield start, end, played


class Remembering:
    """A robot of which every step is remembered."""

    def __init__(self, robot, seen):
        self.robot, self.seen = robot, seen
        self.simulation = robot.simulation

    def execute(self, motion, gripper):
        self.robot.execute(tuple(map(float, motion)), gripper)
        self.seen.append(self.simulation.snapshot())


def _play(robot, rng):
    """A random motion, often down or towards the middle, or the fingers."""
    if rng.random() < 0.25:
        robot.execute(NO_MOTION, "closed" if rng.random() < 0.5 else "open")
        return
    axis = int(rng.integers(3))
    step = float(rng.choice([0.02, 0.05, 0.1, 0.15])) * float(rng.choice([-1, 1]))
    robot.execute(tuple(step if i == axis else 0.0 for i in range(7)), None)


def main() -> None:
    """Record every skill."""
    with PyBulletBackend(cameras=()) as robot:
        data = {}
        for skill in SKILLS:
            rows = list(record(skill, robot))
            goal = read_goal(skill.goal, openings(rows[0][0]))
            done = sum(holds(goal, end, start) for start, end, _ in rows)
            played = [(start, facts) for start, _, more in rows for facts in more]
            met = sum(holds(goal, facts, start) for start, facts in played)
            print(f"{skill.title}: {done} of {len(rows)}; played {met} of {len(played)}")
            data[skill.title] = [
                [to_dict(start), to_dict(end), [to_dict(facts) for facts in more]]
                for start, end, more in rows
            ]
    text = json.dumps(data, separators=(",", ":")).encode()
    RECORDED.write_bytes(gzip.compress(text, mtime=0))


if __name__ == "__main__":
    main()
