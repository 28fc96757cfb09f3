"""Learning curves from the CSV files that Lightning's logger writes, whatever their columns."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from cliprt.data.layout import natural_order

Points = list[tuple[float, float]]
"""(optimiser step, value) pairs, by step."""

NOT_METRICS = ("step", "epoch")
STAGES = ("train", "val", "test")
RIGHT, SAMPLES = "val/accuracy/", "val/samples/"


def load_metrics(path: Path) -> dict[str, Points]:
    """Every numeric column of a ``metrics.csv`` over its column ``step``; empty if there is none.

    Args:
        path: A CSV file, or a folder that is searched for files called ``metrics.csv``.  A
            training that was resumed leaves several, in folders ``version_0``, ``version_1`` ...:
            where they overlap, the last one counts.
    """
    found = path.rglob("metrics.csv") if path.is_dir() else [path]
    files = sorted(found, key=lambda file: natural_order(str(file)))
    columns: dict[str, dict[float, float]] = {}
    for file in files:
        if not file.exists():
            continue
        with file.open(newline="", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                step = _number(row.get("step"))
                for name, cell in row.items():
                    value = _number(cell)
                    if name not in NOT_METRICS and step is not None and value is not None:
                        columns.setdefault(name, {})[step] = value
    return {name: sorted(points.items()) for name, points in columns.items()}


def panel_curves(columns: Mapping[str, Points]) -> dict[str, dict[str, Points]]:
    """Columns that measure one thing, side by side: metric -> stage -> points.

    ``train_loss`` and ``val_loss`` become ``{"loss": {"training": ..., "validation": ...}}``.
    What is by direction is left out, see `by_direction`.
    """
    panels: dict[str, dict[str, Points]] = {}
    for name, points in columns.items():
        if not name.startswith((RIGHT, SAMPLES)):
            metric, stage = split_column(name)
            panels.setdefault(metric, {})[stage] = points
    return {metric: panels[metric] for metric in sorted(panels, key=_importance)}


def by_direction(columns: Mapping[str, Points]) -> dict[str, tuple[float, int | None]]:
    """Of each displacement group that was held out: which share is right at the end, of how many.

    A training of an earlier version does not say of how many.
    """
    last = {name: points[-1][1] for name, points in columns.items() if points}
    counts = {name.removeprefix(SAMPLES): int(value) for name, value in last.items()}
    return {
        group: (share, counts.get(group))
        for name, share in last.items()
        if (group := name.removeprefix(RIGHT)) != name
    }


def split_column(column: str) -> tuple[str, str]:
    """Metric and stage.

    >>> split_column("val/primitive_accuracy_epoch")
    ('primitive accuracy', 'validation (epoch)')
    """
    name = column.replace("/", "_")
    if name.startswith(("lr-", "lr_")) or name in ("lr", "learning_rate"):
        return "learning rate", name
    stage, _, metric = name.partition("_")
    if stage not in STAGES or not metric:
        return name.replace("_", " "), "training"
    names = {"train": "training", "val": "validation", "test": "test"}
    label = names[stage]
    for ending in ("_step", "_epoch"):
        if metric.endswith(ending):
            metric = metric.removesuffix(ending)
            label += f" ({ending[1:]})" if ending == "_epoch" else ""
    return metric.replace("_", " "), label


def _importance(metric: str) -> tuple[int, str]:
    order = ("loss", "accuracy", "top")
    return next((i for i, word in enumerate(order) if word in metric), len(order)), metric


def _number(cell: object) -> float | None:
    """The finite number in a cell; None for an empty, torn or other one."""
    if not isinstance(cell, str):
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
