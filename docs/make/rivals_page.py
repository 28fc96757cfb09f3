"""The tables of ACT and Diffusion Policy in docs/benchmarks.md, from docs/rivals.json.

``python docs/make/rivals_page.py`` writes them anew; `rivals.py` writes the figures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from cliprt.evaluation.statistics import compare, wilson_interval

DOCS = Path(__file__).resolve().parents[1]
FACTS, PAGE = DOCS / "rivals.json", DOCS / "benchmarks.md"
ROOM = re.compile(r"(<!-- generated: rivals -->\n).*?(<!-- end -->)", re.DOTALL)

TITLES = {
    "passive": "CLIP-RT-Passive: the taught episodes",
    "scene_std": "CLIP-RT (scene + std)",
    "act_dense": "ACT, dense frames",
    "diffusion_dense": "Diffusion Policy, dense frames",
    "act_keyframes": "ACT, keyframes",
    "diffusion_keyframes": "Diffusion Policy, keyframes",
}

OURS = ("passive", "scene_std")

Group = Mapping[int, Mapping[str, Any]]
"""Seed -> one training of a policy, as `rivals.py` writes it."""


def write(judged: Sequence[Mapping[str, Any]]) -> None:
    """Keep the figures, and write the tables."""
    FACTS.write_text(json.dumps(judged, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def fill(page: str) -> str:
    """The page with the tables of the figures that are kept."""
    tables = show(json.loads(FACTS.read_text(encoding="utf-8")))
    return ROOM.sub(lambda found: f"{found[1]}\n{tables}\n\n{found[2]}", page)


def show(judged: Sequence[Mapping[str, Any]]) -> str:
    """All tables, as Markdown."""
    groups: dict[str, dict[int, Mapping[str, Any]]] = {}
    for one in sorted(judged, key=lambda one: (list(TITLES).index(one["name"]), one["seed"])):
        groups.setdefault(one["name"], {})[one["seed"]] = one
    return "\n".join([*_successes(groups), "", *_costs(groups), "", *_comparisons(groups)])


def _successes(groups: Mapping[str, Group]) -> Iterator[str]:
    tasks = list(next(iter(next(iter(groups.values())).values()))["outcomes"])
    names = " | ".join(task.replace("_", " ") for task in tasks)
    yield f"| | trainings | {names} | all | 95 % interval |"
    yield f"|---|---:|{'---:|' * len(tasks)}---:|---:|"
    for name, group in groups.items():
        cells = [_tally(group, [task]) for task in tasks]
        won, tried = _tally(group, tasks)
        low, high = wilson_interval(won, tried)
        shown = " | ".join(f"{w}/{n}" for w, n in cells)
        yield (
            f"| {TITLES[name]} | {len(group)} | {shown} | **{won}/{tried}** |"
            f" {low:.0%} to {high:.0%} |"
        )


def _costs(groups: Mapping[str, Group]) -> Iterator[str]:
    yield "| | parameters | rows | steps x batch | CPU-minutes a training | CPU-ms a decision |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, group in groups.items():
        facts = [one["facts"] for one in group.values()]
        first = facts[0]
        minutes = fmean(one["train_cpu_s"] for one in facts) / 60
        decision = fmean(one["cpu_ms"] for one in facts)
        yield (
            f"| {TITLES[name]} | {first['parameters'] / 1e6:.1f} M | {first['rows']} |"
            f" {first['steps']} x {first['batch_size']} | {minutes:.1f} | {decision:.0f} |"
        )


def _comparisons(groups: Mapping[str, Group]) -> Iterator[str]:
    yield "| in the same scenes, seed by seed | trials | only the first | only the second | p |"
    yield "|---|---:|---:|---:|---:|"
    ours = [name for name in groups if name in OURS]
    for own, rival in product(ours, (name for name in groups if name not in OURS)):
        found = compare(_scenes(groups[own]), _scenes(groups[rival]))
        yield (
            f"| {TITLES[own]}, {TITLES[rival]} | {found.scenes} | {found.only_first} |"
            f" {found.only_second} | {found.p_value:.2g} |"
        )


def _tally(group: Group, tasks: Sequence[str]) -> tuple[int, int]:
    found = [s for one in group.values() for t in tasks for s in one["outcomes"][t].values()]
    return sum(found), len(found)


def _scenes(group: Group) -> dict[tuple[int, str, str], bool]:
    """(seed of the training, task, scene) -> success."""
    return {
        (seed, task, str(scene)): success
        for seed, one in group.items()
        for task, scenes in one["outcomes"].items()
        for scene, success in scenes.items()
    }


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
