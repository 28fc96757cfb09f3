"""A simulator that is no table of ours does all that ours does."""

import json

import numpy as np
import pytest
from fake_robot import FakeRobot
from point_mass import PointRobot, PointSimulation, ReachTask, WatchTask, package  # noqa: F401

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError, UsageError
from cliprt.recipe.build import is_simulated
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import GateSection
from cliprt.robots.world import World
from cliprt.runtime.gate import Gate
from cliprt.stages.collect import teach_episode
from cliprt.stages.workers import Bench
from cliprt.tasks.pick import PickTask
from cliprt.teleoperators.teacher import TeacherTeleoperator
from cliprt.testing import check_robot, check_task

pytestmark = pytest.mark.usefixtures("package")

RECIPE = """
tasks: {suite: points}
robot: {name: point, image_size: 16}
gate: {lower: [-1, -1, -1], upper: [1, 1, 1]}
encoder: {name: small_cnn, image_size: 16, width: 8}
policy: {name: clip_rt, cameras: [top], fusion: film, loss: vocabulary_softmax}
augmenters: [{name: std, variants: 1, recoveries: 1}]
data: {episodes: 2, workers: 1}
trainer: {max_steps: 4, warmup_steps: 1, checkpoint_every: 4, threads: 1, holdout: 0.0}
evaluation: {trials: 2, max_steps: 3, videos: 0, compare_loop_breaking: false}
"""


@pytest.fixture
def robot():
    with PointRobot() as robot:
        yield robot


def test_robot_and_tasks_conform(robot):
    assert not isinstance(PointSimulation(), World)
    check_robot(PointRobot())
    check_robot(Gate(PointRobot(), GateSection((-1, -1, -1), (1, 1, 1), 2.0)))
    for task in (ReachTask("right"), WatchTask()):
        check_task(task, robot)


def test_it_is_taught_diversified_learned_and_judged(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.yaml").write_text(RECIPE)
    assert main(["recipes", "allow", "points.yaml"]) == 0  # its gate is wider than the usual one
    assert main(["fit", "--recipe", "points.yaml", "--out", "run"]) == 0
    store = EpisodeStore(tmp_path / "run" / "episodes")
    taught = [header for header in store.headers() if header.meta["kind"] == "taught"]
    assert sorted(header.task for header in taught) == 2 * ["reach_left"] + 2 * ["reach_right"]
    assert {header.instruction for header in taught} == {
        "Fly to the spot on the left",
        "Fly to the spot on the right",
    }
    assert set(taught[0].meta["layout"]["bodies"]) == {"spot"}
    assert any(header.meta["kind"] != "taught" for header in store.headers())
    replay = ["episodes", "replay", "run/episodes", taught[0].id, "--recipe", "points.yaml"]
    assert main(replay) == 0
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert [(task["task"], task["suite"]) for task in report["tasks"]] == [
        ("reach_left", "points"),
        ("reach_right", "points"),
    ]


def test_an_episode_has_the_name_that_the_recipe_gives_the_task(tmp_path):
    (tmp_path / "points.yaml").write_text(RECIPE)
    recipe = load_recipe(tmp_path / "points.yaml", ["tasks=[reach, {name: reach, as: again}]"])
    bench = Bench(recipe, {})
    for number, name in enumerate(("reach", "again")):
        told, success, _ = teach_episode(bench, str(tmp_path / "episodes"), number, 5)
        assert (told, success) == (name, True)
    bench.robot.stop()
    assert {h.task for h in EpisodeStore(tmp_path / "episodes").headers()} == {"reach", "again"}


def test_a_class_that_is_registered_twice_is_recorded_under_the_name_that_was_asked_for(
    tmp_path, capsys
):
    (tmp_path / "points.yaml").write_text(RECIPE)
    assert main(["recipes", "allow", str(tmp_path / "points.yaml")]) == 0
    capsys.readouterr()
    for name in ("reach", "visit", "reach_right"):
        where = ["--recipe", str(tmp_path / "points.yaml"), "--store", str(tmp_path / name)]
        assert main(["run", *where, "--task", name, "--format", "json"]) == 0
        (episode,) = json.loads(capsys.readouterr().out)["episodes"]
        (header,) = EpisodeStore(tmp_path / name).headers()
        assert episode["task"] == header.task == name


def test_the_teacher_says_which_task_it_cannot_teach(robot):
    with pytest.raises(
        UsageError, match=r"WatchTask says nobody what to do next. Give it `advise`"
    ):
        TeacherTeleoperator().start("Fly", 0, WatchTask(), robot.simulation)


def test_a_task_of_our_table_says_that_there_is_none(robot):
    with pytest.raises(RobotError, match=r"PickTask needs a simulated table, and PointSimulation"):
        PickTask().reset(robot.simulation, np.random.default_rng(0))


def test_a_robot_is_simulated_if_it_says_so_before_and_has_a_simulation_when_it_is_connected():
    recipe = load_recipe("tiny", ["robot={name: point}", "tasks=[reach]", "policy.cameras=[top]"])
    assert is_simulated(recipe)
    assert not FakeRobot.simulates  # can play both, and counts as hardware until it is connected
    for simulated in (False, True):
        with Gate(FakeRobot(simulated=simulated), GateSection()) as gate:
            assert (gate.simulation is not None) == simulated


def test_environments_take_it(monkeypatch):
    gymnasium = pytest.importorskip("gymnasium")
    from gymnasium.utils.env_checker import check_env

    from cliprt.environments import TaskEnvironment, register_environments

    monkeypatch.setattr(gymnasium.envs.registration, "registry", {})
    monkeypatch.setattr(gymnasium, "registry", gymnasium.envs.registration.registry)
    assert "cliprt/Reach-v0" in register_environments()
    made = gymnasium.make(
        "cliprt/Reach-v0",
        robot="point",
        task_options={"side": "right"},
        render_mode="rgb_array",
    )
    environment = made.unwrapped
    seen, info = environment.reset(seed=3)
    assert info["instruction"] == "Fly to the spot on the right"
    assert environment.render().shape == seen["top"].shape == (16, 16, 3)
    check_env(environment, skip_render_check=True)
    environment.close()
    with pytest.raises(
        UsageError, match=r"'either' is no simulated one: nobody can reset its scene"
    ):
        TaskEnvironment("reach", robot="either")
