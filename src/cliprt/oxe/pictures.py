"""Pictures of other people's robots, in the one size in which they are learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cliprt.data.boundary import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE_PX = 224


def to_square(data: bytes) -> Image:
    """An RGB image of `SIDE_PX` squared of PNG or JPEG bytes, squeezed where it is not square.

    Raises:
        ValueError: They are not a whole image, or one of too many pixels.
    """
    from PIL.Image import Resampling

    with open_picture(data) as image:
        pixels = image if image.mode == "RGB" else image.convert("RGB")
        return pixels.resize((SIDE_PX, SIDE_PX), Resampling.LANCZOS)
