"""A robot and a simulation without physics, for tests: exact, instant, in memory."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion
from cliprt.robots.interface import RobotBackend, find_malformation
from cliprt.robots.simulation import Simulation
from cliprt.types import GripperState, Layout, Motion, Observation, Outcome, Pose

HOME: Pose = (0.45, 0.0, 0.25, 0.0, 3.0, 0.0)
"""Where a fake robot starts: in the middle of the default workspace, tool down."""

OPENING_M = 0.085

MOVE_S = 0.5
"""How long a fake robot takes for a motion, on its own clock."""

REACH_M = 5.0
"""It makes no motion that is longer."""

TICKS = 30
"""How often it may be looked on and halted meanwhile."""


class FakeSimulation(Simulation):
    """A hand in empty space; nothing falls, nothing touches."""

    def __init__(self, home: Pose = HOME) -> None:
        self._home = home
        self.clear(0)

    def clear(self, seed: int) -> None:
        """Bring the robot home."""
        self._tcp_pose: Pose = self._home
        self._gripper: GripperState = "open"
        self._time_s = 0.0

    def layout(self) -> Layout:
        """Where the hand is: there is nothing else."""
        return Layout(self._tcp_pose, {})

    def move_home(self, pose: Pose) -> bool:
        """Put the robot somewhere; everything is in reach."""
        self._tcp_pose = pose
        return True

    def settle(self, seconds: float) -> None:
        """Let time pass."""
        self._time_s += seconds

    def snapshot(self) -> dict[str, object]:
        """A copy of everything."""
        return copy.deepcopy(vars(self))

    def restore(self, snapshot: dict[str, object]) -> None:
        """Return to a snapshot."""
        vars(self).update(copy.deepcopy(snapshot))

    @property
    def tcp_pose(self) -> Pose:
        """Where the robot is."""
        return self._tcp_pose

    @property
    def commanded_pose(self) -> Pose:
        """The same: a fake robot is exact."""
        return self._tcp_pose

    @property
    def gripper(self) -> GripperState:
        """Commanded gripper state."""
        return self._gripper

    @property
    def gripper_opening_m(self) -> float:
        """8.5 cm when open, 0 when closed."""
        return OPENING_M if self._gripper == "open" else 0.0

    @property
    def time_s(self) -> float:
        """Seconds since `clear`."""
        return self._time_s

    def place(self, pose: Pose, gripper: GripperState, time_s: float) -> None:
        """What a robot does to its world."""
        self._tcp_pose, self._gripper, self._time_s = pose, gripper, time_s


class FakeRobot(RobotBackend):
    """A point that goes exactly where it is told, with ways to fail.

    Args:
        home: Where it starts [m, rad].
        simulated: False hides its world, as on hardware.
        drift: Added to every measured position [m].
        refuse_at: Number of the `execute` call (from 0) that it refuses, "out of reach".
        fail: Called before every motion with the number of the call; may raise, sleep or `trip`.
        image_px: Edge of its only image, ``front``, a picture of the pose in grey.
    """

    cameras = ("front",)

    def __init__(
        self,
        home: Pose = HOME,
        *,
        simulated: bool = True,
        drift: tuple[float, float, float] = (0.0, 0.0, 0.0),
        refuse_at: int | None = None,
        fail: Callable[[int], None] | None = None,
        image_px: int = 8,
    ) -> None:
        self._world = FakeSimulation(home)
        self._simulated = simulated
        self._drift = drift
        self._refuse_at = refuse_at
        self._fail = fail
        self._image_px = image_px
        self._connected = False
        self._on_moving: Callable[[float], None] | None = None
        self._halt_after_s: float | None = None
        self.stopped = Event()
        self.halted = Event()
        self._trouble = ""
        self._stopped_because = ""
        self.executed: list[tuple[Motion, GripperState | None]] = []
        self.calls = 0

    @property
    def simulation(self) -> FakeSimulation | None:
        """Its world, unless it plays hardware."""
        return self._world if self._simulated else None

    @property
    def tcp_pose(self) -> Pose:
        """Where it says that it is [m, rad]."""
        p, d = self._world.tcp_pose, self._drift
        return (p[0] + d[0], p[1] + d[1], p[2] + d[2], p[3], p[4], p[5])

    def connect(self) -> None:
        """Be ready, unless a person has to clear what stopped it."""
        if self._trouble:
            raise RobotError(self._trouble)
        self._stopped_because = ""
        self._connected = True
        self.stopped.clear()
        self.halted.clear()

    def observe(self) -> Observation:
        """The pose, and a picture whose grey levels follow from it."""
        self._check_connected()
        world, size = self._world, self._image_px
        level = int(1000 * sum(world.tcp_pose[:3])) % 256
        image = np.full((size, size, 3), level, dtype=np.uint8)
        return Observation(
            images={"front": image},
            tcp_pose=self.tcp_pose,
            commanded_pose=world.commanded_pose,
            joints=world.tcp_pose,
            gripper=world.gripper,
            gripper_opening_m=world.gripper_opening_m,
            time_s=world.time_s,
        )

    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """Go straight to the target, in no time; by its own clock it takes half a second."""
        self._check_connected()
        halt_after_s, self._halt_after_s = self._halt_after_s, None
        if because := self._stopped_because:
            return replace(self._refuse(motion, gripper, because), stopped_because=because)
        if self.halted.is_set():
            return self._refuse(motion, gripper, "the fake robot was halted. Call connect()")
        if malformed := find_malformation(motion, gripper):
            return self._refuse(motion, gripper, malformed)
        call, self.calls = self.calls, self.calls + 1
        if call == self._refuse_at or math.hypot(*motion[:3]) > REACH_M:
            return self._refuse(motion, gripper, "reach: out of reach")
        if self._fail:
            self._fail(call)
        self._check_connected()
        target = apply_motion(self._world.tcp_pose, motion)
        stopped_after_s = self._travel(motion, gripper, halt_after_s)
        self.executed.append((motion, gripper))
        here = self._world.commanded_pose
        outcome = Outcome(motion, gripper, target, self.tcp_pose, here, None, stopped_after_s)
        return replace(outcome, stopped_because=self._stopped_because or None)

    def trip(self, reason: str) -> None:
        """Stop by itself, as an arm does that hits something; any time, also on the way."""
        self._trouble = self._stopped_because = reason

    def clear(self) -> None:
        """What a person does at the arm; nothing moves until `connect`."""
        self._trouble = ""

    def halt(self) -> None:
        """End a motion where it is; nothing moves until `connect`."""
        self.halted.set()

    def halt_after(self, seconds: float) -> None:
        """End the next motion after so many seconds of its own clock."""
        self._halt_after_s = seconds

    def watch(self, on_moving: Callable[[float], None] | None) -> None:
        """Have somebody look on."""
        self._on_moving = on_moving

    def stop(self) -> None:
        """Nothing moves any more."""
        self._connected = False
        self.stopped.set()

    def _travel(
        self, motion: Motion, gripper: GripperState | None, halt_after_s: float | None
    ) -> float | None:
        """Be on the way, tick by tick; how long until a halt [s], None if it came to the end."""
        world, held = self._world, self._world.gripper
        start, began_s = world.tcp_pose, world.time_s
        for tick in range(1, TICKS):
            age_s = tick * MOVE_S / TICKS
            if self._on_moving:
                world.place(_part(start, motion, tick), held, began_s + age_s)
                self._on_moving(began_s + age_s)
            is_stopped = self._stopped_because or self.halted.is_set()
            if is_stopped or (halt_after_s and age_s >= halt_after_s - 1e-9):
                world.place(_part(start, motion, tick), held, began_s + age_s)
                return age_s
        world.place(apply_motion(start, motion), gripper or held, began_s + MOVE_S)
        return None

    def _refuse(self, motion: Motion, gripper: GripperState | None, reason: str) -> Outcome:
        return Outcome(motion, gripper, None, self.tcp_pose, refused=reason)

    def _check_connected(self) -> None:
        if not self._connected:
            raise RobotError("the fake robot is not connected. Call connect() first.")


def _part(start: Pose, motion: Motion, tick: int) -> Pose:
    return apply_motion(start, [x * tick / TICKS for x in motion])
