"""What a server counts, as Prometheus reads it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the histogram of answers [s]."""


class Metrics:
    """Counters of one server; all but `decided` are the event loop's alone.

    Attributes:
        clients: Robots that are connected.
        refused: Why something was refused -> how often.
        decisions: Questions that were answered.
        passes: How often the policy was run for them.
        decision_cpu_s: CPU time of the thread that decides [s].
    """

    def __init__(self) -> None:
        self.clients = 0
        self.refused: Counter[str] = Counter()
        self.decisions = self.passes = 0
        self.decision_cpu_s = 0.0
        self._answers: Counter[float] = Counter()
        self._answers_s = 0.0

    def decided(self, count: int, cpu_s: float) -> None:
        """One pass of the policy for so many robots."""
        self.decisions += count
        self.passes += 1
        self.decision_cpu_s += cpu_s

    def answered(self, seconds: float) -> None:
        """A robot was answered so long after its question had arrived."""
        self._answers[min((end for end in BUCKETS_S if seconds <= end), default=float("inf"))] += 1
        self._answers_s += seconds

    def tell(self, waiting: int, policy_bytes: int) -> str:
        """All of it, in Prometheus' text format.

        Args:
            waiting: Robots whose questions nobody has begun with.
            policy_bytes: Of the policy, on its device.
        """
        lines: list[str] = []
        tell = _teller(lines)
        tell("clients", "gauge", "Robots that are connected.", self.clients)
        tell("waiting", "gauge", "Robots whose questions wait for the policy.", waiting)
        tell("policy_bytes", "gauge", "Memory of the policy on its device.", policy_bytes)
        tell("decisions_total", "counter", "Questions that the policy answered.", self.decisions)
        tell("passes_total", "counter", "Passes of the policy, each for some.", self.passes)
        tell("decision_cpu_seconds_total", "counter", "Of these passes.", self.decision_cpu_s)
        tell("cpu_seconds_total", "counter", "Of the whole server.", time.process_time())
        lines += self._tell_refused()
        lines += self._tell_answers()
        return "\n".join([*lines, ""])

    def _tell_refused(self) -> Iterator[str]:
        yield "# HELP cliprt_serve_refused_total What was refused, and why."
        yield "# TYPE cliprt_serve_refused_total counter"
        for why, count in sorted(self.refused.items()):
            yield f'cliprt_serve_refused_total{{why="{why}"}} {count}'

    def _tell_answers(self) -> Iterator[str]:
        name = "cliprt_serve_answer_seconds"
        yield f"# HELP {name} From a question's arrival to its answer."
        yield f"# TYPE {name} histogram"
        total = 0
        for end in (*BUCKETS_S, float("inf")):
            total += self._answers[end]
            yield f'{name}_bucket{{le="{"+Inf" if end == float("inf") else end}"}} {total}'
        yield f"{name}_sum {self._answers_s:.6f}"
        yield f"{name}_count {total}"


def _teller(lines: list[str]) -> Callable[[str, str, str, float], None]:
    def tell(name: str, kind: str, about: str, value: float) -> None:
        full = f"cliprt_serve_{name}"
        number = f"{value:.6f}" if isinstance(value, float) else str(value)
        lines.extend([f"# HELP {full} {about}", f"# TYPE {full} {kind}", f"{full} {number}"])

    return tell
