"""A scene laid on a simulated table: drawn within its bounds, nothing through anything else."""

from __future__ import annotations

import math

import numpy as np

from cliprt.geometry import from_matrix, rotation_about
from cliprt.robots.ink import Canvas, Ink, stroke
from cliprt.robots.world import World
from cliprt.scenes import room
from cliprt.scenes.placed import INK, Placed
from cliprt.scenes.room import Ground, Size, Spot
from cliprt.scenes.scene import Scene, apart_m, check
from cliprt.tasks.scene import shade
from cliprt.things.catalogue import COLOURS
from cliprt.types import Pose

_ABOVE_M = 0.002
"""Between what carries and what is laid on it: neither is in the other."""
_SHARES = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""Of a scene's chance, tried one after the other: a full table leaves less of it."""
_ATTEMPTS = 40
_LINE_M, _EDGE = 0.005, 0.8
"""Radius of what is written on a sheet [m]; the share of its edges between which it is."""

Stood = tuple[float, float, float]
"""Where the frame of a thing stands (x, y) [m], base frame, and its turn [degrees]."""


def lay(scene: Scene, world: World, rng: np.random.Generator) -> None:
    """Add everything of a scene to a world, at random within its bounds.

    Raises:
        SceneError: It cannot be laid.
    """
    for placed, pose in zip(scene.things, draw(scene, rng), strict=True):
        kind, name = placed.kind, placed.name
        colour = shade(rng, COLOURS[placed.colour] if placed.colour else kind.colour)
        world.add(room.make(kind, name, colour, placed.state), pose)
        if kind.canvas:
            canvas = kind.canvas(name)
            world.add_canvas(canvas)
            if placed.state.get(INK):
                world.set_ink(name, scribble(canvas, placed.state[INK], rng))
        if kind.tool:
            world.add_tool(kind.tool(name))


def draw(scene: Scene, rng: np.random.Generator) -> list[Pose]:
    """A pose for each thing, within its bounds; seen from above no two overlap, none is lost.

    Raises:
        SceneError: It cannot be laid, however it is drawn.
    """
    check(scene)
    stood = next(found for share in _SHARES if (found := _draw(scene, share, rng)) is not None)
    return [_pose(scene, i, stood[placed.name]) for i, placed in enumerate(scene.things)]


def _draw(scene: Scene, share: float, rng: np.random.Generator) -> dict[str, Stood] | None:
    """Where each thing stands, by name, what carries before what is carried; None: no room."""
    stood: dict[str, Stood] = {}
    covered: dict[str, Ground] = {}
    pairs = zip(scene.things, scene.sizes, strict=True)
    for placed, size in sorted(pairs, key=lambda pair: len(tuple(scene.below(pair[0])))):
        below = {carrier.name for carrier in scene.below(placed)}
        others = [
            (ground, apart_m(placed, scene[name]) - 1e-9)
            for name, ground in covered.items()
            if name not in below
        ]
        for _ in range(_ATTEMPTS):
            x, y, turn = at = _draw_one(scene, placed, size, share, stood, rng)
            ground = room.ground(size, (x, y), turn)
            in_reach = room.lies_within(np.array([(x, y)]), room.FIELD)
            if in_reach and room.is_free(ground, others):
                stood[placed.name], covered[placed.name] = at, ground
                break
        else:
            return None
    return stood


def _draw_one(
    scene: Scene,
    placed: Placed,
    size: Size,
    share: float,
    stood: dict[str, Stood],
    rng: np.random.Generator,
) -> Stood:
    away = [float(v) for v in rng.uniform(-1, 1, 3)]
    turn = placed.turn_deg + share * away[2] * placed.within_deg
    bounds_m = placed.within_m
    if placed.on:
        x, y, carrier_turn = stood[placed.on]
        carrier = scene.sizes[scene.names.index(placed.on)]
        bounds_m = _room_on(carrier, size, placed)
        aside = [a + share * d * m for a, d, m in zip(placed.at, away, bounds_m, strict=False)]
        dx, dy = rotation_about(2, math.radians(carrier_turn))[:2, :2] @ aside
        return x + float(dx), y + float(dy), carrier_turn + turn
    x, y = (a + share * d * m for a, d, m in zip(placed.at, away, bounds_m, strict=False))
    return x, y, turn


def _room_on(carrier: Size, size: Size, placed: Placed) -> Spot:
    """How far a thing may lie from its place and still be above what carries it [m]."""

    def left(axis: int) -> float:
        ahead = carrier[1][axis] - placed.at[axis] - size[1][axis]
        behind = placed.at[axis] + size[0][axis] - carrier[0][axis]
        return max(0.0, min(ahead, behind, placed.within_m[axis]))

    return left(0), left(1)


def _pose(scene: Scene, i: int, stood: Stood) -> Pose:
    """The pose of a thing: upright, or on its end; its lowest point on what carries it."""
    x, y, turn = stood
    gaps = _ABOVE_M * len(tuple(scene.below(scene.things[i])))
    at = np.eye(4)
    at[:3, :3] = rotation_about(2, math.radians(turn))
    at[:3, 3] = x, y, scene.heights[i] + gaps - scene.sizes[i][0][2]
    return from_matrix(at @ scene.stances[i])


def scribble(canvas: Canvas, share: float, rng: np.random.Generator) -> Ink:
    """A wavy line over a share of a sheet, somewhere on it."""
    height, width = (_EDGE * edge for edge in canvas.size)
    length = math.sqrt(share) * width
    start = float(rng.uniform(-width / 2, width / 2 - length)) if length < width else -width / 2
    phase = float(rng.uniform(0, 2 * math.pi))
    along = np.linspace(0.0, 1.0, 60)
    rows = math.sqrt(share) * height / 2 * np.sin(phase + 6 * math.pi * along)
    return stroke(canvas, np.stack([rows, start + length * along], axis=1).tolist(), _LINE_M)
