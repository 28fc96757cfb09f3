"""The picture of help: success over how often somebody spoke."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cliprt.evaluation.figures import HUE_INKS, HUES, INK, STYLE, to_svg
from cliprt.evaluation.help_curve import HelpCurve

MOST_TASKS = 4
"""Tasks that are drawn beside the mean of all, the hardest first."""


def help_chart(curves: Sequence[HelpCurve]) -> str:
    """Success with its intervals over the ask rate, of all tasks and of the hardest ones, as SVG.

    Each point bears the number of interventions that were allowed.
    """
    overall, *tasks = curves
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "help"}):
        figure = Figure(figsize=(6.6, 3.6), layout="constrained")
        axes = figure.subplots()
        for hue, curve in enumerate(tasks[:MOST_TASKS], start=1):
            _draw(axes, curve, HUE_INKS[hue % HUES], curve.task, 1.2)
        _draw(axes, overall, INK, "all tasks", 2.2)
        for point in overall.points:
            axes.annotate(
                str(point.interventions),
                (100 * point.ask_rate, 100 * point.success_rate),
                xytext=(5, -11),
                textcoords="offset points",
                fontweight="bold",
            )
        axes.set_xlabel("steps for which somebody spoke [%]")
        axes.set_ylabel("success [%]")
        axes.set_ylim(0, 103)
        axes.set_xlim(left=-0.5)
        axes.grid(axis="y", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.legend(fontsize=9, loc="lower right")
        first, last = overall.points[0], overall.points[-1]
        text = (
            f"Success rises from {first.success_rate:.0%} alone to {last.success_rate:.0%} with up"
            f" to {last.interventions} interventions in an episode."
        )
        return to_svg(figure, text, "help")


def _draw(axes: Axes, curve: HelpCurve, colour: str, label: str, width: float) -> None:
    x = [100 * point.ask_rate for point in curve.points]
    y = [100 * point.success_rate for point in curve.points]
    reach = [
        [max(0.0, 100 * (p.success_rate - p.interval[0])) for p in curve.points],
        [max(0.0, 100 * (p.interval[1] - p.success_rate)) for p in curve.points],
    ]
    axes.errorbar(x, y, yerr=reach, color=colour, linewidth=width, marker="o", elinewidth=0.8)
    axes.plot([], [], color=colour, linewidth=width, marker="o", label=label)
