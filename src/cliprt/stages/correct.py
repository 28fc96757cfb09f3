"""Between trainings: the policy acts in new scenes, and the helper corrects it by sentences.

The helper speaks only where the policy goes wrong; each sentence is acted upon and learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cliprt.data.codec import to_record
from cliprt.data.samples import is_sample
from cliprt.data.store import EpisodeStore, find_store
from cliprt.errors import StoreError
from cliprt.recipe.build import build_helper, build_task
from cliprt.recipe.schema import Recipe
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.record import Record
from cliprt.stages.agree import with_agreed_mode
from cliprt.stages.collaborate import accompany, build_collaborator, load_actor_once
from cliprt.stages.collect import set_aside_attempts
from cliprt.stages.keys import corrected_id
from cliprt.stages.progress import LINE_EVERY_S, show_progress
from cliprt.stages.run_folder import RunFolder, announce_policy
from cliprt.stages.workers import Bench, is_attended, run_jobs
from cliprt.types import Attempt, Episode
from cliprt.vocabularies.nearest import mark

CORRECTED = "corrected"
"""``meta["kind"]`` of an episode in which somebody corrected a policy."""


@dataclass(frozen=True)
class Corrected:
    """What a round left in the store.

    Attributes:
        ids: Episodes that hold at least one correction.
        episodes: How many there were in all.
        successes: How many of those succeeded, with the corrections.
        corrections: Steps that somebody asked for.
        steps: All steps.
    """

    ids: tuple[str, ...]
    episodes: int
    successes: int
    corrections: int
    steps: int
    worked: bool


def correct(
    recipe: Recipe, run: RunFolder, policy: str, checkpoint: Path, number: int
) -> Corrected:
    """Have the episodes of one round of corrections in the store.

    Args:
        recipe: Tasks, helper, how many episodes.
        run: Where they are kept.
        policy: What names the policy (its key).
        checkpoint: The policy's folder.
        number: Of the round, from 0.
    """
    set_aside_attempts(run)
    section = recipe.collaboration
    first = section.first_seed + number * section.episodes
    wanted = {
        corrected_id(recipe, policy, task, seed): (place, seed)
        for seed in range(first, first + section.episodes)
        for place, task in enumerate(recipe.tasks)
    }
    there = set(run.store().ids())
    missing = [(str(run.episodes), i, *job) for i, job in wanted.items() if i not in there]
    if missing:
        announce_policy(checkpoint, [task.key for task in recipe.tasks])
        recipe = with_agreed_mode(recipe, checkpoint)
        context = {"checkpoint": str(checkpoint), "round": number}
        person = build_helper(recipe).is_person
        pause_s = 0.0 if person or is_attended(recipe) else LINE_EVERY_S
        with show_progress(f"Correcting, round {number + 1}", len(missing), pause_s) as advance:
            for note in run_jobs(recipe, correct_episode, missing, context, person, run.path):
                advance(note)
    return _count(run.store(), tuple(wanted), bool(missing))


def correct_episode(bench: Bench, folder: str, episode_id: str, number: int, seed: int) -> str:
    """One corrected episode, recorded as it happens; returns what to show."""
    recipe = bench.recipe
    component = recipe.tasks[number]
    task = build_task(component)
    bench.arrange(task.instruction)
    prepare_scene(task, bench.robot, seed)
    actor = load_actor_once(bench, bench.context["checkpoint"])
    agent = build_collaborator(recipe, bench.vocabulary, actor, initiative="person")
    attempt = Attempt(
        id=episode_id,
        task=component.key,
        instruction=task.instruction,
        seed=seed,
        source=recipe.policy.name,
        max_steps=task.max_steps,
        meta={
            "kind": CORRECTED,
            "round": bench.context["round"],
            "vocabulary": mark(bench.vocabulary),
        },
    )
    store = EpisodeStore(folder)
    store.make_room(episode_id)  # of a worker that died at it
    journal = store.begin(attempt)
    is_person = agent.teleoperator.is_person
    episode = run_episode(
        agent,
        bench.robot,
        attempt,
        task=task,
        record=History(bench.robot, journal) if is_person else Record(journal),
        company=accompany(bench, agent, task.instruction, Path(folder).parent),
    )
    end = "success" if episode.success else "no success"
    return f"{component.key}: {agent.interventions} corrections, {end}"


def adopt(recipe: Recipe, run: RunFolder) -> tuple[str, ...]:
    """Copy the episodes that people corrected into the run's store; ids of those with corrections.

    Raises:
        StoreError: ``collaboration.learn_from`` is no store, or holds no correction.
    """
    if not recipe.collaboration.learn_from:
        return ()
    source, store = find_store(recipe.collaboration.learn_from), run.store()
    found = []
    corrected = (h.id for h in source.headers() if h.meta.get("kind") == CORRECTED)
    for episode in source.readable(corrected):
        if any(map(is_sample, episode.steps)):
            found.append(episode.id)
            if episode.id in store and not _is_same(store.load(episode.id), episode):
                store.set_aside(episode.id)  # of another person's corrections of the same name
            if episode.id not in store:
                store.write_episode(episode)
    if not found:
        raise StoreError(
            f"{source.path} holds no corrected episode to learn from. Correct the policy:"
            " cliprt run --recipe NAME --checkpoint DIR --correct"
        )
    return tuple(found)


def _is_same(one: Episode, other: Episode) -> bool:
    """Whether the same was said and done, whatever the pictures were packed with."""
    first, second = ([to_record(s, {}) for s in episode.steps] for episode in (one, other))
    return (one.instruction, first) == (other.instruction, second)


def _count(store: EpisodeStore, ids: Sequence[str], worked: bool) -> Corrected:
    episodes = [store.load(i) for i in ids]
    samples = {e.id: sum(map(is_sample, e.steps)) for e in episodes}
    return Corrected(
        ids=tuple(i for i in ids if samples[i]),
        episodes=len(episodes),
        successes=sum(bool(e.success) for e in episodes),
        corrections=sum(samples.values()),
        steps=sum(len(e.steps) for e in episodes),
        worked=worked,
    )
