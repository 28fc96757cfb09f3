"""Trials: which ones a recipe asks for, and real ones in the simulator."""

import dataclasses

import numpy as np
import pytest

from cliprt.errors import UsageError
from cliprt.evaluation.clips import load_clip
from cliprt.evaluation.failures import FAILURES
from cliprt.evaluation.files import append_trial, load_trials, missing_jobs
from cliprt.evaluation.rollout import plan_trials, run_trial
from cliprt.recipe.schema import Component, EvaluationSection, GateSection, Recipe
from cliprt.registry import load
from cliprt.runtime.gate import Gate
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
        ("pick", 1000, True, 0),
        ("close_laptop", 1000, True, 0),
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
        return [float(primitive.label == entry.label) for primitive in vocabulary.primitives]

    job = plan_trials(RECIPE)[1]
    video = tmp_path / "videos" / f"{job.episode}.mp4"
    trial = run_trial(job, robot, task, vocabulary, score, video)
    assert (trial.key, trial.suite, trial.end) == (job.key, "novel", "success")
    assert trial.success
    assert trial.failure is None
    assert 1 <= trial.steps <= task.max_steps
    assert len(trial.last_phrases) == min(6, trial.steps)
    clip = load_clip(video)
    assert clip is not None
    assert clip.video.startswith("data:video/mp4;base64,")
    assert len(clip.strip) == min(5, trial.steps + 1)
    append_trial(tmp_path / "trials.jsonl", trial)
    (kept,) = load_trials(tmp_path / "trials.jsonl")
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
    trial = run_trial(job, robot, task, vocabulary, lambda observation, instruction: scores)
    assert not trial.break_loops
    assert not trial.success
    assert trial.failure in FAILURES
    assert trial.failure == "refused"
    assert trial.video is None
    assert set(trial.last_phrases) == {up.phrase}
