"""Measures how safe random motions are: ``python docs/make/arm_safety.py [MOTIONS] [SEED]``.

Scenes of all tasks in turn, with all that lies on their tables; in each, motions at default speed
that gate and robot accept, drawn from the seed.  While they run, it is measured how deep any link
is in the table or in the robot's own base, with how much force it presses on the table and for how
long on end (every physics step), and how far the pinch point leaves the gate's box.  Prints a line
of JSON for every motion that is over a limit or was stopped, and sums for every 500 motions.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from typing import Any

import numpy as np

from cliprt.recipe.schema import GateSection
from cliprt.registry import load, names
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet.move import RATE_HZ
from cliprt.robots.pybullet.world import PyBulletWorld
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene
from cliprt.types import GripperState, Motion, Outcome

MOTIONS_A_SCENE = 25
SUMS_EVERY = 500
LIMITS = GateSection()
FORCE_N, FORCE_S = 60.0, 0.05
DEPTH_M, ESCAPE_M = 0.001, 0.005
LOOK_STEPS = 4
"""Physics steps between two looks at what needs no look at every one."""


class Meter:
    """Looks at the arm after every physics step, whoever makes it."""

    def __init__(self, world: PyBulletWorld) -> None:
        self.world = world
        self._client = world.client
        self._make_step = self._client.stepSimulation
        self._client.stepSimulation = self._step
        self.clear()

    def clear(self) -> None:
        """Forget what was seen."""
        self.worst: Counter[str] = Counter()
        self._above: Counter[str] = Counter()
        self._steps = 0

    def facts(self) -> dict[str, float]:
        """What was over a limit [mm, N, s]."""
        limits = {"mm in": 1000 * DEPTH_M, "N on": FORCE_N, "s on": FORCE_S, "mm out": 5.0}
        return {
            key: round(value, 3)
            for key, value in self.worst.items()
            if value > next(limit for unit, limit in limits.items() if unit in key)
        }

    def _step(self) -> None:
        self._make_step()
        self._steps += 1
        bodies = self.world._bodies
        robot, table = bodies["robot"], bodies["table"]
        links = {number: name for name, number in robot.links.items()}
        forces: Counter[str] = Counter()
        for contact in self._client.getContactPoints(robot.number, table.number) or ():
            self._see(f"{links[contact[3]]} mm in table", -1000 * contact[8])
            forces[links[contact[3]]] += contact[9]
        self._above = Counter({k: self._above[k] + 1 for k, f in forces.items() if f > FORCE_N})
        for link, force in forces.items():
            self._see(f"{link} N on table", force)
            self._see(f"{link} s on table", self._above[link] / RATE_HZ)
        if self._steps % LOOK_STEPS == 0:
            self._look(robot)

    def _look(self, robot: Any) -> None:
        for link, number in robot.links.items():
            if number > 0:  # the shoulder turns in the base
                same = robot.number, robot.number, 0.0, number, -1
                for point in self._client.getClosestPoints(*same):
                    self._see(f"{link} mm in base", -1000 * point[8])
        place = np.array(self.world.tcp_pose[:3])
        out = np.maximum(place - LIMITS.upper, LIMITS.lower - place).max()
        self._see("mm out of the box", 1000 * float(out))

    def _see(self, what: str, value: float) -> None:
        self.worst[what] = max(self.worst[what], value)


class Sums:
    """What all motions came to."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._worst: Counter[str] = Counter()
        self._begun_s = time.process_time()

    def add(self, outcome: Outcome, meter: Meter, where: dict[str, Any]) -> None:
        """Count a motion, and print it where it is worth a look."""
        if outcome.refused:
            self.counts[f"refused: {_kind(outcome.refused)}"] += 1
            return
        facts = meter.facts()
        self.counts.update({"executed": 1, **{f"over: {key}": 1 for key in facts}})
        for key, value in meter.worst.items():
            self._worst[key] = max(self._worst[key], round(value, 2))
        if outcome.stopped_because:
            self.counts[f"stopped: {_kind(outcome.stopped_because)}"] += 1
        if facts or outcome.stopped_because:
            print(json.dumps({**where, "over": facts, "stopped": outcome.stopped_because}))
        if self.counts["executed"] % SUMS_EVERY == 0:
            self.show()

    def show(self) -> None:
        """Print the sums."""
        cpu_s = round(time.process_time() - self._begun_s)
        print(json.dumps({**self.counts, "cpu_s": cpu_s, "worst": self._worst}), flush=True)


def draw(rng: np.random.Generator) -> tuple[Motion, GripperState | None]:
    """A motion as people and policies make them: a way, a turn or both, and the gripper."""
    way = rng.uniform(-0.2, 0.2, 3) * (rng.random(3) < 0.6)
    turn = rng.uniform(-1.6, 1.6, 4) * (rng.random(4) < 0.25)
    grippers: tuple[GripperState | None, ...] = (None, "open", "closed")
    motion: Motion = tuple(np.concatenate([way, turn]).tolist())
    return motion, grippers[rng.integers(3)]


def main(motions: int = 20_000, seed: int = 0) -> None:
    """Measure until so many motions were executed."""
    backend = PyBulletBackend(cameras=())
    tasks = [load("task", name)() for name in sorted(set(names("task")) - {"skill"})]
    sums, scene = Sums(), 0
    with Gate(backend, LIMITS) as gate:
        meter = Meter(backend.simulation)
        while sums.counts["executed"] < motions:
            prepare_scene(tasks[scene % len(tasks)], gate, seed + scene)
            if meter.world is not backend.simulation:
                meter = Meter(backend.simulation)
            rng = np.random.default_rng([seed, scene])
            for number in range(MOTIONS_A_SCENE):
                motion, gripper = draw(rng)
                meter.clear()
                outcome = gate.execute(motion, gripper)
                sums.add(outcome, meter, {"scene": scene, "number": number, "motion": motion})
                if gate.state == "faulted":
                    break
                if gate.state == "stopped":
                    gate.connect()
            scene += 1
        sums.show()


def _kind(reason: str) -> str:
    """A reason without its numbers, shortened."""
    return " ".join(re.sub(r"[^a-z ]+", "", reason).split()[:6])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
