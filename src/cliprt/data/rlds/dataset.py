"""An RLDS data set on this machine: its columns, its shards, and their episodes one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cliprt.data.boundary import MOST_RECORD_BYTES, is_file, parse_json, read_plain
from cliprt.data.rlds.decode import Column, decode, locate
from cliprt.data.rlds.example import find_values
from cliprt.data.rlds.features import Feature, to_count, to_features
from cliprt.data.rlds.tfrecord import Frame, damaged, read_frames
from cliprt.errors import StoreError, did_you_mean

FEATURES, INFO = "features.json", "dataset_info.json"
"""The two files that describe a data set."""

TEMPLATE = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"
_MOST_SHARDS = 100_000


@dataclass(frozen=True)
class Shard:
    """One file of a data set, with what is needed to read it; it may be missing.

    Attributes:
        path: Of the file.
        split: Which it belongs to.
        number: In its split, from 0.
        records: Episodes in it, as ``dataset_info.json`` says.
        features: Columns of the data set.
    """

    path: Path
    split: str
    number: int
    records: int
    features: Mapping[str, Feature] = field(repr=False)


@dataclass(frozen=True)
class Dataset:
    """What a folder says that it holds.

    Attributes:
        path: The folder.
        name: Of the data set.
        version: Of it.
        features: Key -> column.
        splits: Name -> shards, in order.
    """

    path: Path
    name: str
    version: str
    features: Mapping[str, Feature]
    splits: Mapping[str, tuple[Shard, ...]]


@dataclass(frozen=True, eq=False)
class Record:
    """One episode.

    Attributes:
        number: In its shard, from 0.
        steps: n.
        columns: Wanted key -> array (n, *shape), or a list of n bytes; of what the episode has
            once, n is 1.  Of those that were only to be located, offset and size in the file,
            int64 (n, 2).
    """

    number: int
    steps: int
    columns: Mapping[str, Column]


def open_rlds(folder: str | Path) -> Dataset:
    """The data set in a folder, or in the only version below it; shards are not looked at yet.

    Raises:
        StoreError: There is none, or its description is damaged or of a format that is not read.
    """
    path = _version_folder(Path(folder))
    info, features = _parsed(path / INFO), _parsed(path / FEATURES)
    try:
        if not isinstance(info, Mapping):
            raise ValueError("it is not a JSON object")
        return _dataset(path, info, _features_of(path, features))
    except ValueError as error:
        raise damaged(path / INFO, str(error)) from error


def read_records(
    shard: Shard, wanted: Sequence[str], located: Sequence[str] = ()
) -> Iterator[Record]:
    """The episodes of a shard, one at a time, checksums checked.

    Args:
        shard: Of `open_rlds`.
        wanted: Keys of columns; the others are stepped over.
        located: Those of `wanted` of which only the places in the file are given: images, texts.

    Raises:
        StoreError: The data set has no such column, or the shard is missing, cut off or damaged;
            says at which record.
        MissingExtraError: The package that computes the checksums is not installed.
    """
    check_wanted(shard.features, wanted, shard.path)
    return _records(shard, tuple(wanted), frozenset(located))


def check_wanted(features: Mapping[str, Feature], wanted: Sequence[str], place: Path) -> None:
    """Raise unless there are such columns, and they can be read.

    Raises:
        StoreError: One is not there, or is of a kind that is not read.
    """
    for key in wanted:
        if key not in features:
            raise StoreError(
                f"{place} has no column {key!r}.{did_you_mean(key, features)} Choose one that"
                f" {FEATURES} names (cliprt data inspect shows them)."
            )
        if features[key].kind == "other":
            raise StoreError(
                f"the column {key!r} of {place} cannot be read: {features[key].reason}. Leave it"
                " out, or write the data set again with images, texts, numbers or tensors."
            )


def _records(shard: Shard, wanted: tuple[str, ...], located: frozenset[str]) -> Iterator[Record]:
    count = 0
    for frame in read_frames(shard.path):
        count += 1
        if count > shard.records:
            raise damaged(shard.path, f"it has more than the {shard.records} records of {INFO}")
        try:
            yield _record(frame, shard.features, wanted, located)
        except ValueError as error:
            raise damaged(shard.path, f"record {frame.number}: {error}") from error
    if count < shard.records:
        reason = f"it ends after {count} of the {shard.records} records that {INFO} counts"
        raise damaged(shard.path, reason)


def _record(
    frame: Frame,
    features: Mapping[str, Feature],
    wanted: tuple[str, ...],
    located: frozenset[str],
) -> Record:
    found = find_values(frame.data)
    for key in found:
        if key not in features and not _is_part(key, features):
            raise ValueError(f"it has a column {key!r}, which {FEATURES} does not have")
    columns: dict[str, Column] = {}
    for key in (*wanted, *_counted(features, wanted)):
        if key not in found:
            raise ValueError(f"it has no column {key!r}")
        try:
            decoded = locate if key in located else decode
            columns[key] = decoded(features[key], frame, found[key])
        except ValueError as error:
            raise ValueError(f"column {key!r}: {error}") from error
    return Record(frame.number, _steps(columns, features), {key: columns[key] for key in wanted})


def _is_part(key: str, features: Mapping[str, Feature]) -> bool:
    """Whether it belongs to a column that takes several, as those do that are not read."""
    parent = features.get(key.rpartition("/")[0])
    return parent is not None and parent.kind == "other"


def _counted(features: Mapping[str, Feature], wanted: Sequence[str]) -> Sequence[str]:
    """A small column that tells the number of steps, where none of those wanted does."""
    if any(features[key].by_step for key in wanted):
        return ()
    kinds = ("scalar", "tensor", "text", "image")
    able = (f for f in features.values() if f.by_step and f.kind in kinds)
    return [min(able, key=lambda f: kinds.index(f.kind)).key] if able else ()


def _steps(columns: Mapping[str, Column], features: Mapping[str, Feature]) -> int:
    """How many rows the columns have.

    Raises:
        ValueError: Not all the same.
    """
    first: tuple[str, int] | None = None
    for key, column in columns.items():
        if not features[key].by_step:
            if len(column) != 1:
                raise ValueError(f"column {key!r} has {len(column)} rows, not the episode's one")
            continue
        first = first or (key, len(column))
        if len(column) != first[1]:
            raise ValueError(f"{first[0]!r} has {first[1]} steps, {key!r} has {len(column)}")
    return first[1] if first else 0


def _version_folder(folder: Path) -> Path:
    if is_file(folder / FEATURES):
        return folder
    found = sorted(folder.glob(f"*/{FEATURES}")) if folder.is_dir() else []
    if len(found) == 1:
        return found[0].parent
    have = ", ".join(path.parent.name for path in found[:9])
    raise StoreError(
        f"{folder} holds {'several versions: ' + have if found else 'no RLDS data set'}. Name the"
        f" folder that has {FEATURES} and {INFO} in it."
    )


def _parsed(path: Path) -> Any:
    try:
        return parse_json(read_plain(path, MOST_RECORD_BYTES, path.parent))
    except OSError as error:
        raise damaged(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise damaged(path, str(error)) from error


def _features_of(path: Path, tree: Any) -> dict[str, Feature]:
    try:
        return to_features(tree)
    except ValueError as error:
        raise damaged(path / FEATURES, str(error)) from error


def _dataset(path: Path, info: Mapping[str, Any], features: Mapping[str, Feature]) -> Dataset:
    name, version = _name(info, "name"), _name(info, "version")
    file_format = info.get("fileFormat", "tfrecord")
    if file_format != "tfrecord":
        raise StoreError(
            f"the files of {path} are {file_format!r:.40}; only 'tfrecord' is read. Where"
            " tensorflow-datasets and apache-beam are installed, run: tfds convert_format"
            f" --dataset_version_dir={path} --out_file_format=tfrecord --out_dir=FOLDER"
        )
    splits: dict[str, tuple[Shard, ...]] = {}
    listed = info.get("splits")
    if not isinstance(listed, list) or not all(isinstance(split, Mapping) for split in listed):
        raise ValueError("it has no list of 'splits'")
    if sum(len(_lengths(split)) for split in listed) > _MOST_SHARDS:
        raise ValueError(f"it has more than {_MOST_SHARDS} shards")
    for split in listed:
        splits[_name(split, "name")] = _shards(path, name, split, features)
    paths = {shard.path for shards in splits.values() for shard in shards}
    if len(splits) < len(listed) or len(paths) < sum(map(len, splits.values())):
        raise ValueError("two of its splits, or two of its shards, have one name")
    return Dataset(path, name, version, features, splits)


def _shards(
    path: Path, dataset: str, split: Mapping[str, Any], features: Mapping[str, Feature]
) -> tuple[Shard, ...]:
    name, template = _name(split, "name"), split.get("filepathTemplate") or TEMPLATE
    lengths, made = _lengths(split), []
    for number, length in enumerate(lengths):
        file = str(template)
        for part, text in {
            "{DATASET}": dataset,
            "{SPLIT}": name,
            "{FILEFORMAT}": "tfrecord",
            "{SHARD_INDEX}": f"{number:05d}",
            "{NUM_SHARDS}": f"{len(lengths):05d}",
            "{SHARD_X_OF_Y}": f"{number:05d}-of-{len(lengths):05d}",
        }.items():
            file = file.replace(part, text)
        if not _is_name(file):
            raise ValueError(f"the name {file!r:.80} of a shard is no file's in its own folder")
        records = to_count(length, f"shardLengths of {name}")
        made.append(Shard(path / file, name, number, records, features))
    return tuple(made)


def _lengths(split: Mapping[str, Any]) -> list[Any]:
    lengths = split.get("shardLengths")
    if not isinstance(lengths, list):
        raise ValueError(f"its split {split.get('name')!r:.60} has no list of 'shardLengths'")
    return lengths


def _name(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    if not isinstance(value, str) or not _is_name(value):
        raise ValueError(f"its {key!r} is {value!r:.60}, not a name")
    return value


def _is_name(text: str) -> bool:
    return (
        text.isprintable() and 0 < len(text) < 256 and text not in (".", "..") and "/" not in text
    )
