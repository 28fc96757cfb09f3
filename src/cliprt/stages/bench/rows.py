"""What a measurement says, and how time is taken."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Clock = Callable[[], float]
"""Seconds so far."""

LONG_S = 30.0
"""Of a turn of large networks, which nobody waits for more often than they must."""


@dataclass(frozen=True)
class Measured:
    """One figure, and what it is compared with.

    Attributes:
        what: Was done.
        cpu_s: CPU seconds of doing it once, median; on a GPU, seconds of wall clock.
        model: Which network did it; "" = none.
        precision: What it computed with, as Lightning names it; "" = no network did it.
        baseline: What it is compared with; "" = nothing.
        baseline_cpu_s: The same for the baseline, in the same run.
        bound: How many times faster than the baseline it could be, counting floating-point
            operations alone; None where they do not decide.
        agreement: Share of the same results as the baseline's, 0..1; None where that says nothing.
    """

    what: str
    cpu_s: float
    model: str = ""
    precision: str = ""
    baseline: str = ""
    baseline_cpu_s: float | None = None
    bound: float | None = None
    agreement: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times faster than the baseline."""
        return self.baseline_cpu_s / self.cpu_s if self.baseline_cpu_s else None

    def to_plain(self) -> dict[str, Any]:
        """JSON values; None = there is none.

        >>> row = Measured("add", 0.5, baseline="by hand", baseline_cpu_s=2.0).to_plain()
        >>> list(row)
        ['what', 'model', 'precision', 'cpu_s', 'baseline', 'baseline_cpu_s', 'ratio', 'bound', 'agreement']
        >>> row["ratio"], row["model"]
        (4.0, None)
        """  # noqa: E501
        texts = ("model", "precision", "baseline")
        plain = vars(self) | {name: getattr(self, name) or None for name in texts}
        order = ("what", "model", "precision", "cpu_s", "baseline", "baseline_cpu_s", "ratio")
        plain["ratio"] = self.ratio
        return {name: plain[name] for name in (*order, "bound", "agreement")}


def cpu_clock() -> float:
    """CPU seconds of this process, all its threads, and of the processes that it has waited for."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def in_turn(
    calls: Sequence[Callable[[], object]],
    clock: Clock = cpu_clock,
    least: int = 3,
    most: int = 30,
    budget_s: float = 2.0,
) -> list[float]:
    """Seconds of each call, median.

    They take turns, so that whatever else this machine does slows down all of them alike.  The
    first turn does not count; after one of half a minute, a single one does.

    Args:
        calls: What is timed.
        clock: What a second is.
        least, most: Turns.
        budget_s: After so many seconds no turn begins, unless there were too few.
    """
    if sum(_turn(calls, clock)) > LONG_S:
        least = 1
    times: list[list[float]] = []
    begin = clock()
    while len(times) < least or (len(times) < most and clock() - begin < budget_s):
        times.append(_turn(calls, clock))
    return [statistics.median(of_one) for of_one in zip(*times, strict=True)]


def _turn(calls: Sequence[Callable[[], object]], clock: Clock) -> list[float]:
    taken = []
    for call in calls:
        start = clock()
        call()
        taken.append(clock() - start)
    return taken
