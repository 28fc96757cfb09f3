"""What a simulator can measure of a table: where everything is, and what holds or touches what.

Goals are judged by these values alone, so an episode that keeps them can be judged again later.
They are rounded to what matters (a tenth of a millimetre, a thousandth of a radian) to stay small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cliprt.errors import UsageError
from cliprt.geometry import to_matrix
from cliprt.robots.world import Body, Vector, World
from cliprt.tasks.surroundings import DISTRACTOR
from cliprt.things.bounds import bounds, with_joints
from cliprt.types import GripperState, Pose

MOST_THINGS, MOST_JOINTS, LONGEST_NAME = 64, 16, 100
"""Of facts that come from elsewhere."""
FARTHEST = 1e4
"""Largest number that such facts may hold."""

FIXTURES = ("table", "robot")
"""What can be touched beside the things."""

GRASPED_M = 0.02
"""How far the pinch point may be outside of a thing between the fingers."""
EMPTY_M = 0.003
"""Opening of closed fingers below which nothing is between them."""


@dataclass(frozen=True)
class Turning:
    """A joint that has a range [rad for a hinge, m for a slide].

    Attributes:
        position: Now.
        lower, upper: Its range.
        slides: Whether it slides, else it turns.
    """

    position: float
    lower: float
    upper: float
    slides: bool = False

    @property
    def opened(self) -> float:
        """How far it is from shut, the end of its range that is nearer to zero."""
        shut = min(self.lower, self.upper, key=abs)
        return abs(self.position - shut)

    @property
    def range(self) -> float:
        """From shut to wide open."""
        return max(self.upper - self.lower, 1e-9)


@dataclass(frozen=True)
class Placement:
    """One thing as it is now.

    Attributes:
        pose: Of its frame, base frame [m, rad].
        lower, upper: Corners of the box that it fills, along the axes of its own frame [m].
        joints: Link -> the joint that it hangs on, those with a range.
        held: Whether it is between the closed fingers.
        touches: Names of what it touches, ``"table"`` and ``"robot"`` among them.
        ink_m2: How much ink it shows [m^2]; None where it can show none.
    """

    pose: Pose
    lower: Vector
    upper: Vector
    joints: Mapping[str, Turning] = field(default_factory=dict)
    held: bool = False
    touches: frozenset[str] = frozenset()
    ink_m2: float | None = None


@dataclass(frozen=True)
class Facts:
    """Everything on the table at one moment.

    Attributes:
        hand: Pose of the pinch point, base frame [m, rad].
        gripper: What it was told to be.
        things: Name -> how it is.
    """

    hand: Pose
    gripper: GripperState
    things: Mapping[str, Placement]


def measure(world: World) -> Facts:
    """The facts of this very moment; what only stands about at the table's edges is left out."""
    names = [name for name in world.bodies if not name.startswith(DISTRACTOR)]
    things = {name: _place(world, name, names) for name in names}
    return Facts(_rounded(world.tcp_pose), world.gripper, things)


def _place(world: World, name: str, names: Sequence[str]) -> Placement:
    body = _as_it_is(world, name)
    pose, (lower, upper) = world.pose(name), bounds(body)
    canvas = world.canvas(name)
    others = (*(other for other in names if other != name), *FIXTURES)
    touches = frozenset(other for other in others if world.contact_force(name, other) > 0)
    return Placement(
        _rounded(pose),
        _rounded(lower),
        _rounded(upper),
        joints_of(body),
        "robot" in touches and _is_between_fingers(world, pose, lower, upper),
        touches,
        None if canvas is None else round(float(world.ink(name).sum()) * canvas.cell_m**2, 6),
    )


def joints_of(body: Body) -> dict[str, Turning]:
    """Link -> the joint that it hangs on, at its start; those with a range."""
    return {
        link.name: Turning(
            round(link.joint.start, 4),
            round(link.joint.lower, 4),
            round(link.joint.upper, 4),
            link.joint.kind == "slide",
        )
        for link in body.links
        if link.joint and link.joint.lower is not None and link.joint.upper is not None
    }


def _as_it_is(world: World, name: str) -> Body:
    """The body with its joints where they are now, so that its box is that of an open lid."""
    body = world.body(name)
    hung = [link.name for link in body.links if link.joint]
    return with_joints(body, {link: world.joint(name, link) for link in hung})


def _is_between_fingers(world: World, pose: Pose, lower: Vector, upper: Vector) -> bool:
    """Whether closed fingers that are not empty are within its box, or nearly."""
    if world.gripper != "closed" or world.gripper_opening_m < EMPTY_M:
        return False
    frame, at = to_matrix(pose), world.tcp_pose[:3]
    seen = frame[:3, :3].T @ (at - frame[:3, 3])
    return all(
        low - GRASPED_M <= value <= high + GRASPED_M
        for low, value, high in zip(lower, seen, upper, strict=True)
    )


def _rounded(values: Sequence[float]) -> Any:
    return tuple(round(float(value), 4) + 0.0 for value in values)


def to_dict(facts: Facts) -> dict[str, Any]:
    """As JSON values, for an episode's ``meta``; what is usual is left out."""
    return {
        "hand": list(facts.hand),
        "gripper": facts.gripper,
        "things": {name: _to_entry(thing) for name, thing in facts.things.items()},
    }


def _to_entry(thing: Placement) -> dict[str, Any]:
    entry: dict[str, Any] = {"pose": list(thing.pose), "box": [*thing.lower, *thing.upper]}
    if thing.joints:
        entry["joints"] = {
            name: [joint.position, joint.lower, joint.upper, "slide" if joint.slides else "hinge"]
            for name, joint in thing.joints.items()
        }
    if thing.held:
        entry["held"] = True
    if thing.touches:
        entry["touches"] = sorted(thing.touches)
    if thing.ink_m2 is not None:
        entry["ink_m2"] = thing.ink_m2
    return entry


def from_dict(data: Any) -> Facts:
    """The facts of JSON values, which may be a stranger's.

    Raises:
        UsageError: They are no facts.
    """
    try:
        return _facts_of(data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(
            "these are no facts of a table: they need a hand (six numbers), a gripper (open or"
            f" closed) and at most {MOST_THINGS} things, each with a pose (six numbers) and a box"
            f" (six numbers); {type(error).__name__}: {str(error)[:200]}. Measure them again"
        ) from error


def _facts_of(data: Any) -> Facts:
    things = _named(data["things"], MOST_THINGS)
    if data["gripper"] not in ("open", "closed"):
        raise ValueError("the gripper is neither open nor closed")
    return Facts(
        _numbers(data["hand"], 6),
        data["gripper"],
        {name: _from_entry(entry) for name, entry in things.items()},
    )


def _from_entry(entry: Any) -> Placement:
    box = _numbers(entry["box"], 6)
    ink = entry.get("ink_m2")
    touches = dict.fromkeys(entry.get("touches", []))
    return Placement(
        _numbers(entry["pose"], 6),
        box[:3],
        box[3:],
        {
            name: _turning(joint)
            for name, joint in _named(entry.get("joints", {}), MOST_JOINTS).items()
        },
        entry.get("held") is True,
        frozenset(_named(touches, MOST_THINGS + len(FIXTURES))),
        None if ink is None else _numbers([ink], 1)[0],
    )


def _turning(joint: Any) -> Turning:
    position, lower, upper = _numbers(joint[:3], 3)
    return Turning(position, lower, upper, joint[3] == "slide")


def _named(values: Any, most: int) -> dict[str, Any]:
    if not isinstance(values, dict) or len(values) > most:
        raise ValueError(f"a mapping with at most {most} names is needed")
    if not all(isinstance(name, str) and 0 < len(name) <= LONGEST_NAME for name in values):
        raise ValueError(f"names have 1 to {LONGEST_NAME} characters")
    return values


def _numbers(values: Any, count: int) -> Any:
    numbers = tuple(float(value) for value in values if not isinstance(value, str | bool))
    if len(numbers) != count or not all(math.isfinite(n) and abs(n) < FARTHEST for n in numbers):
        raise ValueError(f"{count} numbers below {FARTHEST:g} are needed")
    return numbers
