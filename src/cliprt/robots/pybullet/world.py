"""A table top in PyBullet: bodies from values, an arm that follows paths, exact snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from cliprt.data.disk import Scratch
from cliprt.errors import UsageError
from cliprt.geometry import from_matrix
from cliprt.robots.ink import Canvas, Tool
from cliprt.robots.pybullet.arm import build_arm
from cliprt.robots.pybullet.bodies import PlacedBody
from cliprt.robots.pybullet.cell import build_cell
from cliprt.robots.pybullet.client import PhysicsClient, silenced
from cliprt.robots.pybullet.drive import HOME, ArmDrive
from cliprt.robots.pybullet.follow import follow
from cliprt.robots.pybullet.move import RATE_HZ, Move
from cliprt.robots.pybullet.options import check_known
from cliprt.robots.pybullet.sentry import FindEscape, Sentry
from cliprt.robots.pybullet.snapshot import Snapshot
from cliprt.robots.pybullet.stationery import Stationery
from cliprt.robots.world import ORIGIN, Body, Light, World
from cliprt.types import GripperState, Pose

MARK_STEPS = 4
"""Physics steps between two looks at what pens, erasers and stamps touch."""

WATCH_STEPS = 4
"""Physics steps between two calls of a watcher."""

_FIXTURES = ("table", "robot")


class PyBulletWorld(World):
    """The world on one physics server, which nobody else may use.

    Attributes:
        client: The server.
        halted: While set, motions end; with `end` the only thing here for other threads.
        on_moving: Called with the time [s] every 1/60 simulated second, while physics runs.
    """

    def __init__(self, client: PhysicsClient) -> None:
        """Make an empty world on a server."""
        self.client = client
        self._files = Scratch("cliprt-world-")
        """Descriptions of bodies, for the server to read."""
        self._bodies: dict[str, PlacedBody] = {}
        self._remembered_forces: Mapping[frozenset[str], float] | None = None
        self.halted = Event()
        self.on_moving: Callable[[float], None] | None = None
        self.clear(0)

    def end(self) -> None:
        """End the server, and with it all that moves; from any thread, also twice."""
        self.halted.set()
        self.client.disconnect()
        self._files.cleanup()

    def clear(self, seed: int) -> None:
        """See the contract; nothing in this world is drawn at random, so every seed is alike."""
        self._restart()
        self._place(build_cell(), ORIGIN)
        self._place(build_arm(), ORIGIN)
        self.drive = ArmDrive(self.client, self._bodies["robot"])
        self.drive.rest_at(HOME)

    def add(self, body: Body, pose: Pose) -> None:
        """See the contract.

        Raises:
            UsageError: A body of that name is there already.
            RobotError: PyBullet cannot load it.
        """
        if body.name in self._bodies:
            taken = (
                f"is already in the world. Give it another name; taken: {', '.join(self._bodies)}."
            )
            raise UsageError(f"a body called {body.name!r} {taken}")
        self._place(body, pose)

    def set_pose(self, body: str, pose: Pose) -> None:
        """See the contract; its joints stay where they are."""
        self._placed(body).set_pose(pose)

    def set_joint(self, body: str, link: str, position: float) -> None:
        """See the contract."""
        self._placed(body).set_joint(link, position)

    def add_canvas(self, canvas: Canvas) -> None:
        """See the contract; the body has to be there."""
        self.stationery.add_canvas(canvas)

    def add_tool(self, tool: Tool) -> None:
        """See the contract; the body has to be there."""
        self.stationery.add_tool(tool)

    def set_ink(self, body: str, ink: np.ndarray) -> None:
        """See the contract."""
        self.stationery.set_ink(body, ink)

    def set_light(self, light: Light) -> None:
        """See the contract."""
        self._light = light

    def move_home(self, pose: Pose) -> bool:
        """See the contract; the elbow is always up."""
        return self.drive.rest_at(pose)

    @property
    def bodies(self) -> tuple[str, ...]:
        """See the contract."""
        return tuple(name for name in self._bodies if name not in _FIXTURES)

    def body(self, name: str) -> Body:
        """See the contract; the robot and the table are bodies as well."""
        return self._placed(name).body

    def pose(self, body: str, link: str = "") -> Pose:
        """See the contract; the robot and the table are bodies as well."""
        return from_matrix(self.transform(body, link))

    def transform(self, body: str, link: str = "") -> np.ndarray:
        """Transform (4, 4) of a link's frame ("" = the first link), base frame."""
        return self._placed(body).transform(link)

    def joint(self, body: str, link: str) -> float:
        """See the contract."""
        return self._placed(body).joint(link)

    def canvas(self, body: str) -> Canvas | None:
        """See the contract."""
        return self.stationery.canvas(body)

    def ink(self, body: str) -> np.ndarray:
        """See the contract."""
        return self.stationery.ink(body)

    @property
    def light(self) -> Light:
        """See the contract."""
        return self._light

    def contact_force(self, body: str, other: str = "robot") -> float:
        """See the contract; it is that of the last physics step."""
        self._placed(body), self._placed(other)
        return self._contact_forces().get(frozenset((body, other)), 0.0)

    @property
    def tcp_pose(self) -> Pose:
        """Pose of the pinch point by the joint encoders."""
        return self.drive.tcp_pose

    @property
    def commanded_pose(self) -> Pose:
        """Where the robot was last told to be, had to give in to, or was halted."""
        return self.drive.commanded_pose

    @property
    def gripper(self) -> GripperState:
        """Commanded gripper state."""
        return self.drive.gripper

    @property
    def gripper_opening_m(self) -> float:
        """Measured distance between the fingers [m]."""
        return self.drive.opening_m

    @property
    def time_s(self) -> float:
        """Simulated seconds since `clear`."""
        return self._steps / RATE_HZ

    def settle(self, seconds: float) -> None:
        """See the contract; rounded to whole physics steps."""
        self._advance(round(seconds * RATE_HZ))

    def move(
        self,
        path: np.ndarray | None,
        target: Pose,
        gripper: GripperState | None,
        halt_after_s: float | None = None,
        find_escape: FindEscape | None = None,
    ) -> tuple[float | None, str | None]:
        """Move the arm along joint angles (n, 6) [rad] to `target`, then the fingers.

        Args:
            path: None leaves the arm where it is.
            target: The pinch point's pose at the path's end.
            gripper: None leaves the fingers as they are.
            halt_after_s: Cut the motion when it is this old, rounded to whole physics steps.
            find_escape: Told where the pinch point is on its way; what it says ends the motion.

        Returns:
            How long it moved before it was cut [s], None when it ran to its end; and why, where it
            stopped by itself: it is `halted` then.
        """
        cut_step = None if halt_after_s is None else round(halt_after_s * RATE_HZ)
        robot, table = self._bodies["robot"], self._bodies["table"]
        sentry = Sentry(self.client, robot, table, find_escape)
        move = Move(self.drive, self._advance, self.halted, sentry, cut_step)
        cut_s = move.run(path, target, gripper)
        if move.trouble:
            self.halted.set()
        return cut_s, move.trouble

    def follow(
        self,
        joints: Sequence[float],
        seconds: float,
        gripper: GripperState | None = None,
        opening_m: float | None = None,
    ) -> None:
        """Lead arm and fingers on, as :meth:`PyBulletBackend.follow` says."""
        follow(self.drive, self._advance, joints, seconds, gripper, opening_m)

    def snapshot(self) -> Snapshot:
        """See the contract.

        PyBullet cannot restore every state that it saved (it fails when contacts changed), so a
        snapshot holds values and `restore` rebuilds the world from them.  The world goes through
        the same rebuild now, so what follows is the same, bit for bit, as after every `restore`.
        The rebuild forgets the solver's contact cache and rounds orientations (1e-16 rad): a run
        with a snapshot and one without it part company by micrometres.
        """
        snapshot = Snapshot(
            tuple((placed.body, placed.state()) for placed in self._bodies.values()),
            self.drive.commanded_pose,
            tuple(self.drive.commanded_joints.tolist()),
            self.drive.gripper,
            self.drive.finger_m,
            self._steps,
            self._contact_forces(),
            self._light,
            self.stationery.state(),
        )
        self.restore(snapshot)
        return snapshot

    def restore(self, snapshot: Any) -> None:
        """See the contract; works across `clear`, and in another world just as well.

        Raises:
            UsageError: It is not a snapshot.
        """
        if not isinstance(snapshot, Snapshot):
            got = type(snapshot).__name__
            raise UsageError(f"only what snapshot() gave can be restored, got {got}.")
        self._restart()
        for body, state in snapshot.bodies:
            self._place(body, ORIGIN).set_state(state)
        self.drive = ArmDrive(self.client, self._bodies["robot"])
        self.drive.hold(snapshot.commanded_pose, np.array(snapshot.commanded_joints))
        self.drive.gripper = snapshot.gripper
        self.drive.hold_fingers(snapshot.finger_m)
        self._steps = snapshot.steps
        self._remembered_forces = snapshot.forces
        self._light = snapshot.light
        self.stationery.set_state(snapshot.stationery)

    def _restart(self) -> None:
        client = self.client
        with silenced():
            client.resetSimulation()
        client.setGravity(0, 0, -9.81)
        client.setPhysicsEngineParameter(
            fixedTimeStep=1 / RATE_HZ,
            numSolverIterations=50,
            # Bodies at rest need few iterations: three times cheaper, and grasps hold alike.
            solverResidualThreshold=1e-5,
            enableConeFriction=1,
            deterministicOverlappingPairs=1,
        )
        self._bodies = {}
        self.stationery = Stationery(client, self._bodies)
        self._light = Light()
        self._steps = 0
        self._remembered_forces = None

    def _place(self, body: Body, pose: Pose) -> PlacedBody:
        with silenced():
            placed = PlacedBody(self.client, Path(self._files.name), body, pose)
        self._bodies[body.name] = placed
        return placed

    def _advance(self, steps: int, watched: bool = True) -> None:
        step = self.client.stepSimulation
        for _ in range(steps):
            step()
            self._steps += 1
            self._remembered_forces = None
            if self._steps % MARK_STEPS == 0:
                self.stationery.mark()
            if watched and self.on_moving and self._steps % WATCH_STEPS == 0:
                self.on_moving(self.time_s)

    def _contact_forces(self) -> Mapping[frozenset[str], float]:
        """Normal forces of the last physics step [N], also right after a restore."""
        if self._remembered_forces is not None:
            return self._remembered_forces
        names = {placed.number: name for name, placed in self._bodies.items()}
        forces: dict[frozenset[str], float] = {}
        for contact in self.client.getContactPoints() or ():
            pair = frozenset((names[contact[1]], names[contact[2]]))
            forces[pair] = forces.get(pair, 0.0) + float(contact[9])
        return forces

    def _placed(self, body: str) -> PlacedBody:
        check_known("body", body, self._bodies)
        return self._bodies[body]
