"""``results.md``: the paper's tables with what was measured here, and everything needed to judge
them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from cliprt.evaluation.table import AVERAGE, Group, Row, data_key, group_of


def render_results(
    results: Mapping[str, Any], rows: Sequence[Row], claims: Sequence[str] = ()
) -> str:
    """The page's Markdown.

    Args:
        results: What ``results.json`` says.
        rows: The same's rows.
        claims: The part of the page that claims are.
    """
    lines = [
        "# The paper's claims and tables, made here",
        "",
        "Written by `cliprt reproduce`; do not edit. The same figures, trial by trial, are in"
        " `results.json`, the claims in `claims.json`.",
        "",
        *claims,
        "## The paper's tables",
        "",
        "```console",
        f"$ {results['command']}",
        f"$ {results['command']} --check 0.1    # a tenth of the trials again: equal or not",
        "```",
        "",
        f"{results['created'][:10]}, cliprt {results['version']}, {results['machine']}.",
        "",
        "**These are not the paper's conditions.** The arm, the scenes and the teacher are"
        " simulated, the policies are small and, unless 'pretrained' is said, trained from nothing,"
        " and 'scene' replays what was taught in further scenes, which needs to know where things"
        " lie there. The paper's figures"
        " (a real arm, a pretrained model, ten episodes a task) stand beside ours for orientation"
        " only."
        f" Source: {load_paper()['source']}.",
        "",
    ]
    usual = rows[0].request if rows else None
    for group in dict.fromkeys(map(group_of, rows)):
        suite, profile, overrides = group
        own = [row for row in rows if group_of(row) == group]
        asked = " ".join(("--profile", profile, *overrides))
        smaller = "" if (profile, overrides) == usual else f", `{asked}`"
        lines += [f"## {suite.capitalize()} tasks{smaller}", "", *_success_table(suite, own), ""]
        lines += [*_average_table(suite, own), ""]
        pairs = [pair for pair in results["comparisons"] if _group_of_pair(pair) == group]
        lines += _pair_table(pairs, own)
    lines += ["## What was taught, and what was generated from it", ""]
    lines += _data_table(results["data"], rows)
    lines += ["", *_seeds(rows)]
    return "\n".join(lines) + "\n"


def _success_table(suite: str, rows: Sequence[Row]) -> list[str]:
    tasks = [task for task in dict.fromkeys(row.task for row in rows) if task != AVERAGE]
    scenes = sorted({row.seeds["evaluation"][1] for row in rows if row.task != AVERAGE})
    most = max(len(row.trainings) for row in rows)
    text = [
        f"Success in %, {'-'.join(map(str, scenes))} unseen scenes a task"
        f" (from {rows[0].seeds['evaluation'][0]} on)"
        f"{f', up to {most} trainings' if most > 1 else ''}.",
        "",
        *_head(["", "all", *(task.replace("_", " ") for task in tasks)]),
    ]
    for name in dict.fromkeys(row.model for row in rows):
        of = {row.task: row for row in rows if row.model == name}
        cells = [of[AVERAGE].title, *(_rate(of.get(task)) for task in (AVERAGE, *tasks))]
        text.append(_line(cells))
    for name in load_paper()["suites"].get(suite, {}).get("average", {}):
        known = paper_success(suite, name)
        cells = [f"{known[task]:g}" if task in known else "" for task in (AVERAGE, *tasks)]
        text.append(_line([f"*paper: {name}*", *(f"*{cell}*" if cell else "" for cell in cells)]))
    return text


def _average_table(suite: str, rows: Sequence[Row]) -> list[str]:
    text = [
        *_head(
            [
                "over all tasks",
                "taught a task",
                "trainings",
                "diversified by",
                "successes",
                "95 % interval",
                "without loop-breaking",
                "mean steps",
                "training and trials",
            ]
        )
    ]
    for row in rows:
        if row.task == AVERAGE:
            low, high = row.interval
            other = row.without_loop_breaking
            text.append(
                _line(
                    [
                        row.title,
                        str(row.episodes_taught or "-"),
                        str(len(row.trainings)) if row.policies else "-",
                        ", ".join(row.augmenters) or "-",
                        f"{row.successes}/{row.trials}",
                        f"{100 * low:.0f}-{100 * high:.0f} %",
                        "" if other is None else f"{other}/{row.trials}",
                        "-" if row.mean_steps is None else f"{row.mean_steps:.1f}",
                        f"{row.cpu_s / 60:.1f} CPU min",
                    ]
                )
            )
    return text


def _group_of_pair(pair: Mapping[str, Any]) -> Group:
    return pair["suite"], pair["profile"], tuple(pair["overrides"])


def _pair_table(pairs: Iterable[Mapping[str, Any]], rows: Sequence[Row]) -> list[str]:
    titles = {row.model: row.title for row in rows}
    text = [
        _line(
            [
                f"{titles[pair['first']]} against {titles[pair['second']]}",
                str(pair["scenes"]),
                str(pair["only_first"]),
                str(pair["only_second"]),
                f"{100 * pair['difference']:+.1f} points",
                f"{pair['p_value']:.2g}",
            ]
        )
        for pair in pairs
    ]
    if not text:
        return []
    head = ["in the same scenes", "scenes", "only the first", "only the second", "difference"]
    return [
        *_head([*head, "p"]),
        *text,
        "",
        "p: exact McNemar test over the scenes that only one of the two solves; where both were"
        " trained several times, each training of one beside that of the other with the same seed."
        " Otherwise one training of each: chance between trainings is not in it.",
        "",
    ]


def _data_table(data: Mapping[str, Mapping[str, int]], rows: Sequence[Row]) -> list[str]:
    usual = rows[0].request if rows else None
    titles = {}
    for row in rows:
        size = "" if row.request == usual else f", {' '.join((row.profile, *row.overrides))}"
        titles[data_key(row.suite, row.model, *row.request)] = f"{row.suite}: {row.title}{size}"
    text = [
        "A sentence teaches one step. Generated episodes are executed on the simulated robot"
        " without anybody teaching; their steps that are not learned from (mistakes made on"
        " purpose) are counted apart.",
        "",
        *_head(
            [
                "all tasks together",
                "taught episodes",
                "taught sentences",
                "generated episodes",
                "generated steps",
                "executed only",
            ]
        ),
    ]
    names = ["taught_episodes", "taught_steps", "generated_episodes", "generated_steps"]
    for key, counts in data.items():
        if counts and key in titles:
            numbers = [counts[name] for name in (*names, "execute_only_steps")]
            text.append(_line([titles[key], *(f"{number:,}" for number in numbers)]))
    return text


def _seeds(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    usual = [row for row in rows if row.request == rows[0].request]
    most = max(usual, key=lambda row: row.episodes_taught).seeds
    taught, judged = most["taught"], most["evaluation"]
    trained = ", ".join(map(str, most["training"]))
    return [
        f"Seeds of the first tables: training {trained}; taught scenes from {taught[0]} on"
        f" ({taught[1]} a task at most); judged in scenes {judged[0]} to"
        f" {judged[0] + judged[1] - 1}, which are neither taught nor generated."
        " Intervals are Wilson's, at 95 %, over scenes."
    ]


def _rate(row: Row | None) -> str:
    return f"{100 * row.successes / row.trials:.0f}" if row and row.trials else "-"


def _head(names: Sequence[str]) -> list[str]:
    return [_line(names), _line(["---", *["---:"] * (len(names) - 1)])]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


@cache
def load_paper() -> dict[str, Any]:
    """``source`` in words, and the tables by suite."""
    text = files("cliprt.evaluation").joinpath("paper_results.json").read_text(encoding="utf-8")
    values: dict[str, Any] = json.loads(text)
    return values


def paper_success(suite: str, row: str) -> dict[str, float]:
    """Task -> success [%] of one row of the paper's tables; ``"average"`` too, as far as known."""
    table = load_paper()["suites"].get(suite, {})
    known = dict(zip(table.get("tasks", ()), table.get("success", {}).get(row, ()), strict=False))
    if row in table.get("average", {}):
        known["average"] = table["average"][row]
    return known
