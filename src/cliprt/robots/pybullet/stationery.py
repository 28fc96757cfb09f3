"""Canvases and the tools that mark them: ink where they touch, and a mesh to see it by.

PyBullet cannot paint on a texture without a window, so what is seen is one thin mesh of rectangles
per canvas.  It is rebuilt only before a picture, and only when the ink changed; physics never
meets it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cliprt.errors import UsageError
from cliprt.geometry import to_matrix
from cliprt.robots.ink import (
    TOUCH_M,
    Canvas,
    Eraser,
    Ink,
    Pen,
    Stamp,
    Tool,
    dot,
    printed,
    rectangles,
    wiped,
)
from cliprt.robots.pybullet.bodies import PlacedBody, quaternion
from cliprt.robots.pybullet.client import PhysicsClient
from cliprt.robots.pybullet.options import check_known

_LIFT_M = 0.0015
"""How far above its sheet ink is drawn, so that flat things on the sheet do not hide it."""


@dataclass(frozen=True, eq=False)
class StationeryState:
    """All ink and tools, in values.

    Attributes:
        canvases: Every canvas with its ink.
        tools: Every tool.
        pressed: Stamps, by their body, that press a canvas now, by its body.
    """

    canvases: tuple[tuple[Canvas, Ink], ...] = ()
    tools: tuple[Tool, ...] = ()
    pressed: frozenset[tuple[str, str]] = frozenset()


class Stationery:
    """What can be written on, and written with, in one world."""

    def __init__(self, client: PhysicsClient, bodies: Mapping[str, PlacedBody]) -> None:
        """Begin with nothing.

        Args:
            client: The server.
            bodies: The world's bodies by name, which may become more.
        """
        self._client = client
        self._bodies = bodies
        self._canvases: dict[str, Canvas] = {}
        self._ink: dict[str, Ink] = {}
        self._tools: list[Tool] = []
        self._pressed: set[tuple[str, str]] = set()
        self._meshes: dict[str, int] = {}
        self._changed: set[str] = set()

    def add_canvas(self, canvas: Canvas) -> None:
        """Make a body's side show ink; it is blank."""
        check_known("body", canvas.body, self._bodies)
        self._canvases[canvas.body] = canvas
        self._ink[canvas.body] = np.zeros(canvas.shape, dtype=bool)
        self._changed.add(canvas.body)

    def add_tool(self, tool: Tool) -> None:
        """Let a body make marks from now on."""
        check_known("body", tool.body, self._bodies)
        self._tools.append(tool)

    def canvas(self, body: str) -> Canvas | None:
        """The canvas of a body, if it has one."""
        check_known("body", body, self._bodies)
        return self._canvases.get(body)

    def ink(self, body: str) -> Ink:
        """A copy of the ink of a canvas."""
        return self._ink[self._canvas(body).body].copy()

    def set_ink(self, body: str, ink: Ink) -> None:
        """Put ink on a canvas, instead of what is there.

        Raises:
            UsageError: The array's shape is not the canvas's.
        """
        canvas = self._canvas(body)
        if ink.shape != canvas.shape:
            raise UsageError(
                f"the ink for the canvas {body!r} has the shape {ink.shape}, but the canvas is"
                f" {canvas.shape[0]} cells by {canvas.shape[1]}. Give an array of that shape."
            )
        self._ink[body] = ink.astype(bool)
        self._changed.add(body)

    def mark(self) -> None:
        """Let every tool mark every canvas that it touches now."""
        for tool in self._tools:
            for canvas in self._canvases.values():
                if isinstance(tool, Pen):
                    self._draw(tool, canvas)
                elif isinstance(tool, Eraser):
                    self._erase(tool, canvas)
                else:
                    self._print(tool, canvas)

    def show(self) -> None:
        """Bring what cameras see up to date."""
        for body in sorted(self._changed):
            if body in self._meshes:
                self._client.removeBody(self._meshes.pop(body))
            if self._ink[body].any():
                self._meshes[body] = self._build_mesh(self._canvases[body], self._ink[body])
        self._changed.clear()
        for body, mesh in self._meshes.items():
            sheet = self._sheet(self._canvases[body])
            self._client.resetBasePositionAndOrientation(
                mesh, sheet[:3, 3].tolist(), quaternion(sheet)
            )

    def state(self) -> StationeryState:
        """All ink and tools."""
        canvases = tuple((canvas, self.ink(name)) for name, canvas in self._canvases.items())
        return StationeryState(canvases, tuple(self._tools), frozenset(self._pressed))

    def set_state(self, state: StationeryState) -> None:
        """Return to a state; the bodies are there already."""
        for canvas, ink in state.canvases:
            self.add_canvas(canvas)
            self.set_ink(canvas.body, ink)
        for tool in state.tools:
            self.add_tool(tool)
        self._pressed = set(state.pressed)

    # Inside

    def _draw(self, pen: Pen, canvas: Canvas) -> None:
        numbers = (self._bodies[pen.body].number, self._bodies[canvas.body].number)
        touching = self._client.getClosestPoints(*numbers, TOUCH_M)
        if not touching:
            return
        to_sheet = np.linalg.inv(self._sheet(canvas))
        tip = (to_sheet @ self._bodies[pen.body].transform() @ (*pen.tip, 1.0))[:3]
        for contact in touching:
            point = (to_sheet @ (*contact[6], 1.0))[:3]
            if np.linalg.norm(point - tip) <= pen.radius_m + TOUCH_M and abs(point[2]) <= TOUCH_M:
                self._change(canvas, self._ink[canvas.body] | dot(canvas, point, pen.radius_m))

    def _erase(self, eraser: Eraser, canvas: Canvas) -> None:
        ink = self._ink[canvas.body]
        if not ink.any():
            return
        face = self._face(eraser, canvas)
        if abs(face[2, 3]) > math.hypot(*eraser.size) / 2 + TOUCH_M:
            return  # no turn of it reaches the sheet
        self._change(canvas, ink & ~wiped(canvas, face, eraser.size))

    def _print(self, stamp: Stamp, canvas: Canvas) -> None:
        numbers = (self._bodies[stamp.body].number, self._bodies[canvas.body].number)
        contacts = self._client.getContactPoints(*numbers) or ()
        pair = (stamp.body, canvas.body)
        if sum(contact[9] for contact in contacts) <= stamp.force_n:
            self._pressed.discard(pair)
        elif pair not in self._pressed:
            self._pressed.add(pair)
            mark = printed(canvas, self._face(stamp, canvas), stamp.pattern, stamp.cell_m)
            self._change(canvas, self._ink[canvas.body] | mark)

    def _change(self, canvas: Canvas, ink: Ink) -> None:
        if (ink != self._ink[canvas.body]).any():
            self._ink[canvas.body] = ink
            self._changed.add(canvas.body)

    def _sheet(self, canvas: Canvas) -> np.ndarray:
        """The sheet's frame (4, 4), base frame."""
        return np.asarray(self._bodies[canvas.body].transform() @ to_matrix(canvas.sheet))

    def _face(self, tool: Eraser | Stamp, canvas: Canvas) -> np.ndarray:
        """A tool's side (4, 4) in the sheet's frame."""
        face = self._bodies[tool.body].transform() @ to_matrix(tool.face)
        return np.asarray(np.linalg.inv(self._sheet(canvas)) @ face)

    def _build_mesh(self, canvas: Canvas, ink: Ink) -> int:
        spots = np.array(rectangles(ink), dtype=float)
        rows, columns = canvas.shape
        x = (spots[:, [0, 1, 1, 0]] - rows / 2) * canvas.cell_m
        y = (spots[:, [2, 2, 3, 3]] - columns / 2) * canvas.cell_m
        corners = np.stack([x, y, np.full_like(x, _LIFT_M)], axis=-1).reshape(-1, 3)
        triangles = 4 * np.arange(len(spots))[:, None] + np.array([0, 1, 2, 0, 2, 3])
        shape = self._client.createVisualShape(
            self._client.GEOM_MESH,
            vertices=corners.tolist(),
            indices=triangles.ravel().tolist(),
            normals=[[0.0, 0.0, 1.0]] * len(corners),
            rgbaColor=[*canvas.colour, 1.0],
            specularColor=[0.0, 0.0, 0.0],
        )
        return int(self._client.createMultiBody(baseMass=0, baseVisualShapeIndex=shape))

    def _canvas(self, body: str) -> Canvas:
        check_known("canvas", body, self._canvases)
        return self._canvases[body]
