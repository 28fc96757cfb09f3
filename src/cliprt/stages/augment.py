"""Stage 2: augmenters plan new ways through the taught episodes; the robot executes them.

Executing makes the images.  A variant is learned from only if it ended in success, as a person
watching would judge; the others are kept, marked as failed.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cliprt.augmenters.interface import Augmenter
from cliprt.data.store import EpisodeStore
from cliprt.evaluation.label_agreement import measure_agreement
from cliprt.geometry import apply_motion, distance
from cliprt.recipe.build import build_augmenters, build_task, build_vocabulary, check_simulated
from cliprt.recipe.schema import Recipe
from cliprt.runtime.advised_plan import AdvisedPlan
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.record import Record
from cliprt.stages.collect import Taught
from cliprt.stages.goals import check_goals
from cliprt.stages.keys import augmentation_key
from cliprt.stages.progress import show_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.waiting import wait_for_others
from cliprt.stages.workers import Bench, run_jobs
from cliprt.types import Attempt, Demonstration, Episode, Layout, Plan, Pose, Primitive, Step
from cliprt.vocabularies.nearest import mark

NEEDED = "variants of what was taught are kept where they succeed"
"""Why every task needs a goal here."""

NO_POSE: Pose = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Generated:
    """What augmenting left in the store: ids of successful variants, how many were tried."""

    ids: tuple[str, ...] = ()
    tried: int = 0
    wall_s: float = 0.0
    worked: bool = False


def augment(recipe: Recipe, run: RunFolder, taught: Taught) -> Generated:
    """Have every planned variant of the taught episodes in the store.

    Raises:
        UnfinishedError: This portion is through, and other variants are missing.
    """
    start = time.monotonic()
    store = run.store()
    there = set(store.ids())
    demonstrations = load_demonstrations(store, taught)
    plans = plan_variants(recipe, demonstrations)
    own = run.portion.pick(plans.items())
    missing = [(str(run.episodes), i, *plan) for i, plan in own if i not in there]
    if missing:
        check_execution(recipe)
        check_goals(recipe, run.path, NEEDED)
        context = {"demonstrations": demonstrations}
        with show_progress("Generating", len(missing)) as advance:
            for name in run_jobs(recipe, execute_variant, missing, context, folder=run.path):
                advance(name)
    wait_for_others(run, "Generating", lambda: plans.keys() <= set(store.ids()))
    good = {header.id for header in store.headers() if header.success}
    ids = tuple(i for i in plans if i in good)
    return Generated(ids, len(plans), time.monotonic() - start, bool(missing))


def compare_with_teacher(
    recipe: Recipe, run: RunFolder, generated: Generated
) -> dict[str, dict[str, Any]]:
    """How often what was generated is labelled as the teacher would, by augmenter and part."""
    store = run.store()
    groups = [primitive.group for primitive in build_vocabulary(recipe).primitives]
    return measure_agreement((store.load(i) for i in generated.ids), groups)


def check_execution(recipe: Recipe) -> None:
    """Raise unless plans can be executed, from scenes that are rebuilt as they were.

    Raises:
        UsageError: The robot is no simulated one.
    """
    if recipe.augmenters:
        check_simulated(
            recipe,
            "nobody can rebuild the scenes from which the augmenters' plans begin",
            "Learn from what is taught alone: augmenters=[]",
        )


def load_demonstrations(store: EpisodeStore, taught: Taught) -> dict[str, Demonstration]:
    """The taught episodes as augmenters see them, by id."""
    return {episode: _demonstration(store.load(episode)) for episode in taught.all_ids}


def _demonstration(episode: Episode) -> Demonstration:
    layout = episode.meta.get("layout")
    return Demonstration(
        episode.id,
        episode.task,
        episode.seed,
        tuple(_to_made(step) for step in episode.steps if not step.outcome.refused),
        layout and _to_layout(layout),
    )


def _to_layout(stored: Mapping[str, Any]) -> Layout:
    """JSON has lists where a pose is a tuple."""
    bodies = {name: tuple(pose) for name, pose in stored["bodies"].items()}
    return Layout(tuple(stored["hand"]), bodies)


def _to_made(step: Step) -> Primitive:
    """What a step really did: its primitive, or, where a stop cut it short, the share made."""
    primitive = step.primitive
    if step.outcome.stopped_after_s is None:
        return primitive
    asked_for = distance(NO_POSE, apply_motion(NO_POSE, primitive.motion))
    made = distance(step.observation.commanded_pose, step.outcome.measured)
    share = max((m / a for m, a in zip(made, asked_for, strict=True) if a > 1e-6), default=1.0)
    motion = tuple(min(1.0, share) * number for number in primitive.motion)
    return replace(primitive, label=None, motion=motion)  # type: ignore[arg-type]


def plan_variants(
    recipe: Recipe, demonstrations: Mapping[str, Demonstration]
) -> dict[str, tuple[Plan, int]]:
    """Episode id -> (plan, number of its augmenter); the same at every call."""
    plans: dict[str, tuple[Plan, int]] = {}
    augmenters = _studied(recipe, demonstrations)
    for origin, demonstration in demonstrations.items():
        task = next((one for one in recipe.tasks if one.key == demonstration.task), None)
        same = [d for d in demonstrations.values() if d.task == demonstration.task]
        for number, augmenter in enumerate(augmenters):
            studied = sorted(d.episode for d in same) if _studies(augmenter) else []
            key = augmentation_key(recipe, recipe.augmenters[number], studied, task)
            rng = np.random.default_rng([recipe.seed, zlib.crc32(f"{origin} {key}".encode())])
            for plan in augmenter.plan(demonstration, rng):
                plans[f"{origin}-{plan.name}-{key}"] = plan, number
    return plans


def _studies(augmenter: Augmenter) -> bool:
    """Whether its plans for one demonstration depend on the others."""
    return type(augmenter).study is not Augmenter.study


def _studied(recipe: Recipe, demonstrations: Mapping[str, Demonstration]) -> list[Augmenter]:
    augmenters = [a for _, a in build_augmenters(recipe, build_vocabulary(recipe))]
    for augmenter in augmenters:
        augmenter.study(tuple(demonstrations.values()))
    return augmenters


def execute_variant(bench: Bench, folder: str, episode_id: str, plan: Plan, augmenter: int) -> str:
    """Execute one plan in its scene and record it; returns what to show."""
    origin = bench.context["demonstrations"][plan.episode]
    component = next(c for c in bench.recipe.tasks if c.key == origin.task)
    task = build_task(component)
    scene_seed = origin.seed if plan.scene_seed is None else plan.scene_seed
    prepare_scene(task, bench.robot, scene_seed)
    world = bench.robot.simulation
    if plan.scene_seed is not None and world is not None:
        if "augmenters" not in bench.cache:
            bench.cache["augmenters"] = _studied(bench.recipe, bench.context["demonstrations"])
        rng = np.random.default_rng([scene_seed, zlib.crc32(episode_id.encode())])
        plan = bench.cache["augmenters"][augmenter].adapt(plan, origin, world.layout(), rng)
    attempt = Attempt(
        id=episode_id,
        task=component.key,
        instruction=task.instruction,
        seed=scene_seed,
        source=plan.source,
        max_steps=len(plan.steps),
        meta={
            "kind": "generated",
            "origin": plan.episode,
            "plan": plan.name,
            "vocabulary": mark(bench.vocabulary),
        },
    )
    store = EpisodeStore(folder, durable=False)
    store.make_room(episode_id)  # of a worker that died at it
    record = Record(store.begin(attempt))
    run_episode(AdvisedPlan(plan, bench.vocabulary), bench.robot, attempt, task=task, record=record)
    return f"{component.key}: {plan.name}"
