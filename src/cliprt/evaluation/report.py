"""Builds the report of a run from what its stages left: ``report.json`` and ``report.html``.

``facts.json`` says what was done and where trials, metrics and embeddings lie, so a report can be
built again at any time, also of an evaluation that is not finished.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cliprt.errors import StoreError
from cliprt.evaluation.clips import MOST_STEPS, Rollout, lighten, load_clip
from cliprt.evaluation.curves import load_metrics
from cliprt.evaluation.embeddings import load_embeddings, project
from cliprt.evaluation.files import load_json, load_trials, save_json, save_text
from cliprt.evaluation.help_curve import HelpCurve
from cliprt.evaluation.page import Pictures, render_page
from cliprt.evaluation.results import Report, RunFacts, Tally, Trial
from cliprt.evaluation.statistics import build_report, help_curves
from cliprt.evaluation.telling import MANNERS, manner_group, sum_up

FACTS, JSON, HTML = "facts.json", "report.json", "report.html"


def write_report(folder: Path, facts: RunFacts | None = None) -> Report:
    """(Re)write ``report.json`` and ``report.html`` in a run folder.

    Args:
        folder: The run folder; the facts' `sources` are relative to it.
        facts: What was done, kept as ``facts.json``; None = what was kept before.

    Raises:
        StoreError: The folder has no facts, or cannot be read or written.
    """
    if facts is None:
        facts = load_facts(folder)
    else:
        save_json(facts.to_dict(), folder / FACTS)
    trials = load_run_trials(folder, facts)
    section = facts.resolved_recipe.get("evaluation", {})
    own = bool(section.get("break_loops", True))
    report = build_report(facts, trials, own, _planned_trials(facts))
    alone = [trial for trial in trials if trial.break_loops == own]
    report = replace(
        report,
        help=help_curves(alone, load_run_trials(folder, facts, "helped")),
        told=sum_up(alone, load_run_trials(folder, facts, "told")),
    )
    save_json(report.to_dict(), folder / JSON)
    save_text(render_page(report, load_pictures(folder, facts, trials)), folder / HTML)
    return report


def load_facts(folder: Path) -> RunFacts:
    """What the stages of a run said about it.

    Raises:
        StoreError: The folder is no run folder, or no stage has said anything yet.
    """
    if not (folder / FACTS).exists():
        raise StoreError(
            f"{folder} holds no {FACTS}: it is no run folder, or nothing was evaluated yet."
            " Run cliprt fit first, or give another folder"
        )
    try:
        return RunFacts.from_dict(load_json(folder / FACTS))
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"{folder / FACTS} is not complete ({error}); run cliprt fit again"
        ) from error


def load_run_trials(folder: Path, facts: RunFacts, source: str = "trials") -> tuple[Trial, ...]:
    """The trials that the recipe asks for, by task, their videos relative to the run folder.

    A recipe that was changed to fewer scenes leaves others in the same file; they do not count.
    """
    if source not in facts.sources:
        return ()
    file = Path(facts.sources[source])
    trials = [
        replace(trial, video=(file.parent / trial.video).as_posix()) if trial.video else trial
        for trial in load_trials(folder / file)
        if _is_asked_for(trial, facts.resolved_recipe)
    ]
    names = _task_names(facts.resolved_recipe) or sorted({trial.task for trial in trials})
    trials.sort(key=lambda trial: (names.index(trial.task), trial.seed, not trial.break_loops))
    return tuple(trials)


def load_pictures(folder: Path, facts: RunFacts, trials: tuple[Trial, ...]) -> Pictures:
    """What there is to look at, as far as it is there."""
    sources = facts.sources
    embeddings = (
        load_embeddings(folder / sources["embeddings"]) if "embeddings" in sources else None
    )
    clips = [
        (trial, load_clip(folder / trial.video, folder, _shown_steps(trial)))
        for trial in trials
        if trial.video
    ]
    recipe = folder / "recipe.yaml"
    return Pictures(
        metrics=load_metrics(folder / sources["metrics"]) if "metrics" in sources else {},
        embeddings=project(embeddings) if embeddings else None,
        rollouts=tuple(lighten(Rollout(trial, clip) for trial, clip in clips if clip)),
        recipe_text=recipe.read_text(encoding="utf-8") if recipe.exists() else "",
    )


def format_table(report: Report) -> str:
    """The success table as text for a terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Success in unseen scenes: {report.facts.recipe}", title_justify="left")
    own = "on" if report.loop_breaking else "off"
    other = "off" if report.loop_breaking else "on"
    table.add_column("task", overflow="fold")
    table.add_column(f"loop-breaking {own}", justify="right")
    table.add_column("95 % interval", justify="right")
    if report.compared_overall:
        table.add_column(f"loop-breaking {other}", justify="right")
    table.add_column("mean steps", justify="right")
    for task in report.tasks:
        table.add_row(*_cells(task.task, task.tally, task.compared, report))
    table.add_section()
    table.add_row(*_cells("all", report.overall, report.compared_overall, report), style="bold")
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(table)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    for curve in report.help:
        lines.append(_help_in_words(curve))
    for told in report.told:
        own = "the scene's own task: " if told.manner == "wrong" else ""
        low, high = told.tally.interval
        lines.append(
            f"Told {MANNERS[told.manner]}: {own}{_success(told.tally)}"
            f" ({100 * low:.0f}-{100 * high:.0f} %); as taught: {_success(told.taught)}"
        )
    if report.average is not None:
        lines.append(f"Average of the tasks: {100 * report.average:.1f} %")
    if report.planned_trials and report.overall.trials < report.planned_trials:
        lines.append(f"Not finished: {report.overall.trials} of {report.planned_trials} trials.")
    return "\n".join(lines)


def _cells(name: str, own: Tally, other: Tally | None, report: Report) -> list[str]:
    low, high = own.interval
    cells = [name, _success(own), f"{100 * low:.0f}-{100 * high:.0f} %"]
    if report.compared_overall:
        cells.append(_success(other) if other else "-")
    cells.append("-" if own.mean_steps is None else f"{own.mean_steps:.1f}")
    return cells


def _help_in_words(curve: HelpCurve) -> str:
    """``With 0/1/2 interventions, all tasks: 60/72/80 % (at most 3.1 % of the steps)``."""
    numbers = "/".join(str(point.interventions) for point in curve.points)
    rates = "/".join(f"{100 * point.success_rate:.0f}" for point in curve.points)
    asked = 100 * curve.points[-1].ask_rate
    name = curve.task or "all tasks"
    return f"With {numbers} interventions, {name}: {rates} % (at most {asked:.1f} % of the steps)"


def _success(one: Tally) -> str:
    if one.success_rate is None:
        return "-"
    return f"{one.successes}/{one.trials} = {100 * one.success_rate:.0f} %"


def _shown_steps(trial: Trial) -> Sequence[int]:
    """The frames with which the steps begin that are shown one by one."""
    count = min(len(trial.decisions), MOST_STEPS)
    return trial.starts[:count] or range(count)


def _planned_trials(facts: RunFacts) -> int | None:
    """Trials with the recipe's own setting, from the resolved recipe; None if it does not say."""
    trials = facts.resolved_recipe.get("evaluation", {}).get("trials")
    names = _task_names(facts.resolved_recipe)
    return len(names) * int(trials) if names and trials is not None else None


def _task_names(recipe: Mapping[str, Any]) -> list[str]:
    return [task.get("as", task["name"]) for task in recipe.get("tasks", ())]


def _is_asked_for(trial: Trial, recipe: Mapping[str, Any]) -> bool:
    names, section = _task_names(recipe), recipe.get("evaluation", {})
    budgets = recipe.get("collaboration", {}).get("interventions", ())
    if trial.interventions and trial.interventions not in budgets:
        return False
    if names and trial.task not in names:
        return False
    if trial.manner and manner_group(trial.manner) not in section.get("instructions", ()):
        return False
    first, count = section.get("first_seed"), section.get("trials")
    if first is not None and count is not None and not first <= trial.seed < first + count:
        return False
    own = trial.break_loops == section.get("break_loops", True)
    return own or bool(section.get("compare_loop_breaking", True))
