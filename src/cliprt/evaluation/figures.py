"""Pictures of a report: data -> SVG text whose colours follow the page, light or dark.

Everything is drawn with stand-in colours that are then replaced by the page's CSS variables, so
one picture fits both colour schemes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cliprt.evaluation.curves import Points
from cliprt.evaluation.embeddings import EmbeddingMap
from cliprt.evaluation.help_curve import HelpCurve
from cliprt.evaluation.results import Tally
from cliprt.language.slots import GROUPS

HUES = 8
MOST_TASKS = 4
"""Tasks whose help is drawn beside the mean of all, the hardest first."""

_STAND_INS = {
    "#010203": "var(--ink)",
    "#010204": "var(--muted)",
    "#010205": "var(--line)",
    "#010206": "var(--card)",
    **{f"#0102{16 + hue:02x}": f"var(--hue-{hue})" for hue in range(HUES)},
}
_DIRECTIONS = {group: words for words, group in GROUPS.items()}
INK, MUTED, LINE, CARD, *HUE_INKS = _STAND_INS
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": LINE,
    "legend.frameon": False,
}


def interval_bar(tally: Tally, series: int = 0) -> str:
    """A bar of the success rate with its interval as a whisker; stretches to its place.

    Args:
        tally: What to show.
        series: 0 = the main figures, 1 = those they are compared with (another colour).
    """
    rate = tally.success_rate or 0.0
    low, high = (100 * x for x in tally.interval)
    label = f"{_percent(rate)}, interval {_percent(low / 100)} to {_percent(high / 100)}"
    ticks = "".join(
        f'<line class="whisker" x1="{x:.2f}" x2="{x:.2f}" y1="3" y2="9"/>' for x in (low, high)
    )
    return (
        f'<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" role="img"'
        f' aria-label="{label}"><rect class="track" width="100" height="12"/>'
        f'<rect class="series-{series}" width="{100 * rate:.2f}" height="12"/>'
        f'<line class="whisker" x1="{low:.2f}" x2="{high:.2f}" y1="6" y2="6"/>{ticks}</svg>'
    )


def stacked_bar(parts: Sequence[float], whole: float, label: str) -> str:
    """A bar of parts side by side, as a share of `whole`; one colour per part."""
    rects, x = ['<rect class="track" width="100" height="12"/>'], 0.0
    for series, part in enumerate(parts):
        width = 100 * part / whole if whole else 0.0
        rects.append(f'<rect class="series-{series}" x="{x:.2f}" width="{width:.2f}" height="12"/>')
        x += width
    return (
        f'<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{"".join(rects)}</svg>'
    )


def line_chart(
    title: str, curves: Mapping[str, Points], y_range: tuple[float, float] | None
) -> str:
    """Values over optimiser steps, one line per curve.

    Args:
        title: What the values are; the picture's text for screen readers, too.
        curves: Label -> (step, value) pairs.
        y_range: Limits of the value axis; None = as the data asks.
    """
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": title}):
        figure = Figure(figsize=(3.9, 2.5), layout="constrained")
        axes = figure.subplots()
        for hue, (label, points) in enumerate(curves.items()):
            steps, values = zip(*points, strict=True)
            marker = "o" if len(points) < 3 else ""
            colour = HUE_INKS[hue % HUES]
            axes.plot(steps, values, label=label, color=colour, linewidth=1.8, marker=marker)
        axes.grid(axis="y", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.set_xlabel("optimiser step")
        axes.set_xlim(left=0)
        if y_range:
            axes.set_ylim(*y_range)
        if len(curves) > 1:
            axes.legend(fontsize=9)
        last = "; ".join(f"{label}: {points[-1][1]:.4g}" for label, points in curves.items())
        return to_svg(figure, f"{title} over optimiser steps. At the end {last}.", title)


def embedding_picture(projection: EmbeddingMap) -> str:
    """The phrases as points: colour = what moves, filled = its positive direction."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "embedding"}):
        figure = Figure(figsize=(8.4, 4.4), layout="constrained")
        axes = figure.subplots()
        for group, (hue, filled) in sorted(group_styles(projection.groups).items(), key=_by_hue):
            rows = [i for i, other in enumerate(projection.groups) if other == group]
            x, y = projection.points[rows, 0], projection.points[rows, 1]
            colour = HUE_INKS[hue]
            face = colour if filled else CARD
            label = tell_direction(group)
            axes.scatter(x, y, s=38, facecolor=face, edgecolor=colour, linewidth=1.6, label=label)
        axes.margins(0.08)
        axes.set_axis_off()
        figure.legend(loc="outside right center", handletextpad=0.2)  # names amid points overlap
        text = f"{projection.method} of {len(projection.groups)} phrase embeddings"
        groups = len(set(projection.groups))
        return to_svg(figure, f"{text} in {groups} groups of displacement.", "embedding")


def _by_hue(style: tuple[str, tuple[int, bool]]) -> tuple[int, bool]:
    _, (hue, filled) = style
    return hue, not filled


def tell_direction(group: str) -> str:
    """A displacement group as people say it.

    >>> tell_direction("x+"), tell_direction("roll-"), tell_direction("mine")
    ('forward', 'roll counterclockwise', 'mine')
    """
    return _DIRECTIONS.get(group, group)


def group_styles(groups: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Group -> (hue of what moves, whether it is the positive direction, which is filled)."""
    axis_names = list(dict.fromkeys(map(_axis_of, groups)))
    return {
        group: (
            axis_names.index(_axis_of(group)) % HUES,
            group != "close" and not group.endswith("-"),
        )
        for group in dict.fromkeys(groups)
    }


def _axis_of(group: str) -> str:
    return "fingers" if group in ("open", "close") else group.rstrip("+-")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def to_svg(figure: Figure, text: str, name: str) -> str:
    """The figure as inline SVG: no namespaces, sized by the page, ids unique within the page."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    for stand_in, colour in _STAND_INS.items():
        svg = svg.replace(stand_in, colour)
    prefix = re.sub(r"\W+", "-", name)
    svg = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\1{prefix}-", svg)
    svg = svg.replace("xlink:href", "href")
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    if box is None:
        raise AssertionError("matplotlib wrote an SVG without a viewBox")
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    return f'<svg class="figure" {box[0]} role="img" aria-label="{escape(text)}">{body}'


def help_chart(curves: Sequence[HelpCurve]) -> str:
    """Success with its intervals over the ask rate, of all tasks and of the hardest ones, as SVG.

    Each point bears the number of interventions that were allowed.
    """
    overall, *tasks = curves
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "help"}):
        figure = Figure(figsize=(6.6, 3.6), layout="constrained")
        axes = figure.subplots()
        for hue, curve in enumerate(tasks[:MOST_TASKS], start=1):
            _draw_help(axes, curve, HUE_INKS[hue % HUES], curve.task, 1.2)
        _draw_help(axes, overall, INK, "all tasks", 2.2)
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


def _draw_help(axes: Axes, curve: HelpCurve, colour: str, label: str, width: float) -> None:
    x = [100 * point.ask_rate for point in curve.points]
    y = [100 * point.success_rate for point in curve.points]
    reach = [
        [max(0.0, 100 * (p.success_rate - p.interval[0])) for p in curve.points],
        [max(0.0, 100 * (p.interval[1] - p.success_rate)) for p in curve.points],
    ]
    axes.errorbar(x, y, yerr=reach, color=colour, linewidth=width, marker="o", elinewidth=0.8)
    axes.plot([], [], color=colour, linewidth=width, marker="o", label=label)
