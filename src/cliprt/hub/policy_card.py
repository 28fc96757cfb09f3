"""What the card of a policy says: tasks, success with its interval, training, how to use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cliprt.errors import StoreError
from cliprt.evaluation.files import load_json
from cliprt.evaluation.report import JSON
from cliprt.hub.outgoing import Content
from cliprt.hub.shared_recipe import for_others
from cliprt.hub.writing import Described, console, plain, table
from cliprt.policies.description import load_description
from cliprt.recipe.schema import Component

AS_IT_IS = "trainer.max_steps=0 data.episodes=0"
"""A policy is judged, and nothing is taught."""


def describe_policy(content: Content, repo: str) -> Described:
    """The sections about a policy, with the figures of its run's report where there is one."""
    description = load_description(content.place)
    recipe = for_others(description["recipe"])
    report = find_report(content.place)
    name, folder = repo.partition("/")[2], repo.partition("/")[2]
    sections = [
        f"# {plain(name)}\n\n{_about(description, recipe)}",
        f"## What it can do\n\n{_results(report, recipe)}",
        f"## Use it\n\n{_use(repo, folder, recipe)}",
        f"## What it was trained on\n\n{_data(report, recipe)}",
        f"## How it was trained\n\n{_training(description, recipe, report)}",
    ]
    return Described(sections, ["clip-rt", "imitation-learning"], _index(name, report))


def find_report(checkpoint: Path) -> Mapping[str, Any]:
    """The report of the run that a checkpoint is in, if it is about that policy; else empty."""
    near = checkpoint.parents[:3]
    key = checkpoint.parent.name
    for folder in near:
        with suppress(StoreError):
            report = load_json(folder / JSON)
            sources = report.get("sources", {})
            is_its = f"policies/{key}" in str(sources.get("metrics", ""))
            return report if is_its and report.get("trials") else {}
    return {}


def _about(description: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    vocabulary = description["vocabulary"]
    acts = "foresees motions" if vocabulary is None else "picks the next sentence from an image and"
    if vocabulary is not None:
        count, called = len(vocabulary["primitives"]), plain(vocabulary["name"])
        acts += f" the task in words, among the {count} of the vocabulary `{called}`"
    return (
        f"A robot policy taught by talking, with cliprt ([the method](https://arxiv.org/abs/2411.00508)"
        f"): it {acts}. Policy `{plain(recipe['policy']['name'])}`, encoder"
        f" `{plain((recipe.get('encoder') or {'name': 'none'})['name'])}`."
    )


def _results(report: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    if not report:
        tasks = [Component(**task).key for task in recipe.get("tasks", ())]
        named = ", ".join(f"`{plain(task)}`" for task in tasks) or "no task by name"
        return f"It was trained for {named}. How well it does them was not measured."
    rows = [
        (one["task"], one["instruction"], *_rate(one))
        for one in [*report["tasks"], {**report, "task": "all", "instruction": ""}]
    ]
    loops = "on" if report.get("loop_breaking", True) else "off"
    seed = report.get("seeds", {}).get("recipe", recipe.get("seed", 0))
    head = ("task", "said", "success", "trials", "95 % interval")
    return (
        f"{table(head, rows)}\n\nIn scenes that it had not seen, on the robot"
        f" `{plain(recipe.get('robot', {}).get('name', '?'))}`, loop-breaking {loops}; one"
        f" training, seed {plain(seed)}. Intervals are Wilson's."
    )


def _rate(one: Mapping[str, Any]) -> tuple[str, str, str]:
    low, high = one["interval"]
    rate = one["success_rate"]
    shown = "-" if rate is None else f"{100 * rate:.0f} %"
    return shown, f"{one['successes']}/{one['trials']}", f"{100 * low:.0f}-{100 * high:.0f} %"


def _use(repo: str, folder: str, recipe: Mapping[str, Any]) -> str:
    tasks = [Component(**task).key for task in recipe.get("tasks", ())]
    task = f" --task {tasks[0]}" if tasks else ""
    commands = console(
        f"cliprt hub pull {repo}",
        f"cliprt run {folder}/recipe.yaml{task} --checkpoint {folder}",
        f"cliprt evaluate {folder}/recipe.yaml trainer.start_from={folder} {AS_IT_IS}",
    )
    return (
        f"{commands}\n\n`recipe.yaml` is the recipe that it was trained with, as far as it concerns"
        f" others. To teach it more, begin with its weights: `trainer.start_from={folder}`. No"
        " weights are unpickled. Success in simulation says nothing about an arm; there, every"
        " motion goes through cliprt's gate."
    )


def _data(report: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    data = report.get("data", {})
    lines = []
    if data.get("taught_episodes"):
        lines.append(
            f"- {data['taught_episodes']} episodes ({data['taught_steps']} steps) that were taught"
            f" by {plain(data.get('who_taught') or 'somebody who is not named')}"
        )
    if data.get("generated_episodes"):
        made = ", ".join(f"`{plain(one['name'])}`" for one in recipe.get("augmenters", ()))
        lines.append(
            f"- {data['generated_episodes']} episodes ({data['generated_steps']} steps) that were"
            f" generated from them ({made or 'augmenters'}): nobody taught these"
        )
    if start := recipe.get("trainer", {}).get("start_from"):
        lines.append(f"- it began with the weights of another policy: {plain(start)}")
    for source in recipe["data"]["sources"]:
        path = source["options"].get("path")
        if path or source["name"] != "store":
            lines.append(f"- rows of `{plain(source['name'])}`: {plain(path or 'its own')}")
    if not lines:
        count = recipe["data"].get("episodes", "some")
        lines = [f"- {plain(count)} taught episodes a task; more was not noted"]
    return "\n".join(lines)


def _training(
    description: Mapping[str, Any], recipe: Mapping[str, Any], report: Mapping[str, Any]
) -> str:
    trainer, metrics = recipe.get("trainer", {}), description.get("metrics", {})
    wanted: Sequence[tuple[str, object]] = [
        ("optimiser steps", metrics.get("steps", trainer.get("max_steps"))),
        ("batch", trainer.get("batch_size")),
        ("peak learning rate", trainer.get("learning_rate")),
        ("parameters", metrics.get("parameters")),
        ("seed", recipe.get("seed")),
        ("accuracy on held-out steps", _share(metrics.get("val/accuracy"))),
        ("seconds of training", _rounded(metrics.get("train_s"))),
        ("made with", ", ".join(f"{k} {v}" for k, v in description.get("versions", {}).items())),
        ("on", str(report.get("created", ""))[:10]),
    ]
    return table(("", ""), [(name, value) for name, value in wanted if value not in (None, "")])


def _share(value: Any) -> str | None:
    return None if value is None else f"{100 * value:.1f} %"


def _rounded(value: Any) -> str | None:
    return None if value is None else f"{value:.0f}"


def _index(name: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """The results as the Hub's ``model-index`` has them."""
    if not report:
        return {}
    results = [
        {
            "task": {"type": "robotics", "name": one["instruction"] or one["task"]},
            "dataset": {"type": f"cliprt/{one['task']}", "name": f"{one['trials']} unseen scenes"},
            "metrics": [{"type": "success_rate", "value": round(one["success_rate"], 4)}],
        }
        for one in report["tasks"]
        if one["success_rate"] is not None
    ]
    return {"model-index": [{"name": name, "results": results}]} if results else {}
