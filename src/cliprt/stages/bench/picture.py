"""Measured ratios as a picture: how far each figure is from its baseline, and from its bound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from cliprt.data.disk import writing
from cliprt.stages.bench.machine import Machine
from cliprt.stages.bench.rows import Measured

INK, BAR, LIMIT = "#1f2328", "#3b6fb5", "#c0392b"


def draw(machine: Machine, rows: Sequence[Measured], file: Path) -> None:
    """A bar for each row that has a baseline, and a mark where counting lets it end; by ratio.

    Args:
        machine: What was measured.
        rows: On it.
        file: What its ending names: ``.svg``, ``.png``, ``.pdf``.

    Raises:
        StoreError: It cannot be written.
    """
    compared = [row for row in rows if row.ratio is not None]
    figure = Figure(figsize=(9, 1.4 + 0.62 * len(compared)), layout="constrained")
    axes = figure.subplots()
    places = range(len(compared))
    ratios = [row.ratio or 0.0 for row in compared]
    axes.barh(places, ratios, height=0.5, color=BAR)
    for place, row in zip(places, compared, strict=True):
        if row.bound:
            axes.plot([row.bound, row.bound], [place - 0.36, place + 0.36], color=LIMIT)
        axes.annotate(
            f" {row.ratio:.3g}", (row.ratio or 0.0, place), va="center", color=INK, fontsize=9
        )
    axes.set_yticks(places, [_label(row) for row in compared], fontsize=8)
    axes.invert_yaxis()
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("times faster than the baseline (red: what counting operations allows)")
    axes.set_title(f"{machine.device}, torch {machine.torch}", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    with writing(file):
        figure.savefig(file)


def _label(row: Measured) -> str:
    done = " ".join(filter(None, (row.what, row.model, row.precision)))
    return f"{done}\nthan: {row.baseline:.70}"
