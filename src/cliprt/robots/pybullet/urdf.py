"""A :class:`~cliprt.robots.world.Body` written as URDF, the one format PyBullet reads exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from cliprt.geometry import rotation_matrix
from cliprt.robots.world import Body, Joint, Link, Part

# Lets a thin object be held without spinning about the line between the fingers.
SPINNING_FRICTION = 0.01
ROLLING_FRICTION = 0.0005
_BOUNDING_RADIUS_M = 0.03


def to_urdf(body: Body) -> str:
    """The body as a URDF document, its links in the given order."""
    pieces = [link_element(link) for link in body.links]
    base = body.links[0].name
    pieces += [
        joint_element(link.name, link.parent or base, link.joint)
        for link in body.links
        if link.joint is not None
    ]
    return document(body.name, pieces)


def document(name: str, pieces: Iterable[str]) -> str:
    """A whole URDF document."""
    return (
        f'<?xml version="1.0"?>\n<robot name="{_escaped(name)}">\n'
        + "\n".join(pieces)
        + "\n</robot>\n"
    )


def link_element(link: Link) -> str:
    """One ``<link>``: weight, surface, what is seen and what collides."""
    mass, friction = float(link.mass), float(link.friction)
    # Only for links that do not collide: PyBullet works out the others' from their shapes.
    inertia = mass * _BOUNDING_RADIUS_M**2
    pieces = [
        f'<inertial><origin xyz="{_numbers(link.centre)}"/><mass value="{mass!r}"/>'
        f'<inertia ixx="{inertia!r}" ixy="0" ixz="0" iyy="{inertia!r}" iyz="0" izz="{inertia!r}"/>'
        "</inertial>",
        f'<contact><lateral_friction value="{friction!r}"/>'
        f'<spinning_friction value="{SPINNING_FRICTION}"/>'
        f'<rolling_friction value="{ROLLING_FRICTION}"/></contact>',
    ]
    for part in link.parts:
        if part.visible:
            pieces.append(_shape_element("visual", part))
        if part.solid:
            pieces.append(_shape_element("collision", part))
    # Lines stay short because PyBullet reads a URDF in pieces of about 8 kB.
    return "\n".join([f'<link name="{_escaped(link.name)}">', *pieces, "</link>"])


def joint_element(child: str, parent: str, joint: Joint) -> str:
    """One ``<joint>``; its friction is left to a motor, since PyBullet ignores that of URDF."""
    # PyBullet reads a lower limit above the upper one as no limit.
    lower, upper = 1.0, -1.0
    if joint.lower is not None and joint.upper is not None:
        lower, upper = float(joint.lower), float(joint.upper)
    turning = "continuous" if lower > upper else "revolute"
    kind = "prismatic" if joint.kind == "slide" else turning
    return (
        f'<joint name="{_escaped(child)}" type="{kind}"><parent link="{_escaped(parent)}"/>'
        f'<child link="{_escaped(child)}"/>{_origin(joint.origin)}'
        f'<axis xyz="{_numbers(joint.axis)}"/>'
        f'<limit lower="{lower!r}" upper="{upper!r}" effort="1000" velocity="10"/>'
        f'<dynamics damping="{float(joint.damping)!r}" friction="0"/></joint>'
    )


def _shape_element(tag: str, part: Part) -> str:
    size = _numbers(part.size).split()
    geometry = {
        "box": f'<box size="{_numbers(part.size)}"/>',
        "cylinder": f'<cylinder radius="{size[0]}" length="{size[1]}"/>',
        "sphere": f'<sphere radius="{size[0]}"/>',
        "mesh": f'<mesh filename="{_escaped(part.file)}" scale="{_numbers(part.size)}"/>',
    }[part.shape]
    material = ""
    if tag == "visual":
        rgba = _numbers((*part.colour, 1.0))
        # PyBullet remembers materials by name: the same name must mean the same colour.
        material = f'<material name="{rgba}"><color rgba="{rgba}"/></material>'
    return f"<{tag}>{_origin(part.pose)}<geometry>{geometry}</geometry>{material}</{tag}>"


def _origin(pose: Sequence[float]) -> str:
    return f'<origin xyz="{_numbers(pose[:3])}" rpy="{_turn(*pose[3:6])}"/>'


@lru_cache(maxsize=1024)  # scene after scene, things are made of the same parts
def _turn(rx: float, ry: float, rz: float) -> str:
    return _numbers(_roll_pitch_yaw(rotation_matrix((rx, ry, rz))))


def _roll_pitch_yaw(matrix: np.ndarray) -> tuple[float, float, float]:
    """Fixed-axis angles [rad] with ``matrix = Rz(yaw) Ry(pitch) Rx(roll)``, as URDF wants them."""
    sideways = math.hypot(matrix[0, 0], matrix[1, 0])
    pitch = math.atan2(-matrix[2, 0], sideways)
    if sideways < 1e-9:  # roll and yaw turn about one axis: give it all to yaw
        return 0.0, pitch, math.atan2(-matrix[0, 1], matrix[1, 1])
    return (
        math.atan2(matrix[2, 1], matrix[2, 2]),
        pitch,
        math.atan2(matrix[1, 0], matrix[0, 0]),
    )


def _numbers(values: Iterable[float]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
