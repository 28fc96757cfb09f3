"""Any camera that OpenCV opens: a number, a device, a stream's address, or a video file."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from cliprt.errors import RobotError
from cliprt.types import Limit
from cliprt_ur.cameras.cv import load_cv2
from cliprt_ur.cameras.intrinsics import Intrinsics
from cliprt_ur.cameras.threaded import Device, ThreadedCamera

OPEN_TIMEOUT_MS, READ_TIMEOUT_MS = 3000, 600
_MANUAL_EXPOSURE = 1  # of Video4Linux, which most drivers follow

Pixels = Annotated[int, Limit(16, 8192)]


class OpenCvCamera(ThreadedCamera):
    """A webcam, an industrial camera with a driver, a network stream or a video file.

    A webcam says nothing of its lens, so of its intrinsics only the size is compared; that it looks
    where it looked is told by its view.  A video file is played once, at its own rate.
    """

    def __init__(
        self,
        name: str,
        *,
        device: int | str = 0,
        width: Pixels | None = None,
        height: Pixels | None = None,
        fps: Annotated[float, Limit(5, 240)] | None = None,
        exposure: float | None = None,
        intrinsics: Mapping[str, float] | None = None,
        view: str = "",
    ) -> None:
        """Choose the device; nothing is opened yet.

        Args:
            name: In observations.
            device: Number (0 = the first), ``/dev/video2``, ``rtsp://...`` or a file.
            width, height: Of the pictures [pixel]; None = as the device is.
            fps: Pictures a second; None = as the device is.
            exposure: Fixed, in the driver's own unit; None = the camera adapts to the light.
            intrinsics: What was commissioned: width, height, and fx, fy, cx, cy where known.
            view: The picture taken at commissioning.

        Raises:
            UsageError: Intrinsics that say something else.
        """
        super().__init__(name, intrinsics, view)
        self._device = device
        self._wishes = {"WIDTH": width, "HEIGHT": height, "FPS": fps}
        self._exposure = exposure

    @property
    def source(self) -> str:
        """The device as it was configured."""
        return f"OpenCV device {self._device}"

    def open_device(self) -> Device:
        """Open it with the wished size, rate and exposure."""
        cv2 = load_cv2("the camera opencv")
        self._check_there()
        if _is_stream(self._device):
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
            limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
            capture = cv2.VideoCapture(str(self._device), cv2.CAP_FFMPEG, limits)
        else:
            capture = cv2.VideoCapture(self._device)
        if not capture.isOpened():
            capture.release()
            raise RobotError(
                f"the camera {self.name!r} ({self.source}) cannot be opened. {self._advice()}"
            )
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        for what, wish in self._wishes.items():
            if wish is not None:
                capture.set(getattr(cv2, f"CAP_PROP_{'FRAME_' * (what != 'FPS')}{what}"), wish)
        if self._exposure is not None:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL_EXPOSURE)
            if not capture.set(cv2.CAP_PROP_EXPOSURE, self._exposure):
                capture.release()
                raise RobotError(
                    f"the camera {self.name!r} ({self.source}) does not take exposure:"
                    f" {self._exposure:g}. Leave it out, or choose what its driver offers."
                )
        file_fps = (capture.get(cv2.CAP_PROP_FPS) or 25.0) if _is_file(self._device) else None
        return _OpenCvDevice(self, capture, file_fps)

    def check_size(self, picture: np.ndarray) -> None:
        """Raise unless a picture has the wished size."""
        has = {"WIDTH": picture.shape[1], "HEIGHT": picture.shape[0]}
        for what, pixels in has.items():
            wish = self._wishes[what]
            if wish is not None and wish != pixels:
                raise RobotError(
                    f"the camera {self.name!r} ({self.source}) gives pictures of {has['WIDTH']} x"
                    f" {has['HEIGHT']} pixels, not with {what.lower()}: {wish}. Configure a size"
                    " that it offers."
                )

    def _advice(self) -> str:
        if _is_stream(self._device):
            return "Check its address, its power and the network to it."
        if _is_file(self._device):
            return "Check that it is a video."
        return (
            "Check that it is plugged in, that nobody else uses it and that you may read it (on"
            " Linux: the group video)."
        )

    def _check_there(self) -> None:
        """Raise where it is plain that there is no such device or file."""
        path = f"/dev/video{self._device}" if isinstance(self._device, int) else self._device
        is_checkable = isinstance(self._device, str) or sys.platform == "linux"
        if _is_stream(self._device) or not is_checkable or Path(path).exists():
            return
        there = ", ".join(sorted(map(str, Path("/dev").glob("video*")))) or "no video device at all"
        raise RobotError(
            f"the camera {self.name!r} ({self.source}) is not there: no {path}. This machine has:"
            f" {there}. Plug it in, or correct cameras.{self.name}.device."
        )


class _OpenCvDevice:
    """An open capture; pictures come as fast as the device gives them, a file's at its rate."""

    intrinsics: Intrinsics | None = None

    def __init__(self, camera: OpenCvCamera, capture: Any, file_fps: float | None) -> None:
        self._camera, self._capture, self._file_fps = camera, capture, file_fps
        self._is_first = True
        self._due_s = time.monotonic()

    def read(self) -> np.ndarray:
        is_there, picture = self._capture.read()
        if not is_there:
            failed = (
                "gives no pictures any more. Check its cable and its power, then go on."
                if self._file_fps is None
                else "has ended. To show a video over and over, use the camera images."
            )
            raise RobotError(f"the camera {self._camera.name!r} ({self._camera.source}) {failed}")
        if self._is_first:
            self._is_first = False
            self._camera.check_size(picture)
        if self._file_fps is not None:
            self._due_s += 1 / self._file_fps
            time.sleep(max(0.0, self._due_s - time.monotonic()))
        return np.ascontiguousarray(picture[:, :, ::-1])  # OpenCV has blue first

    def close(self) -> None:
        self._capture.release()


def _is_stream(device: int | str) -> bool:
    return isinstance(device, str) and "://" in device


def _is_file(device: int | str) -> bool:
    return isinstance(device, str) and not _is_stream(device) and Path(device).is_file()
