"""``cliprt run``: one attempt at a task, live, with someone who speaks or a trained policy.

Every step is shown (what was said, what was done, what became of it) and recorded.  On hardware a
person at the terminal arranges each scene, allows every move, and says whether it succeeded.
"""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit, note
from cliprt.cli.recipe_arguments import add_confirm, add_recipe, choose_recipe, read_allowed
from cliprt.errors import UsageError

if TYPE_CHECKING:
    from cliprt.recipe.schema import Component, Recipe
    from cliprt.runtime.agents import Agent

EXAMPLE = """
cliprt run tiny --teleoperator console
cliprt run tiny --checkpoint runs/tiny --explain --video rollout.mp4
cliprt run tiny --checkpoint runs/tiny --correct --helper console
cliprt run tiny --checkpoint runs/tiny --instruction 'shut the laptop' runtime.instructions=sentence
"""

VIDEOS = (".mp4", ".gif")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe(parser)
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--checkpoint",
        type=Path,
        metavar="DIR",
        help="let this policy act: a run folder, or a checkpoint folder in it",
    )
    who.add_argument(
        "--teleoperator",
        metavar="NAME",
        help="who speaks (default: the recipe's, or nobody where its policy learns nothing)",
    )
    helped = parser.add_mutually_exclusive_group()
    helped.add_argument(
        "--correct",
        action="store_true",
        help="show the policy's every step to the helper, who may say what to do instead",
    )
    helped.add_argument(
        "--ask", action="store_true", help="let the policy ask the helper when it is unsure"
    )
    parser.add_argument(
        "--helper", metavar="NAME", help="a teleoperator, e.g. console (default: the recipe's)"
    )
    parser.add_argument(
        "--interventions", type=int, metavar="N", help="the most in an episode (default: any)"
    )
    parser.add_argument(
        "--explain", action="store_true", help="say what the policy weighed up before each step"
    )
    parser.add_argument(
        "--task", metavar="NAME", help="default: that of the instruction, else the recipe's first"
    )
    parser.add_argument(
        "--instruction",
        metavar="TEXT",
        help="what to ask the policy for, in your words; runtime.instructions says how they are"
        " understood (default: the task's own)",
    )
    parser.add_argument("--seed", type=int, help="of the scene; default: the recipe's first")
    parser.add_argument(
        "--episodes", type=int, default=1, metavar="N", help="scenes, from the seed"
    )
    parser.add_argument("--video", type=Path, metavar="FILE", help=".mp4 or .gif to film to")
    parser.add_argument(
        "--look",
        type=Path,
        metavar="FILE.png",
        help="keep a picture up to date here; default, where a person speaks: STORE/live.png",
    )
    parser.add_argument("--store", type=Path, metavar="DIR", help="default: runs/<recipe>/live")
    add_confirm(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Run the episodes; Ctrl-C stops the robot and keeps what was recorded."""
    from cliprt.cli.asked import ask_for
    from cliprt.cli.live import Live
    from cliprt.data.store import EpisodeStore
    from cliprt.recipe.build import build_robot, build_task, build_vocabulary
    from cliprt.recipe.together import learns
    from cliprt.runtime.confirm import attend, confirm_moves
    from cliprt.stages.run_folder import RUNS
    from cliprt.stages.skills import find_run, with_skills
    from cliprt.types import Attempt
    from cliprt.vocabularies.nearest import mark

    _check(args)
    recipe = read_allowed(*choose_recipe(args))
    args.acts = bool(args.checkpoint) or not (args.teleoperator or learns(recipe))
    _check_helped(args)
    recipe = with_skills(recipe, find_run(args.checkpoint or RUNS / recipe.name))
    recipe = _with_speaker(recipe, "teleoperator", args.teleoperator)
    recipe = _with_speaker(recipe, "helper", args.helper)
    asked = ask_for(recipe, args.checkpoint, args.instruction) if args.instruction else ""
    component = _choose_task(recipe, args.task, asked)
    task = build_task(component)
    instruction = asked or task.instruction
    agent, source = _build_agent(recipe, args, component.key)
    said = {"said": args.instruction} if args.instruction else {}
    limit = recipe.evaluation.max_steps or task.max_steps * (1 if args.acts else 2)
    store = EpisodeStore(args.store or Path("runs") / recipe.name / "live")
    show = note if args.format == "json" else print
    episodes = []
    with confirm_moves(args.confirm), build_robot(recipe) as robot:
        vocabulary = build_vocabulary(recipe)
        attendant = attend(robot, vocabulary.primitives)
        live = Live(robot, task, agent, show, attendant, args.explain)
        # Whoever teaches or helps at a terminal has to see the robot.
        if look := args.look or (store.path / "live.png" if live.has_person else None):
            page = live.keep_picture(look)
            note(f"See the robot in {page} (in a browser: it keeps up), or in {look}.")
        for seed in _seeds(recipe, args):
            show(f"{instruction} (scene {seed}, {source})")
            if attendant and not attendant.arrange(instruction):
                break
            attempt = Attempt(
                id=f"{component.key}-{seed}-{datetime.now():%Y%m%d-%H%M%S-%f}",
                task=component.key,
                instruction=instruction,
                seed=seed,
                source=source,
                max_steps=limit,
                meta={"kind": _kind(args), "vocabulary": mark(vocabulary), **said},
            )
            video = _numbered(args.video, seed) if args.episodes > 1 else args.video
            episodes.append(live.play(attempt, store, video))
            if robot.state == "stopped" and not attendant:
                break
    facts = {"store": str(store.path), "episodes": episodes}
    emit(facts, args.format, f"Recorded in {store.path}; look: cliprt episodes ls {store.path}")
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.episodes < 1:
        raise UsageError(f"--episodes is {args.episodes}; give 1 or more.")
    if args.seed is not None and args.seed < 0:
        raise UsageError(f"--seed is {args.seed}; give 0 or more.")
    if args.video and args.video.suffix not in VIDEOS:
        raise UsageError(f"--video is {args.video}. Allowed: a file that ends in .mp4 or .gif.")
    if args.video and not (args.video.parent.is_dir() or args.video.parent.parent.is_dir()):
        raise UsageError(
            f"there is no folder {args.video.parent.parent}, so --video {args.video} looks like a"
            f" slip. Create it: mkdir -p {shlex.quote(str(args.video.parent))}"
        )
    if args.look and args.look.suffix != ".png":
        raise UsageError(f"--look is {args.look}. Allowed: a file that ends in .png.")
    if args.interventions is not None and args.interventions < 1:
        raise UsageError(f"--interventions is {args.interventions}; give 1 or more.")


def _check_helped(args: argparse.Namespace) -> None:
    is_helped = args.correct or args.ask
    if (args.ask and not args.checkpoint) or (args.correct and not args.acts):
        raise UsageError("--correct and --ask are for a policy. Name it: --checkpoint runs/NAME")
    if not is_helped and (args.helper or args.interventions is not None):
        raise UsageError("--helper and --interventions need --correct or --ask. Add one of them.")
    if args.instruction is not None and not (args.instruction.strip() and args.acts):
        raise UsageError(
            "--instruction says in words what a policy shall do. Name it: --checkpoint runs/NAME"
        )
    if args.explain and not args.acts:
        raise UsageError("--explain is for a policy. Name it: --checkpoint runs/NAME")


def _kind(args: argparse.Namespace) -> str:
    """What the episodes are, for whoever learns from them."""
    from cliprt.stages.correct import CORRECTED

    return CORRECTED if args.correct or args.ask else "live"


def _with_speaker(recipe: Recipe, role: str, name: str | None) -> Recipe:
    from cliprt.recipe.schema import Component
    from cliprt.registry import check_name

    if name is None or name == getattr(recipe, role).name:
        return recipe
    check_name("teleoperator", name)
    changes: dict[str, Any] = {role: Component(name)}
    return dataclasses.replace(recipe, **changes)


def _choose_task(recipe: Recipe, name: str | None, asked: str) -> Component:
    """The recipe's entry, with its options; any registered task otherwise."""
    from cliprt.recipe.build import build_task
    from cliprt.recipe.schema import Component
    from cliprt.registry import check_name

    if name is None:
        meant = (task for task in recipe.tasks if asked and build_task(task).instruction == asked)
        return next(meant, recipe.tasks[0])
    for task in recipe.tasks:
        if task.key == name:
            return task
    check_name("task", name)
    return Component(name)


def _build_agent(recipe: Recipe, args: argparse.Namespace, task: str) -> tuple[Agent, str]:
    """Who answers "what next?", and what to call it in the record."""
    from cliprt.recipe.build import (
        build_actor,
        build_interpreter,
        build_policy,
        build_teleoperator,
        build_vocabulary,
    )
    from cliprt.runtime.agents import SpokenAgent

    vocabulary = build_vocabulary(recipe)
    if not args.acts:
        teleoperator = build_teleoperator(recipe)
        interpreter = build_interpreter(recipe, vocabulary)
        return SpokenAgent(teleoperator, interpreter), recipe.teleoperator.name
    from cliprt.policies.interface import check_ranking
    from cliprt.runtime.policy_agent import PolicyAgent
    from cliprt.stages.agree import load_agreed_actor
    from cliprt.stages.calibrate import load_calibration
    from cliprt.stages.collaborate import build_collaborator
    from cliprt.stages.run_folder import announce_policy, find_checkpoint

    if args.checkpoint:
        checkpoint = find_checkpoint(args.checkpoint)
        actor = load_agreed_actor(recipe, checkpoint, vocabulary)
        name = announce_policy(checkpoint, [task])
    else:
        actor, name = build_actor(recipe, build_policy(recipe, vocabulary)), recipe.policy.name
    if args.explain:
        check_ranking(actor.policy, "--explain")
    if args.ask:
        check_ranking(actor.policy, "--ask")
    calibration = load_calibration(checkpoint) if args.ask and args.checkpoint else None
    if args.correct or args.ask:
        agent = build_collaborator(
            recipe,
            vocabulary,
            actor,
            calibration,
            initiative="policy" if args.ask else "person",
            interventions=args.interventions,
        )
        return agent, name
    return PolicyAgent(actor, vocabulary, recipe.evaluation.break_loops), name


def _seeds(recipe: Recipe, args: argparse.Namespace) -> range:
    first = args.seed
    if first is None:
        first = recipe.evaluation.first_seed if args.acts else recipe.data.first_seed
    return range(first, first + args.episodes)


def _numbered(video: Path | None, seed: int) -> Path | None:
    return video.with_stem(f"{video.stem}-{seed}") if video else None
