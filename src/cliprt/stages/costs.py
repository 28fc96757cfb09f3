"""What trainings and trials cost, kept in a run folder line by line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from cliprt.data.disk import writing
from cliprt.evaluation.files import portion_file
from cliprt.stages.run_folder import RunFolder

COSTS = "costs.jsonl"
"""What every training and trial cost, line by line, in a run folder; portions have one each."""


def used_cpu_s() -> float:
    """CPU seconds of this process and of those that it waited for, as a training's."""
    return sum(os.times()[:4])


def load_costs(run: RunFolder) -> Iterator[dict[str, Any]]:
    """What `reproduce` noted in a run folder; a line that was torn is passed over."""
    file = run.path / COSTS
    for one in (file, *sorted(run.path.glob(portion_file(file).name))):
        for line in one.read_bytes().splitlines() if one.exists() else ():
            try:
                yield json.loads(line)
            except ValueError:
                continue


def note_cost(run: RunFolder, cost: Mapping[str, Any]) -> None:
    """Add a line to what `load_costs` reads."""
    own = run.path / COSTS
    if not run.portion.is_whole:
        own = portion_file(own, str(run.portion))
    with writing(own), own.open("a") as file:
        file.write(json.dumps(cost) + "\n")
