"""What the card of a data set says: episodes, tasks, cameras, sentences, how to use it."""

from __future__ import annotations

from typing import Any

from cliprt.hub.data_facts import episode_facts, lerobot_facts, shard_facts
from cliprt.hub.kinds import source_of
from cliprt.hub.outgoing import Content
from cliprt.hub.writing import Described, console, plain, table

MOST_TASKS = 40
MOST_SENTENCES = 12


def describe_data(content: Content, repo: str) -> Described:
    """The sections about episodes, shards or a LeRobot data set."""
    look = {"episodes": episode_facts, "shards": shard_facts, "lerobot": lerobot_facts}
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
    source = source_of(content.kind, folder, content.files)
    commands = console(
        f"cliprt hub pull datasets/{repo}",
        f"cliprt train single_task 'data.sources=[{source}]'",
    )
    needed = "It takes the package `cliprt-lerobot`. " if content.kind.name == "lerobot" else ""
    both = f"`data.sources=[store, {source}]`"
    return f"{commands}\n\n{needed}Whoever records more learns from both: {both}."


def _front(content: Content) -> tuple[list[str], dict[str, Any]]:
    if content.kind.name == "lerobot":
        files = [{"config_name": "default", "data_files": "data/*/*.parquet"}]
        return ["LeRobot", "lerobot"], {"configs": files}
    if content.kind.name == "shards":
        return ["webdataset"], {}
    return [], {}
