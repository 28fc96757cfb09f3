"""RLDS data sets become training shards: what is to be done, where, and how far it is.

A set's tars are in ``<out>/<set>``, one for each input shard and with its name.  Every one is made
from its input alone, so it is the same whoever makes it, and a conversion that was killed goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cliprt.data.disk import sweep, writing
from cliprt.data.rlds.dataset import Shard
from cliprt.engines.interface import Engine
from cliprt.errors import UsageError
from cliprt.stages.convert_plan import Plan
from cliprt.stages.convert_shard import Converter, Outcome, Target, convert_shard
from cliprt.stages.manifest import (
    MANIFEST,
    SIDECAR,
    TAR,
    Made,
    Manifest,
    digest_of,
    read_manifest,
    update_manifest,
)
from cliprt.stages.map_shards import map_shards
from cliprt.stages.portion import Portion
from cliprt.stages.progress import show_progress
from cliprt.stages.shared import MARK


@dataclass(frozen=True)
class Conversion:
    """How far the conversion of one set is.

    Attributes:
        target: Where it goes.
        manifest: What is there, and what should be.
        done_before: Shards of those asked for that had been converted before.
        left: Name -> why, of the shards asked for that could not be converted.
    """

    target: Target
    manifest: Manifest
    done_before: int
    left: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON values of it."""
        sidecars = self.manifest.shards
        histogram: Counter[str] = Counter()
        for one in sidecars.values():
            histogram.update(one.histogram)
        return {
            "set": self.target.made.set,
            "rule": self.target.made.rule,
            "folder": str(self.target.folder),
            "shards": len(self.manifest.expected),
            "done": len(sidecars),
            "done_before": self.done_before,
            "records": sum(one.records for one in sidecars.values()),
            "steps": sum(one.steps for one in sidecars.values()),
            "kept": sum(one.kept for one in sidecars.values()),
            "unreadable": sum(one.unreadable for one in sidecars.values()),
            "histogram": {label: histogram[label] for label in sorted(histogram, key=int)},
            "sha256": digest_of((f"{name}{TAR}", one.sha256) for name, one in sidecars.items()),
            "problems": [
                *(f"{name}: {why}" for name, why in self.left.items()),
                *(f"{name}: {text}" for name, one in sidecars.items() for text in one.problems),
            ],
        }


def convert(plans: Sequence[Plan], engine: Engine, portion: Portion) -> list[Conversion]:
    """Do it, and say how far it is; what was done before is found and not done again.

    Damaged and missing input shards are named in the end, the others go on.

    Raises:
        UsageError: An output folder holds something else.
        StoreError: It cannot be written.
        RobotError: Workers die, and go on dying.
        KeyboardInterrupt: All workers were ended; what was done is kept.
    """
    for plan in plans:
        _prepare(plan)
    jobs = [(number, *shard) for number, plan in enumerate(plans) for shard in plan.shards]
    outcomes: list[Outcome] = []
    try:
        outcomes.extend(_run(plans, jobs, engine, portion))
    finally:
        made = [_sum_up(plan, number, outcomes) for number, plan in enumerate(plans)]
    return made


def _prepare(plan: Plan) -> None:
    """Make the folder, and say in it what it is for."""
    folder, made = plan.target.folder, plan.target.made
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        before = read_manifest(folder)
        if before and before.made != made:
            raise UsageError(f"{folder} {_difference(before.made, made)}")
        if before:
            _check_versions(plan, before)
        known = {*plan.expected, *(before.expected if before else ())}
        strangers = sorted(p.name for p in folder.iterdir() if not _is_ours(p.name, known))
    if strangers:
        raise UsageError(
            f"{folder} holds other things ({strangers[0]!r:.80}"
            f"{f' and {len(strangers) - 1} more' if strangers[1:] else ''}). Choose an empty folder"
            " with --to, or one that this data set was converted to before."
        )
    sweep(folder)
    update_manifest(folder, made, plan.expected, {})


def _check_versions(plan: Plan, before: Manifest) -> None:
    """Raise where shards of another version would stay, and be learned from beside the new ones."""
    ours = {source.rpartition(" ")[0]: source for source, _ in plan.shards}
    for name, one in before.shards.items():
        now = ours.get(one.source.rpartition(" ")[0], one.source)
        if name not in plan.expected and now != one.source:
            raise UsageError(
                f"{plan.target.folder} holds {name} of {one.source}, and this is {now}, which has"
                " no shard of that name: a training would see both. Choose another folder with"
                " --to."
            )


_MEANING = {"definition": "a row of the set with hash", "image": "image side and quality"}


def _difference(before: Made, made: Made) -> str:
    """What tells two ways of converting apart, in words."""
    changed = [n for n in vars(made) if getattr(before, n) != getattr(made, n)]
    told = ", ".join(f"{_MEANING.get(n, n)} {getattr(before, n)!r:.60}" for n in changed)
    now = ", ".join(f"{getattr(made, n)!r:.60}" for n in changed)
    return f"was converted with {told}, not {now}. Choose another folder with --to."


def _is_ours(name: str, known: set[str]) -> bool:
    name = re.sub(r"\.[0-9a-f]{8}\.new", "", name)
    if name in (MANIFEST, ".lock", MARK):
        return True
    ends = (SIDECAR, TAR, f"{TAR}.index")
    return any(name.endswith(end) and name.removesuffix(end) in known for end in ends)


def _run(
    plans: Sequence[Plan], jobs: Sequence[tuple[int, str, Shard]], engine: Engine, portion: Portion
) -> Iterator[Outcome]:
    start = partial(Converter, tuple(plan.target for plan in plans))
    out = plans[0].target.folder.parent
    with show_progress("Converting", len(portion.pick(jobs))) as advance:
        for outcome in map_shards(start, convert_shard, jobs, out, engine, portion):
            sidecar = outcome.sidecar
            advance(f"{outcome.name}: {f'{sidecar.kept} kept' if sidecar else outcome.problem}")
            yield outcome


def _sum_up(plan: Plan, number: int, outcomes: Iterable[Outcome]) -> Conversion:
    target = plan.target
    mine = [outcome for outcome in outcomes if outcome.target == number]
    left = {o.name: o.problem for o in sorted(mine, key=lambda o: o.name) if o.sidecar is None}
    manifest = update_manifest(target.folder, target.made, plan.expected, left)
    sweep(target.folder)
    return Conversion(target, manifest, sum(o.was_done for o in mine), left)
