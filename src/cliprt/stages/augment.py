"""Stage 2: augmenters plan new ways through the taught episodes; the robot executes them.

Executing makes the images.  A variant is learned from only if it ended in success, as a person
watching would judge; the others are kept, marked as failed.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass

import numpy as np

from cliprt.data.store import EpisodeStore
from cliprt.recipe.build import build_augmenters, build_task, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import PlanAgent
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.stages.collect import Taught
from cliprt.stages.keys import augmentation_key
from cliprt.stages.progress import show_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.workers import Bench, run_jobs
from cliprt.types import Plan


@dataclass(frozen=True)
class Generated:
    """What augmenting left in the store: ids of successful variants, how many were tried."""

    ids: tuple[str, ...]
    tried: int
    wall_s: float
    worked: bool

    @classmethod
    def nothing(cls) -> Generated:
        """For a run that learns from shards."""
        return cls((), 0, 0.0, False)


def augment(recipe: Recipe, run: RunFolder, taught: Taught) -> Generated:
    """Have every planned variant of the taught episodes in the store."""
    start = time.monotonic()
    store = run.store()
    there = set(store.ids())
    plans = plan_variants(recipe, run, taught)
    missing = [(i, plan) for i, plan in plans.items() if i not in there]
    if missing:
        headers = {header.id: header for header in store.headers()}
        numbers = {task.name: n for n, task in enumerate(recipe.tasks)}
        arguments = [
            (
                str(run.episodes),
                i,
                plan,
                numbers[headers[plan.episode].task],
                headers[plan.episode].seed,
            )
            for i, plan in missing
        ]
        with show_progress("Diversifying", len(missing)) as advance:
            for name in run_jobs(recipe, execute_variant, arguments, {}):
                advance(name)
    good = {header.id for header in store.headers() if header.success}
    ids = tuple(i for i in plans if i in good)
    return Generated(ids, len(plans), time.monotonic() - start, bool(missing))


def plan_variants(recipe: Recipe, run: RunFolder, taught: Taught) -> dict[str, Plan]:
    """Episode id -> plan, for every augmenter and taught episode; the same at every call."""
    augmenters = build_augmenters(recipe, build_vocabulary(recipe))
    if not augmenters:
        return {}
    store = run.store()
    plans: dict[str, Plan] = {}
    for origin in taught.all_ids:
        primitives = [s.primitive for s in store.load(origin).steps if not s.outcome.refused]
        for component, (_, augmenter) in zip(recipe.augmenters, augmenters, strict=True):
            key = augmentation_key(recipe, component)
            rng = np.random.default_rng([recipe.seed, zlib.crc32(f"{origin} {key}".encode())])
            for plan in augmenter.plan(origin, primitives, rng):
                plans[f"{origin}-{plan.name}-{key}"] = plan
    return plans


def execute_variant(
    bench: Bench, folder: str, episode_id: str, plan: Plan, number: int, seed: int
) -> str:
    """Execute one plan in its scene and record it; returns what to show."""
    component = bench.recipe.tasks[number]
    task = build_task(component)
    scene_seed = seed if plan.scene_seed is None else plan.scene_seed
    prepare_scene(task, bench.robot, scene_seed)
    journal = EpisodeStore(folder, durable=False).open_journal(
        episode_id,
        component.name,
        task.instruction,
        scene_seed,
        plan.source,
        {"kind": "generated", "origin": plan.episode},
    )
    run_episode(
        PlanAgent(plan),
        bench.robot,
        instruction=task.instruction,
        task=task,
        seed=scene_seed,
        journal=journal,
        max_steps=len(plan.steps),
        episode_id=episode_id,
        source=plan.source,
    )
    return f"{component.name}: {plan.name}"
