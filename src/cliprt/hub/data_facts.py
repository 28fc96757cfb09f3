"""What is counted in episodes, shards and LeRobot data sets, for their card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from cliprt.data.boundary import MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.shard_index import ShardIndex, load_index
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.hub.outgoing import Content
from cliprt.stages.manifest import MANIFEST, TAR, read_manifest, read_sidecar

MOST_READ = 50_000
MOST_TARS = 50
"""Samples and shards that are looked into."""


@dataclass
class Found:
    """What was counted.

    Attributes:
        facts: In words -> what.
        tasks: The task in words -> `per_task`.
        sentences: What was said for a step -> how often.
    """

    facts: dict[str, object] = field(default_factory=dict)
    tasks: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    per_task: str = "episodes"


def episode_facts(content: Content) -> Found:
    """Of recorded episodes."""
    store = EpisodeStore(content.place)
    headers, _ = store.survey()
    found = Found(tasks=Counter(header.instruction or header.task for header in headers))
    cameras: Counter[str] = Counter()
    sources = Counter(header.source for header in headers)
    for episode in store.readable(header.id for header in headers):
        found.sentences.update(s.supervision for s in episode.steps if s.supervision)
        for step in episode.steps[:1]:
            cameras.update(step.observation.images)
    good = sum(header.success is True for header in headers)
    found.facts = {
        "episodes": f"{len(headers)}, {good} successful",
        "steps": sum(header.steps or 0 for header in headers),
        "cameras": ", ".join(cameras) or "none",
        "who acted": ", ".join(f"{name} ({count})" for name, count in sources.most_common()),
        "recorded": _span(header.recorded_at[:10] for header in headers),
        "of each step": "images, commanded, sent and measured motion, what was said, refusals",
    }
    return found


def _span(days: Iterable[str]) -> str:
    ordered = sorted(filter(None, days))
    if not ordered:
        return "not noted"
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]} to {ordered[-1]}"


def shard_facts(content: Content) -> Found:
    """Of tars: by the notes of a conversion, where there are some, and by looking into them."""
    tars = {n: f for n, f in content.files.items() if n.endswith(".tar") and isinstance(f, Path)}
    sidecars = [read_sidecar(f.parent, f.name.removesuffix(TAR)) for f in tars.values()]
    indices = {path: load_index(path) for path in islice(tars.values(), MOST_TARS)}
    found, episodes = Found(per_task="steps"), set()
    for said in islice(_said_in(indices), MOST_READ):
        found.tasks[str(said.get("instruction", ""))] += 1
        found.sentences[str(said.get("supervision") or said.get("phrase") or "")] += 1
        episodes.add(str(said.get("episode", "")))
    found.sentences.pop("", None)
    read = sum(map(len, indices.values()))
    is_all = len(indices) == len(tars) and read <= MOST_READ
    more = "" if is_all else " or more"
    cameras = sorted({part for index in indices.values() for part in index.parts} - {"json"})
    found.facts = {
        "shards": len(tars),
        "steps": f"{read}{more}",
        "episodes": f"{len(episodes)}{more}",
        "cameras": ", ".join(cameras) or "none",
        **_conversions(content),
    }
    noted = [one for one in sidecars if one is not None]
    if len(noted) == len(tars):
        kept, records = sum(one.kept for one in noted), sum(one.records for one in noted)
        found.facts |= {"steps": kept, "episodes": records}
    return found


def _conversions(content: Content) -> dict[str, object]:
    """Of each converted set, by which rule, and how many of its steps have a label."""
    found: dict[str, object] = {}
    for name in sorted(n for n in content.files if n.rpartition("/")[2] == MANIFEST):
        manifest = None
        with suppress(StoreError):  # another program's may have this name
            manifest = read_manifest((content.place / name).parent)
        if manifest is not None:
            made, shards = manifest.made, manifest.shards.values()
            kept, steps = sum(one.kept for one in shards), sum(one.steps for one in shards)
            found[f"set {made.set}"] = f"{kept} of {steps} steps, by the rule {made.rule}"
    return found


def _said_in(indices: Mapping[Path, ShardIndex]) -> Iterator[Mapping[str, Any]]:
    """The notes of every sample, in order."""
    for path, index in indices.items():
        place = index.parts.index("json")
        with path.open("rb") as file:
            for offset, size in index.spans[:, place].tolist():
                file.seek(offset)
                yield _parsed(file.read(size), path)


def _parsed(data: bytes, place: Path) -> Mapping[str, Any]:
    try:
        found = parse_json(data)
    except ValueError as error:
        raise StoreError(f"{place} cannot be read: {error}. Make it again.") from error
    return found if isinstance(found, dict) else {}


def lerobot_facts(content: Content) -> Found:
    """Of a LeRobot data set, as its ``meta`` says it."""
    place = content.place / "meta" / "info.json"
    try:
        info = _parsed(read_plain(place, MOST_RECORD_BYTES, None), place)
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error}. Make it again.") from error
    features = info.get("features")
    features = features if isinstance(features, Mapping) else {}
    cameras = [
        key
        for key, one in features.items()
        if isinstance(one, Mapping) and one.get("dtype") in ("video", "image")
    ]
    spoken = [key for key in features if key.startswith("language_")]
    facts = {
        "format": f"LeRobot {info.get('codebase_version', '?')}",
        "robot": info.get("robot_type") or "not noted",
        "episodes": info.get("total_episodes", "not noted"),
        "frames": f"{info.get('total_frames', 'not noted')}, {info.get('fps', '?')} a second",
        "tasks": info.get("total_tasks", "not noted"),
        "cameras": ", ".join(cameras) or "none",
        "language": f"the task in words, and {' and '.join(spoken)}"
        if spoken
        else "the task in words",
    }
    return Found(
        {key: json.dumps(v) if isinstance(v, dict) else v for key, v in facts.items()},
        _lerobot_tasks(content),
    )


def _lerobot_tasks(content: Content) -> Counter[str]:
    """Tasks and their episodes; none where pyarrow is not installed or does not read them."""
    found: Counter[str] = Counter()
    files = [file for name, file in content.files.items() if name.startswith("meta/episodes")]
    with suppress(ImportError, OSError, ValueError, LookupError):  # pyarrow's errors are such
        for file in files:
            if isinstance(file, Path) and file.suffix == ".parquet":
                rows = import_module("pyarrow.parquet").read_table(file, columns=["tasks"])
                found.update(task for tasks in rows["tasks"].to_pylist() for task in tasks)
    return found
