"""``cliprt run``: one attempt at a task, live, with someone who speaks or a trained policy.

Every step is shown (what was said, what was done, what became of it) and recorded.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit, note
from cliprt.errors import UsageError

if TYPE_CHECKING:
    from cliprt.recipe.schema import Component, Recipe
    from cliprt.runtime.agents import Agent
    from cliprt.types import Episode, Step

EXAMPLE = """
cliprt run --recipe tiny.yaml --teleoperator console
cliprt run --recipe tiny.yaml --checkpoint runs/tiny --video rollout.mp4
"""

VIDEOS = (".mp4", ".gif")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--recipe", required=True, help="a file, or the name of a shipped recipe")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="e.g. robot.gui=true")
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--checkpoint",
        type=Path,
        metavar="DIR",
        help="let this policy act: a run folder, or a checkpoint folder in it",
    )
    who.add_argument("--teleoperator", metavar="NAME", help="who speaks (default: the recipe's)")
    parser.add_argument("--task", metavar="NAME", help="default: the recipe's first")
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
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Run the episodes; Ctrl-C stops the robot and keeps what was recorded."""
    from cliprt.data.store import EpisodeStore
    from cliprt.recipe.build import build_robot, build_task
    from cliprt.recipe.load import load_recipe
    from cliprt.runtime.loop import prepare_scene, run_episode
    from cliprt.runtime.video import VideoRecorder
    from cliprt.runtime.watch import WatchedAgent

    if args.episodes < 1:
        raise UsageError(f"--episodes is {args.episodes}; give 1 or more.")
    if args.video and args.video.suffix not in VIDEOS:
        raise UsageError(f"--video is {args.video}. Allowed: a file that ends in .mp4 or .gif.")
    if args.look and args.look.suffix != ".png":
        raise UsageError(f"--look is {args.look}. Allowed: a file that ends in .png.")
    recipe = load_recipe(args.recipe, args.overrides)
    recipe = _with_teleoperator(recipe, args.teleoperator)
    component = _choose_task(recipe, args.task)
    task = build_task(component)
    agent, source = _build_agent(recipe, args.checkpoint)
    limit = recipe.evaluation.max_steps or task.max_steps * (1 if args.checkpoint else 2)
    store = EpisodeStore(args.store or Path("runs") / recipe.name / "live")
    show = note if args.format == "json" else print
    episodes = []
    with build_robot(recipe) as robot:
        watched = None
        if look := args.look or _default_look(recipe, args.checkpoint, store.path):
            agent = watched = WatchedAgent(agent, robot, look)
            note(f"See the robot in {watched.page} (in a browser: it keeps up), or in {look}.")
        for seed in _seeds(recipe, args):
            episode_id = f"{component.name}-{seed}-{datetime.now():%Y%m%d-%H%M%S-%f}"
            show(f"{task.instruction} (scene {seed}, {source})")
            prepare_scene(task, robot, seed)
            video = _numbered(args.video, seed) if args.episodes > 1 else args.video
            recorder = VideoRecorder(video, robot, title=task.instruction) if video else None
            journal = store.open_journal(
                episode_id, component.name, task.instruction, seed, source, {"kind": "live"}
            )
            with recorder or nullcontext():
                episode = run_episode(
                    agent,
                    robot,
                    instruction=task.instruction,
                    task=task,
                    seed=seed,
                    journal=journal,
                    max_steps=limit,
                    episode_id=episode_id,
                    source=source,
                    on_step=_both(show, recorder),
                    keep_images=False,
                )
                if robot.state == "ready":
                    last = robot.observe()
                    if recorder:
                        recorder.add(last, _verdict(episode))
                    if watched:
                        watched.show(last, _verdict(episode))
            show(f"  {_verdict(episode)}")
            episodes.append(episode)
            if robot.state == "stopped":
                break
    facts = {"store": str(store.path), "episodes": [_facts(e) for e in episodes]}
    emit(facts, args.format, f"Recorded in {store.path}; look: cliprt episodes ls {store.path}")
    return 0


def _with_teleoperator(recipe: Recipe, name: str | None) -> Recipe:
    from cliprt.recipe.schema import Component
    from cliprt.registry import check_name

    if name is None or name == recipe.teleoperator.name:
        return recipe
    check_name("teleoperator", name)
    return dataclasses.replace(recipe, teleoperator=Component(name))


def _choose_task(recipe: Recipe, name: str | None) -> Component:
    """The recipe's entry, with its options; any registered task otherwise."""
    from cliprt.recipe.schema import Component
    from cliprt.registry import check_name

    if name is None:
        return recipe.tasks[0]
    check_name("task", name)
    return next((task for task in recipe.tasks if task.name == name), Component(name))


def _build_agent(recipe: Recipe, checkpoint: Path | None) -> tuple[Agent, str]:
    """Who answers "what next?", and what to call it in the record."""
    from cliprt.recipe.build import build_interpreter, build_teleoperator, build_vocabulary
    from cliprt.runtime.agents import PolicyAgent, SpokenAgent

    vocabulary = build_vocabulary(recipe)
    if checkpoint is None:
        teleoperator = build_teleoperator(recipe)
        interpreter = build_interpreter(recipe, vocabulary)
        return SpokenAgent(teleoperator, interpreter), recipe.teleoperator.name
    from cliprt.policies.checkpoint import load_policy
    from cliprt.policies.scorer import make_scorer
    from cliprt.stages.run_folder import find_checkpoint

    score = make_scorer(load_policy(find_checkpoint(checkpoint), vocabulary))
    return PolicyAgent(score, vocabulary, recipe.evaluation.break_loops), recipe.policy.name


def _default_look(recipe: Recipe, checkpoint: Path | None, folder: Path) -> Path | None:
    """Whoever teaches at a terminal has to see the robot."""
    from cliprt.registry import load

    if checkpoint or not load("teleoperator", recipe.teleoperator.name).is_person:
        return None
    return folder / "live.png"


def _seeds(recipe: Recipe, args: argparse.Namespace) -> range:
    first = args.seed
    if first is None:
        first = recipe.evaluation.first_seed if args.checkpoint else recipe.data.first_seed
    return range(first, first + args.episodes)


def _both(
    show: Callable[[str], Any], recorder: Callable[[Step], None] | None
) -> Callable[[Step], None]:
    def on_step(step: Step) -> None:
        show(f"  {step.index + 1:>3}  {_in_words(step)}")
        if recorder:
            recorder(step)

    return on_step


def _in_words(step: Step) -> str:
    said = f"{step.supervision!r} -> " if step.supervision else ""
    refused = f"  REFUSED {step.outcome.refused}" if step.outcome.refused else ""
    return f"{said}{step.primitive.phrase}{refused}"


def _verdict(episode: Episode) -> str:
    words = {True: "success", False: "no success", None: "not judged"}[episode.success]
    end, reason = episode.meta["end"], episode.meta["reason"]
    ended = f"; ended by {end}" if not episode.success else ""
    because = f" ({reason})" if reason else ""
    return f"{words} after {len(episode.steps)} steps{ended}{because}"


def _numbered(video: Path | None, seed: int) -> Path | None:
    return video.with_stem(f"{video.stem}-{seed}") if video else None


def _facts(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "task": episode.task,
        "instruction": episode.instruction,
        "seed": episode.seed,
        "source": episode.source,
        "success": episode.success,
        **episode.meta,
        "steps": [
            {
                "supervision": step.supervision,
                "label": step.primitive.label,
                "phrase": step.primitive.phrase,
                "motion": list(step.primitive.motion),
                "gripper": step.primitive.gripper,
                "refused": step.outcome.refused,
            }
            for step in episode.steps
        ],
    }
