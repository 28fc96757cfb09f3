"""Leave the taught way before the hand comes down, and rejoin it as the teacher would.

Stochastic trajectory diversification (CLIP-RT, section III-C) asks for labels that somebody might
have said; this asks for those that the teacher would have said there.  So the way back keeps the
taught order of the axes and ends at the taught waypoint, the hand only strays where it may move
sideways, and by so much that the way back does not depend on how exactly the waypoint was taught.
Nothing but the motions that were taught is looked at: no scene, no thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Annotated

import numpy as np

from cliprt.augmenters.anchors import Waypoint
from cliprt.augmenters.interface import Augmenter
from cliprt.augmenters.legs import Z_AXIS, Block, Leg, split_at_arrivals
from cliprt.augmenters.replay import Steps, X, Y, retrace
from cliprt.augmenters.units import UNIT_M, entries_by_direction, to_units
from cliprt.errors import UsageError
from cliprt.types import Demonstration, Layout, Limit, Plan, PlannedStep, Primitive
from cliprt.vocabularies.interface import ActionVocabulary

UNITS_PER_CM = 100

FROM_START = Layout((0.0,) * 6, {})
"""Positions are counted from where the demonstration began."""

EXACT = (0.4 * UNITS_PER_CM * UNIT_M,) * 3
"""Nearer to the taught waypoint than this [m] no step of 1 cm or more leads."""


class RejoinAugmenter(Augmenter):
    """The demonstration again, leaving it before each descent and rejoining it.

    The ways out are mistakes, executed and not learned from; all that follows the first is
    learned, so that a plan teaches in the proportions of a demonstration.

    Args:
        vocabulary: What ways out and back are made of.
        variants: Plans per demonstration.
        excursions: Before each descent of a plan.
        aside_cm: How far excursions go, along one axis or along both [cm]; the farthest only along
            one, since the gate may refuse it, and what is undone at once can be left out.
        up_cm: How much higher they may end [cm].
    """

    name = "rejoin"

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        variants: Annotated[int, Limit(0)] = 4,
        excursions: Annotated[int, Limit(1)] = 2,
        aside_cm: Sequence[int] = (5, 10, 20),
        up_cm: Sequence[int] = (5, 10),
    ) -> None:
        self._variants = variants
        self._excursions = excursions
        self._entries: Steps = entries_by_direction(vocabulary.primitives)
        aside = [[(), *self._steps(axis, (-1, 1), aside_cm)] for axis in (X, Y)]
        up = [(), *self._steps(Z_AXIS, (1,), up_cm)]
        # Up first, where there is room; sideways last, so that a step that the gate refuses is
        # followed by the one that would undo it, and both are left out.
        far = _far(aside_cm)
        self._ways_out = [
            z + x + y
            for z, x, y in product(up, *aside)
            if (x or y) and not (x and y and far in map(_units, (*x, *y)))
        ]
        if variants and not self._ways_out:
            raise UsageError(
                f"the vocabulary {vocabulary.name!r} has no sideways motions of {list(aside_cm)} cm"
                " to stray by. Choose aside_cm among its own steps."
            )

    def _steps(
        self, axis: int, signs: Iterable[int], sizes_cm: Sequence[int]
    ) -> Iterator[tuple[Primitive]]:
        sizes = {cm * UNITS_PER_CM for cm in sizes_cm}
        for sign in signs:
            for size, entry in self._entries.get((axis, sign), {}).items():
                if size in sizes:
                    yield (entry,)

    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """`variants` plans; none where the hand never comes down."""
        legs = split_at_arrivals(replace(demonstration, layout=FROM_START))
        if not any(_can_stray(legs, number) for number in range(len(legs))):
            return []
        return [
            Plan(
                demonstration.episode,
                f"rejoin-{number}",
                self.name,
                tuple(self._steps_of(legs, rng)),
            )
            for number in range(self._variants)
        ]

    def _steps_of(self, legs: Sequence[Leg], rng: np.random.Generator) -> Iterator[PlannedStep]:
        order, has_strayed = _taught_order(legs), False
        for number, leg in enumerate(legs):
            taught = [p for block in leg.blocks for p in block.primitives]
            if _can_stray(legs, number):
                before = len(taught) - len(leg.blocks[-1].primitives)
                yield from (PlannedStep(p, train=has_strayed) for p in taught[:before])
                yield from self._stray(leg, order, rng)
                has_strayed, taught = True, []
            yield from (PlannedStep(p, train=has_strayed) for p in (*taught, *leg.actions))

    def _stray(
        self, leg: Leg, order: Sequence[int], rng: np.random.Generator
    ) -> Iterator[PlannedStep]:
        """From above the waypoint aside and back, again and again, then down."""
        leg = _both_sideways(leg, order)
        waypoint = Waypoint("", False, leg.end, EXACT, (False,) * 3, {})
        hand = np.array((*leg.end[:Z_AXIS], leg.blocks[-1].start))
        for left in reversed(range(self._excursions)):
            out = self._ways_out[rng.integers(len(self._ways_out))]
            yield from (PlannedStep(p, train=False) for p in out)
            hand = hand + np.sum([p.motion[:3] for p in out], axis=0)
            for primitive in retrace(hand, leg, waypoint, leg.end, self._entries):
                if left and primitive.motion[Z_AXIS] < 0:
                    break
                hand = hand + primitive.motion[:3]
                yield PlannedStep(primitive)


def _can_stray(legs: Sequence[Leg], number: int) -> bool:
    """Whether the hand is where it may move sideways, before it comes down at the leg's end."""
    blocks = legs[number].blocks
    has_moved = any(block.axis != Z_AXIS for block in blocks)
    return bool(blocks) and blocks[-1].is_descent and (number == 0 or has_moved)


def _taught_order(legs: Sequence[Leg]) -> Sequence[int]:
    """Which sideways axis came first, where a leg had both; else as most teach it: Y."""
    for leg in legs:
        axes = [axis for axis in dict.fromkeys(b.axis for b in leg.blocks) if axis != Z_AXIS]
        if len(axes) > 1:
            return axes
    return (Y, X)


def _both_sideways(leg: Leg, order: Sequence[int]) -> Leg:
    """The leg, with a block of no length in its place for a sideways axis that it did not need."""
    blocks = list(leg.blocks)
    there = [n for n, block in enumerate(blocks) if block.axis != Z_AXIS]
    missing = [axis for axis in order if axis not in {blocks[n].axis for n in there}]
    if there and missing:
        (axis,) = missing
        place = there[0] if axis == order[0] else there[-1] + 1
        blocks.insert(place, Block(axis, leg.end[axis], leg.end[axis], ()))
    return replace(leg, blocks=tuple(blocks))


def _units(primitive: Primitive) -> int:
    return max(abs(units) for units in to_units(primitive.motion))


def _far(aside_cm: Sequence[int]) -> int:
    """The farthest of several [units]; none of one alone is far."""
    return max(aside_cm) * UNITS_PER_CM if len(aside_cm) > 1 else 0
