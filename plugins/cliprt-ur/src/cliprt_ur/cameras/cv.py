"""OpenCV, where it is installed; its own remarks stay off the terminal, ours say more."""

from __future__ import annotations

import os
from typing import Any

from cliprt.errors import MissingExtraError


def load_cv2(what: str) -> Any:
    """The module ``cv2``.

    Args:
        what: Who needs it, for the error.

    Raises:
        MissingExtraError: It is not installed.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError(
            f"{what} needs a package that is not installed."
            " Install it: pip install cliprt-ur[opencv]"
        ) from error
    return cv2
