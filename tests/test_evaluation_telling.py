"""What a policy is told: other words, or another task; and how that adds up."""

from dataclasses import replace

import numpy as np
import pytest

from cliprt.errors import UsageError
from cliprt.evaluation.failures import FAILURES, failure_reason
from cliprt.evaluation.results import Trial
from cliprt.evaluation.rollout import plan_trials, run_trial
from cliprt.evaluation.telling import REWORDED, load_rewordings, plan_told, sum_up
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import GateSection
from cliprt.recipe.suites import load_suite
from cliprt.registry import load
from cliprt.runtime.gate import Gate
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.tasks.guide import set_gripper
from cliprt.tasks.household import HouseholdTask
from cliprt.types import Episode, Proposal
from cliprt.vocabularies.nearest import nearest

REWORDINGS = load_rewordings()


def plan(*overrides):
    return plan_told(load_recipe("tiny", ["tasks={suite: novel}", *overrides]))


@pytest.mark.parametrize("suite", ["common", "novel", "household"])
def test_each_suite_has_nine_instructions_in_three_other_wordings(suite):
    said = [build_task(task).instruction for task in load_suite(suite)]
    reworded = [REWORDINGS[text] for text in said if text in REWORDINGS]
    assert len(reworded) == 9
    words = [text for one in reworded for text in one.values()]
    assert len({*words, *said}) == 27 + len(said)


def test_every_scene_is_told_in_one_other_way():
    jobs = plan("evaluation.instructions=[reworded]", "evaluation.trials=4")
    assert len(jobs) == 36
    assert [job.manner for job in jobs if job.task == "stamp"] == [
        REWORDED[(100_000 + n) % 3] for n in range(4)
    ]
    recipe = load_recipe("tiny", ["tasks={suite: novel}"])
    for job in jobs:
        said = build_task(recipe.tasks[job.number]).instruction
        assert job.told == REWORDINGS[said][job.manner]


def test_another_task_is_another_one_of_the_recipe_and_not_always_the_same():
    recipe = load_recipe("tiny", ["tasks={suite: novel}", "evaluation.trials=10"])
    said = {task.key: build_task(task).instruction for task in recipe.tasks}
    jobs = plan("evaluation.instructions=[wrong]", "evaluation.trials=10")
    assert all(job.told in said.values() and job.told != said[job.task] for job in jobs)
    assert {job.told for job in jobs if job.task == "stamp"} == set(said.values()) - {said["stamp"]}


def test_trials_as_taught_are_planned_as_before():
    recipe = load_recipe("tiny", ["tasks={suite: novel}"])
    asked = replace(
        recipe, evaluation=replace(recipe.evaluation, instructions=("reworded", "wrong"))
    )
    assert plan_told(recipe) == []
    assert plan_trials(asked) == plan_trials(recipe)
    keys = [job.key for job in (*plan_trials(asked), *plan_told(asked))]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (["tasks=[pick]", "evaluation.instructions=[wrong]"], "there is only one. Give two"),
        (
            ["tasks=[{name: household, instruction: Point at the blue cup}]"],
            "nobody has written other words for 'Point at the blue cup'. Give a file",
        ),
    ],
)
def test_what_cannot_be_told_is_said(overrides, text):
    recipe = load_recipe("tiny", ["evaluation.instructions=[reworded]", *overrides])
    with pytest.raises(UsageError, match=text):
        plan_told(recipe)


def test_a_file_of_ones_own_comes_first(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("Pick up the red cube: {mild: a, strong: b, third_party: c}")
    assert load_rewordings(str(file))["Pick up the red cube"]["strong"] == "b"
    for wrong in ("- a", "Pick it: up", "Pick it: {mild: a}", "Pick it: {mild: 1, strong: b}"):
        file.write_text(wrong)
        with pytest.raises(UsageError, match=r"mine\.yaml: .*Allowed: INSTRUCTION: \{mild: \.\.\."):
            load_rewordings(str(file))
    with pytest.raises(UsageError, match="Give the path of a file of rewordings"):
        load_rewordings(str(tmp_path / "none.yaml"))


def trial(seed, success, manner=""):
    end = "success" if success else "max_steps"
    return Trial("pick", "Pick it", seed, success, 5, end, True, f"pick-{seed}", manner=manner)


def test_figures_are_beside_those_of_the_same_scenes():
    alone = [trial(seed, success=seed != 3) for seed in range(5)]
    told = [trial(0, True, "mild"), trial(3, False, "mild"), trial(1, True, "wrong")]
    mild, wrong = sum_up(alone, [*told, trial(9, True, "wrong")])
    assert (mild.manner, mild.tally.successes, mild.taught.successes) == ("mild", 1, 1)
    assert (wrong.manner, wrong.tally.trials, wrong.taught.trials) == ("wrong", 1, 1)
    assert mild.to_dict()["as_taught"]["trials"] == 2
    assert sum_up(alone, []) == ()


def test_who_did_something_else_failed_because_of_that():
    episode = Episode("e", "pick", "Pick it", 0, "policy", (object(),), False, {"did": ["other"]})
    assert failure_reason(episode) == "did_another"
    assert "something else" in FAILURES["did_another"]


def test_a_policy_that_is_told_another_thing_does_that_and_it_is_noted():
    pytest.importorskip("pybullet")
    recipe = load_recipe("tiny", ["tasks={suite: household}", "evaluation.instructions=[wrong]"])
    suite = [build_task(task) for task in recipe.tasks]
    job = next(job for job in plan_told(recipe) if job.told.startswith("Put"))
    vocabulary = load("vocabulary", "clip_rt_58")()
    asked = suite[job.number]
    told = next(task for task in suite if task.instruction == job.told)

    def see_start(world):
        HouseholdTask.see_start(asked, world)
        HouseholdTask.see_start(told, world)

    asked.see_start = see_start  # both see the scene before anything is done

    def score(observation, instruction):
        assert instruction == told.instruction
        advice = told.advise(robot.simulation) or set_gripper("open")
        label = nearest(vocabulary, advice.motion, advice.gripper).label
        return Proposal(scores=np.array([float(p.label == label) for p in vocabulary.primitives]))

    with Gate(load("robot", "pybullet")(image_size=16), GateSection()) as robot:
        agent = PolicyAgent(score, vocabulary, break_loops=False)
        tried = run_trial(replace(job, max_steps=26), agent, robot, asked)
    assert not tried.success
    assert (tried.instruction, tried.told) == (asked.instruction, told.instruction)
    assert tried.failure == "did_another"
    assert tried.did == (told.instruction,)
