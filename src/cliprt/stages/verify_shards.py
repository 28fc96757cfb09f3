"""Whether converted shards are what their sidecars and their manifest say."""

from __future__ import annotations

import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from cliprt.data.boundary import is_file
from cliprt.data.shard_index import Facts, file_digest, find_samples, read_facts
from cliprt.engines.interface import Engine
from cliprt.errors import StoreError
from cliprt.oxe.steps import stem_of
from cliprt.stages.convert_shard import CAMERA
from cliprt.stages.manifest import (
    MANIFEST,
    SIDECAR,
    TAR,
    Manifest,
    Sidecar,
    digest_of,
    read_manifest,
    read_sidecar,
)
from cliprt.stages.map_shards import map_shards
from cliprt.stages.progress import show_progress

_PARTS = {"json", CAMERA}
_ANEW = "Remove both and convert again"

_MOST_FAULTS = 5
"""Of one tar that are told."""


@dataclass(frozen=True)
class Checked:
    """What one shard turned out to be.

    Attributes:
        path: Of its tar, below the folder that is verified.
        sidecar: What is said of it; None where that cannot be read.
        problems: What is wrong, one line each.
    """

    path: str
    sidecar: Sidecar | None
    problems: tuple[str, ...]


def verify(folder: Path, engine: Engine) -> dict[str, Any]:
    """Check every tar of a converted set, or of the sets below a folder.

    Returns:
        JSON values: ``shards``, ``records``, ``steps``, ``kept``, ``sha256`` (of all tars, see
        `digest_of`) and ``problems``.

    Raises:
        StoreError: There is none.
    """
    problems: list[str] = []
    jobs: list[tuple[Path, str, str, str, int | None, Sidecar | None]] = []
    for place, below in _sets_in(folder):
        try:
            manifest = read_manifest(place)
        except StoreError as error:
            problems.append(str(error))
            continue
        if manifest is None:  # removed only just now
            continue
        for name in _names_in(place, manifest):
            expected, listed = manifest.expected.get(name), manifest.shards.get(name)
            if listed or os.path.lexists(place / f"{name}{TAR}"):
                jobs.append((place, below, name, manifest.made.key, expected, listed))
            else:
                why = manifest.left.get(name, "convert again to go on")
                problems.append(f"{below}{name}{TAR}: not converted: {why}")
    checked: list[Checked] = []
    with show_progress("Verifying", len(jobs)) as advance:
        for one in map_shards(_nothing, check_shard, jobs, folder, engine):
            advance(one.path)
            checked.append(one)
    checked.sort(key=lambda one: one.path)
    said = [(one.path, one.sidecar) for one in checked if one.sidecar is not None]
    return {
        "shards": len(said),
        "records": sum(sidecar.records for _, sidecar in said),
        "steps": sum(sidecar.steps for _, sidecar in said),
        "kept": sum(sidecar.kept for _, sidecar in said),
        "sha256": digest_of((path, sidecar.sha256) for path, sidecar in said),
        "problems": [*problems, *(text for one in checked for text in one.problems)],
    }


def _nothing() -> None:
    """What a worker keeps between shards."""


def check_shard(
    worker: None,
    folder: Path,
    below: str,
    name: str,
    made: str,
    expected: int | None,
    listed: Sidecar | None,
) -> Checked:
    """Check one tar against its sidecar, its sidecar against the manifest.

    Args:
        worker: See `_nothing`.
        folder: Of the tar.
        below: What its path begins with in what is told.
        name: Of the shard.
        made: `Made.key` of the manifest.
        expected: Episodes that its data set counts in it; None where the shard is unknown.
        listed: What the manifest says.
    """
    tar = f"{below}{name}{TAR}"
    sidecar = read_sidecar(folder, name)
    if sidecar is None:
        return Checked(
            tar, None, (f"{tar}: its sidecar {name}{SIDECAR} is missing or damaged. Convert again",)
        )
    problems = [f"{tar}: {text}" for text in _differences(sidecar, made, expected, listed)]
    faults = _faults(folder / f"{name}{TAR}", name, sidecar)
    problems += [f"{tar}: {text}" for text in islice(faults, _MOST_FAULTS)]
    return Checked(tar, sidecar, tuple(problems))


def _sets_in(folder: Path) -> list[tuple[Path, str]]:
    if is_file(folder / MANIFEST):
        return [(folder, "")]
    found = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    if not found:
        raise StoreError(
            f"{folder} holds no {MANIFEST}, nor does a folder in it: no data set was converted to"
            " it. Name the folder that cliprt data convert was told with --to."
        )
    return [(place, f"{place.name}/") for place in found]


def _names_in(folder: Path, manifest: Manifest) -> list[str]:
    there = {path.name.removesuffix(TAR) for path in folder.glob(f"*{TAR}")}
    return sorted({*manifest.expected, *there})


def _differences(
    sidecar: Sidecar, made: str, expected: int | None, listed: Sidecar | None
) -> Iterator[str]:
    if sidecar.made != made:
        yield f"it was made in another way than {MANIFEST} says. Remove that and convert again"
    if expected is None:
        yield f"{MANIFEST} does not know the shard"
    elif sidecar.records != expected:
        yield f"{sidecar.records} records were read, its data set counts {expected}. {_ANEW}"
    if listed is None and expected is not None:
        yield f"{MANIFEST} does not have it. Convert again"
    for name, value in vars(sidecar).items():
        if listed is not None and getattr(listed, name) != value:
            yield f"its sidecar and {MANIFEST} differ in {name!r}. Convert again"


def _faults(path: Path, name: str, sidecar: Sidecar) -> Iterator[str]:
    """What is wrong with a tar beside what its sidecar says."""
    try:
        with path.open("rb") as file:
            sha256 = file_digest(file)
        if sha256 != sidecar.sha256:
            yield "it is not what was written (its SHA-256 is another). Convert again"
        labels: Counter[str] = Counter()
        with path.open("rb") as file:
            for key, parts in find_samples(path).items():
                yield from _faults_of(key, name, set(parts))
                if "json" in parts:
                    file.seek(parts["json"][0])
                    facts: Facts = read_facts(file.read(parts["json"][1]))
                    labels[str(facts.label)] += 1
    except (OSError, EOFError, ValueError, OverflowError, tarfile.TarError) as error:
        yield f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        return
    if labels.total() != sidecar.kept:
        yield f"it holds {labels.total()} samples, its sidecar says {sidecar.kept}. {_ANEW}"
    elif labels != sidecar.histogram:
        yield f"its labels are not those that its sidecar counts. {_ANEW}"


def _faults_of(key: str, name: str, parts: set[str]) -> Iterator[str]:
    if not key.startswith(f"{stem_of(name)}-"):
        yield f"the key {key!r:.80} is none of this shard's"
    if parts != _PARTS:
        yield f"the sample {key!r:.80} has {', '.join(sorted(parts))}, not json and an image"
