"""A Universal Robots arm as a robot of cliprt: the user's frame, the limits, the black box.

Who drives the arm is :mod:`cliprt_ur.driver.link`; here its Base frame becomes the user's, every
motion is checked against the configuration, and what happened is remembered.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Annotated, ClassVar

import numpy as np

from cliprt.errors import RobotError, UsageError
from cliprt.geometry import apply_motion
from cliprt.robots.interface import RobotBackend, find_malformation
from cliprt.types import NO_MOTION, GripperState, Limit, Motion, Observation, Outcome, Pose, Reach
from cliprt_ur.attempt import Attempt
from cliprt_ur.clock import RobotClock
from cliprt_ur.commissioned import load_commissioned
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.link import ArmLink
from cliprt_ur.driver.messages import HALTED, Result, Telemetry
from cliprt_ur.frames import base_turn_rad, to_base, to_user
from cliprt_ur.limits import find_violation
from cliprt_ur.logbook import Logbook
from cliprt_ur.views import CameraViews


class UrBackend(RobotBackend):
    """A UR arm of the e-Series behind its controller's network ports.

    Motions add up on the pose that was sent; after a stop or any trouble, and after every
    `connect`, on the pose that is measured.  A protective stop or an emergency stop is never
    cleared from here: a person does that at the pendant, and then calls `connect`.

    Subclasses may override `load_config`, `start_cameras` with `pictures` and `stop_cameras`, and
    `see`, each on its own.
    """

    incidental_options: ClassVar[tuple[str, ...]] = ("host", "config")

    def __init__(
        self,
        host: Annotated[str, Reach("host")],
        config: str = "",
        cameras: Sequence[str] = (),
        image_size: Annotated[int, Limit(1, 4096)] = 128,
    ) -> None:
        """Choose the arm; nothing is opened before `connect`.

        Args:
            host: Name or address of the controller.
            config: File that ``cliprt ur check`` wrote; "" = where it writes by itself.
            cameras: Which of the configured cameras to observe with; none named = all.
            image_size: Edge of the square pictures [pixel].

        Raises:
            UsageError: No host, or a size that no picture has.
        """
        if not host:
            raise UsageError(
                "the ur robot has no host. Set robot.host to its controller, e.g. 192.168.0.10."
            )
        if not 1 <= image_size <= 4096:
            raise UsageError(f"image_size is {image_size}, allowed: 1 to 4096 pixels.")
        self.cameras = (cameras,) if isinstance(cameras, str) else tuple(cameras)
        self.image_size = image_size
        self._host, self._config_file = host, config
        self._config: UrConfig | None = None
        self._link: ArmLink | None = None
        self._logbook: Logbook | None = None
        self._views: CameraViews | None = None
        self._on_moving: Callable[[float], None] | None = None
        self._telemetry: Telemetry | None = None
        self._clock = RobotClock()
        self._turn_rad = 0.0
        self._commanded: Pose = (math.nan,) * 6
        self._lock = Lock()
        self._halts, self._is_held = 0, False
        self._find_escape: Callable[[Sequence[float]], str | None] | None = None
        self._escape = ""

    @property
    def config(self) -> UrConfig:
        """What is known of this arm; see `load_config`, which is called when first asked for."""
        if self._config is None:
            self._config = self.load_config()
        return self._config

    @property
    def black_box(self) -> Path | None:
        """The newest file of the black box; None where nothing went wrong since it was opened."""
        return self._logbook.path if self._logbook else None

    def load_config(self) -> UrConfig:
        """The configuration of this arm, from its file; called once.

        Raises:
            RobotError: There is none, it was never commissioned, or it is another arm's.
            RecipeError: It has mistakes (each with its line).
        """
        return load_commissioned(self._host, self._config_file)

    def start_cameras(self) -> None:
        """Open the chosen cameras, all that are configured where none was, and set `cameras`.

        Raises:
            UnknownNameError: One that is not configured.
            RobotError: One is not there, gives no pictures, or sees something else.
            MissingExtraError: The library of one is not installed.
        """
        self._views = CameraViews(self.config.cameras, self.cameras)
        self.cameras = self._views.names
        self._views.start()

    def pictures(self) -> Mapping[str, np.ndarray]:
        """The newest picture of every camera, uint8 (image_size, image_size, 3).

        Raises:
            RobotError: Pictures of one have stopped coming.
        """
        return self._views.pictures(self.image_size) if self._views else {}

    def stop_cameras(self) -> None:
        """Let go of the cameras; safe to call twice."""
        if self._views is not None:
            self._views.stop()

    def see(self, telemetry: Telemetry) -> None:
        """Told of the arm about 50 times a second while it moves, and before every look.

        Called from the thread that executes or observes.  An exception ends a motion like a halt.
        """

    def connect(self) -> None:
        """Reach the arm and make it ready to move from where it is measured; safe to call again.

        Raises:
            RobotError: It cannot be reached, is not commissioned, or is in a state that a person
                must clear; the words say what to do.
        """
        is_first, halts = self._link is None, self._halts
        self._is_held = True
        try:
            telemetry = self._open().connect()
        except BaseException as error:
            if is_first:
                self.stop()
            elif self._logbook is not None:
                self._logbook.put_down(f"connect: {error}")
            raise
        self._clock.start(telemetry.time_s)
        self._telemetry, self._commanded = telemetry, self._to_user(telemetry)
        with self._lock:
            # A halt that arrived meanwhile is kept.
            self._is_held = self._halts != halts

    def observe(self) -> Observation:
        """The arm, its gripper and the newest pictures, without moving.

        Raises:
            RobotError: Not connected, the arm does not answer, or a camera's pictures stopped.
        """
        telemetry = self._look()
        self.see(telemetry)
        return Observation(
            images=self.pictures(),
            tcp_pose=self._to_user(telemetry),
            commanded_pose=self._commanded,
            joints=telemetry.joints,
            gripper=telemetry.gripper.state,
            gripper_opening_m=telemetry.gripper.opening_m,
            time_s=self._clock.read(telemetry.time_s),
        )

    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """Make one straight motion, then bring the gripper to its state.

        Refused, with nothing moved: numbers that are no motion, limits of the configuration, what
        the controller says it cannot reach or may not do, anything after a halt or a stop.  Where
        the arm itself ended or refused it, ``Outcome.stopped_because`` says why.

        Raises:
            RobotError: Not connected, or the arm does not answer.
        """
        self._connected()
        malformed = find_malformation(motion, gripper)
        if malformed:
            return self._refusal(NO_MOTION, None, malformed)
        step: Motion = tuple(float(x) for x in motion)  # type: ignore[assignment]
        start = self._commanded
        target = apply_motion(start, step) if any(step) else start
        refused = HALTED if self._is_held else None
        refused = refused or find_violation(start, step, target, self.config.limits)
        if refused:
            return self._refusal(step, gripper, refused)
        return self._try(Attempt(step, gripper, start, target))

    def halt(self) -> None:
        """Come to rest within 100 ms and stay connected; from any thread."""
        with self._lock:
            self._halts, self._is_held = self._halts + 1, True
        if self._link is not None:
            self._link.halt()

    def watch(self, on_moving: Callable[[float], None] | None) -> None:
        """Have `on_moving` called about 50 times a second while the arm or its gripper moves."""
        self._on_moving = on_moving

    def confine(self, find_escape: Callable[[Sequence[float]], str | None] | None) -> None:
        """Have the position of the pinch point (3,) [m] judged 50 times a second while it moves.

        What `find_escape` says in words stops the arm; None ends that.
        """
        self._find_escape = find_escape

    def stop(self) -> None:
        """Bring the arm to rest and let go of it and its cameras; safe to call twice."""
        link, self._link, self._is_held = self._link, None, True
        try:
            if link is not None:
                link.close()
        finally:
            self.stop_cameras()
            if self._logbook is not None:
                self._logbook.close()

    def _open(self) -> ArmLink:
        if self._link is None:
            config = self.config
            self._turn_rad = base_turn_rad(config.frame.base_rotation_deg)
            self._logbook = Logbook(config)
            self.start_cameras()
            self._link = ArmLink(config, self._logbook.see, self._logbook.note)
        return self._link

    def _connected(self) -> ArmLink:
        if self._link is None:
            raise RobotError("the arm is not connected, or was stopped. Call connect() first.")
        return self._link

    def _look(self) -> Telemetry:
        newest, known = self._connected().look(), self._telemetry
        # What came with the end of a motion may be newer than what the link was told in passing.
        if known is None or newest.taken_s >= known.taken_s:
            self._telemetry = newest
            return newest
        return known

    def _try(self, attempt: Attempt) -> Outcome:
        assert self._logbook is not None
        begun_s, self._escape = time.monotonic(), ""
        try:
            result = self._connected().move(
                to_base(attempt.start, self._turn_rad),
                to_base(attempt.target, self._turn_rad) if any(attempt.motion) else None,
                attempt.gripper,
                self._look_on,
            )
        except BaseException as error:
            # Whoever looked on failed, or nothing answers: only connect() knows where it is.
            self._is_held = True
            self._logbook.step(attempt, None, None, time.monotonic() - begun_s)
            self._logbook.put_down(f"{type(error).__name__}: {error}")
            raise
        self._telemetry, measured = result.telemetry, self._to_user(result.telemetry)
        self._logbook.step(attempt, result, measured, time.monotonic() - begun_s)
        return self._conclude(attempt, result, measured)

    def _conclude(self, attempt: Attempt, result: Result, measured: Pose) -> Outcome:
        assert self._logbook is not None
        if result.trouble or result.stopped_after_s is not None:
            self._commanded = measured
        elif not result.refused:
            self._commanded = attempt.target
        because = "" if self._is_held else self._escape or result.trouble
        if because:
            because = f"{because.rstrip('.')}. {self._logbook.put_down(because)}"
        elif result.refused:
            self._logbook.put_down(result.refused)
        return attempt.outcome(result, measured, because)

    def _refusal(self, motion: Motion, gripper: GripperState | None, why: str) -> Outcome:
        assert self._logbook is not None
        assert self._telemetry is not None
        self._logbook.refusal(motion, gripper, why)
        measured = self._to_user(self._telemetry)
        return Outcome(motion, gripper, None, measured, self._telemetry.joints, refused=why)

    def _look_on(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        if self._find_escape is not None and not self._escape:
            self._escape = self._find_escape(self._to_user(telemetry)[:3]) or ""
            if self._escape:
                self._connected().halt()
        self.see(telemetry)
        if self._on_moving is not None:
            self._on_moving(self._clock.read(telemetry.time_s))

    def _to_user(self, telemetry: Telemetry) -> Pose:
        return to_user(telemetry.pose, self._turn_rad)
