"""An episode's steps as columns of a LeRobot data set: which steps, and what is kept of each.

Only `STATE` and `ACTION` have the names that lerobot's policies look for.  What else was recorded
is under ``cliprt.``: lerobot takes every name that begins with "action" for something to be
predicted, and every one that begins with "observation" for something to be shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from cliprt.data.columns import GRIPPER, is_learned
from cliprt.data.columns import STATE as SENSED
from cliprt.types import Episode, Step
from cliprt_lerobot.layout import ACTION, STATE, Feature

POSE = ("x", "y", "z", "rx", "ry", "rz")
MOTION = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "gripper_rotation")
OURS = "cliprt."
"""Before the name of what only cliprt knows."""

DONE, SUCCESS = "next.done", "next.success"
LEARNED = f"{OURS}learned"

_Read = Callable[[Step], Sequence[float]]


def _sent(step: Step) -> Sequence[float]:
    # A refused step left the robot where it had been told to be.
    return step.outcome.sent or step.observation.commanded_pose


_ALWAYS: dict[str, tuple[tuple[str, ...], _Read]] = {
    STATE: (
        (*POSE, "gripper"),
        lambda step: (*step.observation.tcp_pose, *SENSED["gripper"](step.observation)),
    ),
    ACTION: (
        (*MOTION, "gripper"),
        lambda step: (*step.outcome.commanded, GRIPPER[step.outcome.gripper]),
    ),
    f"{OURS}commanded_pose": (POSE, lambda step: step.observation.commanded_pose),
    f"{OURS}sent_pose": (POSE, _sent),
    f"{OURS}measured_pose": (POSE, lambda step: step.outcome.measured),
}
"""Column -> the names of its numbers, and where they are."""

_WHERE_KNOWN: dict[str, _Read] = {
    f"{OURS}joints": lambda step: step.observation.joints,
    f"{OURS}gripper_opening_m": lambda step: (step.observation.gripper_opening_m,),
    f"{OURS}time_s": lambda step: (step.observation.time_s,),
}
"""Column that is kept where every step of every episode has it, with as many numbers."""


@dataclass(frozen=True)
class Piece:
    """Steps that become one LeRobot episode.

    Attributes:
        episode: Whose they are.
        steps: In order.
        is_end: Whether they are the last that the episode has.
    """

    episode: Episode
    steps: tuple[Step, ...]
    is_end: bool


def pieces_of(episode: Episode, with_all: bool = False) -> tuple[Piece, ...]:
    """What becomes of an episode.

    LeRobot has no mark for steps that are not to be learned from, and its policies foresee the
    steps that follow.  So an episode is cut at what is not learned from, and refused steps, which
    moved nothing, are passed over.

    Args:
        episode: With its steps.
        with_all: Keep every step instead, in one piece.
    """
    if with_all:
        return (Piece(episode, episode.steps, True),) if episode.steps else ()
    runs: list[list[Step]] = [[]]
    for step in episode.steps:
        if is_learned(step):
            runs[-1].append(step)
        elif step.outcome.refused is None and runs[-1]:
            runs.append([])
    pieces = [Piece(episode, tuple(run), False) for run in runs if run]
    if pieces and runs[-1]:
        pieces[-1] = replace(pieces[-1], is_end=True)
    return tuple(pieces)


class Known:
    """Which columns all steps have that were looked at."""

    def __init__(self) -> None:
        self._widths: dict[str, int] = {}

    def look(self, steps: Iterable[Step]) -> None:
        """Take these steps in."""
        for step in steps:
            for name, read in _WHERE_KNOWN.items():
                numbers = read(step)
                width = len(numbers) if all(map(math.isfinite, numbers)) else 0
                self._widths[name] = width if self._widths.get(name, width) == width else 0

    @property
    def columns(self) -> dict[str, Feature]:
        """The columns, and what each is."""
        found = {name: _feature(names) for name, (names, _) in _ALWAYS.items()}
        for name, width in self._widths.items():
            if width:
                label = name.removeprefix(OURS)
                names = [f"{label}_{n}" for n in range(width)] if width > 1 else [label]
                found[name] = _feature(names)
        flags = (DONE, SUCCESS, LEARNED)
        return found | {name: Feature("bool", (1,)) for name in flags}


def to_columns(piece: Piece, features: Iterable[str]) -> dict[str, np.ndarray]:
    """Column -> a row a step: float32 (n, k), flags (n, 1)."""
    return {name: _column(piece, name) for name in features}


def are_finite(piece: Piece) -> bool:
    """Whether every number that is always kept is one, as a 32-bit float."""
    with np.errstate(over="ignore"):
        return all(np.isfinite(_column(piece, name)).all() for name in _ALWAYS)


def steps_apart_s(steps: Sequence[Step]) -> Iterator[float]:
    """Seconds from each step to the next, as far as they are known."""
    times = [step.observation.time_s for step in steps]
    return (b - a for a, b in pairwise(times) if b > a)


def _column(piece: Piece, name: str) -> np.ndarray:
    if name in (DONE, SUCCESS):
        flags = np.zeros((len(piece.steps), 1), bool)
        flags[-1] = name == DONE or (piece.is_end and piece.episode.success is True)
        return flags
    if name == LEARNED:
        return np.array([[is_learned(step)] for step in piece.steps])
    read = _ALWAYS[name][1] if name in _ALWAYS else _WHERE_KNOWN[name]
    return np.array([read(step) for step in piece.steps], dtype=np.float32)


def _feature(names: Sequence[str]) -> Feature:
    return Feature("float32", (len(names),), list(names))
