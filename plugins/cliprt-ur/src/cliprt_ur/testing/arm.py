"""The arm: six joints that a drive moves, a pinch point at their end, planes not to be crossed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cliprt.geometry import from_matrix, to_matrix
from cliprt_ur.testing.drives import Drive, NoWayError, PathDrive, SpeedDrive
from cliprt_ur.testing.kinematics import JOINT_LIMIT_RAD, Joints, forward, nearest
from cliprt_ur.testing.record import Record

HOME: Joints = (0.0, -math.pi / 2, math.pi / 2, -math.pi / 2, -math.pi / 2, 0.0)
"""In front of the base, the tool straight down."""

FASTEST_RAD_S = 2 * math.pi
"""A joint that would have to turn faster, as near a singularity, is a protective stop."""

STOP_M_S2, STOP_S = 25.0, 0.03
"""How a program's end is braked: at least so hard, within this at most."""

_SLIDER_PER_S = 10.0

AXES = ("x", "y", "z")


class Arm:
    """Where the joints are, and what is moving them.

    Attributes:
        joints: Angles (6,) [rad].
        speeds: Of the joints (6,) [rad/s], on the wall's clock.
        tcp: From the flange to the pinch point: x y z [m], rotation vector [rad].
        slider: The speed slider, 0..1.
        rate: What has become of it so far; it takes a tenth of a second from 0 to 1.
        motion: Number of the motion under way; None = at rest.
        moved_s: When a joint last moved, ``time.monotonic``.
        violation: Why the arm has to stop by itself; "" = nothing is wrong.
    """

    def __init__(self, record: Record, time_scale: float = 1.0) -> None:
        """At home.

        Args:
            record: Told of each motion's beginning and end.
            time_scale: Seconds that a second of the arm's motions takes.
        """
        self.joints: Joints = HOME
        self.speeds: tuple[float, ...] = (0.0,) * 6
        self.tcp: tuple[float, ...] = (0.0,) * 6
        self.slider = self.rate = 1.0
        self.motion: int | None = None
        self.moved_s = self._stepped_s = time.monotonic()
        self.violation = ""
        self._record, self._time_scale = record, time_scale
        self._drive: Drive | None = None
        self._next: tuple[str, Callable[[], Drive], dict[str, Any]] | None = None
        self._kind, self._why, self._is_paused, self._count = "", "", False, 0
        self._planes: dict[tuple[str, int], float] = {}
        self._seen: tuple[object, np.ndarray] = (None, np.eye(4))
        self._posed: tuple[object, tuple[float, ...]] = (None, self.tcp)

    @property
    def is_moving(self) -> bool:
        """Whether a motion is under way, paused ones included."""
        return self._drive is not None

    def flange(self) -> np.ndarray:
        """The flange in Base (4, 4) [m]."""
        if self._seen[0] is not self.joints:
            self._seen = (self.joints, forward(self.joints))
        return self._seen[1]

    def pinch(self, joints: Sequence[float] | None = None) -> np.ndarray:
        """The pinch point in Base (4, 4) [m], now or with other joint angles."""
        flange = self.flange() if joints is None else forward(joints)
        return np.asarray(flange @ to_matrix(self.tcp))

    def pose(self) -> tuple[float, ...]:
        """The pinch point in Base: x y z [m], rotation vector [rad]."""
        where = (self.joints, self.tcp)
        if self._posed[0] != where:
            self._posed = (where, from_matrix(self.pinch()))
        return self._posed[1]

    def flange_pose(self) -> tuple[float, ...]:
        """The flange in Base: x y z [m], rotation vector [rad]."""
        return from_matrix(self.flange())

    def joints_at(self, pinch: np.ndarray, near: Sequence[float] | None = None) -> Joints | None:
        """Joint angles for a pinch point (4, 4) [m], near the present ones; None = out of reach."""
        tool = to_matrix(self.tcp)
        tool[:3, 3] = -tool[:3, :3].T @ tool[:3, 3]
        tool[:3, :3] = tool[:3, :3].T
        return nearest(pinch @ tool, self.joints if near is None else near)

    def set_plane(self, axis: str, sign: int, limit_m: float | None) -> None:
        """Forbid what is beyond ``limit_m`` in the direction ``sign`` of an axis; None = allow."""
        self._planes.pop((axis, sign), None)
        if limit_m is not None:
            self._planes[axis, sign] = limit_m

    def beyond_m(self, pinch: np.ndarray) -> float:
        """How far a pinch point (4, 4) [m] lies beyond the planes; 0 or less = within."""
        depths = [
            sign * (float(pinch[AXES.index(axis), 3]) - limit_m)
            for (axis, sign), limit_m in self._planes.items()
        ]
        return max(depths, default=-math.inf)

    def place(self, joints: Sequence[float]) -> None:
        """Put the joints somewhere, as if somebody had carried the arm there."""
        self._end("placed")
        self._next = None
        self.joints, self.moved_s = tuple(float(x) for x in joints), time.monotonic()

    def begin(self, kind: str, build: Callable[[], Drive], **about: Any) -> None:
        """Begin a motion; one that is under way is braked first.

        Args:
            kind: Such as ``"moveL"``.
            build: The drive, from where the arm then is.
            about: What the record shall say of it.
        """
        if self._drive is not None:
            self._next = kind, build, about
            self.brake(f"replaced by {kind}")
            return
        self._drive = build()
        self._count += 1
        self.motion, self._kind, self._why, self._is_paused = self._count, kind, "", False
        self._stepped_s, self.rate = time.monotonic(), self.slider
        self._note("motion_begin", start=self.pose(), **about)

    def drive(self, kind: type[SpeedDrive]) -> SpeedDrive | None:
        """The drive under way, if it is of a kind and not yet braked."""
        return self._drive if isinstance(self._drive, kind) and not self._why else None

    def brake(self, why: str, deceleration: float = STOP_M_S2, within_s: float = STOP_S) -> None:
        """Come to rest and end the motion.

        Args:
            why: For the record; the first reason stays.
            deceleration: [m/s2] on a straight path, [rad/s2] else.
            within_s: Brake harder where it would take longer.
        """
        if self._drive is not None:
            self._why, self._is_paused = self._why or why, False
            self._drive.brake(deceleration, within_s)

    def pause(self, why: str) -> None:
        """Come to rest, but remember the way."""
        self.brake(why)
        if isinstance(self._drive, PathDrive):
            self._is_paused, self._why = True, ""

    def resume(self) -> None:
        """Go on with what was paused."""
        if self._is_paused and isinstance(self._drive, PathDrive):
            self._is_paused = False
            self._drive.resume()

    def step(self, now_s: float) -> None:
        """Let time pass until now.

        Raises:
            NoWayError: The motion cannot go on; the arm brakes.
        """
        passed_s, self._stepped_s = now_s - self._stepped_s, now_s
        if self._drive is None or passed_s <= 0:
            return
        seconds = passed_s / self._time_scale
        most = _SLIDER_PER_S * seconds
        self.rate += min(max(self.slider - self.rate, -most), most)
        try:
            joints = self._drive.advance(self.joints, seconds, self.rate)
        except NoWayError as error:
            self._coast(str(error))
            raise
        turned = [b - a for a, b in zip(self.joints, joints, strict=True)]
        fastest_rad_s = max(map(abs, turned)) / seconds
        if fastest_rad_s > FASTEST_RAD_S and isinstance(self._drive, PathDrive):
            self.violation = f"a joint would turn at {math.degrees(fastest_rad_s):.0f} degrees/s"
            self._coast(self.violation)
            return
        self.speeds = tuple(x / passed_s for x in turned)
        if any(turned):
            self._move(joints, now_s)
        if self._drive.is_done and not self._is_paused:
            self._finish()

    def _coast(self, why: str) -> None:
        """Leave the path, which leads nowhere, and brake the joints as they turn."""
        self._drive = SpeedDrive([x * self._time_scale for x in self.speeds])
        self.brake(why)

    def _move(self, joints: Joints, now_s: float) -> None:
        before_m = self.beyond_m(self.pinch()) if self._planes else 0.0
        self.joints, self.moved_s = joints, now_s
        if max(map(abs, joints)) > JOINT_LIMIT_RAD:
            self.violation = "a joint is beyond its limit"
        if self._planes and self.beyond_m(self.pinch()) > max(before_m, 0.0):
            self.violation = "the tool crossed a safety plane"

    def _finish(self) -> None:
        self._end("")
        if self._next is not None:
            (kind, build, about), self._next = self._next, None
            self.begin(kind, build, **about)

    def forget_next(self) -> None:
        """Do not begin what waits for the present motion to be braked."""
        self._next = None

    def _end(self, why: str) -> None:
        if self._drive is None:
            return
        reached = isinstance(self._drive, PathDrive) and self._drive.is_at_end
        told = self._why or why or "done"
        self._note("motion_end", end=self.pose(), joints=self.joints, reached=reached, why=told)
        self._drive, self.motion, self.speeds = None, None, (0.0,) * 6

    def _note(self, what: str, **data: Any) -> None:
        self._record.note(what, {"motion": self._count, "kind": self._kind, **data})
