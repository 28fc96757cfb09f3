"""A robot that goes the whole way of a real one, with nothing real at its end.

Every motion passes the driver, the client's library and the network to a loopback controller; the
arm that the controller moves is seen, and felt, in a simulated cell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

import numpy as np

from cliprt.errors import RobotError
from cliprt.robots.world import World
from cliprt.types import GripperState, Limit, Motion, Observation, Outcome
from cliprt_ur.backend import UrBackend
from cliprt_ur.config import Arm, Frame, Limits, Link, UrConfig
from cliprt_ur.driver.messages import Telemetry
from cliprt_ur.testing.controller import LoopbackController
from cliprt_ur.testing.twin import ArmTwin, build_simulator

Pixels = Annotated[int, Limit(1, 4096)]

LOWEST_Z_M = 0.011
"""Of the pinch point: the fingertips then touch the table."""

ACCELERATION_M_S2 = 5.0
DECELERATION_M_S2 = 10.0

WATCHDOG_HZ = 5.0
"""Patient: controller, driver, physics and policy may share two cores, and nobody can be hurt."""

PLACING_S = 2.0
"""Until an arm that was put somewhere must be seen there."""

PLACED_RAD = 1e-4


class LoopbackUrBackend(UrBackend):
    """The ``ur`` robot on a controller of its own, shown in the cell of the ``pybullet`` robot.

    A recipe that names ``pybullet`` runs with ``ur_loopback`` as well: tasks build their scenes in
    `simulation`, and success is judged there.  The controller's arm is put where a task puts the
    simulated one; from there on the simulated one follows it.
    """

    simulates = True

    incidental_options = (*UrBackend.incidental_options, "black_box")

    def __init__(
        self,
        cameras: Sequence[str] = ("scene", "wrist"),
        image_size: Pixels | Mapping[str, Pixels] = 128,
        renderer: Literal["tiny", "egl"] = "tiny",
        shadows: bool = False,
        gui: bool = False,
        speed_m_s: Annotated[float, Limit(0, 1, low_open=True)] = 0.3,
        time_scale: Annotated[float, Limit(0, low_open=True)] = 1.0,
        black_box: str = "runs/black_box",
    ) -> None:
        """Choose cell and controller; nothing starts before `connect`.

        Args:
            cameras: Which of the simulated cameras to observe with.
            image_size: Edge of the square pictures [pixel], for all or by camera.
            renderer: ``"tiny"`` (software, everywhere alike) or ``"egl"``.
            shadows: Whether things cast shadows in observations.
            gui: Show the cell in a window.
            speed_m_s: Of the pinch point, as the configuration says it.
            time_scale: How many seconds a second of the controller's motions takes.
            black_box: Folder to which the last seconds are written after a fault.

        Raises:
            UnknownNameError: A camera or renderer that does not exist.
            UsageError: A size that is not positive, or for a camera not chosen.
            MissingExtraError: PyBullet is not installed.
        """
        super().__init__(host="loopback", cameras=cameras)
        self._simulator = build_simulator(
            cameras=cameras, image_size=image_size, renderer=renderer, shadows=shadows, gui=gui
        )
        self.cameras = self._simulator.cameras
        self._speed_m_s, self._time_scale, self._black_box = speed_m_s, time_scale, black_box
        self._controller: LoopbackController | None = None
        self._twin: ArmTwin | None = None

    @property
    def controller(self) -> LoopbackController:
        """The controller, e.g. to make it fail or to read its record.

        Raises:
            RobotError: Not connected.
        """
        if self._controller is None:
            raise RobotError("the loopback controller is not running. Call connect() first.")
        return self._controller

    @property
    def simulation(self) -> World:
        """The simulated world.

        Raises:
            RobotError: Not connected.
        """
        return self._simulator.simulation

    def load_config(self) -> UrConfig:
        """The configuration as commissioning the controller would have written it."""
        return UrConfig(
            host=self.controller.host,
            arm=Arm(checked=datetime.now().isoformat(timespec="seconds")),
            frame=Frame(base_rotation_deg=180.0, tcp=[0.0, 0.0, 0.15, 0.0, 0.0, 0.0]),
            limits=Limits(
                lower=[-1.0, -1.0, LOWEST_Z_M],
                upper=[1.0, 1.0, 1.2],
                max_step_m=1.0,
                max_step_deg=180.0,
                max_tilt_deg=180.0,
                speed_m_s=self._speed_m_s,
                acceleration_m_s2=ACCELERATION_M_S2,
                deceleration_m_s2=DECELERATION_M_S2,
            ),
            link=Link(watchdog_hz=WATCHDOG_HZ),
            gripper={"name": "robotiq"},
            black_box=self._black_box,
        )

    def start_cameras(self) -> None:
        """The simulated cameras see at any time."""

    def pictures(self) -> Mapping[str, np.ndarray]:
        """What the simulated cameras see, uint8 (h, w, 3)."""
        return self._simulator.observe().images

    def render(self, width: int, height: int, camera: str = "scene") -> np.ndarray:
        """A picture of any size, uint8 (height, width, 3), e.g. for a film."""
        return self._simulator.render(width, height, camera)

    def project(self, points_m: np.ndarray, camera: str) -> np.ndarray:
        """Where points (n, 3) [m] are in a square picture, (n, 2) in shares 0..1."""
        return self._simulator.project(points_m, camera)

    def connect(self) -> None:
        """Start cell and controller where needed, and commission the arm; safe to call again.

        Raises:
            RobotError: The controller does not start, or is in a state that a person must clear.
        """
        if self._controller is None:
            self._simulator.connect()
            self._controller = LoopbackController(time_scale=self._time_scale)
            try:
                self._controller.start()
                self._controller.place(self._simulator.commanded_joints)
            except BaseException:
                self.stop()
                raise
            self._twin = ArmTwin(self._simulator, self._controller.block_gripper, self._time_scale)
        super().connect()
        self._come_along()

    def observe(self) -> Observation:
        """Look and feel, without moving; fingers and clock are those of the simulated cell.

        Raises:
            RobotError: Not connected, or the controller does not answer.
        """
        self._come_along()
        observation, world = super().observe(), self.simulation
        return replace(observation, gripper_opening_m=world.gripper_opening_m, time_s=world.time_s)

    def watch(self, on_moving: Callable[[float], None] | None) -> None:
        """Have `on_moving` called with the world's time, about 50 times a second of moving."""
        super().watch(None if on_moving is None else lambda _: on_moving(self.simulation.time_s))

    def see(self, telemetry: Telemetry) -> None:
        """Let the simulated arm catch up."""
        if self._twin is not None:
            self._twin.show(telemetry)

    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """Make one straight motion on the controller, then bring its gripper to its state.

        Raises:
            RobotError: Not connected, or the controller does not answer.
        """
        self._come_along()
        self.see(self._connected().look())
        outcome = super().execute(motion, gripper)
        if outcome.sent is not None and self._twin is not None and self._telemetry is not None:
            self._twin.settle(self._telemetry)
        return outcome

    def stop(self) -> None:
        """Let go of the arm and end controller and simulation; safe to call twice."""
        try:
            super().stop()
        finally:
            controller, self._controller = self._controller, None
            if controller is not None:
                controller.stop()
            # The next controller has another address.
            self._twin = self._config = None
            self._simulator.stop()

    def _come_along(self) -> None:
        """Put the controller's arm where a task has put the simulated one, if it has."""
        self._connected()
        twin = self._twin
        assert twin is not None
        if not twin.is_elsewhere:
            return
        telemetry = self._place(self._simulator.commanded_joints)
        self._telemetry, self._commanded = telemetry, self._to_user(telemetry)
        if telemetry.gripper.state != self.simulation.gripper:
            self._place_gripper()
        twin.join(self._telemetry)

    def _place(self, joints: tuple[float, ...]) -> Telemetry:
        self.controller.place(joints)
        deadline_s = time.monotonic() + PLACING_S
        while True:
            telemetry = self._connected().look()
            if np.abs(np.subtract(telemetry.joints, joints)).max() < PLACED_RAD:
                return telemetry
            if time.monotonic() > deadline_s:
                raise RobotError(
                    f"the loopback controller's arm was put somewhere, but {PLACING_S:g} s later it"
                    " is not there. Call stop() and connect() again."
                )
            time.sleep(0.01)

    def _place_gripper(self) -> None:
        """Bring the controller's gripper to what the simulated one was told."""
        assert self._telemetry is not None
        world = self.simulation
        self.controller.block_gripper(None if world.gripper == "open" else world.gripper_opening_m)
        result = self._connected().move(self._telemetry.pose, None, world.gripper, None)
        self._telemetry = result.telemetry
