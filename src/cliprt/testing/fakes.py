"""A robot and a world without physics, for tests and plugin authors: exact, instant, in memory."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion
from cliprt.robots.ink import Canvas, Tool
from cliprt.robots.interface import RobotBackend, find_malformation
from cliprt.robots.world import Body, Light, World
from cliprt.types import GripperState, Motion, Observation, Outcome, Pose

HOME: Pose = (0.45, 0.0, 0.25, 0.0, 3.0, 0.0)
"""Where a fake robot starts: in the middle of the default workspace, tool down."""

OPENING_M = 0.085

MOVE_S = 0.5
"""How long a fake robot takes for a motion, on its own clock."""

REACH_M = 5.0
"""It makes no motion that is longer."""

TICKS = 30
"""How often it may be looked on and halted meanwhile."""


class FakeWorld(World):
    """Bodies that stay where they are put; nothing falls, nothing touches.

    Attributes:
        poses: Name -> pose.
        joints: (body, link) -> position.
    """

    def __init__(self, home: Pose = HOME) -> None:
        self._home = home
        self.clear(0)

    def clear(self, seed: int) -> None:
        """Remove all bodies and bring the robot home."""
        self.poses: dict[str, Pose] = {}
        self.joints: dict[tuple[str, str], float] = {}
        self._tcp_pose: Pose = self._home
        self._gripper: GripperState = "open"
        self._time_s = 0.0
        self._light = Light()
        self._ink: dict[str, np.ndarray] = {}

    def add(self, body: Body, pose: Pose) -> None:
        """Place a body; its joints start where they say."""
        self.poses[body.name] = pose
        for link in body.links:
            if link.joint:
                self.joints[body.name, link.name] = link.joint.start

    @property
    def bodies(self) -> tuple[str, ...]:
        """What was added, in order."""
        return tuple(self.poses)

    def pose(self, body: str, link: str = "") -> Pose:
        """Where the body was put, whatever the link."""
        return self.poses[body]

    def set_pose(self, body: str, pose: Pose) -> None:
        """Put a body somewhere."""
        self.poses[body] = pose

    def joint(self, body: str, link: str) -> float:
        """Where the joint was put."""
        return self.joints[body, link]

    def set_joint(self, body: str, link: str, position: float) -> None:
        """Put a joint somewhere."""
        self.joints[body, link] = position

    def add_canvas(self, canvas: Canvas) -> None:
        """A blank canvas."""
        self._ink[canvas.body] = np.zeros(canvas.shape, dtype=bool)

    def add_tool(self, tool: Tool) -> None:
        """Without effect: nothing touches."""

    def ink(self, body: str) -> np.ndarray:
        """What was set."""
        return self._ink[body].copy()

    def set_ink(self, body: str, ink: np.ndarray) -> None:
        """Put ink on a canvas."""
        self._ink[body] = ink.copy()

    @property
    def light(self) -> Light:
        """What was set."""
        return self._light

    def set_light(self, light: Light) -> None:
        """Remember it: there are no pictures of bodies."""
        self._light = light

    def contact_force(self, body: str, other: str = "robot") -> float:
        """Always 0: nothing touches."""
        return 0.0

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
        self._world = FakeWorld(home)
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
    def simulation(self) -> FakeWorld | None:
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
