"""Ink on flat sheets: canvases, the tools that mark them, and what a mark covers.

Values and pure functions; where things are and what touches is a simulator's business.  A sheet's
frame has its origin in the sheet's middle and z out of it.  Ink is a boolean array (rows, columns)
with rows along the sheet's x and columns along its y: ``ink[0, 0]`` has the smallest x and y.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from cliprt.robots.world import Colour, Vector
from cliprt.types import Pose

Ink = np.ndarray
"""Boolean, (rows, columns)."""

TOUCH_M = 0.0025
"""A mark is made where a tool is this near to the sheet."""


@dataclass(frozen=True)
class Canvas:
    """A flat sheet on a body, which shows ink.

    Attributes:
        body: Name of the body; also what the canvas is called by.
        sheet: The sheet's frame in the frame of the body's first link [m, rad].
        size: Edges along the sheet's x and y [m].
        colour: Of its ink, RGB in 0..1.
        cell_m: Edge of a cell.
    """

    body: str
    sheet: Pose
    size: tuple[float, float]
    colour: Colour = (0.08, 0.10, 0.35)
    cell_m: float = 0.002

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return round(self.size[0] / self.cell_m), round(self.size[1] / self.cell_m)


@dataclass(frozen=True)
class Pen:
    """A body that leaves a dot of ink wherever its tip touches a canvas.

    Attributes:
        body: Its name.
        tip: The writing point in its frame [m].
        radius_m: Of a dot.
    """

    body: str
    tip: Vector
    radius_m: float


@dataclass(frozen=True)
class Eraser:
    """A body whose flat side takes ink away where it lies on a canvas.

    Attributes:
        body: Its name.
        face: Frame of that side's middle in its frame, z along the side's normal [m, rad].
        size: Edges of that side along x and y of `face` [m].
    """

    body: str
    face: Pose
    size: tuple[float, float]


@dataclass(frozen=True)
class Stamp:
    """A body whose flat side prints a pattern when it is pressed on a canvas.

    Attributes:
        body: Its name.
        face: Frame of that side's middle in its frame, z along the side's normal [m, rad].
        pattern: Rows of equal length along x of `face`, smallest x first; ``"#"`` prints.
        cell_m: Edge of one sign of the pattern.
        force_n: A print is made when the normal force rises above this.
    """

    body: str
    face: Pose
    pattern: tuple[str, ...]
    cell_m: float
    force_n: float = 3.0


Tool = Pen | Eraser | Stamp


@lru_cache(maxsize=16)
def centres(canvas: Canvas) -> np.ndarray:
    """Middles of the cells in the sheet's frame (rows, columns, 2) [m]; not to be changed."""
    x, y = ((np.arange(count) + 0.5 - count / 2) * canvas.cell_m for count in canvas.shape)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    grid.setflags(write=False)
    return grid


def dot(canvas: Canvas, point: Sequence[float], radius_m: float) -> Ink:
    """The cells within a radius of a point (x, y) of the sheet [m]."""
    apart = centres(canvas) - np.asarray(point[:2], dtype=float)
    return np.asarray((apart**2).sum(axis=-1) <= radius_m**2)


def stroke(canvas: Canvas, points: Sequence[Sequence[float]], radius_m: float) -> Ink:
    """The cells within a radius of a line through points (x, y) of the sheet [m]."""
    ink = dot(canvas, points[0], radius_m)
    for start, end in pairwise(points):
        a, b = np.asarray(start[:2], dtype=float), np.asarray(end[:2], dtype=float)
        along = b - a
        share = (centres(canvas) - a) @ along / max(float(along @ along), 1e-12)
        nearest = a + np.clip(share, 0, 1)[..., None] * along
        ink |= ((centres(canvas) - nearest) ** 2).sum(axis=-1) <= radius_m**2
    return ink


def wiped(canvas: Canvas, face: np.ndarray, size: tuple[float, float]) -> Ink:
    """The cells that a rectangle touches.

    Args:
        canvas: The canvas.
        face: Frame (4, 4) of the rectangle's middle in the sheet's frame.
        size: The rectangle's edges along its x and y [m].
    """
    window = _window(canvas, face, size)
    at = _seen_from(centres(canvas)[window], face)
    inside = (np.abs(at[..., :2]) <= np.asarray(size) / 2).all(axis=-1)
    ink = np.zeros(canvas.shape, dtype=bool)
    ink[window] = inside & (np.abs(at[..., 2]) <= TOUCH_M)
    return ink


def printed(canvas: Canvas, face: np.ndarray, pattern: Sequence[str], cell_m: float) -> Ink:
    """The cells that a pattern marks, as far as it touches.

    Args:
        canvas: The canvas.
        face: Frame (4, 4) of the pattern's middle in the sheet's frame.
        pattern: See :class:`Stamp`.
        cell_m: Edge of one sign.
    """
    marks = np.array([[sign == "#" for sign in row] for row in pattern])
    window = _window(canvas, face, [count * cell_m for count in marks.shape])
    at = _seen_from(centres(canvas)[window], face)
    row, column = (
        np.floor(at[..., axis] / cell_m + count / 2).astype(int)
        for axis, count in enumerate(marks.shape)
    )
    inside = (row >= 0) & (row < marks.shape[0]) & (column >= 0) & (column < marks.shape[1])
    touching = inside & (np.abs(at[..., 2]) <= TOUCH_M)
    ink = np.zeros(canvas.shape, dtype=bool)
    ink[window][touching] = marks[row[touching], column[touching]]
    return ink


def rectangles(ink: Ink) -> list[tuple[int, int, int, int]]:
    """Few rectangles (top, bottom, left, right), ends excluded, that cover the ink exactly once.

    Runs along the rows, joined where the next row repeats them.
    """
    done: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}
    for row in range(ink.shape[0] + 1):
        runs = _runs(ink[row]) if row < ink.shape[0] else []
        for run in [run for run in growing if run not in runs]:
            done.append((growing.pop(run), row, *run))
        for run in runs:
            growing.setdefault(run, row)
    return done


def _runs(row: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _window(canvas: Canvas, face: np.ndarray, size: Sequence[float]) -> tuple[slice, slice]:
    """The part of the canvas that a rectangle can reach: looking at all of it takes too long."""
    reach = math.hypot(*size) / 2
    rows, columns = (
        slice(
            max(0, math.floor((face[axis, 3] - reach) / canvas.cell_m + count / 2)),
            max(0, math.ceil((face[axis, 3] + reach) / canvas.cell_m + count / 2)),
        )
        for axis, count in enumerate(canvas.shape)
    )
    return rows, columns


def _seen_from(points: np.ndarray, face: np.ndarray) -> np.ndarray:
    """Points (..., 2) of the sheet in a frame (4, 4) given in the sheet's frame -> (..., 3)."""
    flat = np.concatenate([points, np.zeros((*points.shape[:-1], 1))], axis=-1)
    return np.asarray((flat - face[:3, 3]) @ face[:3, :3])
