"""Two ways to learn, compared over training seeds: each seed learns both from the same teaching.

Scenes of one training are no repetition of a training: one that went well goes well in many scenes.
So a claim about a way to learn is tested over seeds, one number each: what one arm has over the
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from cliprt.errors import UsageError
from cliprt.evaluation.results import Interval

Verdict = Literal["shown", "not shown", "reversed", "equivalent"]

LEVEL = 0.05
"""Of every test, two-sided; equivalence is two one-sided tests at it."""

MARGIN = 0.05
"""Two success rates that differ by less than this are as good as each other."""


@dataclass(frozen=True)
class Decision:
    """What the differences of some seeds say.

    Attributes:
        mean: Of the differences in success rate, -1..1.
        interval: 95 % of it, Student's t over seeds; all that is possible with a single seed.
        p: Two-sided exact sign-flip test.
        verdict: ``"shown"``: the first arm is better; ``"reversed"``: the second is; of what is
            neither, ``"equivalent"`` where they differ by less than `MARGIN`, else ``"not shown"``.
    """

    mean: float
    interval: Interval
    p: float
    verdict: Verdict


def decide(wins: Sequence[int], trials: int) -> Decision:
    """Decide from one number a seed.

    Args:
        wins: Of each seed, successes of the first arm less those of the second.
        trials: Of each arm with each seed.

    Raises:
        UsageError: No seeds, or more wins than trials.

    >>> decide([9, 4, 7, 5, 8, 6], 90).verdict, decide([0, 1, -1, 0, 0, 1, -1, 0], 90).verdict
    ('shown', 'equivalent')
    """
    if not wins or any(abs(one) > trials for one in wins):
        raise UsageError(f"wins of {list(wins)} in {trials} trials: need one for each seed, within")
    differences = [one / trials for one in wins]
    p = sign_flip_p(wins)
    mean = fmean(differences)
    low, high = t_interval(differences, 1 - 2 * LEVEL)
    verdict: Verdict = "not shown"
    if p < LEVEL:
        verdict = "shown" if mean > 0 else "reversed"
    elif low > -MARGIN and high < MARGIN:
        verdict = "equivalent"
    return Decision(mean, t_interval(differences, 1 - LEVEL), p, verdict)


def sign_flip_p(wins: Sequence[int]) -> float:
    """Exact two-sided p-value, were the sign of each seed's difference a fair coin (Fisher, 1935).

    Of all ways to give the differences signs, the share whose sum is as far from zero, or farther.
    Sums are counted rather than listed, so any number of seeds is exact.

    >>> sign_flip_p([3, 3, 3, 3, 3]), sign_flip_p([2, -2]), sign_flip_p([])
    (0.0625, 1.0, 1.0)
    """
    ways = Counter({0: 1})
    for one in wins:
        turned: Counter[int] = Counter()
        for total, count in ways.items():
            turned[total + one] += count
            turned[total - one] += count
        ways = turned
    far = abs(sum(wins))
    return float(sum(n for total, n in ways.items() if abs(total) >= far) / 2 ** len(wins))


def t_interval(values: Sequence[float], confidence: float) -> Interval:
    """Student's interval of a mean; where there are fewer than two values, -1..1.

    >>> [round(end, 3) for end in t_interval([0.1, 0.2, 0.3], 0.95)]
    [-0.048, 0.448]
    """
    if len(values) < 2:
        return -1.0, 1.0
    from scipy import stats

    reach = stdev(values) / len(values) ** 0.5
    reach *= float(stats.t.ppf((1 + confidence) / 2, len(values) - 1))
    return fmean(values) - reach, fmean(values) + reach
