"""Why an attempt failed, judged from its recorded steps alone.

A reason says what is seen at the end of the episode, not what caused it.  The rules are tried in
order; the first that holds is the answer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from types import MappingProxyType

from cliprt.types import Episode, Step

WINDOW = 8
"""How many of the last steps show how an attempt ended."""

CLOSED_M = 0.003
"""A closed gripper whose fingers are nearer than this holds nothing [m]."""

MOVED_SHARE = 0.2
"""An arm that makes less than this share of a commanded translation is blocked."""

FAILURES = MappingProxyType(
    {
        "did_another": "It did something else that could have been asked in that scene.",
        "did_not_move": "It did nothing at all.",
        "refused": "It kept asking for motions that a safety limit or the arm's reach refuses.",
        "oscillated": "It went back and forth between opposite motions.",
        "blocked": "It pushed against something: the arm no longer moved as told.",
        "lost_grip": "It held something between its fingers and lost it.",
        "closed_on_nothing": "It closed the gripper on nothing and carried on.",
        "fault": "The robot itself failed or was pushed out of its workspace, and was stopped.",
        "stopped_early": "It stopped before the task was done.",
        "out_of_steps": "It was still on its way when the steps ran out.",
    }
)
"""Reason -> a sentence for people."""


def failure_reason(episode: Episode) -> str:
    """The reason (a key of `FAILURES`) for which a failed episode failed."""
    steps = episode.steps
    if not steps:
        return "did_not_move"
    end = episode.meta.get("end", "max_steps")
    if end == "fault":
        return "fault"
    if episode.meta.get("did"):
        return "did_another"
    rules: dict[str, Callable[[Sequence[Step]], bool]] = {
        "refused": _is_refused,
        "oscillated": _is_oscillating,
        "blocked": _is_blocked,
        "lost_grip": _has_lost_grip,
        "closed_on_nothing": _has_closed_on_nothing,
    }
    for reason, holds in rules.items():
        if holds(steps):
            return reason
    return "out_of_steps" if end == "max_steps" else "stopped_early"


def is_opposite(first: Step, second: Step) -> bool:
    """Whether the second step undoes the first, in direction (not necessarily in size)."""
    a, b = first.primitive, second.primitive
    if a.gripper is not None and b.gripper is not None:
        return a.gripper != b.gripper
    product = sum(x * y for x, y in zip(a.motion, b.motion, strict=True))
    sizes = math.hypot(*a.motion) * math.hypot(*b.motion)
    return sizes > 0 and product < -0.99 * sizes


def _is_refused(steps: Sequence[Step]) -> bool:
    """The last one, and half of the last few."""
    end = steps[-WINDOW:]
    refused = [step.outcome.refused is not None for step in end]
    return refused[-1] and 2 * sum(refused) >= len(end)


def _is_oscillating(steps: Sequence[Step]) -> bool:
    """Half of the last few changes of step, and at least three, are to the opposite."""
    end = [step for step in steps if step.outcome.refused is None][-WINDOW:]
    reversals = sum(is_opposite(a, b) for a, b in itertools.pairwise(end))
    return reversals >= max(3, (len(end) - 1) / 2)


def _is_blocked(steps: Sequence[Step]) -> bool:
    """Of the last three translations, none was followed by the arm."""
    asked = [step for step in steps if step.outcome.sent and math.hypot(*_shift(step)) > 0]
    return len(asked) >= 3 and all(_followed(step) < MOVED_SHARE for step in asked[-3:])


def _followed(step: Step) -> float:
    """Share of the commanded translation that the arm made, along it."""
    shift = _shift(step)
    before, after = step.observation.tcp_pose, step.outcome.measured
    made = sum((after[i] - before[i]) * shift[i] for i in range(3))
    return made / math.hypot(*shift) ** 2


def _shift(step: Step) -> tuple[float, float, float]:
    return step.outcome.commanded[:3]


def _has_lost_grip(steps: Sequence[Step]) -> bool:
    """Something was between the closed fingers, later nothing, without opening them."""
    held = False
    for step in steps:
        closed = step.observation.gripper == "closed"
        empty = step.observation.gripper_opening_m < CLOSED_M
        if held and closed and empty:
            return True
        held = closed and not empty
    return False


def _has_closed_on_nothing(steps: Sequence[Step]) -> bool:
    """At the end the gripper is closed, was told to close, and nothing ever was between it."""
    end = steps[-1].observation
    told = any(step.primitive.gripper == "closed" for step in steps[:-1])
    never_held = not any(
        step.observation.gripper == "closed" and step.observation.gripper_opening_m >= CLOSED_M
        for step in steps
    )
    return told and never_held and end.gripper == "closed"
