"""A picture of a data set: frames of its first episodes, and what both rules say of each."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cliprt.data.boundary import decode_picture
from cliprt.data.disk import replace_file, writing
from cliprt.data.rlds.dataset import Record, open_rlds
from cliprt.errors import UsageError, did_you_mean
from cliprt.oxe.labels import image_of, instruction_of, label_episode
from cliprt.oxe.sets import DatasetSet, wanted_columns
from cliprt.stages.convert_plan import check_columns
from cliprt.stages.inspect_data import find_set_of, read_some, usable_rules
from cliprt.vocabularies.grid import Oxe50Vocabulary

FORMATS = (".png", ".pdf", ".svg")
EPISODES, FRAMES = 4, 6

_FRAME_IN = 2.3
_LETTERS = 34
_STYLE: dict[Any, Any] = {"font.family": "sans-serif", "font.size": 8}


def save_sheet(folder: Path, path: Path, name: str = "", sets: Path | None = None) -> None:
    """Draw `FRAMES` steps of each of the first `EPISODES` episodes, a row an episode.

    Args:
        folder: Of the data set.
        path: Of the picture, one of the `FORMATS`.
        name, sets: As :func:`cliprt.stages.inspect_data.inspect_data` takes them.

    Raises:
        StoreError: It cannot be read, or the picture not be written.
        UsageError: No set says which images, the set's columns are not there, or the picture's name
            has another ending.
    """
    check_ending(path)
    dataset = open_rlds(folder)
    one = find_set_of(dataset, name, sets)
    rules = usable_rules(dataset, one)
    if one is None:
        raise UsageError(
            f"no set is called {dataset.name!r}, so nothing says which columns of {folder} hold"
            " images and motions, and no picture is drawn. Name a set that fits with --set, or"
            " write a row of your own (--sets FILE)."
        )
    if not rules:
        check_columns(dataset, one, "observed")
    wanted = sorted({key for rule in rules for key in wanted_columns(one, rule)})
    records = list(islice(read_some(dataset, wanted, []), EPISODES))
    with matplotlib.rc_context(_STYLE):
        size = (_FRAME_IN * FRAMES, (_FRAME_IN + 0.8) * max(1, len(records)))
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(max(1, len(records)), FRAMES, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for row, record in zip(grid, records, strict=False):
            _draw_row(row, one, list(rules), record)
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            # Letters that the font does not have are drawn as boxes.
            warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
            figure.savefig(buffer, format=path.suffix[1:], dpi=110)
    with writing(path):
        replace_file(path, buffer.getvalue(), durable=False)


def check_ending(path: Path) -> None:
    """Raise unless it can be a picture's name.

    Raises:
        UsageError: It has another ending than the `FORMATS`.
    """
    if path.suffix not in FORMATS:
        hint = did_you_mean(path.suffix, FORMATS)
        raise UsageError(f"{path} is no picture's name.{hint} Allowed: {', '.join(FORMATS)}.")


def _draw_row(row: Sequence[Axes], one: DatasetSet, rules: list[str], record: Record) -> None:
    labels = {rule: label_episode(one, rule, record.columns) for rule in rules}
    # Of all steps in the same distance, so that those that are dropped are seen too.
    chosen = np.unique(np.linspace(0, max(0, record.steps - 1), FRAMES).astype(int)).tolist()
    for axes, step in zip(row, chosen[: record.steps], strict=False):
        try:
            axes.imshow(decode_picture(image_of(one, record.columns, step)))
        except ValueError as error:
            axes.text(0.5, 0.5, _wrapped(str(error)), ha="center", va="center")
        axes.set_title(_said(labels, step), fontsize=7)
    instruction = instruction_of(one, record.columns) or "(no instruction)"
    text = _wrapped(f"{instruction:.200}", _LETTERS)
    row[0].text(0, -0.06, text, transform=row[0].transAxes, va="top", weight="bold")


def _said(labels: Mapping[str, np.ndarray], step: int) -> str:
    phrases = [p.phrase for p in Oxe50Vocabulary().primitives]
    lines = [f"step {step}"]
    for rule, found in labels.items():
        label = int(found[step])
        lines.append(_wrapped(f"{rule}: {phrases[label] if label >= 0 else '-'}", _LETTERS))
    return "\n".join(lines)


def _wrapped(text: str, width: int = 28) -> str:
    return "\n".join(textwrap.wrap(text.replace("$", r"\$"), width))
