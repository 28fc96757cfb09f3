"""The matrix as a table to read, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import median
from typing import Any

from fault_cells import CELLS, PHASES, Cell
from fault_course import Trial

HEADINGS = (
    *("fault", "when", "what is right", "arm [ms]", "fingers [ms]"),
    *("since last kick [ms]", "longest call [s]", "right"),
)


def to_row(cell: Cell, trials: Sequence[Trial]) -> dict[str, Any]:
    """One cell over all its trials."""
    wrong = [problem for trial in trials for problem in trial.problems]
    return {
        "fault": cell.fault.name,
        "when": cell.phase,
        "right": cell.right,
        "trials": len(trials),
        "passed": sum(not trial.problems for trial in trials),
        "arm_ms": _spread([trial.arm_ms for trial in trials]),
        "fingers_ms": _spread([trial.fingers_ms for trial in trials]),
        "kick_ms": _spread([trial.kick_ms for trial in trials]),
        "slowest_call_s": max(trial.slowest_s for trial in trials),
        "asked": next((trial.asked[0] for trial in trials if trial.asked), ""),
        "problems": wrong,
    }


def to_rows(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Every cell that was tried, in the order of the matrix."""
    rows = []
    for cell in CELLS:
        own = [trial for trial in trials if trial.cell == cell.name]
        if own:
            rows.append(to_row(cell, own))
    return rows


def to_markdown(trials: Sequence[Trial]) -> str:
    """The whole table, what was not right below it, and what a person was told."""
    rows = to_rows(trials)
    lines = [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
    for row in rows:
        moves = row["when"] in ("moving", "gripping")
        cells = (
            *(row["fault"], row["when"], row["right"]),
            _show(row["arm_ms"]) if moves else _stays(row["arm_ms"]),
            _show(row["fingers_ms"]) if row["when"] == "gripping" else "",
            _show(row["kick_ms"]) if moves else "",
            f"{row['slowest_call_s']:.1f}",
            f"{row['passed']}/{row['trials']}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Milliseconds: median (worst).  When:", ""]
    lines += [f"- *{phase}*: {what}" for phase, what in PHASES.items()]
    wrong = [f"- {row['fault']}-{row['when']}: {text}" for row in rows for text in row["problems"]]
    if wrong:
        lines += ["", "Not right:", "", *wrong]
    told = {row["fault"]: row["asked"] for row in rows if row["asked"]}
    if told:
        lines += ["", "What a person is told:", ""]
        lines += [f"- {fault}: {reason}" for fault, reason in told.items()]
    voids = [f"- {trial.cell}: {why}" for trial in trials for why in trial.voids]
    if voids:
        lines += [
            "",
            "Attempts that showed nothing: an order before or after the fault was not carried out.",
            "",
            *voids,
        ]
    passed = sum(row["passed"] for row in rows)
    lines += ["", f"{passed} of {len(trials)} trials in {len(rows)} cells were right."]
    return "\n".join(lines) + "\n"


def to_json(trials: Sequence[Trial]) -> str:
    """Rows and single trials."""
    document = {"cells": to_rows(trials), "trials": [trial.to_dict() for trial in trials]}
    return json.dumps(document, indent=1) + "\n"


def _spread(values: Sequence[float | None]) -> tuple[float, float] | None:
    known = [value for value in values if value is not None]
    return (round(median(known), 1), round(max(known), 1)) if known else None


def _show(spread: tuple[float, float] | None) -> str:
    return "" if spread is None else f"{spread[0]:.0f} ({spread[1]:.0f})"


def _stays(spread: tuple[float, float] | None) -> str:
    return "stood" if spread is not None and spread[1] == 0 else _show(spread)
