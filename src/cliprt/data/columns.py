"""What a policy may be shown of a step beside pictures and words, and what it may learn from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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


def chunk_of(steps: Sequence[Step], index: int, horizon: int) -> np.ndarray:
    """What was made from step `index` on, float32 (horizon, 9).

    A row is the motion (7) [m, rad], the gripper (1 opens, -1 closes, 0 leaves it), and 1 where the
    row is only padding after the episode's end, else 0.  Refused steps moved nothing and are passed
    over.
    """
    rows = np.zeros((horizon, 9), dtype=np.float32)
    rows[:, 8] = 1.0
    made = [step for step in steps[index:] if step.outcome.refused is None][:horizon]
    for row, step in zip(rows, made, strict=False):
        row[:] = (*step.primitive.motion, GRIPPER[step.primitive.gripper], 0.0)
    return rows
