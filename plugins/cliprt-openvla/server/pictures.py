"""What OpenVLA's training did to its pictures, done to a camera's.

Its data sets hold JPEGs; its loader made them 224 px square by Lanczos and, for variety, cut out
90 % of their area.  Leaving one of these steps out costs successes.  TensorFlow did them; here
numpy does the same arithmetic.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image

SIDE = 224
QUALITY = 95
"""Of TensorFlow's JPEGs."""

AREA = 0.9
"""What the centre crop keeps of a picture's area."""


def prepare(picture: np.ndarray, cropped: bool = True, side: int = SIDE) -> np.ndarray:
    """A camera's picture uint8 (h, w, 3) as in training, uint8 (side, side, 3).

    Args:
        picture: RGB, upright as people see the scene.
        cropped: False for a model that was trained without random crops.
        side: Of the model's pictures [px].
    """
    small = shrink(through_jpeg(picture), side)
    return crop(small) if cropped else small


def through_jpeg(picture: np.ndarray) -> np.ndarray:
    """A picture as it comes back from a JPEG.

    Bit for bit TensorFlow's where that reads JPEGs by its accurate transform; by its default, a
    faster one, colours are 0.4 to 0.7 of 255 levels away in the mean.
    """
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY, subsampling="4:2:0")
    return np.asarray(Image.open(file))


def shrink(picture: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A picture uint8 (h, w, 3) as a square one, each pixel a weighted mean of those around it."""
    height, width, _ = picture.shape
    rows, columns = _lanczos(height, side), _lanczos(width, side)
    colours = np.einsum("ih,hwc,jw->ijc", rows, picture.astype(np.float32), columns, optimize=True)
    whole: np.ndarray = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
    return whole


def crop(picture: np.ndarray) -> np.ndarray:
    """The middle of a picture uint8 (s, s, 3), as large as it was; bilinear."""
    last = len(picture) - 1
    kept = np.sqrt(np.float32(AREA))
    at = ((1 - kept) / 2 + kept * np.linspace(0, 1, len(picture), dtype=np.float32)) * last
    above = np.floor(at).astype(int)
    share = (at - above)[:, None]
    weights = np.zeros((len(picture), len(picture)), dtype=np.float32)
    np.put_along_axis(weights, np.minimum(above + 1, last)[:, None], share, axis=1)
    np.put_along_axis(weights, above[:, None], 1 - share, axis=1)
    colours = picture.astype(np.float32) / 255
    colours = np.einsum("ih,hwc,jw->ijc", weights, colours, weights, optimize=True)
    whole: np.ndarray = (np.clip(colours, 0, 1) * 255.5).astype(np.uint8)
    return whole


@lru_cache
def _lanczos(before: int, after: int) -> np.ndarray:
    """How much of each of `before` pixels in a row goes into each of `after` ones (after, before).

    Lanczos' kernel of radius 3, as wide as the pixels that are made, so that nothing flickers.
    """
    scale = before / after
    centres = (np.arange(after) + 0.5) * scale - 0.5
    away = np.abs(np.arange(before) - centres[:, None]) / max(scale, 1)
    kernel: np.ndarray = np.where(away < 3, np.sinc(away) * np.sinc(away / 3), 0)
    kernel /= kernel.sum(axis=1, keepdims=True)
    return kernel.astype(np.float32)
