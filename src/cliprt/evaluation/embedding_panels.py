"""The phrase embeddings of several policies side by side, as a picture file."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cliprt.data.disk import replace_file, writing
from cliprt.evaluation.embeddings import EmbeddingMap
from cliprt.evaluation.figures import group_styles

FORMATS = (".png", ".svg", ".pdf")
PANEL_IN = 4.2
"""Width and height of one panel [inch]."""

_STYLE: dict[Any, Any] = {"font.family": "sans-serif", "font.size": 9.5, "svg.hashsalt": "panels"}
_CSS = Path(__file__).parent / "templates" / "report.css"


@dataclass(frozen=True)
class Panel:
    """One policy's phrases on a plane, and what to call it."""

    title: str
    projection: EmbeddingMap


def save_panels(panels: Sequence[Panel], seed: int, path: Path) -> None:
    """Draw the panels in a row: colour = what moves, filled = its positive direction.

    Thin lines lead from each phrase to the middle of its group, so that groups that lie together
    are stars and others are nets.

    Args:
        panels: One per policy, all of the same phrases.
        seed: Of the projections; the title says it.
        path: Of one of the `FORMATS`.

    Raises:
        StoreError: It cannot be written.
    """
    first = panels[0].projection
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(PANEL_IN * len(panels), PANEL_IN + 1.4), layout="constrained")
        for axes, panel in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            _draw(axes, panel)
        groups = len(set(first.groups))
        how = f"{first.method}, seed {seed}" if first.method == "t-SNE" else first.method
        figure.suptitle(
            f"{len(first.groups)} phrases in {groups} displacement groups ({how})\n",
            fontsize=11,
            fontweight="bold",
        )
        figure.legend(handles=_keys(first.groups), loc="outside lower center", ncols=8, **_LEGEND)
        buffer = io.BytesIO()
        nothing = {".png": ["Software"], ".svg": ["Date"], ".pdf": ["CreationDate"]}[path.suffix]
        figure.savefig(buffer, format=path.suffix[1:], dpi=150, metadata=dict.fromkeys(nothing))
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, buffer.getvalue(), durable=False)


_LEGEND: dict[str, Any] = {"frameon": False, "handletextpad": 0.2, "columnspacing": 1.2}


def _draw(axes: Axes, panel: Panel) -> None:
    projection, colours = panel.projection, _colours()
    for group, (hue, filled) in group_styles(projection.groups).items():
        points = projection.points[[other == group for other in projection.groups]]
        middle = points.mean(axis=0)
        for point in points:
            axes.plot(
                *zip(middle, point, strict=True), color=colours[hue], linewidth=0.7, alpha=0.6
            )
        face = colours[hue] if filled else "white"
        axes.scatter(
            points[:, 0], points[:, 1], s=34, facecolor=face, edgecolor=colours[hue], zorder=2
        )
    score = projection.silhouette
    below = "" if score is None else f"\nsilhouette by group {score:.2f} (cosine, raw features)"
    axes.set_title(f"{panel.title}{below}", fontsize=9.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#dfdfd8")


def _keys(groups: Sequence[str]) -> list[Line2D]:
    colours = _colours()
    return [
        Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markeredgecolor=colours[hue],
            markerfacecolor=colours[hue] if filled else "white",
            label=group.replace("_", " "),
        )
        for group, (hue, filled) in group_styles(groups).items()
    ]


def _colours() -> list[str]:
    """The hues of the report's light page."""
    light, _ = _CSS.read_text(encoding="utf-8").split("@media", 1)
    return re.findall(r"--hue-\d: (#\w{6})", light)
