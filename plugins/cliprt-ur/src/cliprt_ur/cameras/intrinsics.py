"""How a camera maps directions to pixels, and whether it is still what was commissioned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from cliprt.errors import UsageError, did_you_mean

TOLERANCE = 0.02
"""Share of the picture's width by which focal lengths and centre may differ."""


@dataclass(frozen=True)
class Intrinsics:
    """Of a pinhole camera; None where nobody knows.

    Attributes:
        width, height: Of a picture [pixel].
        fx, fy: Focal lengths [pixel].
        cx, cy: Where the optical axis meets the picture [pixel].
    """

    width: int
    height: int
    fx: float | None = None
    fy: float | None = None
    cx: float | None = None
    cy: float | None = None


def parse_intrinsics(where: str, numbers: Mapping[str, Any]) -> Intrinsics:
    """Intrinsics from ``{width: 640, height: 480, fx: 610.2, ...}``.

    Args:
        where: What the mapping is called, for errors.
        numbers: Width and height, and whatever else is known.

    Raises:
        UsageError: A name that does not belong there, one that is missing, no positive number.
    """
    known = [field.name for field in fields(Intrinsics)]
    for key, value in numbers.items():
        if key not in known:
            raise UsageError(
                f"{where} has no {key!r}.{did_you_mean(str(key), known)}"
                f" Allowed: {', '.join(known)}."
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e5:
            raise UsageError(f"{where}.{key}: got {value!r}. Allowed: pixels, a number above 0.")
    for key in ("width", "height"):
        if key not in numbers:
            raise UsageError(f"{where} does not say {key!r}. Say at least width and height.")
        if numbers[key] != int(numbers[key]):
            raise UsageError(f"{where}.{key}: got {numbers[key]!r}. Allowed: whole pixels.")
    read = Intrinsics(**numbers)
    return replace(read, width=int(read.width), height=int(read.height))


def difference(expected: Intrinsics, found: Intrinsics, tolerance: float = TOLERANCE) -> str:
    """How two differ, in words; ``""`` where they agree as far as both are known.

    Args:
        expected: What was commissioned.
        found: What the camera says of itself.
        tolerance: Share of the width by which focal lengths and centre may differ.
    """
    if (expected.width, expected.height) != (found.width, found.height):
        return (
            f"its pictures are {found.width} x {found.height}, not"
            f" {expected.width} x {expected.height} pixels"
        )
    for name in ("fx", "fy", "cx", "cy"):
        wanted, has = asdict(expected)[name], asdict(found)[name]
        if None not in (wanted, has) and abs(has - wanted) > tolerance * expected.width:
            allowed = tolerance * expected.width
            return f"its {name} is {has:.1f}, not {wanted:.1f} pixels (within {allowed:.1f})"
    return ""
