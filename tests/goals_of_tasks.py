"""The built-in tasks said as goals, and how often a goal's verdict is the task's own.

As a program it plays every task, tells the figures and writes some of the states to a file, so that
a fast test needs no simulator.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cliprt.goals.conditions import holds
from cliprt.goals.facts import Facts, from_dict, measure, to_dict
from cliprt.goals.words import openings, read_goal
from cliprt.registry import load
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.types import NO_MOTION

IN_BOWL = "(piece {0} is in the bowl and not at least 2.2 cm higher than it)"
"""No piece that lies on a heap above the rim."""

GOALS = {
    "close_laptop": "the lid of the laptop is closed to within 5 degrees",
    "erase_whiteboard": "the whiteboard is clean",
    "flip": "the lid of the box is at least 160 degrees open",
    "hide_pooh": "the pooh is under the cup, the cup is upright to within 4 degrees, the cup is on"
    " the table and the hand is open",
    "knock_over": "the bottle is lying on its side to within 15 degrees",
    "move": "the orange block is in the green tray, within 4.2 cm of the middle of it and not at"
    " least 2.7 cm higher than it, the hand is open",
    "open_cabinet": "the drawer of the cabinet is at least 12 cm open",
    "open_trash_can": "the lid of the trash can is at least 85 degrees open",
    "pick": "the red cube is held and at least 8 cm above the table",
    "place": "the yellow cube is on the plate and within 7 cm of the middle of the plate, the hand"
    " is open and does not touch the cube",
    "play_with_car": "the car is moved by at least 12 cm and upright",
    "point": "the hand is within 3 cm of the middle of the blue cube, within 5 cm of it, at least"
    " 2.9 cm higher than it, and the blue cube is neither lifted nor touching the hand",
    "pour_dog_food": f"at least 8 of ({', '.join(map(IN_BOWL.format, range(9)))})",
    "pull": "the tissue is lifted by at least 6.5 cm or moved by at least 18 cm",
    "push": "the red box is at least 9 cm behind the mat, upright to within 10 degrees and on the"
    " table, but not at least 9 cm left of the mat and not at least 9 cm right of the mat",
    "slide": "the red car is at least 6.5 cm in front of the piglet, but not at least 14.5 cm in"
    " front of the piglet, and lined up with it to within 6 cm; both the red car and the piglet are"
    " upright",
}
"""Task -> when it is done."""

CANNOT = {
    "draw_line": "where on a sheet its ink lies is no condition: a line has a shape",
    "stamp": "where on a sheet its ink lies is no condition: beside the circle, not on it",
}
"""Tasks that cannot be said, and why."""

SEEDS, PLAYED, KEPT = 8, 21, 16
RECORDED = Path(__file__).parent / "fixtures" / "goals_of_tasks.json.gz"

State = tuple[Facts, Facts, bool]
"""Start, now, and whether the task is done."""


def states(name: str, robot, seeds=range(SEEDS), played=PLAYED) -> Iterator[State]:
    """All steps of the teacher's episodes, and random play around their ends."""
    world = robot.simulation
    for seed in seeds:
        task = load("task", name)()
        robot.connect()
        world.clear(seed)
        task.reset(world, np.random.default_rng(seed))
        rng = np.random.default_rng(1000 + seed)
        start, kept = measure(world), [world.snapshot()]
        yield start, start, bool(task.is_success(world))
        for _ in range(task.max_steps):
            advice = task.advise(world)
            if advice is None:
                break
            robot.execute(advice.motion, advice.gripper)
            kept.append(world.snapshot())
            yield start, measure(world), bool(task.is_success(world))
        for number in range(played):
            if number % 3 == 0:
                robot.connect()
                world.restore(kept[-1 - min(int(rng.integers(3)), len(kept) - 1)])
            _play(robot, rng)
            yield start, measure(world), bool(task.is_success(world))


def _play(robot, rng) -> None:
    """A small random motion, or the fingers."""
    if rng.random() < 0.15:
        robot.execute(NO_MOTION, "closed" if rng.random() < 0.5 else "open")
        return
    step = float(rng.choice([0.01, 0.02, 0.05, 0.1])) * float(rng.choice([-1, 1]))
    motion = list(NO_MOTION)
    motion[int(rng.integers(3))] = step
    robot.execute(tuple(motion), None)


def verdicts(name: str, some: list[State]) -> list[bool]:
    """What the goal says of states."""
    goal = read_goal(GOALS[name], openings(some[0][0]))
    return [holds(goal, now, start) for start, now, _ in some]


def recorded() -> dict[str, list[State]]:
    """Some states of each task, from the file."""
    data = json.loads(gzip.decompress(RECORDED.read_bytes()))
    return {
        name: [(from_dict(start), from_dict(now), done) for start, now, done in rows]
        for name, rows in data.items()
    }


def main() -> None:
    """Play, tell, and write."""
    data, total = {}, 0
    with PyBulletBackend(cameras=()) as robot:
        for name in GOALS:
            some = list(states(name, robot))
            said = verdicts(name, some)
            done = [one for _, _, one in some]
            wrong = [i for i, (a, b) in enumerate(zip(said, done, strict=True)) if a != b]
            total += len(some)
            agree = 1 - len(wrong) / len(some)
            print(f"{name}: {len(some)} states, {sum(done)} successes, {agree:.1%}", flush=True)
            for i in wrong[:6]:
                print("   goal says", said[i], "task", done[i], to_dict(some[i][1])["things"])
            every = np.linspace(0, len(some) - 1, KEPT).astype(int)
            data[name] = [[to_dict(some[i][0]), to_dict(some[i][1]), some[i][2]] for i in every]
    print(total, "states")
    text = json.dumps(data, separators=(",", ":")).encode()
    RECORDED.write_bytes(gzip.compress(text, mtime=0))


if __name__ == "__main__":
    main()
