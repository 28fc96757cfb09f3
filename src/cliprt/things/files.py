"""Things from files of a stranger: a mesh (OBJ, STL) or a URDF beside the plugin's code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from cliprt.errors import UsageError
from cliprt.geometry import rotation_about
from cliprt.robots.meshes import read_mesh
from cliprt.robots.world import Body, Colour, Link, Part
from cliprt.things.bounds import bounds
from cliprt.things.interface import Ability, Grasp, Thing
from cliprt.things.shapes import turned
from cliprt.things.urdf import read_urdf

_WIDEST_GRIP_M = 0.075
"""Of what is held from above: the fingers open by 85 mm."""
_FINGERTIP_M = 0.014
"""How far the fingers reach below where they hold."""
_LARGEST_M = 1.0
"""Of a thing's edges."""


def from_mesh(
    file: str | Path,
    nouns: Sequence[str],
    height_m: float,
    colour: Colour = (0.7, 0.7, 0.7),
    mass_kg: float = 0.1,
    can: Iterable[Ability] = (),
    grasp: Grasp | None = None,
    up: Literal["y", "z"] = "z",
) -> Thing:
    """A thing that looks like a mesh, and is felt as the mesh's convex hull.

    Args:
        file: OBJ or STL; in a plugin ``Path(__file__).parent / "duck.obj"``.
        nouns: What people call it, its own name first.
        height_m: How high it stands; its other edges follow.
        colour: Its usual colour.
        mass_kg: Its weight.
        can: What can be done with it.
        grasp: Where it is held (see :class:`Thing`); None, and "held" in `can` = by its narrower
            sides, a little above its middle.
        up: Which of the file's axes points upwards.

    Raises:
        UsageError: The file has no such mesh, or it would be too large.
    """
    path = str(Path(file).absolute())
    lower, upper = read_mesh(path).box
    scale = height_m / float((upper - lower)[2 if up == "z" else 1])
    upright = rotation_about(0, math.pi / 2) if up == "y" else np.eye(3)
    x, y, z = (upright @ (lower + upper) / 2 * scale).tolist()
    pose = turned((-x, -y, height_m / 2 - z), upright)

    def build(name: str, colour: Colour) -> Body:
        part = Part("mesh", (scale, scale, scale), pose, colour, file=path)
        return Body(name, (Link("mesh", (part,), mass_kg, (0.0, 0.0, height_m / 2)),))

    return _described(Thing(tuple(nouns), build, colour, frozenset(can), grasp=grasp), path)


def from_urdf(
    file: str | Path,
    nouns: Sequence[str],
    can: Iterable[Ability] = (),
    grasp: Grasp | None = None,
    fixed: bool = False,
) -> Thing:
    """A thing from a URDF; what has the colour of its first visual takes another one.

    Links with a range count as doors that open from lower to upper.

    Args:
        file: In a plugin ``Path(__file__).parent / "drawer.urdf"``; its meshes lie beside it.
        nouns: What people call it, its own name first.
        can: What else can be done with it than to be opened.
        grasp: As in :func:`from_mesh`.
        fixed: Whether its base is bolted to the table.

    Raises:
        UsageError: A line that cannot be used, and why.
    """
    body = replace(read_urdf(Path(file).absolute()), fixed=fixed)
    seen = [part.colour for link in body.links for part in link.parts if part.visible]
    usual = seen[0] if seen else (0.7, 0.7, 0.7)

    def build(name: str, colour: Colour) -> Body:
        def paint(part: Part) -> Part:
            return replace(part, colour=colour) if part.colour == usual else part

        links = (replace(link, parts=tuple(map(paint, link.parts))) for link in body.links)
        return replace(body, name=name, links=tuple(links))

    doors = tuple(
        (link.name, link.joint.lower, link.joint.upper)
        for link in body.links
        if link.joint and link.joint.lower is not None and link.joint.upper is not None
    )
    opened: frozenset[Ability] = frozenset({"opened"} if doors else ())
    thing = Thing(tuple(nouns), build, usual, frozenset(can) | opened, doors, grasp)
    return _described(thing, str(file))


def _described(thing: Thing, file: str) -> Thing:
    """The thing, with a usual grasp where it can be held and does not say by what.

    Raises:
        UsageError: It is no thing for a table.
    """
    lower, upper = bounds(thing.build(thing.name, thing.colour))
    (x, y, z), (dx, dy, dz) = lower, (b - a for a, b in zip(lower, upper, strict=True))
    edges = " x ".join(f"{edge * 100:.3g}" for edge in (dx, dy, dz))
    if max(dx, dy, dz) > _LARGEST_M:
        raise UsageError(
            f"{file} makes {thing.name!r} {edges} cm large, which no table holds. Scale it down:"
            " lengths are metres"
        )
    if "held" not in thing.can or thing.grasp:
        return thing
    if min(dx, dy) > _WIDEST_GRIP_M:
        raise UsageError(
            f"{file} makes {thing.name!r} {edges} cm large, and the gripper opens by"
            f" {_WIDEST_GRIP_M * 100:g} cm. Say where it is held (grasp=), scale it down, or leave"
            ' "held" out of can'
        )
    high = max(dz * 0.6, dz - 0.04, _FINGERTIP_M)
    turn = 0.0 if dy <= dx else math.pi / 2
    return replace(thing, grasp=(x + dx / 2, y + dy / 2, z + high, turn))
