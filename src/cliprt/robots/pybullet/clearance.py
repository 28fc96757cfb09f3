"""How far the whole arm is from the table and from itself, along a path of its joints.

Pure geometry on the solid shapes of :func:`cliprt.robots.pybullet.arm.build_arm`.  The height above
the table, which has no end here, is exact.  Between two links it is that between capsules around
their shapes, which is never too much; where that is near, it is that between the shapes, up to a
millimetre too little.  The fingers count as open; how deep they may go is in
:mod:`cliprt.robots.pybullet.path`, since they are there to touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

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
_ABOVE_TABLE = ARM_LINKS[1:]
_MAY_TOUCH = {
    "base": ("forearm", *_GRIPPER),
    "shoulder": ("forearm", *_GRIPPER),
    "upper_arm": ("wrist_1", "wrist_2", *_GRIPPER),
    "forearm": _GRIPPER,
}
"""All others are kept apart by the joints between them, whatever their angles."""


@dataclass(frozen=True, eq=False)
class _Shapes:
    """The arm's solid parts, numbered through all links, and what is compared with what.

    Attributes:
        names: Of the link that carries each (m).
        links: Its number (m,).
        poses: In the link's frame (m, 4, 4).
        halves: Half sizes of boxes; of cylinders (0, 0, half the length) (m, 3) [m].
        radii: Of cylinders, 0 for boxes (m,) [m].
        axes: Both ends of the axis of a capsule around it (m, 2, 3), in the link's frame [m].
        reaches: That capsule's radius (m,) [m].
        above_table: Numbers of those that must stay above the table (k,).
        pairs: Numbers of those that must stay apart (2, p).
    """

    names: tuple[str, ...]
    links: np.ndarray
    poses: np.ndarray
    halves: np.ndarray
    radii: np.ndarray
    axes: np.ndarray
    reaches: np.ndarray
    above_table: np.ndarray
    pairs: np.ndarray


def find_touch(path: np.ndarray) -> str | None:
    """Which link comes too near to what along a path, and where; None where none does.

    Args:
        path: Joint angles (n, 6) [rad]; the first is where the arm is.
    """
    path = path[_looks(path)]
    shapes, frames = _shapes(), link_frames(path)
    above, between = heights(frames)[:, shapes.above_table], gaps(frames)
    room_m = np.hstack([above, between])
    limits_m = np.repeat([TABLE_M, APART_M], [above.shape[1], between.shape[1]])
    lacking_m = np.minimum(limits_m, room_m[0] - ROUNDING_M) - room_m
    moment, what = np.unravel_index(int(lacking_m.argmax()), lacking_m.shape)
    if lacking_m[moment, what] <= 0:
        return None
    x, y, z = forward(path[moment])[:3, 3]
    return (
        f"{_describe(int(what), float(room_m[moment, what]))} with the pinch point at"
        f" ({x:.3f}, {y:.3f}, {z:.3f}) m (limit {1000 * limits_m[what]:.0f} mm away)"
    )


def _looks(path: np.ndarray) -> np.ndarray:
    """Which rows of a path to look at (n,), bool: the first, the last, and enough between."""
    turned = np.cumsum(np.abs(np.diff(path, axis=0, prepend=path[:1])).max(axis=1))
    looks = np.diff((turned / _LOOK_RAD).astype(int), prepend=-1) > 0
    looks[-1] = True
    return np.asarray(looks)


def link_frames(joints: np.ndarray) -> np.ndarray:
    """Frames (n, 9, 4, 4) of the arm's links, base first, at joint angles (n, 6) [rad]."""
    cosines, sines = np.cos(joints)[..., None], np.sin(joints)[..., None]
    frames = [np.broadcast_to(np.eye(4), (len(joints), 4, 4))]
    for number, (parent, origin) in enumerate(_chain()):
        frame = frames[parent] @ origin
        if number < len(ARM_LINKS):  # it turns about its z
            c, s = cosines[:, number], sines[:, number]
            x, y = frame[..., 0].copy(), frame[..., 1].copy()
            frame[..., 0], frame[..., 1] = c * x + s * y, c * y - s * x
        frames.append(frame)
    return np.stack(frames, axis=1)


def heights(frames: np.ndarray) -> np.ndarray:
    """Height of each shape's lowest point above the table (n, m) [m], with links at `frames`."""
    shapes = _shapes()
    up = np.einsum("nmi,mij->nmj", frames[:, shapes.links, 2], shapes.poses)
    slope = np.sqrt(np.maximum(0, 1 - up[..., 2] ** 2))
    down = np.einsum("nmi,mi->nm", np.abs(up[..., :3]), shapes.halves) + shapes.radii * slope
    return np.asarray(up[..., 3] - down)


def gaps(frames: np.ndarray) -> np.ndarray:
    """Least distance of every pair of shapes that could meet (n, p) [m], with links at `frames`.

    Below 0 it is how deep their capsules are in each other.
    """
    shapes = _shapes()
    carrier = frames[:, shapes.links]
    axes = np.einsum("nmij,mkj->nmki", carrier[..., :3, :3], shapes.axes)
    axes += carrier[:, :, None, :3, 3]
    one, other = shapes.pairs
    apart = segment_distance(axes[:, one], axes[:, other])
    apart -= shapes.reaches[one] + shapes.reaches[other]
    moments, near = np.nonzero(apart < APART_M)
    if len(near):
        exact = _least_distances(carrier, moments, one[near], other[near])
        apart[moments, near] = np.where(exact > 0, exact, np.minimum(0, apart[moments, near]))
    return np.asarray(apart)


def segment_distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Least distances (...) between straight segments, each given by its two ends (..., 2, 3)."""
    start = one[..., 0, :] - other[..., 0, :]
    u, v = one[..., 1, :] - one[..., 0, :], other[..., 1, :] - other[..., 0, :]

    def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("...i,...i->...", a, b))

    uu, vv, uv, us, vs = dot(u, u), dot(v, v), dot(u, v), dot(u, start), dot(v, start)
    # The nearest point of the first line to the second, then there and back, each on its segment.
    a = np.clip((uv * vs - us * vv) / np.maximum(uu * vv - uv * uv, _TINY), 0, 1)
    b = np.clip((uv * a + vs) / np.maximum(vv, _TINY), 0, 1)
    a = np.clip((uv * b - us) / np.maximum(uu, _TINY), 0, 1)
    return np.asarray(np.linalg.norm(start + a[..., None] * u - b[..., None] * v, axis=-1))


def _least_distances(
    carrier: np.ndarray, moments: np.ndarray, one: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """Lower bounds (k,) of the distance of two convex shapes each [m]; 0 where they overlap.

    Gilbert's method: `v` is a vector between points of the two that gets shorter towards the least
    one, and no two points are nearer than the planes square to it that hold the shapes.
    """
    shapes = _shapes()
    a, b = (carrier[moments, n] @ shapes.poses[n] for n in (one, other))
    v, least = a[:, :3, 3] - b[:, :3, 3], np.zeros(len(one))
    for _ in range(_TRIES):
        w = _farthest(a, one, -v) - _farthest(b, other, v)
        length = np.maximum(np.linalg.norm(v, axis=1), _TINY)
        least = np.maximum(least, np.einsum("ki,ki->k", v, w) / length)
        step = v - w
        share = np.einsum("ki,ki->k", v, step) / np.maximum(
            np.einsum("ki,ki->k", step, step), _TINY
        )
        v = v - np.clip(share, 0, 1)[:, None] * step
    return np.asarray(least)


def _farthest(frames: np.ndarray, numbers: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The points (k, 3) of shapes in their frames (k, 4, 4) that are farthest in directions."""
    shapes = _shapes()
    inside = np.einsum("kij,ki->kj", frames[:, :3, :3], directions)
    points = np.sign(inside) * shapes.halves[numbers]
    flat = np.linalg.norm(inside[:, :2], axis=1, keepdims=True)
    points[:, :2] += shapes.radii[numbers, None] * inside[:, :2] / np.maximum(flat, _TINY)
    return np.asarray(np.einsum("kij,kj->ki", frames[:, :3, :3], points) + frames[:, :3, 3])


def _describe(what: int, room_m: float) -> str:
    shapes, far_mm = _shapes(), f"{abs(1000 * room_m):.0f} mm"
    if what < len(shapes.above_table):
        link = shapes.names[shapes.above_table[what]]
        side = "above" if room_m >= 0 else "under"
        return f"the {_words(link)} would be {far_mm} {side} the table top"
    pair = shapes.pairs[:, what - len(shapes.above_table)]
    one, other = (_words(shapes.names[number]) for number in pair)
    return f"the {other} would be {far_mm} {'from' if room_m >= 0 else 'within'} the arm's {one}"


def _words(link: str) -> str:
    return link.replace("_", " ")


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
    solid = [
        (number, link.name, part)
        for number, link in enumerate(build_arm().links)
        for part in link.parts
        if part.solid
    ]
    links, names, parts = zip(*solid, strict=True)
    capsules = [_capsule(part) for part in parts]
    pairs = [
        (i, j)
        for i, one in enumerate(names)
        for j, other in enumerate(names)
        if other in _MAY_TOUCH.get(one, ())
    ]
    return _Shapes(
        names=names,
        links=np.array(links),
        poses=np.array([to_matrix(part.pose) for part in parts]),
        halves=np.array([_half_sizes(part) for part in parts]),
        radii=np.array([part.size[0] if part.shape == "cylinder" else 0.0 for part in parts]),
        axes=np.array([ends for ends, _ in capsules]),
        reaches=np.array([reach for _, reach in capsules]),
        above_table=np.array([i for i, name in enumerate(names) if name in _ABOVE_TABLE]),
        pairs=np.array(pairs).T,
    )


def _half_sizes(part: Part) -> np.ndarray:
    if part.shape == "box":
        return np.array(part.size) / 2
    return np.array([0.0, 0.0, part.size[1] / 2])


def _capsule(part: Part) -> tuple[np.ndarray, float]:
    """Both ends of an axis (2, 3), in the link's frame, and a radius, that hold the whole part."""
    halves = _half_sizes(part)
    along = int(halves.argmax())
    aside = part.size[0] if part.shape == "cylinder" else float(np.hypot(*np.delete(halves, along)))
    # Ends drawn in a little: the rounding then reaches the rims and hardly bulges.
    drawn_in = min(halves[along], aside / 2)
    pose = to_matrix(part.pose)
    reach = pose[:3, along] * (halves[along] - drawn_in)
    return np.array([pose[:3, 3] - reach, pose[:3, 3] + reach]), float(np.hypot(aside, drawn_in))
