"""What an RLDS data set holds, which sets it fits, and what both rules would make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from cliprt.data.boundary import is_file
from cliprt.data.rlds.dataset import Dataset, Record, open_rlds, read_records
from cliprt.errors import StoreError, UnknownNameError
from cliprt.oxe.labels import instruction_of, label_episode
from cliprt.oxe.sets import RULES, DatasetSet, all_sets, find_set, wanted_columns
from cliprt.stages.convert_plan import missing_columns

MOST_TEXTS = 5
"""Instructions, and shards that cannot be read, that are told."""


def inspect_data(
    folder: Path, name: str = "", sets: Path | None = None, records: int = 20
) -> dict[str, Any]:
    """What `folder` holds, as JSON values; docs/formats.md says which.

    Args:
        folder: Of the data set.
        name: Set that it is taken for; "" = the one of its name, if there is one.
        sets: File with sets of one's own.
        records: Episodes that are read.

    Raises:
        StoreError: It holds no data set that can be read, or not the numbers that the set says.
        UnknownNameError: There is no set of that name.
    """
    dataset = open_rlds(folder)
    one = find_set_of(dataset, name, sets)
    missing = _missing(dataset, one) if one else {}
    return {
        "folder": str(dataset.path),
        "name": dataset.name,
        "version": dataset.version,
        "splits": {
            split: {
                "shards": len(shards),
                "records": sum(shard.records for shard in shards),
                "missing": sum(not is_file(shard.path) for shard in shards),
            }
            for split, shards in dataset.splits.items()
        },
        "columns": [
            {
                "key": f.key,
                "kind": f.kind,
                "dtype": f.dtype,
                "shape": list(f.shape),
                "reason": f.reason,
            }
            for f in dataset.features.values()
        ],
        "set": one.name if one else None,
        "missing": missing,
        "fits": _fits(dataset, sets),
        **_look(dataset, usable_rules(dataset, one), records),
    }


def find_set_of(dataset: Dataset, name: str, sets: Path | None) -> DatasetSet | None:
    """The set that was named; else the one with the data set's name, if there is one.

    Raises:
        UnknownNameError: There is none of the name that was given.
    """
    try:
        return find_set(name or dataset.name, sets)
    except UnknownNameError:
        if name:
            raise
        return None


def usable_rules(dataset: Dataset, one: DatasetSet | None) -> dict[str, DatasetSet]:
    """Rules whose columns are all there -> the set."""
    if one is None:
        return {}
    return {rule: one for rule, missing in _missing(dataset, one).items() if not missing}


def _missing(dataset: Dataset, one: DatasetSet) -> dict[str, list[str]]:
    """Rule that the set has -> the columns that it lacks for it."""
    rules = RULES if one.action else ("observed",)
    return {rule: missing_columns(dataset, one, rule) for rule in rules}


def _fits(dataset: Dataset, sets: Path | None) -> list[str]:
    """Sets for which all columns are there, for one rule at least."""
    known = {one.name: one for one in (*all_sets(), *(all_sets(sets) if sets else ()))}
    return [name for name, one in known.items() if not all(_missing(dataset, one).values())]


def _look(dataset: Dataset, rules: Mapping[str, DatasetSet], most: int) -> dict[str, Any]:
    """Labels and instructions of the first episodes; `rules` -> the set that they are of."""
    wanted = {key for rule, one in rules.items() for key in wanted_columns(one, rule)}
    texts = [f.key for f in dataset.features.values() if f.kind == "text" and f.by_step]
    counts = {rule: Counter[int]() for rule in rules}
    said: dict[str, None] = {}
    problems: list[str] = []
    read = steps = 0
    for record in islice(read_some(dataset, sorted(wanted | {*texts}), problems), most):
        read, steps = read + 1, steps + record.steps
        for text in _said_in(record, next(iter(rules.values()), None), texts):
            said.setdefault(text)
        for rule, one in rules.items():
            labels = label_episode(one, rule, record.columns)
            counts[rule].update(labels[labels >= 0].tolist())
    return {
        "records_read": read,
        "steps_read": steps,
        "instructions": list(islice(filter(None, said), MOST_TEXTS)),
        "rules": {
            rule: {
                "kept": count.total(),
                "histogram": {str(label): count[label] for label in sorted(count)},
            }
            for rule, count in counts.items()
        },
        "problems": problems,
    }


def read_some(dataset: Dataset, wanted: Sequence[str], problems: list[str]) -> Iterator[Record]:
    """Episodes of all splits, in order; what is damaged is named, what is missing passed over."""
    for shard in chain.from_iterable(dataset.splits.values()):
        if len(problems) < MOST_TEXTS and is_file(shard.path):
            try:
                yield from read_records(shard, wanted)
            except StoreError as error:
                problems.append(str(error))


def _said_in(record: Record, one: DatasetSet | None, texts: Sequence[str]) -> list[str]:
    """What it was to do; all texts of the first step where no set says which."""
    if one is not None:
        return [instruction_of(one, record.columns)]
    rows = [record.columns[key] for key in texts]
    return [row[0].decode("utf-8", "replace") for row in rows if len(row)]
