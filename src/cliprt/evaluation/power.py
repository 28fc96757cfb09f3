"""How many training seeds it takes to see a difference, known before anything is trained."""

from __future__ import annotations

import math

import numpy as np

from cliprt.evaluation.paired_seeds import LEVEL, MARGIN

WANTED = 0.8
"""Chance to see a difference that is there which a plan shall have at least."""

MOST_SEEDS = 1000

POINTS = 2000
"""At which the estimates of a spread are looked at, each as likely as the next."""


def spread_of_difference(between: float, rate: float, trials: int) -> float:
    """Standard deviation, over seeds, of the difference between two arms' success rates.

    What a training is worth varies from seed to seed, and what its trials say varies by chance::

        sqrt(2 (between^2 + rate (1 - rate) / trials))

    Arms that share demonstrations and scenes vary together, so this is cautious.

    Args:
        between: Standard deviation of an arm's true success rate over seeds.
        rate: About how often trials succeed, 0..1.
        trials: Of each arm with each seed.

    >>> round(spread_of_difference(0.06, 0.4, 90), 3)
    0.112
    """
    return math.sqrt(2 * (between**2 + rate * (1 - rate) / trials))


def power(effect: float, spread: float, seeds: int) -> float:
    """Chance that a two-sided paired test over seeds sees a true difference.

    By the noncentral t distribution: the mean, over what the spread may be estimated as, of the
    chance that the difference is large beside it.  (scipy's own gives NaN for large effects.)  The
    sign-flip test is about as powerful, but cannot say anything from fewer than six seeds.

    Args:
        effect: The true difference of success rates.
        spread: Standard deviation of the difference over seeds.
        seeds: How many, at least 2.

    >>> round(power(0.07, 0.113, 20), 2), round(power(0.0, 0.113, 20), 2)
    (0.75, 0.05)
    """
    from scipy import stats

    bound = stats.t.ppf(1 - LEVEL / 2, seeds - 1)
    away = effect / spread * math.sqrt(seeds)
    shares = (np.arange(POINTS) + 0.5) / POINTS
    estimates = np.sqrt(stats.chi2.ppf(shares, seeds - 1) / (seeds - 1))
    beyond = stats.norm.sf(bound * estimates - away) + stats.norm.cdf(-bound * estimates - away)
    return float(beyond.mean())


def power_of_equivalence(spread: float, seeds: int, margin: float = MARGIN) -> float:
    """Chance that two arms that are equal are shown to differ by less than a margin.

    By two one-sided t tests (Schuirmann, 1987); both hold where the mean is within the margin less
    t standard errors of zero.

    >>> round(power_of_equivalence(0.113, 40), 2), power_of_equivalence(0.113, 5)
    (0.73, 0.0)
    """
    from scipy import stats

    error = spread / math.sqrt(seeds)
    room = margin / error - stats.t.ppf(1 - LEVEL, seeds - 1)
    return max(0.0, float(2 * stats.t.cdf(room, seeds - 1) - 1))


def seeds_needed(effect: float, spread: float, wanted: float = WANTED) -> int:
    """The fewest seeds that see a difference with the wanted chance; `MOST_SEEDS` if more.

    >>> seeds_needed(0.15, 0.113), seeds_needed(0.08, 0.113)
    (7, 18)
    """
    fits = (n for n in range(2, MOST_SEEDS) if power(effect, spread, n) >= wanted)
    return next(fits, MOST_SEEDS)
