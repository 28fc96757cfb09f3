"""Whether a thing stays where it is laid, on or in another."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cliprt.geometry import in_base
from cliprt.robots.world import Part
from cliprt.scenes.placed import Placed
from cliprt.scenes.room import Size, Spot, edges, make, to_size
from cliprt.things.bounds import part_corners, placed_parts
from cliprt.things.interface import Thing

_COVERED = 0.35
"""Share of each of a thing's edges that what carries it has at least."""
_LEVEL_M = 0.003
"""As much lower than the highest part another is still at the top."""
_UPRIGHT = 0.999
"""Cosine of how far what is level leans at most."""


def carries(carrier: Placed, box: Size, size: Size, at: Spot) -> bool:
    """Whether a thing's middle is above what carries it, which is level and not much smaller.

    Args:
        carrier: What carries it.
        box: Around that, as it stands [m].
        size: The box around the thing [m].
        at: Where its frame is, in the carrier's [m].
    """
    is_hollow = bool({"filled", "opened"} & carrier.kind.can)
    is_on_end = box != carrier.size
    state = tuple(sorted(carrier.state.items()))
    top = box if is_hollow or is_on_end else _level_top(carrier.kind, state)
    if top is None:
        return False
    over = all(low <= a <= high for low, a, high in zip(top[0], at, top[1], strict=False))
    pairs = zip(edges(top)[:2], edges(size)[:2], strict=True)
    return over and all(below >= _COVERED * above for below, above in pairs)


@lru_cache(maxsize=256)
def _level_top(thing: Thing, state: tuple[tuple[str, float], ...]) -> Size | None:
    """The box around what is level at the top of a thing; None: its top is round, or leans."""
    placed = list(placed_parts(make(thing, thing.name, thing.colour, dict(state))))
    solid = [(at, part) for at, part in placed if part.solid] or placed
    boxes = [in_base(part_corners(part), at) for at, part in solid]
    top = max(corners[:, 2].max() for corners in boxes)
    level = [
        corners
        for (at, part), corners in zip(solid, boxes, strict=True)
        if corners[:, 2].max() >= top - _LEVEL_M and _is_level(part, at)
    ]
    if not level:
        return None
    corners = np.concatenate(level)
    return to_size(corners.min(axis=0), corners.max(axis=0))


def _is_level(part: Part, at: np.ndarray) -> bool:
    """Whether a part ends in a level face above; nobody knows that of a mesh, which may."""
    upward = np.abs(at[2, :3])
    is_upright = {"box": upward.max(), "cylinder": upward[2], "mesh": 1.0}.get(part.shape, 0.0)
    return bool(is_upright > _UPRIGHT)
