"""What help is worth, as values: points by number of interventions, a curve for each task."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class HelpPoint:
    """Success with a number of interventions allowed in each episode.

    Attributes:
        interventions: How many were allowed.
        trials: How often it was tried.
        successes: How often it succeeded.
        success_rate: Their ratio.
        interval: 95 % Wilson interval of the success rate.
        per_episode: Interventions that were used, mean of the trials.
        ask_rate: Interventions that were used, for each step.
    """

    interventions: int
    trials: int
    successes: int
    success_rate: float
    interval: tuple[float, float]
    per_episode: float
    ask_rate: float


@dataclass(frozen=True)
class HelpCurve:
    """The points of one task, or of all together (task ``""``), by interventions."""

    task: str
    points: tuple[HelpPoint, ...]

    @property
    def gain(self) -> float:
        """By how much the success rate rises from the first point to the last."""
        return self.points[-1].success_rate - self.points[0].success_rate

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"task": self.task, "gain": self.gain, "points": [asdict(p) for p in self.points]}
