"""Stochastic trajectory diversification (CLIP-RT, section III-C): more ways to the same place.

Diversification replaces the approach to each waypoint by other primitives with the same sum, and
keeps the last three, the fine approach.  Recovery leaves the demonstration near a waypoint and
comes back: the way back is training data, the way out is not.

Both only plan; the executed plan makes the images, and its success decides whether it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

import numpy as np

from cliprt.augmenters.decompose import Decomposition, can_reorder, decompose
from cliprt.augmenters.interface import Augmenter
from cliprt.augmenters.units import entries_by_direction
from cliprt.errors import UsageError, did_you_mean
from cliprt.types import Demonstration, Limit, Plan, PlannedStep, Primitive
from cliprt.vocabularies.interface import ActionVocabulary

Count = Annotated[int, Limit(0)]

Z_AXIS = 2
UNITS_PER_CM = 100


class DiversifyAugmenter(Augmenter):
    """Other ways through a demonstration that end where it ended.

    A stretch whose rotations do not commute, or whose sum the vocabulary cannot make, is kept.

    Args:
        vocabulary: What the new ways are made of.
        variants: Different plans per demonstration; fewer where fewer exist.
        keep_last: Actions before each waypoint that are kept as they are.
        decomposition: ``"paper"``: any size that fits, at random; ``"coarse"``: large ones first,
            which makes fewer steps.
    """

    name = "diversify"

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        variants: Count = 3,
        keep_last: Count = 3,
        decomposition: Decomposition = "coarse",
    ) -> None:
        _check_counts(variants=variants, keep_last=keep_last)
        if decomposition not in get_args(Decomposition):
            allowed = get_args(Decomposition)
            raise UsageError(
                f"decomposition {decomposition!r} does not exist."
                f"{did_you_mean(decomposition, allowed)} Allowed: {', '.join(allowed)}."
            )
        self._vocabulary = vocabulary
        self._variants = variants
        self._keep_last = keep_last
        self._decomposition: Decomposition = decomposition

    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """Up to `variants` plans, different from the demonstration and from each other."""
        segments = split_at_waypoints(demonstration.primitives, self._keep_last)
        known = {_motions(demonstration.primitives)}
        plans: list[Plan] = []
        for _ in range(4 * self._variants):
            if len(plans) == self._variants:
                break
            steps = [step for segment in segments for step in self._vary(segment, rng)]
            if _motions(steps) not in known:
                known.add(_motions(steps))
                planned = tuple(PlannedStep(step) for step in steps)
                name = f"diversify-{len(plans)}"
                plans.append(Plan(demonstration.episode, name, self.name, planned))
        return plans

    def _vary(self, segment: Segment, rng: np.random.Generator) -> tuple[Primitive, ...]:
        if not segment.approach or not can_reorder(segment.approach):
            return segment.primitives
        approach = decompose(segment.approach, self._vocabulary, self._decomposition, rng)
        kept = segment.primitives[len(segment.approach) :]
        return segment.primitives if approach is None else (*approach, *kept)


class RecoverAugmenter(Augmenter):
    """The demonstration again, leaving it near each waypoint and coming back.

    Only the ways back are training data: what is repeated was learned from already, and the ways
    out are mistakes.  Deviations never go down, where the table is.

    Args:
        vocabulary: Deviations are pairs of opposite translations in it.
        recoveries: Plans per demonstration.
        deviations: Near every waypoint of a plan.
        keep_last: How many actions before a waypoint (at most) a deviation happens.
        magnitudes_cm: How far deviations go [cm].
    """

    name = "recover"

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        recoveries: Count = 2,
        deviations: Count = 2,
        keep_last: Count = 3,
        magnitudes_cm: Sequence[int] = (1, 5, 10),
    ) -> None:
        _check_counts(recoveries=recoveries, deviations=deviations, keep_last=keep_last)
        self._recoveries = recoveries if deviations else 0
        self._count = deviations
        self._keep_last = keep_last
        self._pairs = _opposite_pairs(vocabulary, magnitudes_cm)
        if self._recoveries and not self._pairs:
            raise UsageError(
                f"the vocabulary {vocabulary.name!r} has no translations of {magnitudes_cm} cm to"
                " deviate by. Choose magnitudes_cm among its own steps."
            )

    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """`recoveries` plans, each with `deviations` near every waypoint."""
        segments = split_at_waypoints(demonstration.primitives, self._keep_last)
        return [
            Plan(
                demonstration.episode,
                f"recover-{number}",
                self.name,
                tuple(step for segment in segments for step in self._deviate(segment, rng)),
            )
            for number in range(self._recoveries if segments else 0)
        ]

    def _deviate(self, segment: Segment, rng: np.random.Generator) -> list[PlannedStep]:
        steps = [PlannedStep(primitive, train=False) for primitive in segment.primitives]
        # The last action of an episode may end it, so the last waypoint is left before that.
        latest = len(steps) - 1
        earliest = min(len(segment.approach), latest)
        places = rng.integers(earliest, latest + 1, size=self._count)
        for place in sorted(places.tolist(), reverse=True):
            out, back = self._pairs[rng.integers(len(self._pairs))]
            steps[place:place] = [PlannedStep(out, train=False), PlannedStep(back, train=True)]
        return steps


class StdAugmenter(Augmenter):
    """Both halves: diversified plans and recovery plans.

    Args:
        vocabulary: What plans are made of.
        variants: Diversified plans per demonstration (the paper's three).
        keep_last: Actions before each waypoint that count as the fine approach.
        recoveries: Recovery plans per demonstration.
        deviations: Near every waypoint of a recovery plan.
        magnitudes_cm: How far deviations go [cm].
        decomposition: ``"paper"`` or ``"coarse"``, see :class:`DiversifyAugmenter`.
    """

    name = "std"

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        variants: Count = 3,
        keep_last: Count = 3,
        recoveries: Count = 2,
        deviations: Count = 2,
        magnitudes_cm: Sequence[int] = (1, 5, 10),
        decomposition: Decomposition = "coarse",
    ) -> None:
        self._halves = (
            DiversifyAugmenter(vocabulary, variants, keep_last, decomposition),
            RecoverAugmenter(vocabulary, recoveries, deviations, keep_last, magnitudes_cm),
        )

    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """The plans of :class:`DiversifyAugmenter`, then those of :class:`RecoverAugmenter`."""
        return [
            Plan(plan.episode, plan.name, self.name, plan.steps)
            for half in self._halves
            for plan in half.plan(demonstration, rng)
        ]


def _opposite_pairs(
    vocabulary: ActionVocabulary, magnitudes_cm: Sequence[int]
) -> tuple[tuple[Primitive, Primitive], ...]:
    entries = entries_by_direction(vocabulary.primitives)
    return tuple(
        (out, entries[axis, -sign][size])
        for (axis, sign), sizes in entries.items()
        for size, out in sizes.items()
        if axis <= Z_AXIS
        and (axis, sign) != (Z_AXIS, -1)
        and size in {cm * UNITS_PER_CM for cm in magnitudes_cm}
        and size in entries.get((axis, -sign), {})
    )


def _motions(primitives: Sequence[Primitive]) -> tuple[object, ...]:
    return tuple((p.motion, p.gripper) for p in primitives)


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, int) or count < 0:
            raise UsageError(f"{name} is {count!r}; expected a whole number, 0 or more.")


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
