"""A camera whose pictures are taken by a thread of its own; the newest is kept, with its age."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, final

import numpy as np

from cliprt.errors import CliprtError, RobotError
from cliprt_ur.cameras.interface import Camera
from cliprt_ur.cameras.intrinsics import Intrinsics, difference, parse_intrinsics
from cliprt_ur.cameras.view import check_view, load_view

FRESH_S = 0.5
"""How old the newest picture may be."""
FIRST_PICTURE_S = 5.0
"""How long a camera may take until its first picture."""
SETTLING_S = 2.0
"""How long a camera may adapt to the light until its view has to be the commissioned one."""


class Device(Protocol):
    """What gives pictures; opened, read and closed by one thread only.

    Attributes:
        intrinsics: What it says of itself; None where it says nothing.
    """

    intrinsics: Intrinsics | None

    def read(self) -> np.ndarray:
        """Wait for the next picture, uint8 (h, w, 3), RGB.

        Raises:
            RobotError: There is none, and why.
        """

    def close(self) -> None:
        """Let go of it."""


class ThreadedCamera(Camera):
    """Everything but the device: the thread, the newest picture, the checks, the words.

    A read that never returns leaves its thread behind, which closes its device as soon as it does.
    """

    def __init__(self, name: str, intrinsics: Mapping[str, Any] | None, view: str) -> None:
        """Nothing is opened yet.

        Args:
            name: In observations.
            intrinsics: What was commissioned (see `parse_intrinsics`); None = not compared.
            view: The picture taken at commissioning; "" = not compared.

        Raises:
            UsageError: Intrinsics that say something else.
        """
        self.name = name
        where = f"cameras.{name}.intrinsics"
        self._expected = None if intrinsics is None else parse_intrinsics(where, intrinsics)
        self._view = view
        self._shooting: _Shooting | None = None

    @property
    @abstractmethod
    def source(self) -> str:
        """What it looks through, for errors: ``"OpenCV device 0"``."""

    @abstractmethod
    def open_device(self) -> Device:
        """What gives the pictures; called by the camera's thread.

        Raises:
            RobotError: It cannot be opened, in words.
            MissingExtraError: Its library is not installed.
        """

    @property
    def intrinsics(self) -> Intrinsics | None:
        """What the started camera says of itself; None where it says nothing."""
        return self._shooting.intrinsics if self._shooting else None

    @final
    def start(self) -> None:
        """Open it, wait for a picture, compare with what was commissioned."""
        self.stop()
        commissioned = load_view(self.name, Path(self._view)) if self._view else None
        self._shooting = shooting = _Shooting(self)
        try:
            shooting.wait(FIRST_PICTURE_S)
            self._check_intrinsics(shooting)
            if commissioned is not None:
                self._check_view(commissioned)
        except BaseException:
            self.stop()
            raise

    @final
    def picture(self) -> np.ndarray:
        """The newest picture; the same array is not written to again."""
        if self._shooting is None:
            raise RobotError(f"the camera {self.name!r} was not started. Connect first.")
        return self._shooting.picture()

    @final
    def stop(self) -> None:
        """Let go of it; safe to call twice."""
        shooting, self._shooting = self._shooting, None
        if shooting is not None:
            shooting.stop()

    def _check_intrinsics(self, shooting: _Shooting) -> None:
        if self._expected is None:
            return
        height, width = shooting.picture().shape[:2]
        differs = difference(self._expected, shooting.intrinsics or Intrinsics(width, height))
        if differs:
            raise RobotError(
                f"the camera {self.name!r} ({self.source}) is not the one that was commissioned:"
                f" {differs}. Connect the right one, or set it as it was; where the change is"
                f" meant, renew cameras.{self.name}.intrinsics: cliprt ur check"
            )

    def _check_view(self, commissioned: np.ndarray) -> None:
        until_s = time.monotonic() + SETTLING_S
        while True:
            try:
                return check_view(self.name, self._view, commissioned, self.picture())
            except RobotError:
                if time.monotonic() > until_s:
                    raise
            time.sleep(0.1)


class _Shooting:
    """One run of a camera's thread, from start to stop."""

    def __init__(self, camera: ThreadedCamera) -> None:
        self.intrinsics: Intrinsics | None = None
        self._camera = camera
        self._newest: tuple[float, np.ndarray] | None = None
        self._failure: CliprtError | None = None
        self._changed = threading.Condition()
        self._is_stopping = False
        self._begun_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"camera {camera.name}", daemon=True)
        self._thread.start()

    def wait(self, limit_s: float) -> None:
        """Until there is a picture.

        Raises:
            RobotError: There is none in time.
            CliprtError: Why the thread ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._failure, limit_s)
        self.picture()

    def picture(self) -> np.ndarray:
        if self._failure is not None:
            raise type(self._failure)(str(self._failure)) from self._failure
        taken_s, picture = self._newest or (self._begun_s, None)
        age_s = time.monotonic() - taken_s
        if picture is None or age_s > FRESH_S:
            raise RobotError(
                f"the camera {self._camera.name!r} ({self._camera.source}) has given no picture for"
                f" {age_s:.1f} s. Check its cable and that nobody else uses it, then go on."
            )
        return picture

    def stop(self) -> None:
        self._is_stopping = True
        self._thread.join(2.0)

    def _run(self) -> None:
        device = None
        try:
            device = self._camera.open_device()
            self.intrinsics = device.intrinsics
            while not self._is_stopping:
                picture = device.read()
                with self._changed:
                    self._newest = time.monotonic(), picture
                    self._changed.notify_all()
        except CliprtError as error:
            self._fail(error)
        except Exception as error:
            self._fail(
                RobotError(
                    f"the camera {self._camera.name!r} ({self._camera.source}) failed:"
                    f" {type(error).__name__}: {error}. Check it, then go on."
                )
            )
        finally:
            if device is not None:
                device.close()

    def _fail(self, error: CliprtError) -> None:
        with self._changed:
            self._failure = error
            self._changed.notify_all()
