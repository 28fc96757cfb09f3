"""From the trials of a reproduction to ``results.json`` and ``results.md``."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from cliprt import __version__
from cliprt.evaluation.claims_page import load_claims, render_claims
from cliprt.evaluation.files import load_json, save_json, save_text
from cliprt.evaluation.results import Trial
from cliprt.evaluation.table import (
    AVERAGE,
    Row,
    build_row,
    compare_models,
    data_key,
    group_of,
    load_rows,
)
from cliprt.evaluation.table_page import render_results
from cliprt.stages.claims import CLAIMS
from cliprt.stages.costs import load_costs
from cliprt.stages.models import CLAIMS as CLAIMS_SUITE
from cliprt.stages.models import MODELS, SUITES
from cliprt.stages.profiles import PROFILES, SCENES_APART
from cliprt.stages.reproduce import Prepared

RESULTS, PAGE = "results.json", "results.md"

Costs = Mapping[tuple[str, str], tuple[float, float]]
"""(policy or folder of trials, task or "") -> CPU seconds, seconds."""


@dataclass(frozen=True)
class Request:
    """What was asked for, as far as figures depend on it."""

    profile: str
    overrides: tuple[str, ...]

    def command(self, *options: str) -> str:
        """What to type."""
        parts = ("cliprt reproduce --profile", self.profile, *options, *self.overrides)
        return " ".join(parts)


def save_results(request: Request, prepared: Sequence[Prepared], out: Path) -> dict[str, Any]:
    """Write both files; rows of other models, or of another request, that this version made stay.

    Raises:
        StoreError: The folder cannot be written.
    """
    rows = [row for _, parts in _by_model(prepared) for row in _rows(request, parts)]
    data = {
        data_key(suite, name, request.profile, request.overrides): _sum_data(parts)
        for (suite, name), parts in _by_model(prepared)
    }
    if (out / RESULTS).exists():
        earlier = load_json(out / RESULTS)
        if earlier.get("version") == __version__:
            made = {(group_of(row), row.model) for row in rows}
            old = load_rows(earlier)
            rows += [row for row in old if (group_of(row), row.model) not in made]
            data = earlier["data"] | data
    rows = _in_order(rows)
    results = {
        "version": __version__,
        "command": Request(*rows[0].request).command(),
        "machine": describe_machine(),
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "rows": [row.to_dict() for row in rows],
        "comparisons": compare_models(row for row in rows if row.suite != CLAIMS_SUITE),
        "data": data,
    }
    save_json(results, out / RESULTS)
    decided = load_claims(out, __version__)
    known = {row.claim for row in decided}
    waiting = [(claim.title, claim.paper) for claim in CLAIMS if claim.name not in known]
    save_text(render_results(results, rows, render_claims(decided, waiting)), out / PAGE)
    return results


def _by_model(
    prepared: Sequence[Prepared],
) -> Iterator[tuple[tuple[str, str], list[Prepared]]]:
    for key, parts in groupby(prepared, key=lambda one: (one.part.suite, one.part.model.name)):
        yield key, list(parts)


def _rows(request: Request, parts: Sequence[Prepared]) -> Iterator[Row]:
    first = parts[0]
    model, recipe = first.part.model, first.part.recipe
    taught, seeds = bool(model.policy), list(dict.fromkeys(p.part.recipe.seed for p in parts))
    apart = [SCENES_APART] if PROFILES[request.profile].own_scenes else []
    facts: dict[str, Any] = {
        "model": model.name,
        "title": model.title,
        "suite": first.part.suite,
        "episodes_taught": recipe.data.episodes if taught else 0,
        "augmenters": model.augmenters,
        "seeds": {
            "training": seeds,
            "taught": [recipe.data.first_seed, recipe.data.episodes if taught else 0, *apart],
            "evaluation": [recipe.evaluation.first_seed, recipe.evaluation.trials, *apart],
        },
        "command": request.command("--suite", first.part.suite, "--only", model.name),
        "profile": request.profile,
        "overrides": request.overrides,
    }
    costs = _sum_costs(parts)
    everything: list[Trial] = []
    spent = [costs.get((one.policy, ""), (0.0, 0.0)) for one in parts if one.checkpoint]
    for task in dict.fromkeys(task.key for one in parts for task in one.part.recipe.tasks):
        own = [one for one in parts if task in {c.key for c in one.part.recipe.tasks}]
        trainings = [[trial for trial in one.trials if trial.task == task] for one in own]
        costs_s = [costs.get((one.judged, task), (0.0, 0.0)) for one in own]
        yield build_row(
            *trainings,
            **facts,
            task=task,
            cpu_s=round(sum(cpu_s for cpu_s, _ in costs_s), 1),
            wall_s=round(sum(wall_s for _, wall_s in costs_s), 1),
            policies=tuple(one.policy for one in own if one.checkpoint),
        )
        everything += [trial for trials in trainings for trial in trials]
        spent += costs_s
    yield build_row(
        everything,
        **facts,
        task=AVERAGE,
        cpu_s=round(sum(cpu_s for cpu_s, _ in spent), 1),
        wall_s=round(sum(wall_s for _, wall_s in spent), 1),
        policies=tuple(one.policy for one in parts if one.checkpoint),
    )


def _sum_costs(parts: Sequence[Prepared]) -> Costs:
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for run in dict.fromkeys(one.run for one in parts):
        for cost in load_costs(run):
            key = cost.get("policy") or cost["trials"], cost.get("task", "")
            cpu_s, wall_s = sums.get(key, (0.0, 0.0))
            sums[key] = cpu_s + cost["cpu_s"], wall_s + cost["wall_s"]
    return sums


def _sum_data(parts: Sequence[Prepared]) -> dict[str, int]:
    """What the first of several trainings learns from; the others' generated episodes differ."""
    sums: dict[str, int] = {}
    for one in (p for p in parts if p.part.recipe.seed == parts[0].part.recipe.seed):
        for name, number in one.data.items():
            sums[name] = sums.get(name, 0) + number
    return sums


def _in_order(rows: Iterable[Row]) -> list[Row]:
    suites, sizes = [*SUITES, CLAIMS_SUITE], list(PROFILES)
    models = [model.name for model in MODELS]

    def place(row: Row) -> tuple[int, bool, tuple[str, ...], int, int]:
        size = sizes.index(row.profile)
        names = row.overrides
        return size, bool(names), names, suites.index(row.suite), models.index(row.model)

    return sorted(rows, key=place)


def describe_machine() -> str:
    """Cores, processor and the versions that figures depend on."""
    processor = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    return (
        f"{os.cpu_count()} cores of {processor}, Python {platform.python_version()},"
        f" torch {version('torch')}"
    )
