"""What help is worth: success against how often somebody spoke, from trials of the same scenes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cliprt.evaluation.help_curve import HelpCurve, HelpPoint
from cliprt.evaluation.results import Trial
from cliprt.evaluation.statistics import wilson_interval


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
