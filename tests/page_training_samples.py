"""Episodes as the page leaves them in a run folder, without a page: the teacher speaks instead."""

from __future__ import annotations

from dataclasses import asdict

from cliprt.page.attempts import plan_attempt, to_page_recipe
from cliprt.page.messages import Begin
from cliprt.recipe.build import build_interpreter, build_task, build_teleoperator
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.workers import Bench


def small_recipe(*overrides: str) -> Recipe:
    """One that is trained in seconds."""
    return load_recipe(
        "tiny.yaml",
        [
            "robot.image_size=32",
            "interpreter=grammar",
            "data.workers=1",
            "augmenters=[]",
            "trainer.threads=1",
            "trainer.log_every=2",
            "trainer.checkpoint_every=4",
            *overrides,
        ],
    )


def teach_as_page(recipe: Recipe, run: RunFolder, episodes: int) -> tuple[str, ...]:
    """Have the first task taught under the ids that the page gives."""
    bench, store, ids = Bench(recipe, {}), run.store(), []
    for _ in range(episodes):
        attempt = plan_attempt(to_page_recipe(recipe), store, Begin(recipe.tasks[0].name))
        task = build_task(attempt.task)
        prepare_scene(task, bench.robot, attempt.seed)
        assert bench.robot.simulation is not None
        meta = {**attempt.meta, "layout": asdict(bench.robot.simulation.layout())}
        journal = store.open_journal(
            attempt.id, attempt.task.name, task.instruction, attempt.seed, attempt.source, meta
        )
        episode = run_episode(
            SpokenAgent(build_teleoperator(recipe), build_interpreter(recipe, bench.vocabulary)),
            bench.robot,
            instruction=task.instruction,
            task=task,
            seed=attempt.seed,
            journal=journal,
            max_steps=task.max_steps,
            episode_id=attempt.id,
            source=attempt.source,
        )
        assert episode.success
        ids.append(attempt.id)
    bench.robot.stop()
    return tuple(ids)
