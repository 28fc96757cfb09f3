"""A RealSense camera's colour pictures, where ``pyrealsense2`` is installed.

Written to the library's documentation and tried against its calls only as far as they can be
followed without a camera: that it is missing, and what its profile says of the lens.  Nobody has
run this against a real camera yet; please tell us how it went.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from cliprt.errors import MissingExtraError, RobotError
from cliprt.types import Limit
from cliprt_ur.cameras.intrinsics import Intrinsics
from cliprt_ur.cameras.threaded import Device, ThreadedCamera

READ_TIMEOUT_MS = 600


class RealSenseCamera(ThreadedCamera):
    """One RealSense, by its serial number; depth is not used."""

    def __init__(
        self,
        name: str,
        *,
        serial: str = "",
        width: Annotated[int, Limit(16, 8192)] = 640,
        height: Annotated[int, Limit(16, 8192)] = 480,
        fps: Annotated[int, Limit(5, 240)] = 30,
        intrinsics: Mapping[str, float] | None = None,
        view: str = "",
    ) -> None:
        """Choose the camera; nothing is opened yet.

        Args:
            name: In observations.
            serial: On its label, in quotes; "" = the only one there is.
            width, height: Of the pictures [pixel].
            fps: Pictures a second.
            intrinsics: What was commissioned: width, height, fx, fy, cx, cy.
            view: The picture taken at commissioning.

        Raises:
            UsageError: Intrinsics that say something else.
        """
        super().__init__(name, intrinsics, view)
        self._serial = serial
        self._mode = (width, height, fps)

    @property
    def source(self) -> str:
        """The camera by its serial number."""
        return f"RealSense {self._serial or 'without a chosen serial'}"

    def open_device(self) -> Device:
        """Start its colour stream."""
        try:
            import pyrealsense2
        except ImportError as error:
            raise MissingExtraError(
                "the camera realsense needs a package that is not installed."
                " Install it: pip install cliprt-ur[realsense]"
            ) from error
        config = pyrealsense2.config()
        if self._serial:
            config.enable_device(self._serial)
        width, height, fps = self._mode
        stream, colour = pyrealsense2.stream.color, pyrealsense2.format.rgb8
        config.enable_stream(stream, width, height, colour, fps)
        pipeline = pyrealsense2.pipeline()
        try:
            profile = pipeline.start(config)
        except RuntimeError as error:
            raise RobotError(
                f"the camera {self.name!r} ({self.source}) cannot be started ({error}). Plug it"
                f" into USB 3, and check cameras.{self.name}.serial and its size and fps."
            ) from error
        lens = profile.get_stream(stream).as_video_stream_profile().get_intrinsics()
        return _RealSenseDevice(self, pipeline, to_intrinsics(lens))


class _RealSenseDevice:
    """A started pipeline."""

    def __init__(self, camera: RealSenseCamera, pipeline: Any, intrinsics: Intrinsics) -> None:
        self.intrinsics: Intrinsics | None = intrinsics
        self._camera, self._pipeline = camera, pipeline

    def read(self) -> np.ndarray:
        try:
            frames = self._pipeline.wait_for_frames(READ_TIMEOUT_MS)
        except RuntimeError as error:
            raise RobotError(
                f"the camera {self._camera.name!r} ({self._camera.source}) gives no pictures any"
                f" more ({error}). Check its cable, then go on."
            ) from error
        # The library reuses the frame's memory.
        return np.array(frames.get_color_frame().get_data(), dtype=np.uint8)

    def close(self) -> None:
        self._pipeline.stop()


def to_intrinsics(lens: Any) -> Intrinsics:
    """Intrinsics from what the library calls ``rs2_intrinsics`` (its centre: ``ppx``, ``ppy``)."""
    return Intrinsics(lens.width, lens.height, lens.fx, lens.fy, lens.ppx, lens.ppy)
