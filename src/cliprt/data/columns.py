"""What a policy may be shown of a step beside pictures and words, and what it may learn from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np

from cliprt.errors import UsageError, did_you_mean
from cliprt.types import Observation, Step

STATE: Mapping[str, Callable[[Observation], Sequence[float]]] = {
    "tcp_pose": lambda seen: seen.tcp_pose,
    "commanded_pose": lambda seen: seen.commanded_pose,
    "joints": lambda seen: seen.joints,
    "gripper": lambda seen: (float(seen.gripper == "open"),),
    "gripper_opening_m": lambda seen: (seen.gripper_opening_m,),
}
"""Column -> numbers of an observation [m, rad]; ``gripper`` is 1 where it is open, else 0."""

SIZES = {"tcp_pose": 6, "commanded_pose": 6, "gripper": 1, "gripper_opening_m": 1}
"""Column -> how many numbers it has; ``joints`` has as many as the robot."""

GRIPPER = {"open": 1.0, None: 0.0, "closed": -1.0}
"""Gripper state of a primitive -> its number in a chunk."""


@dataclass(frozen=True)
class Needs:
    """What a policy looks at, and learns from.

    Attributes:
        cameras: Images, in order.
        state: Columns of `STATE`, in order.
        horizon: Motions that it foresees; 0 = it learns labels of a vocabulary.
    """

    cameras: tuple[str, ...]
    state: tuple[str, ...] = ()
    horizon: int = 0

    def __post_init__(self) -> None:
        unknown = [name for name in self.state if name not in STATE]
        if unknown:
            raise UsageError(
                f"there is no state column {unknown[0]!r}.{did_you_mean(unknown[0], STATE)}"
                f" Allowed: {', '.join(STATE)}."
            )


def state_of(observation: Observation, columns: Sequence[str]) -> np.ndarray:
    """The numbers (k,) of these columns, float32."""
    numbers = [x for name in columns for x in STATE[name](observation)]
    return np.array(numbers, dtype=np.float32)


def is_learned(step: Step) -> bool:
    """Whether what a step did is learned from: it is marked so and was executed to its end.

    A person who stops a motion says that it was not the right one.
    """
    outcome = step.outcome
    was_made = not (outcome.refused or outcome.stopped_because) and outcome.stopped_after_s is None
    return step.train and was_made


def chunk_of(steps: Sequence[Step], index: int, horizon: int) -> np.ndarray:
    """What was made from step `index` on, float32 (horizon, 9).

    A row is the motion (7) [m, rad], the gripper (1 opens, -1 closes, 0 leaves it), and 1 where the
    row is only padding, else 0: after the episode's end, and from a step on that is not learned
    from.  Refused steps moved nothing and are passed over.
    """
    return padded([numbers_of(step) for step in ahead(steps, index, horizon)], horizon)


def ahead(steps: Sequence[Step], index: int, horizon: int) -> list[Step]:
    """Up to `horizon` steps that a chunk from step `index` on is made of."""
    made = (step for step in steps[index:] if step.outcome.refused is None)
    return list(islice(takewhile(is_learned, made), horizon))


def numbers_of(step: Step) -> tuple[float, ...]:
    """Motion and gripper (8) of a step, as a chunk has them."""
    return (*step.primitive.motion, GRIPPER[step.primitive.gripper])


def padded(numbers: Sequence[Sequence[float]], horizon: int) -> np.ndarray:
    """The first rows of `numbers` (n, 8) as a chunk, float32 (horizon, 9)."""
    rows = np.zeros((horizon, 9), dtype=np.float32)
    rows[:, 8] = 1.0
    for row, motion in zip(rows, numbers, strict=False):
        row[:] = (*motion, 0.0)
    return rows
