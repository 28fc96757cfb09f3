"""A demonstration, cut at its waypoints: the state before each gripper change, and the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cliprt.types import Primitive


@dataclass(frozen=True)
class Segment:
    """What leads to one waypoint, and what is done there.

    Attributes:
        approach: Motions that may be replaced by others with the same sum.
        finish: The last motions before the waypoint, kept as they are.
        change: The gripper change at the waypoint; None at the end of the episode.
    """

    approach: tuple[Primitive, ...]
    finish: tuple[Primitive, ...]
    change: Primitive | None

    @property
    def primitives(self) -> tuple[Primitive, ...]:
        """Everything, in order."""
        return (*self.approach, *self.finish, *((self.change,) if self.change else ()))


def split_at_waypoints(primitives: Iterable[Primitive], keep_last: int) -> tuple[Segment, ...]:
    """Cut before every gripper change; concatenated, the segments are the demonstration again.

    Args:
        primitives: What the demonstration did.
        keep_last: Motions before each waypoint that belong to the segment's `finish`.

    >>> left, down = Primitive(12, "left"), Primitive(30, "down")
    >>> shut = Primitive(50, "close the gripper", gripper="closed")
    >>> first, last = split_at_waypoints([left, down, shut, left], keep_last=1)
    >>> [p.phrase for p in first.approach], [p.phrase for p in first.finish], first.change.phrase
    (['left'], ['down'], 'close the gripper')
    >>> last.change is None
    True
    """
    segments: list[Segment] = []
    moves: list[Primitive] = []
    for primitive in primitives:
        if primitive.gripper is None:
            moves.append(primitive)
        else:
            segments.append(_segment(moves, keep_last, primitive))
            moves = []
    if moves:
        segments.append(_segment(moves, keep_last, None))
    return tuple(segments)


def _segment(moves: Sequence[Primitive], keep_last: int, change: Primitive | None) -> Segment:
    cut = max(0, len(moves) - keep_last)
    return Segment(tuple(moves[:cut]), tuple(moves[cut:]), change)
