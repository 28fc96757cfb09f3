"""A body from a URDF file of a stranger: plain shapes and meshes beside it, hinges and slides.

What is not known here is an error that names its line, rather than a body that is a little wrong.
Links that hang on a fixed joint become a part of what they hang on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from cliprt.data.boundary import read_plain
from cliprt.errors import UsageError, did_you_mean
from cliprt.geometry import from_matrix, rotation_about, to_matrix
from cliprt.robots.meshes import read_mesh
from cliprt.robots.world import ORIGIN, Body, Colour, Joint, Link, Part, Vector
from cliprt.things.plain_xml import Element, parse_xml
from cliprt.types import Pose

MOST_BYTES = 1 << 20
MOST_LINKS = 100
USUAL_KG = 0.1
"""Weight of a link that does not say it."""
GREY: Colour = (0.7, 0.7, 0.7)
"""What does not say its colour."""

_KNOWN = {
    "robot": "link joint material",
    "link": "inertial visual collision contact",
    "inertial": "origin mass inertia",
    "visual": "origin geometry material",
    "collision": "origin geometry",
    "geometry": "box cylinder sphere mesh",
    "material": "color",
    "contact": "lateral_friction spinning_friction rolling_friction",
    "joint": "origin parent child axis limit dynamics",
}
"""Element -> what may be in it; nothing in the others."""
_KINDS = ("fixed", "revolute", "continuous", "prismatic")
_SHAPES: dict[str, Literal["box", "cylinder", "sphere", "mesh"]] = {
    "box": "box",
    "cylinder": "cylinder",
    "sphere": "sphere",
    "mesh": "mesh",
}


def read_urdf(file: Path) -> Body:
    """The body that a URDF file describes, under the name that it has there.

    Raises:
        UsageError: The file, or the line in it, that cannot be used, and why.
    """
    try:
        top = parse_xml(read_plain(file, MOST_BYTES, None))
        _check_known(top, "robot")
        links = _read_links(top, file.parent)
        body = Body(top.given.get("name") or file.stem, _join(links, _read_joints(top, links)))
        if not any(link.parts for link in body.links):
            raise ValueError("nothing of it is seen or felt")
        return body
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{file} cannot be used: {why}. What a URDF may have: docs/extending.md, A thing"
        ) from error


@dataclass(frozen=True)
class _Hung:
    """How a link hangs on another: by a joint, or by none (fixed)."""

    parent: str
    origin: Pose
    joint: Joint | None


def _join(links: dict[str, Link], hung: dict[str, _Hung]) -> tuple[Link, ...]:
    """The links of a body, each fixed one as a part of what it hangs on."""
    roots = [name for name in links if name not in hung]
    if len(roots) != 1:
        raise ValueError(f"one link must hang on no joint, here {len(roots)} of {len(links)} do")
    pieces, reached = {roots[0]: links[roots[0]]}, {roots[0]}

    def gather(name: str, piece: str, at: Pose) -> None:
        """Add what hangs on a link, whose frame is `at` in that of the piece it belongs to."""
        for child, how in hung.items():
            if how.parent != name:
                continue
            reached.add(child)
            spot, link = _chained(at, how.origin), links[child]
            if how.joint is None:
                pieces[piece] = _merged(pieces[piece], link, spot)
                gather(child, piece, spot)
            else:
                joint = replace(how.joint, origin=spot)
                pieces[child] = replace(link, joint=joint, parent=piece)
                gather(child, child, ORIGIN)

    gather(roots[0], roots[0], ORIGIN)
    if len(reached) < len(links):
        raise ValueError(
            f"links hang on each other in a circle: {', '.join(sorted({*links} - reached))}"
        )
    return tuple(replace(piece, mass=piece.mass or USUAL_KG) for piece in pieces.values())


def _merged(link: Link, other: Link, at: Pose) -> Link:
    """Two links that are one; `at` is the other's frame in the first one's."""
    parts = tuple(replace(part, pose=_chained(at, part.pose)) for part in other.parts)
    centre, mass = _chained(at, (*other.centre, 0.0, 0.0, 0.0)), link.mass + other.mass
    x, y, z = (
        (a * link.mass + b * other.mass) / mass if mass else 0.0
        for a, b in zip(link.centre, centre[:3], strict=True)
    )
    return replace(link, parts=link.parts + parts, mass=mass, centre=(x, y, z))


def _read_links(top: Element, folder: Path) -> dict[str, Link]:
    colours = {m.given.get("name", ""): _colour(m) for m in top.all("material")}
    links = {link.text("name"): _link(link, folder, colours) for link in top.all("link")}
    if len(links) < len(top.all("link")) or not 0 < len(links) <= MOST_LINKS:
        raise ValueError(f"it must have 1 to {MOST_LINKS} links, each with a name of its own")
    return links


def _link(element: Element, folder: Path, colours: dict[str, Colour | None]) -> Link:
    parts = tuple(
        _part(shape, folder, colours) for shape in element.children if shape.tag in _SEEN_OR_FELT
    )
    mass, centre = 0.0, ORIGIN
    if inertial := element.first("inertial"):
        mass, centre = inertial.needed("mass").number("value"), _origin(inertial)
    friction = Link.friction
    if contact := element.first("contact"):
        friction = contact.needed("lateral_friction").number("value")
    return Link(element.text("name"), parts, mass, centre[:3], friction=friction)


_SEEN_OR_FELT = ("visual", "collision")


def _part(element: Element, folder: Path, colours: dict[str, Colour | None]) -> Part:
    geometry, is_seen = element.needed("geometry"), element.tag == "visual"
    if len(geometry.children) != 1:
        raise ValueError(f"{geometry}: it must have one shape")
    colour = None
    if material := element.first("material"):
        colour = _colour(material) or colours.get(material.given.get("name", ""))
    (shape,) = geometry.children
    file = _mesh(shape, folder) if shape.tag == "mesh" else ""
    return Part(
        _SHAPES[shape.tag],
        _size(shape),
        _origin(element),
        colour or GREY,
        not is_seen,
        is_seen,
        file,
    )


def _size(shape: Element) -> Vector:
    if shape.tag in ("box", "mesh"):
        name, usual = ("size", None) if shape.tag == "box" else ("scale", 1.0)
        x, y, z = lengths = shape.numbers(name, 3, usual)
    else:
        lengths = [
            shape.number(n) for n in ("radius", "length") if shape.tag != "sphere" or n == "radius"
        ]
        x, y, z = (*lengths, 0.0, 0.0)[:3]
    if min(lengths) <= 0:
        raise ValueError(f"{shape}: its lengths must be above 0")
    return x, y, z


def _mesh(shape: Element, folder: Path) -> str:
    """Where a mesh is: beside the file, or below."""
    name = shape.text("filename")
    path = folder / name
    if ":" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{shape}: {name!r} must be a path beside the URDF, or below it")
    read_mesh(str(path))
    return str(path)


def _read_joints(top: Element, links: dict[str, Link]) -> dict[str, _Hung]:
    """Link -> how it hangs."""
    hung: dict[str, _Hung] = {}
    for element in top.all("joint"):
        parent, child = (element.needed(end).text("link") for end in ("parent", "child"))
        for name in (parent, child):
            if name not in links:
                hint = did_you_mean(name, links)
                raise ValueError(f"{element}: there is no link {name!r}.{hint}")
        if child in hung:
            raise ValueError(f"{element}: {child!r} hangs on another joint already")
        hung[child] = _Hung(parent, _origin(element), _joint(element))
    return hung


def _joint(element: Element) -> Joint | None:
    kind = element.text("type")
    if kind not in _KINDS:
        hint = did_you_mean(kind, _KINDS)
        raise ValueError(f"{element}: type {kind!r} is unknown.{hint} Allowed: {', '.join(_KINDS)}")
    if kind == "fixed":
        return None
    axis = element.first("axis")
    x, y, z = axis.numbers("xyz", 3) if axis else (1.0, 0.0, 0.0)
    if not any((x, y, z)):
        raise ValueError(f"{axis}: it has no direction")
    lower, upper, start = None, None, 0.0
    if kind != "continuous":
        limit = element.needed("limit")
        (lower,), (upper,) = (limit.numbers(name, 1, 0.0) for name in ("lower", "upper"))
        if lower >= upper:
            raise ValueError(f"{limit}: lower must be below upper")
        start = min(max(0.0, lower), upper)
    dynamics = element.first("dynamics")
    friction, damping = (
        dynamics.number(name, 0.0) if dynamics else 0.0 for name in ("friction", "damping")
    )
    moves: Literal["hinge", "slide"] = "slide" if kind == "prismatic" else "hinge"
    return Joint(moves, ORIGIN, (x, y, z), lower, upper, friction, damping, start)


def _origin(element: Element) -> Pose:
    origin = element.first("origin")
    if origin is None:
        return ORIGIN
    roll, pitch, yaw = origin.numbers("rpy", 3, 0.0)
    pose = np.eye(4)
    pose[:3, :3] = rotation_about(2, yaw) @ rotation_about(1, pitch) @ rotation_about(0, roll)
    pose[:3, 3] = origin.numbers("xyz", 3, 0.0)
    return from_matrix(pose)


def _colour(material: Element) -> Colour | None:
    color = material.first("color")
    if color is None:
        return None
    r, g, b, _ = (min(1.0, max(0.0, value)) for value in color.numbers("rgba", 4))
    return r, g, b


def _chained(outer: Pose, inner: Pose) -> Pose:
    return from_matrix(to_matrix(outer) @ to_matrix(inner))


def _check_known(element: Element, tag: str) -> None:
    """Raise unless an element, and each in it, is one that is understood."""
    if element.tag != tag:
        raise ValueError(f"{element}: it must begin with <{tag}>")
    known = _KNOWN.get(tag, "").split()
    for child in element.children:
        if child.tag not in known:
            allowed = f"Allowed: {', '.join(known)}" if known else "Nothing may be in it"
            hint = did_you_mean(child.tag, known)
            raise ValueError(f"{child} is unknown in <{tag}>.{hint} {allowed}")
        _check_known(child, child.tag)
