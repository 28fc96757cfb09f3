"""Measures how safe random motions are: ``python docs/make/arm_safety.py [MOTIONS] [SEED]``.

Scenes of all tasks in turn, with all that lies on their tables; in each, motions at default speed
that the gate accepts, drawn from the seed.  While they run, every physics step is looked at: how
deep any link is in the table or in the robot's own base, with how much force it presses on them
and for how long on end, and how far the pinch point leaves the gate's box.  A line of JSON is
printed for every 500 motions, and one for each motion that is over a limit.
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
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene

MOTIONS_A_SCENE = 25
FORCE_N, FORCE_S = 60.0, 0.05
DEPTH_M, ESCAPE_M = 0.001, 0.005
STEP_S = 1 / 240
LOOK_STEPS = 4
"""Physics steps between two looks at what needs no look at every one."""


class Meter:
    """Looks at the arm after every physics step, whoever makes it."""

    def __init__(self, backend: PyBulletBackend, limits: GateSection) -> None:
        self._world = backend.simulation
        self._client = self._world._client
        self._limits = limits
        self._make_step = self._client.stepSimulation
        self._client.stepSimulation = self._step
        self.clear()

    def clear(self) -> None:
        """Forget what was seen."""
        self.depth_m: Counter[str] = Counter()
        self.force_n: Counter[str] = Counter()
        self.above_s: Counter[str] = Counter()
        self.escape_m = 0.0
        self._run: Counter[str] = Counter()
        self._steps = 0

    def _step(self) -> None:
        self._make_step()
        self._steps += 1
        bodies = self._world._bodies
        robot, table = bodies["robot"], bodies["table"]
        forces: Counter[str] = Counter()
        link_names = {number: name for name, number in robot.links.items()}
        for contact in self._client.getContactPoints(robot.number, table.number) or ():
            self._go_in("table", link_names[contact[3]], -contact[8])
            forces[link_names[contact[3]]] += contact[9]
        for link in robot.links:
            above = forces[link] > FORCE_N
            self._run[link] = self._run[link] + 1 if above else 0
            self.above_s[link] = max(self.above_s[link], self._run[link] * STEP_S)
            self.force_n[link] = max(self.force_n[link], forces[link])
        if self._steps % LOOK_STEPS == 0:
            self._look(robot)

    def _look(self, robot: Any) -> None:
        for link, number in robot.links.items():
            if number > 0:  # the shoulder turns in the base
                for point in self._client.getClosestPoints(
                    robot.number, robot.number, 0.0, number, -1
                ):
                    self._go_in("base", link, -point[8])
        place = np.array(self._world.tcp_pose[:3])
        out = np.maximum(place - self._limits.upper, self._limits.lower - place).max()
        self.escape_m = max(self.escape_m, float(out))

    def _go_in(self, body: str, link: str, depth_m: float) -> None:
        key = f"{link} in {body}"
        self.depth_m[key] = max(self.depth_m[key], depth_m)

    def facts(self) -> dict[str, Any]:
        """The worst that was seen, by link, with the links that were over a limit."""
        return {
            "depth_mm": {k: round(1000 * v, 2) for k, v in self.depth_m.items() if v > DEPTH_M},
            "force_n": {k: round(v) for k, v in self.force_n.items() if v > FORCE_N},
            "above_s": {k: round(v, 3) for k, v in self.above_s.items() if v > FORCE_S},
            "escape_mm": round(1000 * self.escape_m, 1) if self.escape_m > ESCAPE_M else 0,
        }


def draw(rng: np.random.Generator) -> tuple[tuple[float, ...], str | None]:
    """A motion as people and policies make them: a way, a turn or both, and the gripper."""
    way = rng.uniform(-0.2, 0.2, 3) * (rng.random(3) < 0.6)
    turn = rng.uniform(-1.6, 1.6, 4) * (rng.random(4) < 0.25)
    return tuple(np.concatenate([way, turn]).tolist()), (None, "open", "closed")[rng.integers(3)]


def kind(reason: str) -> str:
    """A reason without its numbers, shortened."""
    return " ".join(re.sub(r"[^a-z ]+", "", reason).split()[:6])


def main(motions: int, seed: int) -> None:
    """Print lines of JSON until so many motions were executed."""
    limits = GateSection()
    backend = PyBulletBackend(cameras=())
    gate = Gate(backend, limits)
    gate.connect()
    meter = Meter(backend, limits)
    tasks = [load("task", name)() for name in sorted(names("task"))]
    seen: Counter[str] = Counter()
    worst: dict[str, float] = {}
    scene, start = 0, time.process_time()
    while seen["executed"] < motions:
        prepare_scene(tasks[scene % len(tasks)], gate, seed + scene)
        if meter._world is not backend.simulation:
            meter = Meter(backend, limits)
        rng = np.random.default_rng([seed, scene])
        for number in range(MOTIONS_A_SCENE):
            motion, gripper = draw(rng)
            meter.clear()
            outcome = gate.execute(motion, gripper)
            if outcome.refused:
                seen[f"refused: {kind(outcome.refused)}"] += 1
                continue
            seen["executed"] += 1
            facts = meter.facts()
            seen.update({f"over {key}": 1 for key, value in facts.items() if value})
            for key, value in (*meter.depth_m.items(), ("escape", meter.escape_m)):
                worst[key] = max(worst.get(key, 0), round(1000 * value, 2))
            for key, value in meter.force_n.items():
                worst[f"N {key}"] = max(worst.get(f"N {key}", 0), round(value))
            if outcome.stopped_because:
                seen[f"stopped: {kind(outcome.stopped_because)}"] += 1
            if any(facts.values()) or outcome.stopped_because:
                where = {"scene": scene, "number": number, "motion": motion, "gripper": gripper}
                print(json.dumps({**where, **facts, "stopped": outcome.stopped_because}))
            if seen["executed"] % 500 == 0:
                cpu_s = round(time.process_time() - start)
                print(
                    json.dumps({**seen, "scenes": scene, "cpu_s": cpu_s, "worst": worst}),
                    flush=True,
                )
            if gate.state == "faulted":
                seen["faulted"] += 1
                break
            if gate.state == "stopped":
                gate.connect()
        scene += 1
    print(json.dumps({**seen, "scenes": scene, "worst": worst}), flush=True)
    gate.stop()


if __name__ == "__main__":
    numbers = [int(x) for x in sys.argv[1:]]
    main(*(numbers + [20_000, 0][len(numbers) :]))
