"""What the card of a data set says: episodes, tasks, cameras, sentences, how to use it."""

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
from cliprt.hub.writing import Described, console, plain, table

MOST_TASKS = 40
MOST_SENTENCES = 12
MOST_READ = 50_000
"""Samples of shards that are looked into."""


@dataclass
class _Found:
    """What was counted; a number that nobody counted is None."""

    facts: dict[str, object] = field(default_factory=dict)
    tasks: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    per_task: str = "episodes"


def describe_data(content: Content, repo: str) -> Described:
    """The sections about episodes, shards or a LeRobot data set."""
    look = {"episodes": _episodes, "shards": _shards, "lerobot": _lerobot}
    found = look[content.kind.name](content)
    name = repo.partition("/")[2]
    title = content.kind.title.removeprefix("a ")
    sections = [
        f"# {plain(name)}\n\n{title[0].upper()}{title[1:]} of a robot, with the task in words and"
        " what each step is called, made with cliprt ([the method](https://arxiv.org/abs/2411.00508)).",
        f"## What is in it\n\n{table(('', ''), found.facts.items())}",
    ]
    if found.tasks:
        rows = found.tasks.most_common(MOST_TASKS)
        more = len(found.tasks) - len(rows)
        rest = f"\n\nand {more} more tasks" if more else ""
        sections.append(f"## Tasks\n\n{table(('said', found.per_task), rows)}{rest}")
    if found.sentences:
        said = [f"- {plain(text)}" for text, _ in found.sentences.most_common(MOST_SENTENCES)]
        sections.append(
            f"## Sentences\n\n{len(found.sentences)} different ones. The most frequent:\n\n"
            + "\n".join(said)
        )
    sections.append(f"## Use it\n\n{_use(content, repo, name)}")
    return Described(sections, *_front(content))


def _use(content: Content, repo: str, folder: str) -> str:
    name = {"episodes": "store"}.get(content.kind.name, content.kind.name)
    path = _pattern(content, folder) if name == "shards" else folder
    source = f"{{name: {name}, path: {path}}}"
    commands = console(
        f"cliprt hub pull datasets/{repo}",
        f"cliprt train single_task 'data.sources=[{source}]'",
    )
    needed = "It takes the package `cliprt-lerobot`. " if name == "lerobot" else ""
    both = f"`data.sources=[store, {source}]`"
    return f"{commands}\n\n{needed}Whoever records more learns from both: {both}."


def _pattern(content: Content, folder: str) -> str:
    """The folder, or the only tar."""
    tars = [name for name in content.files if name.endswith(".tar")]
    inner = {name.rpartition("/")[0] for name in tars}
    if len(tars) == 1:
        return f"{folder}/{tars[0]}"
    return "/".join(filter(None, (folder, min(inner))))


def _front(content: Content) -> tuple[list[str], dict[str, Any]]:
    if content.kind.name == "lerobot":
        files = [{"config_name": "default", "data_files": "data/*/*.parquet"}]
        return ["LeRobot", "lerobot"], {"configs": files}
    if content.kind.name == "shards":
        return ["webdataset"], {}
    return [], {}


def _episodes(content: Content) -> _Found:
    store = EpisodeStore(content.place)
    headers, _ = store.survey()
    found = _Found(tasks=Counter(header.instruction or header.task for header in headers))
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


def _shards(content: Content) -> _Found:
    """By the notes of their conversion, where there are some; else by looking into the tars."""
    tars = {n: f for n, f in content.files.items() if n.endswith(".tar") and isinstance(f, Path)}
    noted = [_noted(content.files.get(f"{name}.json")) for name in tars]
    if all(noted):
        kept = sum(int(one.get("kept", 0)) for one in noted)
        facts: dict[str, object] = {
            "steps": kept,
            "of": f"{sum(int(one.get('steps', 0)) for one in noted)} recorded",
            "episodes": sum(int(one.get("records", 0)) for one in noted),
        }
        return _Found({"shards": len(tars), **facts, "images": "JPEG, 224 px"})
    found, episodes = _Found(per_task="steps"), set()
    indices = {path: load_index(path) for path in tars.values()}
    for said in islice(_said_in(indices), MOST_READ):
        found.tasks[str(said.get("instruction", ""))] += 1
        found.sentences[str(said.get("supervision") or said.get("phrase") or "")] += 1
        episodes.add(str(said.get("episode", "")))
    steps = sum(map(len, indices.values()))
    cameras = sorted({part for index in indices.values() for part in index.parts} - {"json"})
    found.sentences.pop("", None)
    found.facts = {
        "shards": len(tars),
        "steps": steps,
        "episodes": f"{len(episodes)}{'' if steps <= MOST_READ else ' or more'}",
        "cameras": ", ".join(cameras) or "none",
    }
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


def _noted(file: Path | bytes | None) -> Mapping[str, Any]:
    if not isinstance(file, Path):
        return {}
    try:
        data = read_plain(file, MOST_RECORD_BYTES, None)
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error}. Make it again.") from error
    return _parsed(data, file)


def _lerobot(content: Content) -> _Found:
    info = _noted(content.files["meta/info.json"])
    features = info.get("features")
    features = features if isinstance(features, Mapping) else {}
    cameras = [
        key
        for key, one in features.items()
        if isinstance(one, Mapping) and one.get("dtype") in ("video", "image")
    ]
    spoken = sum(key.startswith("language_") for key in features)
    facts = {
        "format": f"LeRobot {info.get('codebase_version', '?')}",
        "robot": info.get("robot_type") or "not noted",
        "episodes": info.get("total_episodes", "not noted"),
        "frames": f"{info.get('total_frames', 'not noted')}, {info.get('fps', '?')} a second",
        "tasks": info.get("total_tasks", "not noted"),
        "cameras": ", ".join(cameras) or "none",
        "language": "a motion phrase for every frame" if spoken else "the task in words",
    }
    return _Found(
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
