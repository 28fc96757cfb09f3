"""Writes docs/tasks.md from the tasks themselves: ``python docs/make/tasks_page.py``.

Words come from the classes, numbers from ``docs/make/tasks.json`` and pictures from
``docs/media/tasks``, both made by ``python docs/make/tasks_media.py``.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from cliprt.environments import environment_id
from cliprt.registry import entries, load
from cliprt.tasks.chores import HELD_OUT, TAUGHT, THINGS, Chore

PAGE = Path(__file__).resolve().parents[1] / "tasks.md"
MEASURED = Path(__file__).with_name("tasks.json")
SUITES = {
    "common": "Things that robots are often taught, as in the data that CLIP-RT was pretrained on.",
    "novel": "Things that are in no such data: what a person would have to teach.",
}

BROUGHT = ("skill", "household")
"""Tasks of no instruction of their own."""

HOUSEHOLD = """
## A household, where the words choose

![Put the blue cup in the right drawer: the scene before and after](media/tasks/household.png)

In each of the scenes above one thing can be done, and a policy that does not listen does it all
the same. Here {count} instructions are possible in every scene: cubes and cups, red and blue ones,
stand in any order before a plate and two drawers that are open. It is right when the asked thing
happened *and* none of the others; what was done is kept with every trial (`did`).

| | {things} |
|---|{rules}|
{table}
The suite `household` is the {taught} that are taught. The {held_out} of `household_held_out` never
are, though each of their words is. Each is a task by itself, a `household` with the option
`instruction`, and a Gymnasium environment, e.g. `{id}`. The teacher does what it
is asked in {successes} of {scenes} scenes, in {mean_steps} steps on average (limit {max_steps}).

```console
$ cliprt fit --recipe household            # {taught} instructions, one policy
$ cliprt fit --recipe household_held_out   # the same policy, {held_out} that it was never taught
```
"""

INTRODUCTION = """# The tasks

<!-- written by docs/make/tasks_page.py from the tasks; do not edit -->

{count} tasks come with cliprt, under the instructions of the CLIP-RT paper: {common} *common* and
{novel} *novel* ones. In each scene places, turns, shades, light and the things beside the task are
drawn anew from the scene's seed; `difficulty` (`easy`, `default`, `hard`) says how much they
differ. A task is done when its condition, a physical one, still holds after the robot kept still
for a moment.

The pictures show a scene before and after the simulated teacher's sentences were followed.
*Teacher* says how often it succeeds, and after how many steps, in the scenes 0 to {last}.
Every task is also a [Gymnasium environment](gymnasium.md).
"""

SECTION = """
## {title} tasks

{about}
"""

TASK = """
### {instruction}

![{instruction}: the scene before and after](media/tasks/{name}.png)

| `{name}` | |
|---|---|
| Scene | {scene} |
| Done when | {success} |
| Teacher | {successes} of {scenes} scenes, {mean_steps} steps on average (limit {max_steps}) |
| Gymnasium | `{id}` |
"""


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(write(), encoding="utf-8")


def write() -> str:
    """The whole page."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    names = [e.name for e in entries("task") if e.package == "cliprt" and e.name not in BROUGHT]
    tasks = {name: load("task", name) for name in names}
    suites = {
        suite: {name: task for name, task in tasks.items() if task.suite == suite}
        for suite in SUITES
    }
    scenes = max((measured[name]["scenes"] for name in tasks), default=1)
    parts = [
        INTRODUCTION.format(
            count=len(tasks),
            last=scenes - 1,
            **{suite: len(members) for suite, members in suites.items()},
        )
    ]
    for suite, about in SUITES.items():
        parts.append(SECTION.format(title=suite.capitalize(), about=about))
        parts += [show(name, task, measured[name]) for name, task in suites[suite].items()]
    return "".join([*parts, show_household(measured["household"])])


def show_household(measured: dict[str, Any]) -> str:
    """The scene in which anything can be asked."""
    rows: dict[tuple[str, str], list[Chore]] = {}
    for chore in (*TAUGHT, *HELD_OUT):
        rows.setdefault((chore.wording, chore.where), []).append(chore)
    table = "".join(
        f"| {wording.format(what='...', where=where)} | "
        + " | ".join(
            "*not taught*" if Chore(wording, what, where) in HELD_OUT else "taught"
            for what in THINGS
        )
        + " |\n"
        for wording, where in rows
    )
    return HOUSEHOLD.format(
        count=len(TAUGHT) + len(HELD_OUT),
        taught=len(TAUGHT),
        held_out=len(HELD_OUT),
        things=" | ".join(THINGS),
        rules="|".join("---" for _ in THINGS),
        table=table,
        id=environment_id(TAUGHT[0].key),
        max_steps=load("task", "household").max_steps,
        **measured,
    )


def show(name: str, task: Any, measured: dict[str, Any]) -> str:
    """One task: its picture and what there is to say."""
    return TASK.format(
        name=name,
        instruction=task.instruction,
        scene=first_paragraph(task),
        success=first_paragraph(task.is_success),
        max_steps=task.max_steps,
        id=environment_id(name),
        **measured,
    )


def first_paragraph(thing: Any) -> str:
    """The beginning of a docstring, in one line."""
    paragraph = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return " ".join(paragraph.replace("``", "`").split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
