"""A demonstration, cut into legs: straight motions that lead to a waypoint, and what is done there.

A waypoint is where something happens: the hand came down on something, the gripper changed, the
hand turned, or the episode ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cliprt.types import Demonstration, Primitive

Z_AXIS = 2
MOVES_M = 1e-6
"""A number of a motion smaller than this is none."""

Arrival = Literal["down", "open", "closed", "turn", "end"]


@dataclass(frozen=True)
class Block:
    """Motions in a row along one axis.

    Attributes:
        axis: 0, 1, 2 of the base frame.
        start, end: The hand's coordinate on it before and after [m].
        primitives: The motions.
    """

    axis: int
    start: float
    end: float
    primitives: tuple[Primitive, ...]

    @property
    def is_rise(self) -> bool:
        """Whether it goes up."""
        return self.axis == Z_AXIS and self.end > self.start

    @property
    def is_descent(self) -> bool:
        """Whether it goes down."""
        return self.axis == Z_AXIS and self.end < self.start


@dataclass(frozen=True)
class Leg:
    """The way to one waypoint.

    Attributes:
        blocks: How it was gone, axis by axis.
        end: Where the hand was then (x, y, z) [m].
        arrival: What makes it a waypoint.
        actions: Gripper changes and turns made there, in order.
    """

    blocks: tuple[Block, ...]
    end: tuple[float, float, float]
    arrival: Arrival
    actions: tuple[Primitive, ...] = ()


def split_at_arrivals(demonstration: Demonstration) -> tuple[Leg, ...]:
    """Cut after every descent, gripper change and turn; what is left at the end is the last leg.

    Raises:
        ValueError: The demonstration has no layout, so nobody knows where the hand was.
    """
    if demonstration.layout is None:
        raise ValueError(f"demonstration {demonstration.episode} has no layout")
    hand = np.array(demonstration.layout.hand[:3])
    legs: list[Leg] = []
    blocks: list[Block] = []
    runs = list(_runs(demonstration.primitives))
    for number, (axis, primitives) in enumerate(runs):
        if axis is None:
            hand = hand + np.sum([p.motion[:3] for p in primitives], axis=0)
            legs.append(Leg(tuple(blocks), triple(hand), _arrival(primitives), tuple(primitives)))
            blocks = []
            continue
        start = float(hand[axis])
        hand = hand + np.sum([p.motion[:3] for p in primitives], axis=0)
        blocks.append(Block(axis, start, float(hand[axis]), tuple(primitives)))
        is_followed_by_action = number + 1 < len(runs) and runs[number + 1][0] is None
        if blocks[-1].is_descent and not is_followed_by_action:
            legs.append(Leg(tuple(blocks), triple(hand), "down"))
            blocks = []
    if blocks:
        legs.append(Leg(tuple(blocks), triple(hand), "end"))
    return tuple(legs)


def _runs(primitives: Sequence[Primitive]) -> Iterator[tuple[int | None, list[Primitive]]]:
    """(axis, straight motions along it in a row), or (None, [whatever else])."""
    run: list[Primitive] = []
    along: int | None = None
    for primitive in primitives:
        axis = axis_of(primitive)
        if run and (axis != along or axis is None):
            yield along, run
            run = []
        run.append(primitive)
        along = axis
    if run:
        yield along, run


def axis_of(primitive: Primitive) -> int | None:
    """The base axis along which it moves and does nothing else; None = something else."""
    moving = [axis for axis, amount in enumerate(primitive.motion) if abs(amount) > MOVES_M]
    is_straight = len(moving) == 1 and moving[0] <= Z_AXIS and primitive.gripper is None
    return moving[0] if is_straight else None


def _arrival(primitives: Sequence[Primitive]) -> Arrival:
    return primitives[0].gripper or "turn"


def triple(values: np.ndarray) -> tuple[float, float, float]:
    """Three numbers (3,) as Python's own."""
    x, y, z = (float(v) for v in values)
    return x, y, z
