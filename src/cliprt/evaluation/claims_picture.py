"""A picture of a claim: every training a dot, as an SVG file that is readable on light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cliprt.evaluation.claims_page import ArmRow, ClaimRow
from cliprt.evaluation.figures import CARD, HUE_INKS, INK, LINE, STYLE, to_svg
from cliprt.evaluation.paired_seeds import t_interval

COLOURS = """<style>
svg { --ink: #1d2328; --muted: #5d6870; --line: #c9c9c2; --card: #ffffff;
  --hue-0: #1f6f8b; --hue-1: #d0762c; font-family: sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e9ecee; --muted: #9aa7af; --line: #47525a; --card: #1c2226;
    --hue-0: #5cb8d6; --hue-1: #f0a05a; } }
</style>
"""

APART = 0.16
"""How far dots of several series stand from the middle, in places."""


def draw_claim(row: ClaimRow) -> str:
    """The SVG file: dots of one seed are joined; a bar is the mean, with its 95 % interval."""
    series = list(dict.fromkeys(arm.series for arm in row.arms))
    labels = list(dict.fromkeys(arm.label for arm in row.arms))
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": row.claim}):
        figure = Figure(figsize=(1.6 + 1.1 * len(labels), 3.2), layout="constrained")
        axes = figure.subplots()
        for hue, name in enumerate(series):
            own = [arm for arm in row.arms if arm.series == name and arm.seeds]
            away = APART * (hue - (len(series) - 1) / 2)
            places = [labels.index(arm.label) + away for arm in own]
            _draw_series(axes, own, places, HUE_INKS[hue])
            if name:
                axes.plot([], [], "o", color=HUE_INKS[hue], label=name)
        axes.set_xticks(range(len(labels)), labels)
        axes.set_xlim(-0.5, len(labels) - 0.5)
        axes.set_ylim(0, 103)
        axes.set_ylabel("success [%]")
        axes.grid(axis="y", linewidth=0.7)
        axes.set_axisbelow(True)
        if len(series) > 1:
            axes.legend(fontsize=9, loc="lower right")
        means = ", ".join(
            f"{arm.series} {arm.label}: {100 * fmean(arm.success):.0f} %".strip()
            for arm in row.arms
            if arm.success
        )
        return _stand_alone(to_svg(figure, f"{row.title}. Mean success: {means}.", row.claim))


def _draw_series(axes: Axes, arms: Sequence[ArmRow], places: Sequence[float], colour: str) -> None:
    seeds = sorted({seed for arm in arms for seed in arm.seeds})
    for seed in seeds:
        known = [
            (place, 100 * arm.success[arm.seeds.index(seed)])
            for arm, place in zip(arms, places, strict=True)
            if seed in arm.seeds
        ]
        x, y = zip(*known, strict=True)
        axes.plot(x, y, color=LINE, linewidth=0.7, zorder=1)
        axes.scatter(x, y, s=16, facecolor=CARD, edgecolor=colour, linewidth=1.1, zorder=2)
    for arm, place in zip(arms, places, strict=True):
        mean = 100 * fmean(arm.success)
        low, high = (100 * end for end in t_interval(arm.success, 0.95))
        axes.hlines(mean, place - 0.11, place + 0.11, color=INK, linewidth=2.4, zorder=3)
        axes.vlines(place, max(0, low), min(100, high), color=INK, linewidth=1.2, zorder=3)


def _stand_alone(svg: str) -> str:
    """A file of its own, not part of a page: with a namespace, a size and the colours."""
    head, body = svg.split(">", 1)
    box = head.split('viewBox="')[1].split('"')[0].split()
    size = f'width="{float(box[2]):.0f}" height="{float(box[3]):.0f}"'
    named = head.replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" {size} ', 1)
    return f"{named}>{COLOURS}{body}"
