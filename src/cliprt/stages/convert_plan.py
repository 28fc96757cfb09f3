"""What is to be converted: which data sets, as which sets, and to where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cliprt.data.rlds.dataset import Dataset, Shard, check_wanted, open_rlds
from cliprt.errors import UsageError, did_you_mean
from cliprt.oxe.paraphrases import sentences_digest
from cliprt.oxe.pictures import SIDE_PX
from cliprt.oxe.sets import DatasetSet, find_set, wanted_columns
from cliprt.oxe.steps import stem_of
from cliprt.stages.convert_shard import QUALITY, Target
from cliprt.stages.keys import digest
from cliprt.stages.manifest import SAFE_NAME, Made
from cliprt.vocabularies.grid import Oxe50Vocabulary
from cliprt.vocabularies.nearest import fingerprint

_IMAGES = ("image", "text")  # bytes of a picture are texts where nobody said more
_TEXTS = ("text", "tensor", "scalar")  # numbers are those of letters


@dataclass(frozen=True)
class Plan:
    """What becomes of one set.

    Attributes:
        target: Where it goes, and how it is made.
        shards: That it is made of, by name, each with the name and version of its data set.
    """

    target: Target
    shards: tuple[tuple[str, Shard], ...]

    @property
    def expected(self) -> dict[str, int]:
        """Name of each shard -> episodes in it."""
        return {shard.path.name: shard.records for _, shard in self.shards}


def plan_conversion(
    folders: Sequence[Path],
    out: Path,
    rule: str,
    name: str = "",
    sets: Path | None = None,
    split: str = "train",
    seed: int = 0,
) -> list[Plan]:
    """What is to be done; only descriptions are read.

    Args:
        folders: Data sets.
        out: Folder that a folder a set is made in.
        rule: How steps become labels.
        name: Set that they are of; "" = each is of the set with its own name.
        sets: File with sets of one's own.
        split: Of the data sets.
        seed: Of the sentences drawn.

    Raises:
        StoreError: A folder holds no data set that can be read.
        UsageError: They are of no set, lack columns or the split, or do not fit together.
    """
    found: dict[str, tuple[DatasetSet, list[Dataset]]] = {}
    for folder in folders:
        dataset = open_rlds(folder)
        one = find_set(name or dataset.name, sets)
        check_columns(dataset, one, rule)
        found.setdefault(one.name, (one, []))[1].append(dataset)
    plans = []
    for one, datasets in found.values():
        for dataset in datasets:
            _check_apart(out / one.name, dataset.path)
        target = to_target(one, rule, out, split, seed)
        plans.append(Plan(target, _shards_of(datasets, split)))
    return plans


def to_target(one: DatasetSet, rule: str, out: Path, split: str = "train", seed: int = 0) -> Target:
    """Where the tars of a set go, and how they are made."""
    vocabulary = fingerprint(Oxe50Vocabulary())
    image, said = (SIDE_PX, QUALITY), sentences_digest()
    made = Made(one.name, rule, digest(one), split, seed, said, vocabulary, image)
    return Target(one, made, out / one.name)


def check_columns(dataset: Dataset, one: DatasetSet, rule: str) -> None:
    """Raise unless a data set has what a set's rule looks at.

    Raises:
        UsageError: It has not; says what is missing.
        StoreError: A column is of a kind that is not read.
    """
    missing = missing_columns(dataset, one, rule)
    if missing:
        raise UsageError(
            f"{dataset.path} has no {', '.join(missing)}, which the set {one.name!r} needs for the"
            f" rule {rule!r}.{did_you_mean(missing[0], dataset.features)} Choose another set"
            f" (cliprt data inspect {dataset.path} shows which fit), or write a row of your own"
            " (--sets FILE)."
        )
    check_wanted(dataset.features, wanted_columns(one, rule), dataset.path)
    for name, key, fits in (("image", one.image, _IMAGES), ("text", one.text, _TEXTS)):
        kind = dataset.features[f"steps/{key}"].kind
        if kind not in fits:
            raise UsageError(
                f"{dataset.path} has no {name} in the column {key!r}, but {kind}s. Correct `{name}`"
                f" in the row of the set {one.name!r}."
            )


def missing_columns(dataset: Dataset, one: DatasetSet, rule: str) -> list[str]:
    """Columns that a set's rule looks at and a data set does not have."""
    return [key for key in wanted_columns(one, rule) if key not in dataset.features]


def _shards_of(datasets: Iterable[Dataset], split: str) -> tuple[tuple[str, Shard], ...]:
    shards: dict[str, tuple[str, Shard]] = {}
    stems: dict[str, Shard] = {}
    for dataset in datasets:
        if split not in dataset.splits:
            raise UsageError(
                f"{dataset.path} has no split {split!r}.{did_you_mean(split, dataset.splits)}"
                f" Allowed: {', '.join(dataset.splits) or 'none'}."
            )
        for shard in dataset.splits[split]:
            name = shard.path.name
            if not SAFE_NAME.fullmatch(name):
                raise UsageError(
                    f"{dataset.path} calls a shard {name!r:.80}. Allowed: letters, digits, '_', '-'"
                    " and '.', not first, at most 200. Write the data set under another name."
                )
            twin = stems.setdefault(stem_of(name), shard)
            if twin is not shard:
                raise UsageError(
                    f"{shard.path} and {twin.path} would be written to one place. Convert them to"
                    " folders of their own (--to)."
                )
            shards[name] = (f"{dataset.name} {dataset.version}", shard)
    return tuple(shards[name] for name in sorted(shards))


def _check_apart(folder: Path, source: Path) -> None:
    ours, theirs = folder.resolve(), source.resolve()
    if ours == theirs or ours in theirs.parents or theirs in ours.parents:
        raise UsageError(
            f"{folder} would be written into, but the data set {source} is there. Choose another"
            " folder with --to."
        )
