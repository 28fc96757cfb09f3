"""Stage 1: someone teaches each task by sentences, in new scenes, until enough episodes succeed."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

from cliprt.data.journal import EpisodeJournal
from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError, UsageError
from cliprt.recipe.build import build_interpreter, build_task, build_teleoperator
from cliprt.recipe.schema import Component, Recipe
from cliprt.registry import load
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.company import Company, Speaker, Together
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.narrate import Narrator, count_steps
from cliprt.runtime.record import Record
from cliprt.runtime.watch import LivePicture
from cliprt.stages.keys import taught_id, taught_key
from cliprt.stages.progress import LINE_EVERY_S, show_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.waiting import wait_for_others
from cliprt.stages.workers import Bench, is_attended, run_jobs
from cliprt.types import Attempt
from cliprt.vocabularies.nearest import mark

ATTEMPTS_PER_EPISODE = 3
"""Scenes tried per wanted episode before giving up: a teacher that fails more is no teacher."""

PAGE = "web"
"""Registry name of the teleoperator that only ``cliprt teach`` can ask: a person at a page."""

LIVE_PICTURE = "live.png"
"""What a person who teaches sees, in the run folder; ``live.html`` keeps it up to date."""


@dataclass(frozen=True)
class Taught:
    """What collecting left in the store: ids of successful episodes by task, and its cost."""

    ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    wall_s: float = 0.0
    worked: bool = False

    @property
    def all_ids(self) -> tuple[str, ...]:
        """Every taught episode, task by task."""
        return tuple(i for ids in self.ids.values() for i in ids)


def collect(recipe: Recipe, run: RunFolder) -> Taught:
    """Have `recipe.data.episodes` successful episodes of each task in the store.

    Episodes that are there already are kept.  An attempt that was cut off is repeated, or gone on
    with where a person teaches.

    Portions number the attempts alike.  How many more a failure takes is known once all attempts
    before are made, by whomever: each portion then does its share of those, too.

    Raises:
        UnfinishedError: This portion is through, and other attempts are missing.
        RobotError: A task whose teacher fails in two scenes out of three.
        UsageError: Episodes are missing that only a person at the page can teach.
    """
    start = time.monotonic()
    if recipe.teleoperator.name == PAGE:
        taught = find_taught(recipe, run)
        tell_others(recipe, run)
        check_taught(recipe, run, taught)
        return taught
    if run.portion.is_whole and not load("teleoperator", recipe.teleoperator.name).is_person:
        set_aside_attempts(run)
    worked = False
    wanted = recipe.data.episodes
    attempts = {task.key: wanted for task in recipe.tasks}
    while True:
        planned = _plan(recipe, attempts)
        missing = _missing(recipe, run, run.portion.pick(planned))
        if missing:
            if not worked:
                tell_others(recipe, run)
            worked = True
            _teach(recipe, run, missing)
        wait_for_others(run, "Teaching", partial(_are_made, recipe, run, planned))
        ids = {task.key: _successes(recipe, run, task, attempts) for task in recipe.tasks}
        short = [task for task in recipe.tasks if len(ids[task.key]) < wanted]
        if not short:
            break
        for task in short:
            tried, good = attempts[task.key], len(ids[task.key])
            attempts[task.key] += wanted - good
            if attempts[task.key] > ATTEMPTS_PER_EPISODE * wanted:
                raise RobotError(
                    f"task {task.key!r}: only {good} of {tried} taught episodes succeeded,"
                    f" {wanted} are wanted. Look at one: cliprt run --recipe {recipe.name}"
                    f" --task {task.key} --teleoperator {recipe.teleoperator.name}"
                    " --video look.mp4; other scenes: data.first_seed"
                )
    return Taught(ids, attempts, time.monotonic() - start, worked)


def find_taught(recipe: Recipe, run: RunFolder) -> Taught:
    """What is taught already, however much it is; tasks without any success are left out."""
    own = {taught_key(recipe, task): task.key for task in recipe.tasks}
    successes: dict[str, list[tuple[int, str]]] = {task.key: [] for task in recipe.tasks}
    attempts = dict.fromkeys(successes, 0)
    for header in run.store().headers():
        name = own.get(header.id.rpartition("-")[2])
        if name is None:
            continue
        attempts[name] += 1
        if header.success:
            successes[name].append((header.seed, header.id))
    ids = {name: tuple(i for _, i in sorted(found)) for name, found in successes.items() if found}
    return Taught(ids, attempts)


def check_taught(recipe: Recipe, run: RunFolder, taught: Taught) -> None:
    """Raise unless a person has taught every task often enough.

    Raises:
        UsageError: Episodes are missing.
    """
    wanted = recipe.data.episodes
    counts = {task.key: len(taught.ids.get(task.key, ())) for task in recipe.tasks}
    short = [f"{name} {count}" for name, count in counts.items() if count < wanted]
    if short:
        done = sum(min(count, wanted) for count in counts.values())
        raise UsageError(
            f"{done} of {wanted * len(counts)} episodes are taught in {run.path} ({wanted} a task"
            f" are wanted; {', '.join(short)}); teach the rest: cliprt teach --recipe"
            f" {recipe.name} --out {run.path}"
        )


def tell_others(recipe: Recipe, run: RunFolder) -> None:
    """Say which taught episodes are there that do not count, because they are of something else."""
    for task in recipe.tasks:
        own = f"{re.escape(task.key)}-[0-9]{{6,}}-(?!{taught_key(recipe, task)})[0-9a-f]{{8}}"
        others = sum(bool(re.fullmatch(own, episode_id)) for episode_id in run.store().ids())
        if others:
            print(
                f"  {others} episodes of {task.key!r} in {run.path} were taught otherwise (another"
                " vocabulary, robot, file, plugin's version ...): they stay, and do not count."
                f" Learn from all that is there: data.sources=[{{name: store, path: {run.path}}}]",
                file=sys.stderr,
            )


def set_aside_attempts(run: RunFolder) -> None:
    """Move attempts that were cut off to the store's quarantine, so that they are made again.

    A resumed run then has the same episodes as one that was never interrupted.
    """
    if run.episodes.exists():
        store = run.store()
        for episode_id in store.repair().recovered:
            store.set_aside(episode_id)


def _plan(recipe: Recipe, attempts: dict[str, int]) -> list[tuple[int, int]]:
    """(seed, number of the task) of every attempt, those that are made included."""
    first = recipe.data.first_seed
    return [
        (seed, number)
        for seed in range(first, first + max(attempts.values()))
        for number, task in enumerate(recipe.tasks)
        if seed < first + attempts[task.key]
    ]


def _missing(
    recipe: Recipe, run: RunFolder, planned: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    there = set(run.store().ids())
    return [job for job in planned if taught_id(recipe, recipe.tasks[job[1]], job[0]) not in there]


def _are_made(recipe: Recipe, run: RunFolder, planned: list[tuple[int, int]]) -> bool:
    return not _missing(recipe, run, planned)


def _successes(
    recipe: Recipe, run: RunFolder, task: Component, attempts: dict[str, int]
) -> tuple[str, ...]:
    first = recipe.data.first_seed
    wanted = [taught_id(recipe, task, first + i) for i in range(attempts[task.key])]
    good = {header.id for header in run.store().headers() if header.success}
    return tuple(i for i in wanted if i in good)[: recipe.data.episodes]


def _teach(recipe: Recipe, run: RunFolder, jobs: list[tuple[int, int]]) -> None:
    arguments = [(str(run.episodes), number, seed) for seed, number in jobs]
    # A person speaks into this process' terminal, where a moving bar would be in the way.
    person = build_teleoperator(recipe).is_person
    if person:
        where = run.path / LIVE_PICTURE
        print(f"See the robot in {where.with_suffix('.html')}, in a browser", file=sys.stderr)
    pause_s = 0.0 if person or is_attended(recipe) else LINE_EVERY_S
    with show_progress("Teaching", len(jobs), pause_s) as advance:
        done = run_jobs(recipe, teach_episode, arguments, {}, here=person, folder=run.path)
        for task, success, steps in done:
            advance(f"{task}: {'done' if success else 'failed'} in {count_steps(steps)}")


def teach_episode(bench: Bench, folder: str, number: int, seed: int) -> tuple[str, bool, int]:
    """One taught episode, recorded as it happens; returns (task, success, steps).

    A person can take steps back, goes on with an episode that was cut off, and after throwing one
    away is offered its scene again.
    """
    recipe = bench.recipe
    component = recipe.tasks[number]
    task = build_task(component)
    teleoperator = build_teleoperator(recipe)
    agent = SpokenAgent(teleoperator, build_interpreter(recipe, bench.vocabulary))
    company: Company = bench.attendant or Speaker(teleoperator)
    if teleoperator.is_person:
        picture = Path(folder).with_name(LIVE_PICTURE)
        narrator = Narrator(partial(print, file=sys.stderr))
        company = Together(company, narrator, LivePicture(bench.robot, picture, task.instruction))
    attempt = Attempt(
        id=taught_id(recipe, component, seed),
        task=component.key,
        instruction=task.instruction,
        seed=seed,
        source=recipe.teleoperator.name,
        max_steps=2 * task.max_steps,
        meta={"kind": "taught", "vocabulary": mark(bench.vocabulary)},
    )
    while True:
        bench.arrange(task.instruction)
        prepare_scene(task, bench.robot, seed)
        store = EpisodeStore(folder)
        if not teleoperator.is_person:
            store.make_room(attempt.id)  # of a worker that died at it
        journal = begin_or_resume(store, attempt, bench.robot)
        record = Record(journal)
        if teleoperator.is_person:
            record = history = History(bench.robot, journal)
            history.replay()
        episode = run_episode(
            agent, bench.robot, attempt, task=task, record=record, company=company
        )
        if episode.meta["end"] != "discarded":
            return component.key, bool(episode.success), len(episode.steps)


def begin_or_resume(store: EpisodeStore, attempt: Attempt, robot: Gate) -> EpisodeJournal:
    """The journal of a scene that is ready: a new one, or that of an attempt that was cut off."""
    if attempt.id in store.unfinished():
        return store.resume_journal(attempt.id)
    if robot.simulation is None:
        return store.begin(attempt)
    layout = asdict(robot.simulation.layout())
    return store.begin(replace(attempt, meta={**attempt.meta, "layout": layout}))
