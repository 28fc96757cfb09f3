"""Whole episodes on ``ur_loopback``, as on the simulator: the same loop, tasks and teacher."""

import json

import pytest

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.geometry import distance
from cliprt.recipe.build import (
    build_interpreter,
    build_robot,
    build_task,
    build_teleoperator,
    build_vocabulary,
)
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.runtime.record import Record
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt, Plan, PlannedStep

pytest.importorskip("pybullet")

ROBOTS = ("pybullet", "ur_loopback")
SLOWEST_STEP_S = 5.0


def recipe_for(robot, folder):
    section = {"name": robot, "image_size": 32, "speed_m_s": 0.5}
    if robot == "ur_loopback":
        section["black_box"] = str(folder)
    return load_recipe("tiny", [f"robot={json.dumps(section)}"])


@pytest.fixture(scope="module", params=ROBOTS)
def cell(request, tmp_path_factory):
    """A recipe and its robot."""
    recipe = recipe_for(request.param, tmp_path_factory.mktemp("black_box"))
    with build_robot(recipe) as robot:
        yield recipe, robot


def teach(cell, task_name, seed, journal=None, looker=None, **options):
    """The teacher speaks, the interpreter reads, the gate checks, the robot moves."""
    recipe, robot = cell
    task = build_task(Component(task_name))
    agent = SpokenAgent(
        build_teleoperator(recipe), build_interpreter(recipe, build_vocabulary(recipe))
    )
    prepare_scene(task, robot, seed)
    robot.watch(looker)
    return run_episode(
        agent,
        robot,
        Attempt(
            id=f"{task_name}-{seed}",
            task="",
            instruction=task.instruction,
            seed=seed,
            source="teacher",
            max_steps=2 * task.max_steps,
        ),
        task=task,
        record=Record(journal),
        **options,
    )


@pytest.mark.parametrize("task", ["close_laptop", "pick"])
def test_the_teacher_succeeds_and_the_episode_is_kept(cell, task, tmp_path):
    store = EpisodeStore(tmp_path)
    journal = store.begin(Attempt(f"{task}-1", task, "go", 1, "teacher"))
    episode = teach(cell, task, 1, journal)
    assert (episode.success, episode.meta["end"]) == (True, "success")
    kept = store.load(f"{task}-1")
    assert kept.success
    assert len(kept.steps) == len(episode.steps)
    for before, step in zip(kept.steps, kept.steps[1:], strict=False):
        assert step.observation.commanded_pose == pytest.approx(before.outcome.sent, abs=1e-9)
        assert step.observation.time_s > before.observation.time_s
    for step in kept.steps:
        assert step.observation.images["wrist"].shape == (32, 32, 3)


def test_scenes_repeat_by_seed(cell):
    _, robot = cell
    seen = []
    for seed in (3, 3, 4):
        prepare_scene(build_task(Component("pick")), robot, seed)
        observation = robot.observe()
        look = (*observation.tcp_pose, *robot.simulation.pose("red cube"))
        seen.append((look, observation.images["scene"].tobytes()))
    assert seen[0][0] == pytest.approx(seen[1][0], abs=1e-6)
    assert seen[0][1] == seen[1][1] != seen[2][1]


def test_a_halt_ends_the_episode_on_its_way_and_the_next_one_begins(cell):
    _, robot = cell
    begin = []

    def halt_on_the_way(time_s):
        begin.append(robot.simulation.tcp_pose)
        if distance(begin[0], robot.simulation.tcp_pose)[0] > 0.002:
            robot.halt("enough")

    episode = teach(cell, "close_laptop", 5, looker=halt_on_the_way)
    assert (episode.success, episode.meta["end"], episode.meta["reason"]) == (
        False,
        "stopped",
        "enough",
    )
    cut = episode.steps[-1].outcome
    assert 0 < cut.stopped_after_s < SLOWEST_STEP_S
    assert distance(cut.measured, cut.sent)[0] > 0.001
    assert teach(cell, "close_laptop", 5).success


def test_a_recorded_episode_is_made_again_as_a_plan(cell):
    _, robot = cell
    episode = teach(cell, "close_laptop", 6)
    plan = Plan(episode.id, "again", "std", tuple(PlannedStep(s.primitive) for s in episode.steps))
    task = build_task(Component("close_laptop"))
    prepare_scene(task, robot, 6)
    again = run_episode(
        PlanAgent(plan),
        robot,
        Attempt(
            id="again",
            task="",
            instruction=task.instruction,
            seed=6,
            source="std",
            max_steps=task.max_steps,
        ),
    )
    assert again.meta["end"] == "done"
    for one, two in zip(episode.steps, again.steps, strict=True):
        assert distance(one.outcome.sent, two.outcome.sent)[0] < 1e-3


class Person(Teleoperator):
    """Says the given sentences."""

    is_person = True

    def __init__(self, *sentences):
        self._sentences = list(sentences)

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        return self._sentences.pop(0)

    def hear(self, message, offers=()):
        raise AssertionError(f"not understood: {message}")


def test_steps_are_taken_back_with_their_scene(cell):
    recipe, robot = cell
    prepare_scene(build_task(Component("pick")), robot, 2)
    sentences = ("move left by ten centimeters", "close the gripper", "undo", "undo", "go up 5 cm")
    begin = robot.observe()
    episode = run_episode(
        SpokenAgent(
            Person(*sentences, "done"), build_interpreter(recipe, build_vocabulary(recipe))
        ),
        robot,
        Attempt("try", "", "try", 0, "console", 9),
        record=History(robot),
    )
    assert [step.primitive.group for step in episode.steps] == ["z+"]
    after = robot.observe()
    assert after.gripper == "open"
    risen = [a - b for a, b in zip(after.tcp_pose, begin.tcp_pose, strict=True)]
    assert risen[:3] == pytest.approx([0, 0, 0.05], abs=5e-4)


@pytest.mark.slow
def test_a_trained_policy_closes_the_laptop_as_in_the_simulator(tmp_path, capsys):
    """Trains for two minutes, then acts in five unseen scenes on each robot."""
    run = tmp_path / "run"
    changes = ["tasks=[close_laptop]", "trainer.max_steps=800", "evaluation.trials=1"]
    assert main(["fit", "--recipe", "finetune_novel", "--out", str(run), *changes]) == 0
    capsys.readouterr()
    successes = {}
    for robot in ROBOTS:
        section = json.dumps({"name": robot, "image_size": 64})
        command = [
            "run",
            "--recipe",
            "finetune_novel",
            "--checkpoint",
            str(run),
            "--seed",
            "100000",
        ]
        command += ["--episodes", "5", "--task", "close_laptop", "--store", str(tmp_path / robot)]
        assert main([*command, "--format", "json", f"robot={section}"]) == 0
        episodes = json.loads(capsys.readouterr().out)["episodes"]
        successes[robot] = sum(episode["success"] for episode in episodes)
    assert successes["pybullet"] >= 4
    assert successes["ur_loopback"] >= successes["pybullet"] - 1
