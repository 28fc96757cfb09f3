"""Recorded images in place of a camera: a folder of pictures, a video, or an episode's frames."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from PIL import Image

from cliprt.errors import RobotError
from cliprt.types import Limit
from cliprt_ur.cameras.cv import load_cv2
from cliprt_ur.cameras.intrinsics import Intrinsics, parse_intrinsics
from cliprt_ur.cameras.threaded import Device, ThreadedCamera

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
"""What a picture may be, whatever it is called; Pillow knows some that run another program."""

INTRINSICS_FILE = "intrinsics.json"
"""Beside recorded pictures: what the camera said of itself, ``{"width": 640, ...}``."""


class RecordedImagesCamera(ThreadedCamera):
    """Shows pictures in the order of their names, one after the other.

    An episode's folder works too: of ``images/0003-wrist.png`` and its like, those of the camera
    with this name are shown.
    """

    def __init__(
        self,
        name: str,
        *,
        path: str,
        rate_hz: Annotated[float, Limit(2.5, 240)] = 10.0,
        loops: bool = True,
        camera: str = "",
        intrinsics: Mapping[str, float] | None = None,
        view: str = "",
    ) -> None:
        """Choose what to show; nothing is opened yet.

        Args:
            name: In observations.
            path: A folder of pictures, an episode's folder, or a video file.
            rate_hz: Pictures a second.
            loops: Begin again at the end; else that is as if the camera were unplugged.
            camera: Its name in the episode; "" = `name`.
            intrinsics: What was commissioned: width, height, and fx, fy, cx, cy where known.
            view: The picture taken at commissioning.

        Raises:
            UsageError: Intrinsics that say something else.
        """
        super().__init__(name, intrinsics, view)
        self._path, self._loops = Path(path), loops
        self._period_s = 1 / rate_hz
        self._camera = camera or name

    @property
    def source(self) -> str:
        """Where the pictures are."""
        return f"recorded images at {self._path}"

    def open_device(self) -> Device:
        """Find the pictures."""
        if self._path.is_dir():
            files = self._files()
            return _Recording(self, lambda: map(_load, files), self._period_s, self._loops)
        if self._path.is_file():
            cv2 = load_cv2("a video as recorded images")
            return _Recording(self, lambda: _frames(cv2, self._path), self._period_s, self._loops)
        raise RobotError(
            f"the camera {self.name!r} has no recorded images: there is no {self._path}."
            f" Correct cameras.{self.name}.path: a folder of pictures, or a video file."
        )

    def recorded_intrinsics(self) -> Intrinsics | None:
        """What was recorded beside the pictures.

        Raises:
            RobotError: A file that cannot be read.
            UsageError: One that says something else.
        """
        path = self._path / INTRINSICS_FILE
        if not path.is_file():
            return None
        try:
            numbers = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RobotError(f"{path} cannot be read ({error}). Correct or remove it.") from error
        return parse_intrinsics(str(path), numbers)

    def _files(self) -> list[Path]:
        """The pictures to show, in the order of the numbers in their names.

        Raises:
            RobotError: There are none.
        """
        inner = self._path / "images"
        folder = inner if inner.is_dir() else self._path
        files = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES]
        own = [path for path in files if path.stem.endswith(f"-{self._camera}")]
        others = {match[1] for path in files if (match := re.match(r"\d+-(.+)$", path.stem))}
        if not own and others:
            raise RobotError(
                f"the camera {self.name!r} has no recorded images: {folder} has those of"
                f" {', '.join(sorted(others))}. Say which: cameras.{self.name}.camera."
            )
        if not files:
            raise RobotError(
                f"the camera {self.name!r} has no recorded images: {folder} holds no"
                f" {', '.join(sorted(PICTURES))}. Correct cameras.{self.name}.path."
            )
        return sorted(own or files, key=_natural)


class _Recording:
    """Pictures at a rate, as often as wanted."""

    def __init__(
        self,
        camera: RecordedImagesCamera,
        begin: Callable[[], Iterator[np.ndarray]],
        period_s: float,
        loops: bool,
    ) -> None:
        self.intrinsics = camera.recorded_intrinsics()
        self._camera, self._begin, self._loops = camera, begin, loops
        self._period_s, self._due_s = period_s, time.monotonic()
        self._pictures = begin()
        self._shown = 0

    def read(self) -> np.ndarray:
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        self._due_s = max(self._due_s + self._period_s, time.monotonic())
        picture = next(self._pictures, None)
        if picture is None and self._shown and self._loops:
            self._pictures = self._begin()
            picture = next(self._pictures, None)
        if picture is None:
            name = self._camera.name
            failed = (
                f"has no more pictures. Record more, or set cameras.{name}.loops: true."
                if self._shown
                else f"holds no picture. Correct cameras.{name}.path."
            )
            raise RobotError(f"the camera {name!r} ({self._camera.source}) {failed}")
        self._shown += 1
        return picture

    def close(self) -> None:
        self._pictures = iter(())


def _natural(path: Path) -> list[tuple[int, str]]:
    """A key by which ``frame2`` comes before ``frame10``."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _load(path: Path) -> np.ndarray:
    try:
        with Image.open(path, formats=FORMATS) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RobotError(f"{path} is no whole picture ({error}). Replace or remove it.") from error


def _frames(cv2: Any, path: Path) -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    try:
        while True:
            is_there, picture = capture.read()
            if not is_there:
                return
            yield np.ascontiguousarray(picture[:, :, ::-1])  # OpenCV has blue first
    finally:
        capture.release()
