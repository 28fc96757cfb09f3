"""The learning curve: what it means in a sentence, where it is, what to do, and the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cliprt.language.remarks import Remark
from cliprt.page.translate import Translator
from cliprt.training.curve import CurvePoint

LOW, FLAT = 0.7, 0.05
"""A share below which it should know more, and a rise that is none."""

GREY = "#7d8794"
"""Of words in the chart: legible on paper and in the dark."""

AXIS = {
    "type": "value",
    "axisLabel": {"color": GREY},
    "splitLine": {"lineStyle": {"color": f"{GREY}40"}},
}


def describe_curve(curve: Sequence[CurvePoint], guess: float) -> tuple[str, ...]:
    """What the chart means, the last number, and what to do; nothing where there is no chart.

    Args:
        curve: The points so far.
        guess: Share that is right by choosing blindly.

    >>> describe_curve([CurvePoint(20, 1.5, 0.5, 0.6)], 0.02)[1]
    'Now: 60 of 100. Guessing: 2 of 100.'
    """
    if not curve:
        return ()
    held_out = [point.held_out for point in curve if point.held_out is not None]
    if not held_out:
        return _describe_learning(curve[-1], guess)
    means = Remark(
        "Of 100 moments that were kept aside from learning: how often it would say what you said."
    )
    told = [means, _compare(held_out[-1], guess)]
    if stands_still(held_out):
        told.append(
            Remark(
                "It no longer gets better: teach more episodes. Where several sentences would be"
                " right, only yours counts here: letting it try says more."
            )
        )
    return tuple(told)


def _describe_learning(last: CurvePoint, guess: float) -> tuple[str, ...]:
    if last.accuracy is None:
        return (
            Remark("How far what it would do is from what you did: less is better."),
            Remark("Now: {loss}.", loss=f"{last.loss:.2f}"),
        )
    return (
        Remark("Of 100 moments that it learns from: how often it would say what you said."),
        _compare(last.accuracy, guess),
    )


def _compare(right: float, guess: float) -> Remark:
    return Remark(
        "Now: {right} of 100. Guessing: {guess} of 100.",
        right=round(100 * right),
        guess=round(100 * guess),
    )


def stands_still(held_out: Sequence[float]) -> bool:
    """Whether the shares that were right are low, and the later ones no better than the first.

    >>> stands_still([0.33, 0.33, 0.33]), stands_still([0.2, 0.4, 0.6]), stands_still([0.9] * 3)
    (True, False, False)
    """
    if len(held_out) < 3 or held_out[-1] >= LOW:
        return False
    half = len(held_out) // 2
    return max(held_out[half:]) < max(held_out[:half]) + FLAT


def curve_options(curve: Sequence[CurvePoint], _: Translator) -> dict[str, Any]:
    """The chart for ECharts: how many of 100 are right, or the loss where nothing is chosen."""
    right = [(p.step, round(100 * p.accuracy, 1)) for p in curve if p.accuracy is not None]
    held_out = [(p.step, round(100 * p.held_out, 1)) for p in curve if p.held_out is not None]
    series = [
        {
            "name": _("while it learns"),
            "showSymbol": False,
            "lineStyle": {"width": 1, "opacity": 0.6},
            "data": right,
        },
        {"name": _("kept aside"), "symbolSize": 9, "lineStyle": {"width": 3}, "data": held_out},
    ]
    axis: dict[str, Any] = {"name": _("right, of 100"), "min": 0, "max": 100}
    if curve and not right and not held_out:
        losses = [(p.step, round(p.loss, 4)) for p in curve]
        series = [{"name": _("how far off"), "showSymbol": False, "data": losses}]
        axis = {"name": _("how far off"), "min": 0}
    return {
        "animation": False,
        "color": ["#91cc75", "#2f9e8f"],
        "textStyle": {"color": GREY},
        "grid": {"left": 44, "right": 20, "top": 64, "bottom": 44},
        "legend": {"top": 0, "textStyle": {"color": GREY}},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            **AXIS,
            "name": _("training step"),
            "nameLocation": "middle",
            "nameGap": 28,
            "max": "dataMax",
        },
        "yAxis": [{**AXIS, "nameTextStyle": {"align": "left"}, **axis}],
        "series": [{"type": "line", **one} for one in series],
    }
