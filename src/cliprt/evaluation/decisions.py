"""Why a policy did what it did, step by step, as something to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cliprt.evaluation.clips import Clip
from cliprt.evaluation.results import Trial
from cliprt.runtime.explanation import Explanation

MOST_STEPS = 16
"""Steps of a rollout that are shown."""

BARS = 3


@dataclass(frozen=True)
class Rollout:
    """A recorded trial."""

    trial: Trial
    clip: Clip


@dataclass(frozen=True)
class Decision:
    """One step of a strip.

    Attributes:
        number: Counted from 1.
        picture: ``data:`` address of what was seen; "" if the film has no such frame.
        explanation: What the policy weighed up; None where a helper decided.
        done: What it settled on, if that is not the most probable primitive; else "".
    """

    number: int
    picture: str
    explanation: Explanation | None
    done: str


@dataclass(frozen=True)
class Strip:
    """The decisions of one trial, from the first; `left_out` more were taken."""

    trial: Trial
    decisions: tuple[Decision, ...]
    left_out: int


def decision_strips(rollouts: Iterable[Rollout]) -> list[Strip]:
    """A strip for the first explained rollout of each task."""
    strips: dict[str, Strip] = {}
    for rollout in rollouts:
        if rollout.trial.task not in strips and any(rollout.trial.decisions):
            strips[rollout.trial.task] = _strip(rollout)
    return list(strips.values())


def _strip(rollout: Rollout) -> Strip:
    explanations, pictures = rollout.trial.decisions, rollout.clip.steps
    decisions = tuple(
        Decision(
            number=index + 1,
            picture=pictures[index] if index < len(pictures) else "",
            explanation=explanation,
            done=_other_choice(explanation),
        )
        for index, explanation in enumerate(explanations[:MOST_STEPS])
    )
    return Strip(rollout.trial, decisions, len(explanations) - len(decisions))


def _other_choice(explanation: Explanation | None) -> str:
    chosen = explanation.chosen if explanation else None
    return chosen.phrase if chosen and chosen.rank > 1 else ""
