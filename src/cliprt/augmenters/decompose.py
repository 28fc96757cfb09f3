"""Another way to the same place: a sum of motions, spent again as other primitives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from cliprt.augmenters.units import entries_by_direction, sum_motions, to_units
from cliprt.types import Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import nearest

Decomposition = Literal["paper", "coarse"]

ROUNDING = 1e-12
"""A rest smaller than this [m, rad] is the rounding of floats, not a motion."""


def can_reorder(primitives: Sequence[Primitive]) -> bool:
    """Whether these motions end at the same place in any order.

    Translations commute with everything.  Rotations about the base axes commute only if all are
    about one axis; the gripper rotation is about the tool's own axis (it multiplies from the other
    side) and commutes with those.

    >>> roll = Primitive(None, "roll", (0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0))
    >>> yaw = Primitive(None, "yaw", (0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0))
    >>> can_reorder([roll, roll]), can_reorder([roll, yaw])
    (True, False)
    """
    turning = {axis for p in primitives for axis in (3, 4, 5) if p.motion[axis]}
    return len(turning) <= 1


def decompose(
    primitives: Sequence[Primitive],
    vocabulary: ActionVocabulary,
    decomposition: Decomposition,
    rng: np.random.Generator,
) -> tuple[Primitive, ...] | None:
    """Vocabulary entries, in random order, whose motions have the same sum.

    Per axis only the sign of the sum occurs, so every position on the way lies in the box that
    the first and the last position span: a stretch that begins and ends inside a workspace box
    never leaves it.  What no entry is small enough for (3 mm, say) lengthens the largest motion
    along that axis, whose label is then the nearest, as with a person's "8 cm".

    Args:
        primitives: The motions to replace; they `can_reorder`.
        vocabulary: What they are replaced by.
        decomposition: ``"paper"``: a random axis, then any size that still fits, at random;
            ``"coarse"``: per axis the largest size that fits, axes interleaved at random.
        rng: The only source of chance.

    Returns:
        None if the vocabulary cannot make the sum: no entry fits, or none is near what is left.

    >>> from cliprt.vocabularies.grid import ClipRt58Vocabulary
    >>> vocabulary = ClipRt58Vocabulary()
    >>> asked = nearest(vocabulary, (0.0, 0.0, 0.06, 0.0, 0.0, 0.0, 0.0))
    >>> way = decompose([asked], vocabulary, "coarse", np.random.default_rng(0))
    >>> [round(primitive.motion[2], 3) for primitive in way]
    [0.05, 0.01]
    """
    total = sum_motions(p.motion for p in primitives)
    remaining = list(to_units(total))
    entries = entries_by_direction(vocabulary.primitives)
    chosen: list[tuple[int, Primitive]] = []
    while fitting := _fitting(remaining, entries):
        axis = list(fitting)[rng.integers(len(fitting))]
        sizes = list(fitting[axis])
        size = sizes[0 if decomposition == "coarse" else rng.integers(len(sizes))]
        chosen.append((axis, fitting[axis][size]))
        remaining[axis] -= size if remaining[axis] > 0 else -size
    return _add_rest(chosen, total, vocabulary)


def _fitting(
    remaining: Sequence[int], entries: Mapping[tuple[int, int], dict[int, Primitive]]
) -> dict[int, dict[int, Primitive]]:
    """Axis -> {size: entry} of what can still be spent; axes with nothing are left out."""
    found = {
        axis: {
            size: entry
            for size, entry in entries.get((axis, 1 if units > 0 else -1), {}).items()
            if size <= abs(units)
        }
        for axis, units in enumerate(remaining)
    }
    return {axis: sizes for axis, sizes in found.items() if sizes}


def _add_rest(
    chosen: Sequence[tuple[int, Primitive]], total: Motion, vocabulary: ActionVocabulary
) -> tuple[Primitive, ...] | None:
    """Make the sum exact by lengthening the largest motion of each axis that has a rest."""
    steps = [primitive for _, primitive in chosen]
    rest = np.subtract(total, sum_motions(p.motion for p in steps))
    for axis in np.flatnonzero(np.abs(rest) > ROUNDING).tolist():
        along = [i for i, (chosen_axis, _) in enumerate(chosen) if chosen_axis == axis]
        if not along:
            return None
        largest = max(along, key=lambda i: abs(steps[i].motion[axis]))
        motion = list(steps[largest].motion)
        motion[axis] += float(rest[axis])
        labelled = nearest(vocabulary, motion)
        if labelled is None:
            return None
        steps[largest] = labelled
    return tuple(steps)
