"""What the paper reports, to stand beside what was measured here."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_paper() -> dict[str, Any]:
    """``source`` in words, and the tables by suite."""
    text = files("cliprt.evaluation").joinpath("paper_results.json").read_text(encoding="utf-8")
    values: dict[str, Any] = json.loads(text)
    return values


def paper_success(suite: str, row: str) -> dict[str, float]:
    """Task -> success [%] of one row of the paper's tables; ``"average"`` too, as far as known."""
    table = load_paper()["suites"].get(suite, {})
    known = dict(zip(table.get("tasks", ()), table.get("success", {}).get(row, ()), strict=False))
    if row in table.get("average", {}):
        known["average"] = table["average"][row]
    return known
