"""Episodes as the page leaves them in a run folder, without a page: the teacher speaks instead."""

from __future__ import annotations

from cliprt.page.attempts import plan_attempt, to_page_recipe
from cliprt.page.messages import Begin
from cliprt.recipe.build import build_interpreter, build_teleoperator
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.record import Record
from cliprt.stages.collect import begin_or_resume
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
        page = to_page_recipe(recipe)
        attempt, task = plan_attempt(page, store, Begin(recipe.tasks[0].name))
        prepare_scene(task, bench.robot, attempt.seed)
        journal = begin_or_resume(store, attempt, bench.robot)
        interpreter = build_interpreter(recipe, bench.vocabulary)
        agent = SpokenAgent(build_teleoperator(recipe), interpreter)
        episode = run_episode(agent, bench.robot, attempt, task=task, record=Record(journal))
        assert episode.success
        ids.append(attempt.id)
    bench.robot.stop()
    return tuple(ids)
