"""``report.html``: one file that opens anywhere, offline, in light and in dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from cliprt.evaluation.clips import BARS, Rollout, decision_strips
from cliprt.evaluation.curves import (
    RIGHT,
    SAMPLES,
    Points,
    by_direction,
    panel_curves,
    split_column,
)
from cliprt.evaluation.embeddings import EmbeddingMap
from cliprt.evaluation.failures import FAILURES
from cliprt.evaluation.figures import (
    embedding_picture,
    help_chart,
    interval_bar,
    line_chart,
    stacked_bar,
    tell_direction,
)
from cliprt.evaluation.results import Report
from cliprt.evaluation.telling import MANNERS

MOST_IN_TITLE = 3
"""Tasks that a title names, the last of them as a number of others."""

MOST_PRIMITIVES = 20
"""Rows of the histogram of primitives; the rarer ones are counted together."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """What a report shows beside its figures; every part may be missing.

    Attributes:
        metrics: Column -> points, as :func:`cliprt.evaluation.curves.load_metrics` reads them.
        embeddings: The phrases on a plane.
        rollouts: Recorded trials.
        recipe_text: The resolved recipe as YAML.
    """

    metrics: Mapping[str, Points] = field(default_factory=dict)
    embeddings: EmbeddingMap | None = None
    rollouts: tuple[Rollout, ...] = ()
    recipe_text: str = ""


def render_page(report: Report, pictures: Pictures) -> str:
    """The whole page as HTML; every text that comes from outside is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("cliprt.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "figure": format_number, "duration": duration}
    environment.filters |= {"direction": tell_direction}
    template = environment.get_template("report.html.j2")
    return template.render(
        report=report,
        facts=report.facts,
        title=title(report),
        interval_bar=interval_bar,
        failures=failure_rows(report),
        kept=kept_episodes(report),
        data=data_rows(report.facts.data),
        primitives=primitive_rows(report.facts.data),
        charts=[chart(metric, curves) for metric, curves in panel_curves(pictures.metrics).items()],
        directions=direction_rows(pictures.metrics),
        final_metrics=final_metrics(report.facts.training),
        help_svg=help_chart(report.help) if report.help else "",
        embeddings=pictures.embeddings,
        embedding_svg=embedding_picture(pictures.embeddings) if pictures.embeddings else "",
        manners=MANNERS,
        rollouts=pictures.rollouts,
        strips=decision_strips(pictures.rollouts),
        bars=BARS,
        stacked_bar=stacked_bar,
        reasons=FAILURES,
        recipe_text=pictures.recipe_text,
    )


def title(report: Report) -> str:
    """What was taught, in words; the recipe's name where nothing was tried."""
    taught = [task.instruction for task in report.tasks]
    if len(taught) > MOST_IN_TITLE:
        taught[MOST_IN_TITLE - 1 :] = [f"{len(taught) - MOST_IN_TITLE + 1} other tasks"]
    return " · ".join(taught) or report.facts.recipe


def failure_rows(report: Report) -> list[dict[str, Any]]:
    """Why trials failed: a row per reason, with the tasks in which it happened and a bar."""
    failed = sum(report.overall.failures.values())
    rows = []
    for reason, count in report.overall.failures.items():
        tasks = {
            t.task: t.tally.failures[reason] for t in report.tasks if reason in t.tally.failures
        }
        rows.append(
            {
                "reason": reason,
                "sentence": FAILURES.get(reason, reason),
                "count": count,
                "tasks": tasks,
                "bar": stacked_bar([count], failed, f"{count} of {failed} failed trials"),
            }
        )
    return rows


def kept_episodes(report: Report) -> dict[str, Any]:
    """Where the episodes of trials are kept, and which of each task; empty without any."""
    tasks = {task.task: task.kept for task in report.tasks if task.kept}
    folder = PurePosixPath(report.facts.sources.get("trials", "")).parent
    return {"folder": str(folder), "tasks": tasks} if tasks else {}


def data_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was taught and generated: a row per task, with a bar of its training steps."""
    tasks = data.get("tasks", {})
    largest = max((t["taught_steps"] + t["generated_steps"] for t in tasks.values()), default=0)
    return [
        {
            "task": task,
            **counts,
            "bar": stacked_bar(
                [counts["taught_steps"], counts["generated_steps"]],
                largest,
                f"{counts['taught_steps']} taught and {counts['generated_steps']} generated steps",
            ),
        }
        for task, counts in tasks.items()
    ]


def primitive_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How often each primitive was learned from, most frequent first; the rare ones together."""
    counts = [(p, c["taught"], c["generated"]) for p, c in data.get("primitives", {}).items()]
    shown, rest = counts[:MOST_PRIMITIVES], counts[MOST_PRIMITIVES:]
    if rest:
        others = (f"{len(rest)} other primitives", sum(r[1] for r in rest), sum(r[2] for r in rest))
        shown = [*shown, others]
    largest = max((taught + generated for _, taught, generated in shown), default=0)
    return [
        {
            "phrase": phrase,
            "taught": taught,
            "generated": generated,
            "bar": stacked_bar(
                [taught, generated], largest, f"{taught} taught, {generated} generated"
            ),
        }
        for phrase, taught, generated in shown
    ]


def direction_rows(metrics: Mapping[str, Points]) -> list[dict[str, Any]]:
    """How often each direction is right at the end: a row per direction, in words, with a bar."""
    return [
        {
            "direction": tell_direction(group),
            "share": share,
            "steps": steps,
            "bar": stacked_bar([share], 1, f"{percent(share)} right"),
        }
        for group, (share, steps) in by_direction(metrics).items()
    ]


def final_metrics(training: Mapping[str, Any]) -> dict[str, Any]:
    """What training ended with, in words, but for what is shown by direction."""
    values = training.get("final_metrics") or {}
    return {
        ", ".join(split_column(name)) if "/" in name else name.replace("_", " "): value
        for name, value in values.items()
        if not name.startswith((RIGHT, SAMPLES))
    }


def chart(metric: str, curves: Mapping[str, Points]) -> dict[str, str]:
    """One panel of the learning curves; shares of 1 keep the whole scale, 0 to 1."""
    values = [value for points in curves.values() for _, value in points]
    is_share = "accuracy" in metric and all(0 <= value <= 1 for value in values)
    return {"metric": metric, "svg": line_chart(metric, curves, (0, 1.02) if is_share else None)}


def percent(share: float | None, digits: int = 0) -> str:
    """0.957 -> "96 %"; a dash for nothing."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def format_number(number: Any) -> str:
    """A number as people read it: 4502 -> "4,502", 0.12345 -> "0.1235"; a dash for nothing."""
    if number is None:
        return "–"
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.1f}" if abs(number) >= 10 else f"{number:.4g}"
    return f"{int(number):,}" if isinstance(number, int | float) else str(number)


def duration(seconds: float | None) -> str:
    """95.3 -> "1 min 35 s"; a dash for nothing."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
