"""Trials: which ones a recipe asks for, and real ones in the simulator."""

import dataclasses

import numpy as np
import pytest

from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError
from cliprt.evaluation.clips import load_clip
from cliprt.evaluation.failures import FAILURES
from cliprt.evaluation.files import append_trial, load_trials, missing_jobs
from cliprt.evaluation.rollout import as_twin, in_scenes, plan_trials, record_trial, run_trial
from cliprt.language.grammar import GrammarInterpreter
from cliprt.recipe.schema import Component, EvaluationSection, GateSection, Recipe
from cliprt.registry import load
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.runtime.replay import replay
from cliprt.types import Proposal
from cliprt.vocabularies.nearest import nearest

SECTION = EvaluationSection(trials=3, first_seed=1000, videos=1)
RECIPE = Recipe("r", (Component("pick"), Component("close_laptop")), evaluation=SECTION)


def test_every_task_meets_the_same_scenes_with_both_settings():
    jobs = plan_trials(RECIPE)
    assert len(jobs) == len({job.key for job in jobs}) == len({job.episode for job in jobs}) == 12
    for task in ("pick", "close_laptop"):
        for setting in (True, False):
            own = [job for job in jobs if job.task == task and job.break_loops == setting]
            assert [job.seed for job in own] == [1000, 1001, 1002]
    assert {job.key for job in jobs if job.record_video} == {
        ("pick", 1000, True, 0, ""),
        ("close_laptop", 1000, True, 0, ""),
    }


def test_an_evaluation_cut_off_has_judged_tasks_alike():
    tasks = [job.task for job in plan_trials(RECIPE)]
    for length in range(len(tasks)):
        done = tasks[:length]
        assert abs(done.count("pick") - done.count("close_laptop")) <= 1


def test_one_setting_only_when_nothing_is_compared():
    section = dataclasses.replace(SECTION, compare_loop_breaking=False, break_loops=False)
    jobs = plan_trials(dataclasses.replace(RECIPE, evaluation=section))
    assert {job.break_loops for job in jobs} == {False}
    assert len(jobs) == 6


def test_scenes_that_were_taught_are_refused():
    section = dataclasses.replace(SECTION, first_seed=9)
    with pytest.raises(UsageError, match=r"9\.\.11 overlap the taught scenes 0\.\.9.* 10 or more"):
        plan_trials(dataclasses.replace(RECIPE, evaluation=section))


@pytest.mark.parametrize(("first", "fine"), [(999_997, True), (999_998, False), (2_000_000, False)])
def test_scenes_that_augmenters_invent_are_refused(first, fine):
    section = dataclasses.replace(SECTION, first_seed=first, compare_loop_breaking=False)
    recipe = dataclasses.replace(RECIPE, evaluation=section)
    if fine:
        assert plan_trials(recipe)[-1].seed == 999_999
        return
    with pytest.raises(UsageError, match=r"augmenters invent, from 1000000 on.* 999997 or less"):
        plan_trials(recipe)


@pytest.fixture(scope="module")
def robot():
    pytest.importorskip("pybullet")
    backend = load("robot", "pybullet")(cameras=("wrist",), image_size=64, speed_m_s=1.0)
    with Gate(backend, GateSection()) as gate:
        yield gate


@pytest.fixture(scope="module")
def vocabulary():
    return load("vocabulary", "clip_rt_58")()


def test_who_knows_what_to_do_succeeds_and_is_filmed(robot, vocabulary, tmp_path):
    task = load("task", "close_laptop")()

    def score(observation, instruction):
        """Prefers what the task's own teacher would do, seeing everything."""
        assert instruction == task.instruction
        advice = task.advise(robot.simulation)
        entry = nearest(vocabulary, advice.motion, advice.gripper)
        scores = [float(p.label == entry.label) for p in vocabulary.primitives]
        return Proposal(scores=np.array(scores))

    job = plan_trials(RECIPE)[1]
    video = tmp_path / "videos" / f"{job.episode}.mp4"
    agent = PolicyAgent(score, vocabulary, job.break_loops)
    trial = run_trial(job, agent, robot, task, video_path=video)
    assert (trial.key, trial.suite, trial.end) == (job.key, "novel", "success")
    assert trial.success
    assert trial.failure is None
    assert 1 <= trial.steps <= task.max_steps
    assert len(trial.last_phrases) == min(6, trial.steps)
    clip = load_clip(video, video.parent, trial.starts)
    assert clip is not None
    assert clip.video.startswith("data:video/mp4;base64,")
    assert len(clip.strip) == 5
    assert len(clip.steps) == len(trial.starts) == len(trial.decisions) == trial.steps
    assert min(np.diff(trial.starts)) >= 15, "a caption is to be read for a second"
    append_trial(tmp_path / "trials.jsonl", trial)
    (kept,) = load_trials(tmp_path / "trials.jsonl")
    assert kept.starts == trial.starts
    assert kept.video == f"videos/{job.episode}.mp4"
    left = missing_jobs(plan_trials(RECIPE), [kept])
    assert job not in left
    assert len(left) == 11


def test_who_wants_one_thing_only_fails_with_a_reason(robot, vocabulary):
    task = load("task", "close_laptop")()
    up = next(p for p in vocabulary.primitives if p.motion[2] > 0.15)
    scores = np.zeros(len(vocabulary.primitives))
    scores[up.label] = 1.0
    job = dataclasses.replace(plan_trials(RECIPE)[-1], max_steps=8)
    agent = PolicyAgent(lambda *_: Proposal(scores=scores), vocabulary, job.break_loops)
    trial = run_trial(job, agent, robot, task)
    assert not trial.break_loops
    assert not trial.success
    assert trial.failure in FAILURES
    assert trial.failure == "refused"
    assert trial.video is None
    assert set(trial.last_phrases) == {up.phrase}


@pytest.fixture(scope="module")
def teacher(vocabulary):
    """Succeeds in this scene, or fails if it may do only one step."""
    return SpokenAgent(load("teleoperator", "teacher")(), GrammarInterpreter(vocabulary))


@pytest.mark.parametrize(
    ("keep", "most", "kept"),
    [("failures", 1, True), ("failures", 0, False), ("all", 0, True), ("none", 1, False)],
)
def test_a_trial_is_the_same_whether_its_episode_is_kept(
    robot, teacher, tmp_path, keep, most, kept
):
    task, store = load("task", "close_laptop")(), EpisodeStore(tmp_path)
    job = dataclasses.replace(plan_trials(RECIPE)[1], max_steps=most, keep=keep)
    alone = run_trial(job, teacher, robot, task)
    for _ in range(2):  # what an earlier call left is replaced
        trial = run_trial(job, teacher, robot, task, record=record_trial(job, task, "x", store))
    assert dataclasses.replace(trial, kept=False) == alone
    assert trial.success is (most == 0)
    assert trial.kept is kept is (job.episode in store)
    assert store.unfinished() == ()
    if kept:
        episode = store.load(job.episode)
        assert (episode.seed, episode.task, len(episode.steps)) == (job.seed, job.task, trial.steps)
        assert episode.steps[0].observation.images["wrist"].shape == (64, 64, 3)
        again = replay(episode, robot, task)
        assert again.max_position_m == again.max_angle_rad == 0
        assert again.success is trial.success


def test_a_trial_that_was_cut_off_is_made_again(robot, teacher, tmp_path):
    task, store = load("task", "close_laptop")(), EpisodeStore(tmp_path)
    job = dataclasses.replace(plan_trials(RECIPE)[1], max_steps=1, keep="failures")
    store.begin(job.to_attempt(task, "x")).close()
    assert run_trial(job, teacher, robot, task, record=record_trial(job, task, "x", store)).kept
    assert store.ids() == (job.episode,)


def test_only_the_recipes_own_setting_is_kept():
    jobs = plan_trials(RECIPE)
    assert {(job.break_loops, job.keep) for job in jobs} == {(True, "failures"), (False, "none")}


def test_settings_of_loop_breaking_meet_in_each_scene():
    scenes = in_scenes(plan_trials(RECIPE))
    assert [{(job.task, job.seed) for job in scene} for scene in scenes] == [
        {(task, seed)} for seed in (1000, 1001, 1002) for task in ("pick", "close_laptop")
    ]
    assert {tuple(job.break_loops for job in scene) for scene in scenes} == {(True, False)}


@pytest.mark.parametrize("repeats", [False, True])
def test_one_trial_is_that_of_both_settings_until_the_policy_repeats_itself(
    robot, vocabulary, repeats
):
    """Whatever is told of the other setting is what running it says."""
    task = load("task", "close_laptop")()
    best = [p for p in vocabulary.primitives if p.motion[2] > 0.15 or p.motion[1] > 0.15][:2]

    def score(observation, instruction):
        """Up and to the left in turn, or up for ever: refused from some height on."""
        scores = np.zeros(len(vocabulary.primitives))
        turn = 0 if repeats else len(asked) % 2
        asked.append(turn)
        scores[best[turn].label] = 1.0
        return Proposal(scores=scores)

    jobs = [
        dataclasses.replace(job, max_steps=8 if repeats else 2, record_video=False)
        for job in in_scenes(plan_trials(RECIPE))[1]
    ]
    trials, parted = [], []
    for job in jobs:
        asked: list[int] = []
        agent = PolicyAgent(score, vocabulary, job.break_loops)
        trials.append(run_trial(job, agent, robot, task))
        parted.append(agent.has_repeated)
    assert parted == [repeats, repeats]
    assert (as_twin(trials[0], jobs[1]) == trials[1]) is not repeats
