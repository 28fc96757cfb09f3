"""How far the whole arm is from the table and from itself, along a path of its joints.

Pure geometry on the solid shapes of :func:`cliprt.robots.pybullet.arm.build_arm`: exact above the
table, which has no end here, and a lower bound between links, a millimetre too little at most.  The
fingers count as open; how deep they may go is in :mod:`cliprt.robots.pybullet.path`, since they are
there to touch.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from cliprt.geometry import to_matrix
from cliprt.robots.pybullet.arm import ARM_LINKS, FINGER_LINKS, HAND_LINK, build_arm
from cliprt.robots.pybullet.kinematics import forward
from cliprt.robots.world import Link, Part

TABLE_M = 0.005
"""What links keep from the table: so far may contact push the arm aside before it gives in."""

APART_M = 0.003
"""What links keep from each other; hand and forearm come to 5.7 mm when the hand is level."""

ROUNDING_M = 1e-4
"""From where a link is nearer than that, it may come no nearer, but for this."""

_LOOK_RAD = 0.03
"""How far a joint turns between two looks: an arm a metre long leaves its chord by 0.1 mm."""

_TRIES = 30
_TINY = 1e-12

_GRIPPER = (HAND_LINK, *FINGER_LINKS)
_MAY_TOUCH = {
    "base": ("forearm", *_GRIPPER),
    "shoulder": ("forearm", *_GRIPPER),
    "upper_arm": ("wrist_1", "wrist_2", *_GRIPPER),
    "forearm": _GRIPPER,
}
"""All others are kept apart by the joints between them, whatever their angles."""


class _Shapes(NamedTuple):
    """The arm's solid parts, numbered through all links, and what is compared with what.

    Attributes:
        names: Of the link that carries each (m), for people.
        links: Its number (m,).
        poses: In the link's frame (m, 4, 4).
        halves: Half sizes of boxes; of cylinders (0, 0, half the length) (m, 3) [m].
        radii: Of cylinders, 0 for boxes (m,) [m].
        above_table: Numbers of those that must stay above the table (k,).
        pairs: Numbers of those that must stay apart (2, p).
    """

    names: tuple[str, ...]
    links: np.ndarray
    poses: np.ndarray
    halves: np.ndarray
    radii: np.ndarray
    above_table: np.ndarray
    pairs: np.ndarray


def find_touch(path: np.ndarray) -> str | None:
    """Which link comes too near to what along a path, and where; None where none does.

    Args:
        path: Joint angles (n, 6) [rad]; the first is where the arm is.
    """
    path = path[_looks(path)]
    shapes, places = _shapes(), place_shapes(path)
    above, between = heights(places)[:, shapes.above_table], gaps(places)
    room_m = np.hstack([above, between])
    limits_m = np.repeat([TABLE_M, APART_M], [above.shape[1], between.shape[1]])
    lacking_m = np.minimum(limits_m, room_m[0] - ROUNDING_M) - room_m
    moment, what = np.unravel_index(int(lacking_m.argmax()), lacking_m.shape)
    if lacking_m[moment, what] <= 0:
        return None
    x, y, z = forward(path[moment])[:3, 3]
    return (
        f"{_describe(int(what), 1000 * float(room_m[moment, what]))} with the pinch point at"
        f" ({x:.3f}, {y:.3f}, {z:.3f}) m (limit {1000 * limits_m[what]:.0f} mm away)"
    )


def place_shapes(joints: np.ndarray) -> np.ndarray:
    """Frames (n, m, 4, 4) of the arm's shapes at joint angles (n, 6) [rad]."""
    cosines, sines = np.cos(joints)[..., None], np.sin(joints)[..., None]
    frames = [np.broadcast_to(np.eye(4), (len(joints), 4, 4))]
    for number, (parent, origin) in enumerate(_chain()):
        frame = frames[parent] @ origin
        if number < len(ARM_LINKS):  # it turns about its z
            c, s = cosines[:, number], sines[:, number]
            x, y = frame[..., 0].copy(), frame[..., 1].copy()
            frame[..., 0], frame[..., 1] = c * x + s * y, c * y - s * x
        frames.append(frame)
    return np.asarray(np.stack(frames, axis=1)[:, _shapes().links] @ _shapes().poses)


def heights(places: np.ndarray) -> np.ndarray:
    """Height of each shape's lowest point above the table (n, m) [m]."""
    up, shapes = places[:, :, 2], _shapes()
    slope = np.sqrt(np.maximum(0, 1 - up[..., 2] ** 2))
    down = np.einsum("nmi,mi->nm", np.abs(up[..., :3]), shapes.halves) + shapes.radii * slope
    return np.asarray(up[..., 3] - down)


def gaps(places: np.ndarray) -> np.ndarray:
    """Lower bounds of the distance of every pair of shapes that could meet (n, p) [m].

    None is pursued beyond `APART_M`.  Gilbert's method: `v` joins two points of the shapes and gets
    shorter towards the least way; no points are nearer than the planes square to it that hold the
    shapes.  0 where they overlap.
    """
    one, other = _shapes().pairs
    least = np.zeros((len(places), len(one)))
    moments, pairs = (index.ravel() for index in np.indices(least.shape))
    v = (places[:, one, :3, 3] - places[:, other, :3, 3]).reshape(-1, 3)
    for _ in range(_TRIES):
        w = _farthest(places, moments, one[pairs], -v) - _farthest(places, moments, other[pairs], v)
        reach = _dot(v, w) / np.maximum(np.sqrt(_dot(v, v)), _TINY)
        least[moments, pairs] = np.maximum(least[moments, pairs], reach)
        open_ = least[moments, pairs] < APART_M
        if not open_.any():
            break
        moments, pairs, v, w = moments[open_], pairs[open_], v[open_], w[open_]
        step = v - w
        share = np.clip(_dot(v, step) / np.maximum(_dot(step, step), _TINY), 0, 1)
        v = v - share[:, None] * step
    return least


def _looks(path: np.ndarray) -> np.ndarray:
    """Which rows of a path to look at (n,), bool: the first, the last, and enough between."""
    turned = np.cumsum(np.abs(np.diff(path, axis=0, prepend=path[:1])).max(axis=1))
    looks = np.diff((turned / _LOOK_RAD).astype(int), prepend=-1) > 0
    looks[-1] = True
    return np.asarray(looks)


def _farthest(
    places: np.ndarray, moments: np.ndarray, numbers: np.ndarray, directions: np.ndarray
) -> np.ndarray:
    """The points (k, 3) of shapes that are farthest in directions (k, 3)."""
    shapes, frames = _shapes(), places[moments, numbers]
    inside = np.einsum("kij,ki->kj", frames[:, :3, :3], directions)
    points = np.sign(inside) * shapes.halves[numbers]
    flat = np.sqrt(_dot(inside[:, :2], inside[:, :2]))[:, None]
    points[:, :2] += shapes.radii[numbers, None] * inside[:, :2] / np.maximum(flat, _TINY)
    return np.asarray(np.einsum("kij,kj->ki", frames[:, :3, :3], points) + frames[:, :3, 3])


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ki,ki->k", a, b))


def _describe(what: int, room_mm: float) -> str:
    shapes = _shapes()
    if what < len(shapes.above_table):
        link = shapes.names[shapes.above_table[what]]
        side = "above" if room_mm >= 0 else "under"
        return f"the {link} would be {abs(room_mm):.0f} mm {side} the table top"
    one, other = (shapes.names[n] for n in shapes.pairs[:, what - len(shapes.above_table)])
    return f"the {other} would {'touch' if room_mm < 1 else f'be {room_mm:.0f} mm from'} the {one}"


@cache
def _chain() -> tuple[tuple[int, np.ndarray], ...]:
    """Parent's number and frame in it (4, 4) of every link but the first; the fingers open."""
    links = build_arm().links
    numbers = {link.name: number for number, link in enumerate(links)}
    return tuple((numbers[link.parent], _origin(link)) for link in links[1:])


def _origin(link: Link) -> np.ndarray:
    assert link.joint is not None
    origin = to_matrix(link.joint.origin)
    if link.joint.kind == "slide":
        origin[:3, 3] += origin[:3, :3] @ link.joint.axis * (link.joint.upper or 0.0)
    return origin


@cache
def _shapes() -> _Shapes:
    links = enumerate(build_arm().links)
    solid = [(n, link.name, part) for n, link in links for part in link.parts if part.solid]
    numbers, names, parts = zip(*solid, strict=True)
    pairs = [
        (i, j)
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if other in _MAY_TOUCH.get(one, ())
    ]
    return _Shapes(
        names=tuple(name.replace("_", " ") for name in names),
        links=np.array(numbers),
        poses=np.array([to_matrix(part.pose) for part in parts]),
        halves=np.array([_half_sizes(part) for part in parts]),
        radii=np.array([part.size[0] if part.shape == "cylinder" else 0.0 for part in parts]),
        above_table=np.array([i for i, name in enumerate(names) if name in ARM_LINKS[1:]]),
        pairs=np.array(pairs).T,
    )


def _half_sizes(part: Part) -> tuple[float, ...]:
    if part.shape == "box":
        return tuple(edge / 2 for edge in part.size)
    return (0.0, 0.0, part.size[1] / 2)
