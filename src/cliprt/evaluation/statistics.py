"""From trials to figures: success rates with intervals, policies compared, what help is worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean
from typing import Any

from cliprt.errors import UsageError
from cliprt.evaluation.help_curve import HelpCurve, HelpPoint
from cliprt.evaluation.results import Interval, Report, RunFacts, Tally, TaskResult, Trial
from cliprt.types import Episode


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a success rate; ``(0, 1)`` when nothing was tried.

    With ``p = successes / trials`` and ``z`` the normal quantile of the confidence::

        (p + z^2/2n  +-  z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)

    It stays within 0..1 and is honest for few trials and for rates near 0 or 1 (Wilson, 1927).

    Raises:
        UsageError: Counts or a confidence that cannot be.

    >>> [round(end, 3) for end in wilson_interval(24, 25)]
    [0.805, 0.993]
    >>> wilson_interval(0, 0)
    (0.0, 1.0)
    """
    if not 0 <= successes <= trials:
        raise UsageError(f"{successes} successes in {trials} trials: need 0 <= successes <= trials")
    if not 0 < confidence < 1:
        raise UsageError(f"a confidence of {confidence} is not between 0 and 1; usual is 0.95")
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, weight = successes / trials, z * z / trials
    centre = rate + weight / 2
    reach = z * math.sqrt(rate * (1 - rate) / trials + weight / (4 * trials))
    # At 0 and n the formula gives exactly 0 and 1; rounding would miss them by 1e-17.
    low = 0.0 if successes == 0 else (centre - reach) / (1 + weight)
    high = 1.0 if successes == trials else (centre + reach) / (1 + weight)
    return low, high


def tally(trials: Iterable[Trial]) -> Tally:
    """Add up trials, of one task or of many."""
    trials = list(trials)
    successes = [trial for trial in trials if trial.success]
    failures = Counter(trial.failure or trial.end for trial in trials if not trial.success)
    return Tally(
        trials=len(trials),
        successes=len(successes),
        success_rate=len(successes) / len(trials) if trials else None,
        interval=wilson_interval(len(successes), len(trials)),
        mean_steps=fmean(trial.steps for trial in trials) if trials else None,
        mean_steps_to_success=fmean(t.steps for t in successes) if successes else None,
        failures=dict(sorted(failures.items(), key=lambda item: (-item[1], item[0]))),
    )


def summarise(trials: Sequence[Trial], loop_breaking: bool = True) -> TaskResult:
    """The result of one task from its trials with and without loop-breaking.

    Args:
        trials: All of one task.
        loop_breaking: The recipe's own setting, which the main figures have.

    Raises:
        UsageError: No trials, or trials of several tasks.
    """
    tasks = sorted({trial.task for trial in trials})
    if len(tasks) != 1:
        found = ", ".join(tasks) or "none"
        raise UsageError(f"a result is of one task, the trials are of: {found}")
    own = [trial for trial in trials if trial.break_loops == loop_breaking]
    other = [trial for trial in trials if trial.break_loops != loop_breaking]
    filmed = [trial for trial in sorted(own, key=lambda t: t.seed) if trial.video]
    return TaskResult(
        task=trials[0].task,
        instruction=trials[0].instruction,
        suite=trials[0].suite,
        tally=tally(own),
        compared=tally(other) if other else None,
        loop_breaking=loop_breaking,
        video=filmed[0].video if filmed else None,
        decisions=filmed[0].decisions if filmed else (),
        kept=tuple(trial.episode for trial in own if trial.kept),
    )


def build_report(
    facts: RunFacts,
    trials: Sequence[Trial],
    loop_breaking: bool = True,
    planned_trials: int | None = None,
) -> Report:
    """Everything that the report says, from what was done and the trials of all tasks."""
    names = list(dict.fromkeys(trial.task for trial in trials))
    results = tuple(summarise([t for t in trials if t.task == n], loop_breaking) for n in names)
    own = [trial for trial in trials if trial.break_loops == loop_breaking]
    other = [trial for trial in trials if trial.break_loops != loop_breaking]
    report = Report(
        facts=facts,
        tasks=results,
        average=_mean_rate(result.tally for result in results),
        overall=tally(own),
        loop_breaking=loop_breaking,
        planned_trials=planned_trials,
    )
    if not other:
        return report
    rate = _mean_rate(result.compared for result in results if result.compared)
    return replace(report, compared_average=rate, compared_overall=tally(other))


def count_data(
    taught: Iterable[Episode], generated: Iterable[Episode], who_taught: str
) -> dict[str, Any]:
    """What was taught and what was generated from it, for :class:`RunFacts`.

    Generated steps that are executed but never learned from (deviations) are counted apart.

    Returns:
        ``taught_episodes``, ``taught_steps``, ``generated_episodes``, ``generated_steps``,
        ``execute_only_steps``, ``who_taught``, ``tasks`` (task -> the same counts), ``primitives``
        (phrase -> ``{"taught": n, "generated": n}``, most frequent first) and ``examples`` (some
        of the sentences that were said, the most frequent ones).
    """
    tasks: dict[str, Counter[str]] = {}
    primitives: dict[str, Counter[str]] = {}
    sentences: Counter[str] = Counter()
    for kind, episodes in (("taught", taught), ("generated", generated)):
        for episode in episodes:
            counts = tasks.setdefault(episode.task, Counter())
            counts[f"{kind}_episodes"] += 1
            for step in episode.steps:
                counts[f"{kind}_steps" if step.train else "execute_only_steps"] += 1
                if step.train:
                    primitives.setdefault(step.primitive.phrase, Counter())[kind] += 1
                if kind == "taught" and step.supervision:
                    sentences[step.supervision] += 1
    names = [f"{k}_{what}" for k in ("taught", "generated") for what in ("episodes", "steps")]
    names.append("execute_only_steps")
    order = sorted(primitives, key=lambda phrase: (-primitives[phrase].total(), phrase))
    return {
        **{name: sum(counts[name] for counts in tasks.values()) for name in names},
        "who_taught": who_taught,
        "tasks": {task: {name: counts[name] for name in names} for task, counts in tasks.items()},
        "primitives": {
            p: {kind: primitives[p][kind] for kind in ("taught", "generated")} for p in order
        },
        "examples": [sentence for sentence, _ in sentences.most_common(8)],
    }


def _mean_rate(tallies: Iterable[Tally]) -> float | None:
    rates = [one.success_rate for one in tallies if one.success_rate is not None]
    return fmean(rates) if rates else None


@dataclass(frozen=True)
class Comparison:
    """How one policy does against another in the scenes that both were judged in.

    Attributes:
        scenes: How many those are.
        only_first, only_second: Scenes in which only that one succeeds.
        difference: First minus second success rate, -1 .. 1.
        p_value: Exact McNemar test: how likely the two counts differ this much, or more, if either
            policy were as likely to win such a scene.
    """

    scenes: int
    only_first: int
    only_second: int
    difference: float
    p_value: float


def compare(first: Mapping[Any, bool], second: Mapping[Any, bool]) -> Comparison:
    """Compare success by scene; scenes that only one of them saw are left out."""
    shared = first.keys() & second.keys()
    wins = sum(first[scene] and not second[scene] for scene in shared)
    losses = sum(second[scene] and not first[scene] for scene in shared)
    difference = (wins - losses) / len(shared) if shared else 0.0
    return Comparison(len(shared), wins, losses, difference, mcnemar_p_value(wins, losses))


def mcnemar_p_value(wins: int, losses: int) -> float:
    """Two-sided exact p-value of so many wins and losses, each a fair coin (McNemar, 1947)."""
    tosses, rarer = wins + losses, min(wins, losses)
    tail = sum(math.comb(tosses, k) for k in range(rarer + 1)) / 2**tosses
    return min(1.0, float(2 * tail))


def help_curves(alone: Sequence[Trial], helped: Sequence[Trial]) -> tuple[HelpCurve, ...]:
    """Curves of all tasks together, then of each, the hardest first; none without helped trials.

    Only scenes that were tried with every number of interventions count, so that an evaluation
    that was cut off compares like with like.
    """
    if not helped:
        return ()
    budgets = sorted({0, *(trial.interventions for trial in helped)})
    scenes = [
        {(t.task, t.seed) for t in (*alone, *helped) if t.interventions == budget}
        for budget in budgets
    ]
    shared = set.intersection(*scenes)
    trials = [t for t in (*alone, *helped) if (t.task, t.seed) in shared]
    if not trials:
        return ()
    tasks = dict.fromkeys(trial.task for trial in trials)
    own = [_curve(task, [t for t in trials if t.task == task], budgets) for task in tasks]
    own.sort(key=lambda curve: curve.points[0].success_rate)
    return (_curve("", trials, budgets), *own)


def _curve(task: str, trials: Sequence[Trial], budgets: Iterable[int]) -> HelpCurve:
    return HelpCurve(
        task, tuple(_point([t for t in trials if t.interventions == b], b) for b in budgets)
    )


def _point(trials: Sequence[Trial], interventions: int) -> HelpPoint:
    successes, used = sum(t.success for t in trials), sum(t.helped for t in trials)
    return HelpPoint(
        interventions=interventions,
        trials=len(trials),
        successes=successes,
        success_rate=successes / len(trials),
        interval=wilson_interval(successes, len(trials)),
        per_episode=used / len(trials),
        ask_rate=used / max(1, sum(t.steps for t in trials)),
    )
