"""What the card of a data set says: episodes, tasks, cameras, sentences, how to use it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cliprt.data.boundary import MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.shard_index import load_index
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.hub.outgoing import Content
from cliprt.hub.writing import Described, console, plain, table

MOST_TASKS = 40
MOST_SENTENCES = 12


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
    extra = ["pip install cliprt-lerobot"] if content.kind.name == "lerobot" else []
    commands = console(
        *extra,
        f"cliprt hub pull datasets/{repo}",
        f"cliprt train single_task 'data.sources=[{source}]'",
    )
    return f"{commands}\n\nWhoever records more learns from both: `data.sources=[store, {source}]`."


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
    indices = [load_index(path) for path in tars.values()]
    cameras = sorted({part for index in indices for part in index.parts} - {"json"})
    phrases: Counter[str] = Counter()
    for index in indices:
        phrases.update(str(index.said[number][1] or "") for number in index.primitive.tolist())
    phrases.pop("", None)
    facts = {
        "shards": len(tars),
        "steps": sum(map(len, indices)),
        "cameras": ", ".join(cameras) or "none",
    }
    return _Found(facts, sentences=phrases)


def _noted(file: Path | bytes | None) -> Mapping[str, Any]:
    if not isinstance(file, Path):
        return {}
    try:
        found = parse_json(read_plain(file, MOST_RECORD_BYTES, None))
    except (OSError, ValueError) as error:
        raise StoreError(f"{file} cannot be read: {error}. Convert it again.") from error
    return found if isinstance(found, dict) else {}


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
    return _Found({key: json.dumps(v) if isinstance(v, dict) else v for key, v in facts.items()})
