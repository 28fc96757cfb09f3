"""``cliprt skill``: bring a skill that nobody coded, look at it, and say when it is done."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit, note
from cliprt.errors import UnknownNameError, UsageError, did_you_mean

if TYPE_CHECKING:
    from cliprt.recipe.schema import Component, Recipe
    from cliprt.stages.run_folder import RunFolder
    from cliprt.tasks.skill import SkillTask

EXAMPLE = """\
cliprt skill new "Put the spoon in the mug" --scene "a spoon, a mug"
cliprt skill new "Stir the tea" --scene "a mug, a spoon on the left" --out stir.yaml
cliprt skill show stir.yaml
cliprt skill picture stir.yaml --out stir.png
cliprt skill goal runs/stir stir_the_tea"""

RECIPE = ".yaml"
SEEDS = (0, 1, 2)
PICTURE_PX = 384

WHERE = "a recipe, or a run folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``new | ls | show | goal | picture`` and what each takes."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="new|ls|show|goal|picture"
    )
    new = actions.add_parser("new", help="bring one: its words, what lies on the table, its goal")
    new.add_argument("title", metavar="WORDS", help='what is to be done: "Stir the tea"')
    new.add_argument(
        "--scene", default="", metavar="WORDS", help='"a spoon, a red mug on the left"'
    )
    new.add_argument(
        "--goal", default="", metavar="WORDS", help="default: a person says it is done"
    )
    new.add_argument("--as", dest="key", default="", metavar="TASK", help="default: by its words")
    new.add_argument(
        "--out",
        type=Path,
        metavar="FILE.yaml|RUN",
        help="a new recipe, or a run folder that gets the skill (default: print the recipe)",
    )
    listing = actions.add_parser("ls", help="the skills of a recipe or a run")
    listing.add_argument("where", metavar="WHERE", help=WHERE)
    show = actions.add_parser("show", help="what one is: its words, its table, its goal")
    picture = actions.add_parser("picture", help="draw its table, as it is laid in some scenes")
    for action in (show, picture):
        action.add_argument("where", metavar="WHERE", help=WHERE)
        action.add_argument("task", metavar="TASK", nargs="?", default="", help="if it has several")
    picture.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    picture.add_argument("--seeds", type=int, nargs="+", default=SEEDS, metavar="SEED")
    goal = actions.add_parser("goal", help="what the taught ends have in common; say what it is")
    goal.add_argument("where", metavar="RUN", type=Path, help="a run folder")
    goal.add_argument("task", metavar="TASK", nargs="?", default="", help="if it has several")
    said = goal.add_mutually_exclusive_group()
    said.add_argument("--set", metavar="WORDS", help='this is it: "the spoon is in the mug"')
    said.add_argument("--judge", action="store_true", help="a person says when it is done")
    for action in (new, listing, show, goal, picture):
        add_format(action)


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says."""
    does = {"new": _new, "ls": _list, "show": _show, "goal": _goal, "picture": _picture}
    return does[args.action](args)


def _new(args: argparse.Namespace) -> int:
    from cliprt.scenes.entries import from_entries, to_entries
    from cliprt.stages.run_folder import RunFolder
    from cliprt.stages.skills import free_key, save_skill, to_recipe
    from cliprt.tasks.skill import SkillTask

    task = SkillTask(args.title, args.scene, args.goal)
    out: Path | None = args.out
    run_folder = RunFolder(out) if out and out.suffix != RECIPE else None
    is_there = out is not None and out.is_dir()
    taken = [one.key for one in _recipe_at(out or "").tasks] if is_there else []
    key = args.key or free_key(task.instruction, taken)
    if key in taken:
        raise UsageError(f"{out} has a task {key!r} already. Give it another name: --as {key}_2")
    entry: dict[str, Any] = {"name": "skill", "as": key, "instruction": task.instruction}
    entry["scene"] = to_entries(from_entries(args.scene))
    entry |= {"goal": task.goal} if task.goal else {}
    text = to_recipe(entry)
    if run_folder:
        run_folder.path.mkdir(parents=True, exist_ok=True)
        save_skill(run_folder, entry)
        note(f"kept in {out}; teach it: cliprt teach --out {out}")
    elif out:
        if out.exists():
            raise UsageError(f"{out} exists already and is not overwritten. Choose another name.")
        _write(out, text.encode())
        note(f"kept in {out}; teach it: cliprt teach {out}")
    if args.format == "json" or not out:
        emit(entry, args.format, text.rstrip())
    return 0


def _list(args: argparse.Namespace) -> int:
    rows = [
        {"task": key, "instruction": task.instruction, "goal": task.goal}
        for key, task in _skills(args.where).items()
    ]
    lines = [f"{r['task']}: {r['instruction']} ({r['goal'] or 'a person judges'})" for r in rows]
    emit(rows, args.format, "\n".join(lines) or f"{args.where} has no skill of anybody's own")
    return 0


def _show(args: argparse.Namespace) -> int:
    from cliprt.scenes.entries import to_entries
    from cliprt.scenes.words import tell_scene

    key, task = _choose(args.where, args.task)
    facts = {
        "task": key,
        "instruction": task.instruction,
        "scene": to_entries(task.scene),
        "words": tell_scene(task.scene),
        "goal": task.goal,
        "max_steps": task.max_steps,
    }
    lines = [
        f"{task.instruction} ({key})",
        f"On the table: {facts['words'] or 'nothing'}",
        f"Done when: {task.goal or 'a person says so'}",
    ]
    emit(facts, args.format, "\n".join(lines))
    return 0


def _goal(args: argparse.Namespace) -> int:
    from cliprt.stages.goals import taught_facts
    from cliprt.stages.skills import save_skill

    folder = _run_folder(args.where)
    if folder is None:
        raise UsageError(f"there is no run folder {args.where}. Teach first: cliprt teach")
    key, _ = _choose(str(args.where), args.task)
    recipe = _recipe_at(args.where)
    component = next(task for task in recipe.tasks if task.key == key)
    if args.set is None and not args.judge:
        return _tell_goals(args, key, component, taught_facts(recipe, folder, key))
    goal = " ".join((args.set or "").split())
    options = {name: value for name, value in component.options.items() if name != "goal"}
    said = replace(component, options={**options, "goal": goal} if goal else options)
    save_skill(folder, said.to_entry())
    note(f"kept in {args.where}: {key} is done when {goal or 'a person says so'}")
    if args.format == "json":
        emit({"task": key, "goal": goal}, "json", "")
    return 0


def _tell_goals(args: argparse.Namespace, key: str, task: Component, taught: Sequence[Any]) -> int:
    """What all taught ends have in common, likeliest first, and how to say which one it is."""
    from cliprt.goals.inference import infer_goal, tell_difference
    from cliprt.goals.words import tell_goal

    goals = [str(tell_goal(goal)) for goal in infer_goal(taught)]
    now = str(task.options.get("goal", ""))
    lines = [f"Now: {now or 'a person says when it is done'}"]
    if goals:
        lines.append(f"After {len(taught)} taught episodes, but not before:")
        lines += [f"  {goal}" for goal in goals]
        lines.append(f'Keep one: cliprt skill goal {args.where} {key} --set "{goals[0]}"')
    else:
        lines.append(str(tell_difference(taught)))
    emit({"task": key, "goal": now, "episodes": len(taught), "found": goals}, args.format,
         "\n".join(lines))  # fmt: skip
    return 0


def _picture(args: argparse.Namespace) -> int:
    import numpy as np
    from PIL import Image

    from cliprt.recipe.build import build_robot
    from cliprt.recipe.schema import Component, Recipe
    from cliprt.runtime.loop import prepare_scene

    key, task = _choose(args.where, args.task)
    recipe = Recipe(name="picture", tasks=(), robot=Component("pybullet", {"cameras": ["scene"]}))
    pictures = []
    with build_robot(recipe) as robot:
        for seed in args.seeds:
            prepare_scene(task, robot, seed)
            picture = robot.render(PICTURE_PX, PICTURE_PX)
            pictures += [] if picture is None else [picture]
    try:
        Image.fromarray(np.hstack(pictures)).save(args.out)
    except (OSError, ValueError) as error:
        raise UsageError(f"{args.out} cannot be written ({error}). Choose a .png file") from error
    facts = {"task": key, "file": str(args.out), "seeds": list(args.seeds)}
    emit(facts, args.format, f"{args.out} shows the scenes {', '.join(map(str, args.seeds))}")
    return 0


def _run_folder(path: Path) -> RunFolder | None:
    from cliprt.stages.run_folder import RunFolder

    return RunFolder(path) if path.is_dir() else None


def _recipe_at(where: str | Path) -> Recipe:
    """The recipe of a run, with its skills; of a file; or a shipped one."""
    from cliprt.recipe.load import load_recipe
    from cliprt.stages.run_folder import RECIPE as OF_RUN
    from cliprt.stages.skills import with_skills

    folder = _run_folder(Path(where))
    if folder is None:
        return load_recipe(where)
    own = folder.path / OF_RUN
    return with_skills(load_recipe(own if own.is_file() else "teach"), folder)


def _skills(where: str | Path) -> dict[str, SkillTask]:
    from cliprt.recipe.build import build_task
    from cliprt.tasks.skill import SkillTask

    tasks = {component.key: build_task(component) for component in _recipe_at(where).tasks}
    return {key: task for key, task in tasks.items() if isinstance(task, SkillTask)}


def _choose(where: str | Path, task: str) -> tuple[str, SkillTask]:
    """One skill of a recipe or a run: the named one, or the only one."""
    skills = _skills(where)
    if task in skills:
        return task, skills[task]
    if not task and len(skills) == 1:
        return next(iter(skills.items()))
    allowed = f"Allowed: {', '.join(skills)}" if skills else "Bring one: cliprt skill new"
    if task:
        raise UnknownNameError(
            f"{where} has no skill {task!r}.{did_you_mean(task, skills)} {allowed}"
        )
    raise UsageError(f"{where} has {len(skills)} skills; name one. {allowed}")


def _write(file: Path, data: bytes) -> None:
    from cliprt.data.disk import replace_file, writing

    with writing(file):
        replace_file(file, data, durable=True)
