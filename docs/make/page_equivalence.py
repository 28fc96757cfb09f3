"""Is a policy taught at the page as good?  ``python docs/make/page_equivalence.py [OUT]``.

A scripted user says through the page's own desk what the simulated teacher would say, sentence by
sentence, until every task of the recipe `teach` is taught ten times.  The same number of episodes
is taught by the teacher without a page.  Both are augmented, trained and judged alike, in the same
unseen scenes, and compared by McNemar's exact test.  About twelve minutes on two cores.
"""

from __future__ import annotations

import json
import queue
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from cliprt.evaluation.statistics import compare, wilson_interval
from cliprt.page.attempts import to_page_recipe
from cliprt.page.link import Desk
from cliprt.page.messages import (
    Asked,
    Became,
    Begin,
    Configure,
    Ended,
    Event,
    Finish,
    Say,
    Started,
)
from cliprt.recipe.build import build_interpreter, build_task
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component, Recipe
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.stages.augment import augment
from cliprt.stages.collect import collect, find_taught
from cliprt.stages.evaluate import evaluate
from cliprt.stages.run_folder import RunFolder, open_run
from cliprt.stages.train import train
from cliprt.stages.workers import Bench
from cliprt.teleoperators.teacher import TeacherTeleoperator
from cliprt.types import Attempt, Observation

PATIENCE_S = 60.0

Outcomes = dict[tuple[str, int], bool]
"""(task, scene) -> success."""


class ListeningTeacher(TeacherTeleoperator):
    """The teacher, with a list of everything it says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def say(self, observation: Observation) -> str:
        """The next sentence."""
        self.said.append(super().say(observation))
        return self.said[-1]


class PageUser:
    """Whoever sits at the page: sends requests to a desk, and waits for what it says."""

    def __init__(self, recipe: Recipe, run: RunFolder) -> None:
        self._events: queue.Queue[Event] = queue.Queue()
        self.desk = Desk(recipe, run.path, self._events.put)
        self.desk.send(Configure(preview_s=0.0))
        self.desk.start()
        self._until_state("idle")

    def begin(self, task: str) -> Started:
        """Start the next episode of a task."""
        self.desk.send(Begin(task))
        started = self._until(Started)
        self._until_state("listening")
        return started

    def speak(self, sentences: list[str]) -> Ended:
        """Say one sentence after the other; the verdict, by then or by the last word."""
        for sentence in sentences:
            self.desk.send(Say(sentence))
            event = self._until_state("listening", Asked, Ended)
            if isinstance(event, Ended):
                break
        else:
            self.desk.send(Finish())
            event = self._until(Ended)
        self._until_state("idle")
        return event

    def _until(self, *kinds: type) -> Event:
        while True:
            event = self._events.get(timeout=PATIENCE_S)
            if isinstance(event, kinds):
                return event

    def _until_state(self, state: str, *kinds: type) -> Event:
        while True:
            event = self._until(Became, *kinds)
            if not isinstance(event, Became) or event.state == state:
                return event


def main(out: Path) -> None:
    """Teach, train and judge both ways; print and write what came of it."""
    recipe = load_recipe("teach", ["evaluation.videos=0"])
    page, teacher = open_run(recipe, out / "page"), open_run(recipe, out / "teacher")
    start = time.monotonic()
    teach_at_the_page(recipe, page)
    print(f"taught at the page in {time.monotonic() - start:.0f} s", flush=True)
    outcomes = {
        "page": learn_and_judge(to_page_recipe(recipe), page),
        "teacher": learn_and_judge(recipe, teacher),
    }
    facts = summarise(recipe, outcomes)
    facts["wall_s"] = round(time.monotonic() - start)
    (out / "equivalence.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps(facts, indent=1))


def teach_at_the_page(recipe: Recipe, run: RunFolder) -> None:
    """Have every task taught through a desk, as often as the recipe says."""
    twin, user = Bench(recipe, {}), PageUser(recipe, run)
    try:
        for component in recipe.tasks:
            while _count(recipe, run, component) < recipe.data.episodes:
                started = user.begin(component.key)
                ended = user.speak(_think(twin, component, started.seed))
                print(
                    f"{started.episode}: success {ended.success}, {ended.steps} steps", flush=True
                )
    finally:
        user.desk.close()
        twin.robot.stop()


def _count(recipe: Recipe, run: RunFolder, task: Component) -> int:
    return len(find_taught(to_page_recipe(recipe), run).ids.get(task.name, ()))


def _think(twin: Bench, component: Component, seed: int) -> list[str]:
    """What the teacher says in a scene, found out in a twin of it."""
    task = build_task(component)
    speaker = ListeningTeacher()
    prepare_scene(task, twin.robot, seed)
    run_episode(
        SpokenAgent(speaker, build_interpreter(twin.recipe, twin.vocabulary)),
        twin.robot,
        Attempt(
            id="twin",
            task="",
            instruction=task.instruction,
            seed=seed,
            source="teacher",
            max_steps=2 * task.max_steps,
        ),
        task=task,
        record=History(twin.robot),
    )
    return speaker.said


def learn_and_judge(recipe: Recipe, run: RunFolder) -> Outcomes:
    """From what is taught (by the teacher: from nothing) to success in unseen scenes."""
    taught = collect(recipe, run)
    generated = augment(recipe, run, taught)
    trained = train(recipe, run, (*taught.all_ids, *generated.ids))
    trials = evaluate(recipe, run, trained.key, trained.checkpoint).trials
    return {(trial.task, trial.seed): trial.success for trial in trials}


def summarise(recipe: Recipe, outcomes: Mapping[str, Outcomes]) -> dict[str, object]:
    """Successes with 95 % intervals, by task and in all, and how likely both are equally good."""
    facts: dict[str, object] = {}
    for name in (*(task.name for task in recipe.tasks), "all"):
        own = {
            who: {scene: success for scene, success in found.items() if name in (scene[0], "all")}
            for who, found in outcomes.items()
        }
        row: dict[str, object] = {}
        for who, found in own.items():
            low, high = wilson_interval(sum(found.values()), len(found))
            row[who] = f"{sum(found.values())}/{len(found)} ({low:.0%} to {high:.0%})"
        paired = compare(own["page"], own["teacher"])
        row |= {
            "only_page": paired.only_first,
            "only_teacher": paired.only_second,
            "p": round(paired.p_value, 4),
        }
        facts[name] = row
    return facts


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/page_equivalence"))
