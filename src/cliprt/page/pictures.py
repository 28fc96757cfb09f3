"""What the robot's cameras show, as JPEG: live, at a share of the time that motion leaves."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np

from cliprt.errors import CliprtError, RobotError
from cliprt.page.messages import Frame
from cliprt.runtime.gate import Gate

REST_SIZE_PX = 480
"""Edge of a picture at rest, when nobody has asked for anything for a while."""

QUIET_S = 0.5
"""That while."""

MOVING_SIZES_PX = (320, 256, 224, 192, 160)
"""Edges of a picture in motion, the first that is quick enough."""

RATE_HZ = 12.0
"""Pictures a second of each camera in motion."""

USUAL_SHARE, MOST_SHARE = 0.55, 0.75
"""Of the time in motion that may go into pictures: what sizes are chosen for, and the limit."""

MOST_LATE_S = 0.1
"""What motion may make up for when a picture took longer than there was time."""

LOOK_S = 0.2
"""Between two looks at hardware that rests."""

QUALITY = 80
_SMOOTHING = 0.3
_FORGETTING = 0.99
"""A size that was too slow once, perhaps because the computer was busy, is tried again later."""


def to_jpeg(picture: np.ndarray, quality: int = QUALITY) -> bytes:
    """A picture, uint8 (height, width, 3), as a JPEG file."""
    from PIL import Image

    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


class LiveView:
    """Sends pictures while the robot moves, paced to real time, and sharp ones when it rests.

    Args:
        robot: Its cameras are rendered in simulation; elsewhere observations are shown.
        send: Where pictures go; never waits.
        clock: Wall clock [s].
        sleep: Waits [s].
    """

    def __init__(
        self,
        robot: Gate,
        send: Callable[[Frame], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._robot = robot
        self._send = send
        self._clock = clock
        self._sleep = sleep
        self.latest: dict[str, bytes] = {}
        """Camera -> what was shown last, JPEG."""
        self._numbers: dict[str, int] = {}
        self._costs_s: dict[tuple[str, int], float] = {}
        self._due_s = 0.0
        self._turn = 0
        self._origin_s: float | None = None
        self._stale: list[tuple[float, str, int]] = []

    def change(self) -> None:
        """The scene is no longer what the last pictures show."""
        self._origin_s = None
        now_s, quick_px = self._clock(), MOVING_SIZES_PX[0]
        self._stale = [(now_s, camera, quick_px) for camera in self._robot.cameras]
        self._stale += [(now_s + QUIET_S, camera, REST_SIZE_PX) for camera in self._robot.cameras]

    def catch_up(self) -> None:
        """Show every camera as it is now, before somebody is asked about what it shows.

        Whatever was shown last: what has changed since is never left to be noticed.
        """
        self.change()
        for _ in self._robot.cameras:
            self.rest()

    def rest(self) -> bool:
        """Bring one camera up to date, a sharp picture last; False if nothing is due now."""
        now_s = self._clock()
        if not self._stale or now_s < self._stale[0][0]:
            if self._robot.simulation is None and now_s >= self._due_s:  # it changes by itself
                self._show_seen()
            return False
        _, camera, size_px = self._stale.pop(0)
        try:
            picture = self._robot.render(size_px, size_px, camera)
        except RobotError:  # it was stopped for good; what is shown last stays
            self._stale.clear()
            return False
        if picture is None:
            self._stale.clear()
            self._show_seen()
        else:
            world = self._robot.simulation
            self._show(camera, picture, world.time_s if world else 0.0)
        return True

    def _show_seen(self) -> None:
        """What is observed now, where nobody renders; whom nobody can look at keeps its last."""
        self._due_s = self._clock() + LOOK_S
        try:
            stands = self._robot.state in ("stopped", "faulted")
            seen = self._robot.look_only() if stands else self._robot.observe()
        except CliprtError:  # the gate keeps the reason, and who waits for the person tells it
            return
        for camera, picture in seen.images.items():
            self._show(camera, picture, seen.time_s)

    def move(self, time_s: float) -> None:
        """Called in motion with the robot's clock [s]: wait for the wall clock, or show a picture.

        Motion that is late for longer stays late: it never hurries to catch up.  Hardware waits for
        nobody.
        """
        now_s = self._clock()
        if self._robot.simulation is None:
            if now_s >= self._due_s:
                self._show_seen()
            return
        if self._origin_s is None or now_s > self._origin_s + time_s + MOST_LATE_S:
            self._origin_s = now_s - time_s
        if now_s >= self._due_s and self._robot.cameras:
            self._show_next(time_s)
        self._sleep(max(0.0, self._origin_s + time_s - self._clock()))

    def _show_next(self, time_s: float) -> None:
        cameras = self._robot.cameras
        self._turn = (self._turn + 1) % len(cameras)
        camera = cameras[self._turn]
        size_px = self._affordable_px(camera)
        start_s = self._clock()
        picture = self._robot.render(size_px, size_px, camera)
        if picture is not None:
            self._show(camera, picture, time_s)
        cost_s = self._clock() - start_s
        before_s = self._costs_s.get((camera, size_px), cost_s)
        self._costs_s = {key: _FORGETTING * cost for key, cost in self._costs_s.items()}
        self._costs_s[camera, size_px] = (1 - _SMOOTHING) * before_s + _SMOOTHING * cost_s
        # From when it was due, not from when it was shown, or the rate would suffer from rounding.
        due_s = max(self._due_s, start_s - 1 / RATE_HZ) + 1 / (RATE_HZ * len(cameras))
        self._due_s = max(due_s, start_s + cost_s / MOST_SHARE)

    def _affordable_px(self, camera: str) -> int:
        budget_s = USUAL_SHARE / (RATE_HZ * len(self._robot.cameras))
        quick = (px for px in MOVING_SIZES_PX if self._costs_s.get((camera, px), 0.0) <= budget_s)
        return next(quick, MOVING_SIZES_PX[-1])

    def _show(self, camera: str, picture: np.ndarray, time_s: float) -> None:
        number = self._numbers[camera] = self._numbers.get(camera, -1) + 1
        self.latest[camera] = to_jpeg(picture)
        self._send(Frame(camera, number, time_s, self.latest[camera]))
