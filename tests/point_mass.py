"""A stranger's simulator, as MuJoCo has them: positions and velocities, no table, no bodies to add.

A point flies to a coloured spot.  Robot, tasks and suite come from a package of their own, which
knows nothing but the contracts.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from cliprt import registry
from cliprt.errors import RobotError
from cliprt.geometry import apply_motion
from cliprt.recipe.schema import Component
from cliprt.robots.interface import RobotBackend, find_malformation
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task
from cliprt.types import NO_MOTION, Layout, Observation, Outcome, Primitive

START = (0.45, 0.0, 0.25, 0.0, 0.0, 0.0)
TICKS, TICK_S = 20, 0.02
NEAR_M = 0.03


class PointSimulation(Simulation):
    """``qpos`` [m], a spot to reach, fingers that follow at once."""

    def __init__(self) -> None:
        self.clear(0)

    def clear(self, seed):
        self.qpos = self.target = START
        self.spot, self.held, self.ticks = (0.0, 0.0, 0.0), "open", 0

    def settle(self, seconds):
        self.ticks += max(1, round(seconds / TICK_S))

    def snapshot(self):
        return copy.deepcopy(vars(self))

    def restore(self, snapshot):
        vars(self).update(copy.deepcopy(snapshot))

    def move_home(self, pose):
        self.qpos = self.target = pose
        return True

    def layout(self):
        return Layout(self.qpos, {"spot": (*self.spot, 0.0, 0.0, 0.0)})

    tcp_pose = property(lambda self: self.qpos)
    commanded_pose = property(lambda self: self.target)
    gripper = property(lambda self: self.held)
    gripper_opening_m = property(lambda self: 0.05 if self.held == "open" else 0.0)
    time_s = property(lambda self: self.ticks * TICK_S)


class PointRobot(RobotBackend):
    """Reaches a metre."""

    simulates = True
    cameras = ("top",)

    def __init__(self, cameras: tuple[str, ...] = ("top",), image_size: int = 16) -> None:
        self._px = image_size
        self._point: PointSimulation | None = None
        self._halted = Event()
        self._on_moving: Callable[[float], None] | None = None

    @property
    def simulation(self):
        if self._point is None:
            raise RobotError("the point is not connected. Call connect() first.")
        return self._point

    def connect(self):
        self._point = self._point or PointSimulation()
        self._halted.clear()

    def observe(self):
        point, image = self.simulation, np.zeros((self._px, self._px, 3), dtype=np.uint8)
        rows, columns = np.mgrid[: self._px, : self._px] / self._px
        for at, channel in ((point.spot, 0), (point.qpos, 1)):
            away = np.hypot(columns - at[1] - 0.5, rows - 1 + at[0]) + abs(at[2] - START[2])
            image[..., channel] = 255 * np.exp(-8 * away)
        image[..., 2] = 200 if point.held == "open" else 0
        pose, told = point.tcp_pose, point.commanded_pose
        opening = point.gripper_opening_m
        return Observation({"top": image}, pose, told, pose[:3], point.held, opening, point.time_s)

    def execute(self, motion, gripper):
        point = self.simulation
        why = find_malformation(motion, gripper) or self._reason_against(motion)
        if why:
            return Outcome(motion, gripper, None, point.tcp_pose, refused=why)
        start, stopped_after_s = point.target, None
        for tick in range(1, TICKS + 1):
            point.qpos = apply_motion(start, [x * tick / TICKS for x in motion])
            point.ticks += 1
            if self._on_moving:
                self._on_moving(point.time_s)
            if self._halted.is_set():
                stopped_after_s = tick * TICK_S
                break
        point.target, point.held = point.qpos, gripper or point.held
        sent = apply_motion(start, motion)
        return Outcome(motion, gripper, sent, point.qpos, (), None, stopped_after_s)

    def _reason_against(self, motion):
        if self._halted.is_set():
            return "the point was halted. Call connect()"
        too_far = np.abs(np.add(self.simulation.target[:3], motion[:3])).max() > 1
        return "reach: more than a metre away" if too_far else None

    def halt(self):
        self._halted.set()

    def watch(self, on_moving):
        self._on_moving = on_moving

    def stop(self):
        self._point = None


class WatchTask(Task[PointSimulation]):
    """The spot is somewhere on one side; nobody knows what to do about it."""

    suite = "points"

    def __init__(self, side: str = "left") -> None:
        self.instruction = f"Fly to the spot on the {side}"
        self.max_steps, self.hold_s = 12, 0.1
        self._sign = 1 if side == "left" else -1

    def reset(self, world, rng):
        aside_m, ahead_m = rng.uniform((0.1, -0.1), (0.2, 0.1)).tolist()
        world.spot = (START[0] + ahead_m, self._sign * aside_m, START[2])

    def is_success(self, world):
        return math.dist(world.spot, world.qpos[:3]) < 1.5 * NEAR_M


class ReachTask(WatchTask):
    """The same, and somebody who sees everything knows the way."""

    def advise(self, world):
        for axis in (1, 0):
            missing_m = world.spot[axis] - world.qpos[axis]
            if abs(missing_m) >= NEAR_M:
                size_m = 0.10 if abs(missing_m) > 0.08 else 0.05
                motion = list(NO_MOTION)
                motion[axis] = math.copysign(size_m, missing_m)
                return Primitive(None, "", tuple(motion))
        return None


POINTS = tuple(Component("reach", {"side": side}, f"reach_{side}") for side in ("left", "right"))

ENTRY_POINTS = """
[cliprt.robots]
point = point_mass:PointRobot
either = fake_robot:FakeRobot
[cliprt.tasks]
reach = point_mass:ReachTask
visit = point_mass:ReachTask
watch = point_mass:WatchTask
[cliprt.suites]
points = point_mass:POINTS
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The package is installed, also for processes that are started."""
    folder = tmp_path / "site" / "point_mass-0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: point-mass\nVersion: 0.1")
    (folder / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setenv("PYTHONPATH", f"{folder.parent}:{Path(__file__).parent}")
    registry.refresh()
    yield
    monkeypatch.undo()
    registry.refresh()
