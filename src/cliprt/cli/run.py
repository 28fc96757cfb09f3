"""``cliprt run``: one attempt at a task, live, with someone who speaks or a trained policy.

Every step is shown (what was said, what was done, what became of it) and recorded.  On hardware a
person at the terminal arranges each scene, allows every move, and says whether it succeeded.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit, note
from cliprt.cli.recipe_arguments import add_confirm
from cliprt.errors import UsageError

if TYPE_CHECKING:
    from cliprt.recipe.schema import Component, Recipe
    from cliprt.runtime.agents import Agent
    from cliprt.runtime.explanation import Explanation
    from cliprt.types import Episode, Step

EXAMPLE = """
cliprt run --recipe tiny.yaml --teleoperator console
cliprt run --recipe tiny.yaml --checkpoint runs/tiny --explain --video rollout.mp4
cliprt run --recipe tiny.yaml --checkpoint runs/tiny --correct --helper console
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
    add_confirm(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Run the episodes; Ctrl-C stops the robot and keeps what was recorded."""
    from cliprt.data.store import EpisodeStore
    from cliprt.recipe.build import build_robot, build_task, build_vocabulary
    from cliprt.recipe.load import load_recipe
    from cliprt.runtime.confirm import attend, confirm_moves
    from cliprt.runtime.explanation import explain_step
    from cliprt.runtime.history import History
    from cliprt.runtime.loop import prepare_scene, run_episode
    from cliprt.runtime.video import VideoRecorder
    from cliprt.runtime.watch import WatchedAgent

    _check(args)
    recipe = load_recipe(args.recipe, args.overrides)
    recipe = _with_speaker(recipe, "teleoperator", args.teleoperator)
    recipe = _with_speaker(recipe, "helper", args.helper)
    component = _choose_task(recipe, args.task)
    task = build_task(component)
    agent, source = _build_agent(recipe, args)
    has_person, speaks_on = _has_person(recipe, args), getattr(agent, "go_on", None)
    explain = partial(explain_step, agent) if args.explain else None
    limit = recipe.evaluation.max_steps or task.max_steps * (1 if args.checkpoint else 2)
    store = EpisodeStore(args.store or Path("runs") / recipe.name / "live")
    show = note if args.format == "json" else print
    episodes = []
    with confirm_moves(args.confirm), build_robot(recipe) as robot:
        attendant = attend(robot, build_vocabulary(recipe).primitives)
        watched = None
        # Whoever teaches or helps at a terminal has to see the robot.
        if look := args.look or (store.path / "live.png" if has_person else None):
            agent = watched = WatchedAgent(agent, robot, look)
            note(f"See the robot in {watched.page} (in a browser: it keeps up), or in {look}.")
        for seed in _seeds(recipe, args):
            episode_id = f"{component.key}-{seed}-{datetime.now():%Y%m%d-%H%M%S-%f}"
            show(f"{task.instruction} (scene {seed}, {source})")
            if attendant and not attendant.arrange(task.instruction):
                break
            prepare_scene(task, robot, seed)
            video = _numbered(args.video, seed) if args.episodes > 1 else args.video
            recorder = None
            if video:
                recorder = VideoRecorder(video, robot, title=task.instruction, explain=explain)
            explanations: dict[int, Explanation | None] = {}
            journal = store.open_journal(
                episode_id, component.key, task.instruction, seed, source, {"kind": _kind(args)}
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
                    on_step=_tell(show, recorder, explain, explanations),
                    keep_images=False,
                    history=History(robot, journal) if has_person else None,
                    on_stop=attendant.go_on if attendant else speaks_on,
                    judge=attendant.judge if attendant else None,
                )
                if robot.state == "ready":
                    last = robot.observe()
                    if recorder:
                        recorder.add(last, _verdict(episode))
                    if watched:
                        watched.show(last, _verdict(episode))
            show(f"  {_verdict(episode)}")
            episodes.append(_facts(episode, explanations if explain else None))
            if robot.state == "stopped" and not attendant:
                break
    facts = {"store": str(store.path), "episodes": episodes}
    emit(facts, args.format, f"Recorded in {store.path}; look: cliprt episodes ls {store.path}")
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.episodes < 1:
        raise UsageError(f"--episodes is {args.episodes}; give 1 or more.")
    if args.video and args.video.suffix not in VIDEOS:
        raise UsageError(f"--video is {args.video}. Allowed: a file that ends in .mp4 or .gif.")
    if args.look and args.look.suffix != ".png":
        raise UsageError(f"--look is {args.look}. Allowed: a file that ends in .png.")
    is_helped = args.correct or args.ask
    if is_helped and not args.checkpoint:
        raise UsageError("--correct and --ask are for a policy. Name it: --checkpoint runs/NAME")
    if not is_helped and (args.helper or args.interventions is not None):
        raise UsageError("--helper and --interventions need --correct or --ask. Add one of them.")
    if args.explain and not args.checkpoint:
        raise UsageError("--explain is for a policy. Name it: --checkpoint runs/NAME")
    if args.interventions is not None and args.interventions < 1:
        raise UsageError(f"--interventions is {args.interventions}; give 1 or more.")


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


def _choose_task(recipe: Recipe, name: str | None) -> Component:
    """The recipe's entry, with its options; any registered task otherwise."""
    from cliprt.recipe.schema import Component
    from cliprt.registry import check_name

    if name is None:
        return recipe.tasks[0]
    for task in recipe.tasks:
        if task.key == name:
            return task
    check_name("task", name)
    return Component(name)


def _build_agent(recipe: Recipe, args: argparse.Namespace) -> tuple[Agent, str]:
    """Who answers "what next?", and what to call it in the record."""
    from cliprt.recipe.build import build_interpreter, build_teleoperator, build_vocabulary
    from cliprt.runtime.agents import PolicyAgent, SpokenAgent

    vocabulary = build_vocabulary(recipe)
    if args.checkpoint is None:
        teleoperator = build_teleoperator(recipe)
        interpreter = build_interpreter(recipe, vocabulary)
        return SpokenAgent(teleoperator, interpreter), recipe.teleoperator.name
    from cliprt.policies.checkpoint import load_policy
    from cliprt.policies.scorer import make_scorer
    from cliprt.stages.calibrate import load_calibration
    from cliprt.stages.collaborate import build_collaborator
    from cliprt.stages.run_folder import find_checkpoint

    checkpoint = find_checkpoint(args.checkpoint)
    calibration = load_calibration(checkpoint) if args.ask else None
    score = make_scorer(load_policy(checkpoint, vocabulary))
    if args.correct or args.ask:
        agent = build_collaborator(
            recipe,
            vocabulary,
            score,
            calibration,
            initiative="policy" if args.ask else "person",
            interventions=args.interventions,
        )
        return agent, recipe.policy.name
    return PolicyAgent(score, vocabulary, recipe.evaluation.break_loops), recipe.policy.name


def _has_person(recipe: Recipe, args: argparse.Namespace) -> bool:
    from cliprt.registry import load

    if args.checkpoint and not (args.correct or args.ask):
        return False
    speaker = recipe.helper if args.correct or args.ask else recipe.teleoperator
    return bool(load("teleoperator", speaker.name).is_person)


def _seeds(recipe: Recipe, args: argparse.Namespace) -> range:
    first = args.seed
    if first is None:
        first = recipe.evaluation.first_seed if args.checkpoint else recipe.data.first_seed
    return range(first, first + args.episodes)


def _tell(
    show: Callable[[str], Any],
    recorder: Callable[[Step], None] | None,
    explain: Callable[[Step], Explanation | None] | None,
    explanations: dict[int, Explanation | None],
) -> Callable[[Step], None]:
    """Show, explain and film each step; `explanations` keeps why, by the step's index."""
    from cliprt.runtime.explanation import format_explanation

    def on_step(step: Step) -> None:
        show(f"  {step.index + 1:>3}  {_in_words(step)}")
        if explain:
            explanations[step.index] = explanation = explain(step)
            if explanation:
                show(f"       {format_explanation(explanation)}")
        if recorder:
            recorder(step)

    return on_step


def _in_words(step: Step) -> str:
    said = f"{step.supervision!r} -> " if step.supervision else ""
    outcome, became = step.outcome, ""
    if outcome.refused:
        became = f"  REFUSED {outcome.refused}"
    elif outcome.stopped_because or outcome.stopped_after_s is not None:
        became = "  STOPPED on its way"
    return f"{said}{step.primitive.phrase}{became}"


def _verdict(episode: Episode) -> str:
    words = {True: "success", False: "no success", None: "not judged"}[episode.success]
    end, reason = episode.meta["end"], episode.meta["reason"]
    ended = f"; ended by {end}" if not episode.success else ""
    because = f" ({reason})" if reason else ""
    return f"{words} after {len(episode.steps)} steps{ended}{because}"


def _numbered(video: Path | None, seed: int) -> Path | None:
    return video.with_stem(f"{video.stem}-{seed}") if video else None


def _facts(
    episode: Episode, explanations: Mapping[int, Explanation | None] | None
) -> dict[str, Any]:
    facts: dict[str, Any] = {
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
                "stopped_because": step.outcome.stopped_because,
            }
            for step in episode.steps
        ],
    }
    if explanations is not None:
        for index, step in enumerate(facts["steps"]):
            explanation = explanations.get(index)
            step["explanation"] = explanation.to_dict() if explanation else None
    return facts
