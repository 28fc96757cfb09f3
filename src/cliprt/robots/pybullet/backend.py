"""The simulated robot as a backend: checks its options, runs primitives, observes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Annotated

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion
from cliprt.robots.interface import RobotBackend
from cliprt.robots.pybullet.cameras import CAMERAS, RENDERERS, Renderer, project, render
from cliprt.robots.pybullet.client import PhysicsClient, check_installed
from cliprt.robots.pybullet.move import RATE_HZ, STEPS_BETWEEN
from cliprt.robots.pybullet.options import (
    check_known,
    check_positive,
    parse_cameras,
    parse_image_sizes,
)
from cliprt.robots.pybullet.path import (
    MAX_SPEED_M_S,
    MAX_TURN_RAD_S,
    Pace,
    Refusal,
    plan_motion,
    reason_against,
    reason_against_opening,
)
from cliprt.robots.pybullet.sentry import FindEscape
from cliprt.robots.pybullet.world import PyBulletWorld
from cliprt.types import GripperState, Limit, Motion, Observation, Outcome, Pose

Pixels = Annotated[int, Limit(1, 4096)]


class PyBulletBackend(RobotBackend):
    """A UR5e with a two-finger gripper at a table, in PyBullet.

    The commanded pose is what motions add up on, so they do not drift.  Where contact keeps the
    measured position more than 5 mm (or the orientation more than 2 degrees) from the commanded
    one, what was reached becomes the commanded one: pushing against something does not wind up.
    """

    simulates = True
    incidental_options = ("renderer", "gui")

    def __init__(
        self,
        cameras: Sequence[str] = ("scene", "wrist"),
        image_size: Pixels | Mapping[str, Pixels] = 128,
        renderer: Renderer = "tiny",
        shadows: bool = False,
        gui: bool = False,
        speed_m_s: Annotated[float, Limit(0, MAX_SPEED_M_S, low_open=True)] = 0.3,
        turn_rad_s: Annotated[float, Limit(0, MAX_TURN_RAD_S, low_open=True)] = 1.2,
    ) -> None:
        """Choose the cell's options; nothing starts before `connect`.

        Args:
            cameras: Which cameras to observe with: ``"scene"``, ``"wrist"``, ``"overview"``.
            image_size: Edge of the square pictures [pixel], for all or by camera.
            renderer: ``"tiny"`` (software, everywhere alike) or ``"egl"``.
            shadows: Whether things cast shadows in observations.
            gui: Open PyBullet's window.
            speed_m_s: Greatest speed of a straight move; 1 m/s is what a UR5e is made for.
            turn_rad_s: Greatest speed of a turn; half a turn a second is what its joints can.

        Raises:
            UnknownNameError: A camera or renderer that does not exist.
            UsageError: A size or speed that is not allowed, or a size for a camera not chosen.
            MissingExtraError: PyBullet is not installed.
        """
        self.cameras = parse_cameras(cameras)
        self._sizes = parse_image_sizes(self.cameras, image_size)
        check_known("renderer", renderer, RENDERERS)
        check_positive("speed_m_s", speed_m_s, MAX_SPEED_M_S)
        check_positive("turn_rad_s", turn_rad_s, MAX_TURN_RAD_S)
        check_installed()
        self._renderer: Renderer = renderer
        self._shadows = shadows
        self._gui = gui
        self._pace = Pace(speed_m_s, turn_rad_s, RATE_HZ / STEPS_BETWEEN)
        self._world: PyBulletWorld | None = None
        self._life = RLock()
        self._on_moving: Callable[[float], None] | None = None
        self._find_escape: FindEscape | None = None
        self._halt_after_s: float | None = None
        self._trouble: str | None = None

    @property
    def simulation(self) -> PyBulletWorld:
        """The simulated world.

        Raises:
            RobotError: Not connected.
        """
        world = self._world
        if world is None:
            raise RobotError(
                "the simulated robot is not connected, or was stopped. Call connect() first."
            )
        return world

    def connect(self) -> None:
        """Start the simulation, with the robot at home and nothing on the table.

        Where it runs already, the world stays as it is and a halt is over.

        Raises:
            RobotError: No window, or no EGL renderer, can be had.
        """
        with self._life:
            if self._world is not None:
                self._trouble = None
                self._world.halted.clear()
                return
            client = PhysicsClient(gui=self._gui, egl=self._renderer == "egl")
            try:
                world = PyBulletWorld(client)
            except BaseException:
                client.disconnect()
                raise
            world.on_moving = self._on_moving
            self._world, self._trouble = world, None

    def observe(self) -> Observation:
        """Look and feel, without moving.

        Raises:
            RobotError: Not connected.
        """
        world = self.simulation
        return Observation(
            images={
                name: self.render(self._sizes[name], self._sizes[name], name)
                for name in self.cameras
            },
            tcp_pose=world.tcp_pose,
            commanded_pose=world.commanded_pose,
            joints=tuple(world.drive.joints.tolist()),
            gripper=world.gripper,
            gripper_opening_m=world.gripper_opening_m,
            time_s=world.time_s,
        )

    def render(
        self, width: int, height: int, camera: str = "scene", shadows: bool | None = None
    ) -> np.ndarray:
        """A picture of any size, uint8 (height, width, 3), e.g. for a film.

        Args:
            width: [pixel].
            height: [pixel].
            camera: ``"scene"``, ``"wrist"`` or ``"overview"``, chosen for observations or not.
            shadows: Whether things cast shadows; None = as in observations.

        Raises:
            UnknownNameError: There is no such camera.
            RobotError: Not connected.
        """
        check_known("camera", camera, CAMERAS)
        world, chosen = self.simulation, CAMERAS[camera]
        frame = self._frame(camera)
        world.stationery.show()
        shadows = self._shadows if shadows is None else shadows
        return render(
            world.client, chosen, frame, width, height, world.light, self._renderer, shadows
        )

    def project(self, points_m: np.ndarray, camera: str) -> np.ndarray:
        """Where points (n, 3) [m] are in a square picture, as it would be taken now.

        Returns:
            (n, 2): x to the right, y down, in shares 0..1; rows of nan behind the camera.

        Raises:
            UnknownNameError: There is no such camera.
            RobotError: Not connected.
        """
        check_known("camera", camera, CAMERAS)
        return project(CAMERAS[camera], self._frame(camera), points_m)

    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """Make one straight motion, then bring the gripper to its state.

        Refused, with nothing moved: numbers that are no motion, poses out of reach, joints that
        would flip, fingertips under the table top, links that would come near the table or each
        other, anything after a halt.  It stops by itself, and stands until `connect`, where a link
        presses on the table for longer than a moment, or where it gets to where `confine` says.

        Raises:
            RobotError: Not connected.
        """
        world, halt_after_s = self.simulation, self._halt_after_s
        self._halt_after_s = stopped_after_s = None
        target, path = world.commanded_pose, None
        refused = reason_against(motion, gripper)
        if world.halted.is_set():
            refused = self._trouble or "the robot was halted. Call connect() to go on"
        if refused is None:
            motion = tuple(float(x) for x in motion)  # type: ignore[assignment]
        if refused is None and any(motion):
            target = apply_motion(target, motion)
            refused, path = self._plan(target)
        if refused is None and gripper == "open" != world.gripper:
            refused = reason_against_opening(target)
        if refused is None:
            stopped_after_s, self._trouble = world.move(
                path, target, gripper, halt_after_s, self._find_escape
            )
        sent = target if refused is None else None
        joints, measured = tuple(world.drive.joints.tolist()), world.tcp_pose
        return Outcome(
            motion, gripper, sent, measured, joints, refused, stopped_after_s, self._trouble
        )

    def find_refusal(self, motion: Motion) -> str | None:
        """Why a motion would be refused for where it leads; nothing moves."""
        return self._plan(apply_motion(self.simulation.commanded_pose, motion))[0]

    @property
    def commanded_joints(self) -> tuple[float, ...]:
        """Where the joints were last told to be (6,) [rad].

        Raises:
            RobotError: Not connected.
        """
        return tuple(self.simulation.drive.commanded_joints.tolist())

    def follow(
        self,
        joints: Sequence[float],
        seconds: float,
        gripper: GripperState | None = None,
        opening_m: float | None = None,
    ) -> None:
        """Be the shadow of an arm that is moved elsewhere: physics runs while it catches up.

        The joints pass straight from where they were told to be to `joints`, with this arm's
        limited forces: contact may keep them from getting there.  Nothing is planned or refused,
        and a halt does not end it.

        Args:
            joints: Where the other arm is (6,) [rad].
            seconds: How long physics runs, rounded down to whole physics steps [s]; with none the
                arm is told nothing.
            gripper: What the other gripper was told: the fingers go there with limited force and
                speed, and press on what is between them.  None leaves them as they are.
            opening_m: Where the fingers go instead [m], e.g. of a gripper that was stopped
                half-way.

        Raises:
            UsageError: Numbers that are no joint angles, no time or no opening.
            RobotError: Not connected.
        """
        self.simulation.follow(joints, seconds, gripper, opening_m)

    def halt(self) -> None:
        """End a motion at its next physics step; the world stays, nothing moves until `connect`.

        The arm rests within 1/15 s of the world's time.  Its commanded pose is then where it was
        measured, within some millimetres at most; fingers that were moving stay where they are, and
        the gripper's state is what it was told last.
        """
        world = self._world
        if world is not None:
            world.halted.set()

    def watch(self, on_moving: Callable[[float], None] | None) -> None:
        """Have `on_moving` called every 1/60 s of the world's time while physics runs.

        It may look (`observe`, `render`) and `halt`; neither changes how bodies move.
        """
        self._on_moving = on_moving
        if self._world is not None:
            self._world.on_moving = on_moving

    def confine(self, find_escape: FindEscape | None) -> None:
        """Have `find_escape` told where the pinch point is (3,) [m], while it moves.

        What it says in words ends the motion as trouble of the robot's own; None ends that.
        """
        self._find_escape = find_escape

    def halt_after(self, seconds: float) -> None:
        """Cut the next motion when it is `seconds` old, as a halt then did.

        With ``Outcome.stopped_after_s`` of a motion that was cut, the same motion from the same
        state ends the same, bit for bit.  Nobody asked for a stop: no `connect` is needed.

        Raises:
            UsageError: Not a positive number of seconds.
        """
        check_positive("halt_after", seconds)
        self._halt_after_s = seconds

    def stop(self) -> None:
        """End the simulation and remove its files; from any thread, at any time, also twice.

        A motion that is being made ends at once: nothing moves any more when this returns, and who
        makes it gets a RobotError, wherever it was.
        """
        with self._life:
            world, self._world = self._world, None
            if world is not None:
                world.end()

    def _frame(self, camera: str) -> np.ndarray:
        """Transform (4, 4) of what carries a camera."""
        link = CAMERAS[camera].link
        return self.simulation.transform("robot", link) if link else np.eye(4)

    def _plan(self, target: Pose) -> tuple[str, None] | tuple[None, np.ndarray]:
        drive = self.simulation.drive
        pose, joints = drive.commanded_pose, drive.commanded_joints
        planned = plan_motion(pose, target, joints, drive.half_width_m, self._pace)
        return (planned.reason, None) if isinstance(planned, Refusal) else (None, planned)
