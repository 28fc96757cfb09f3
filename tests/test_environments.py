"""Every task as a Gymnasium environment: the same scenes, the same gate, the same judgement."""

import copy
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

from cliprt.registry import names
from cliprt.types import Primitive

gymnasium = pytest.importorskip("gymnasium")
pytest.importorskip("pybullet")

from gymnasium.utils.env_checker import check_env  # noqa: E402

from cliprt.environments import TaskEnvironment, environment_id  # noqa: E402
from cliprt.environments.actions import action_space, to_primitive  # noqa: E402
from cliprt.errors import CliprtError, UnknownNameError, UsageError  # noqa: E402
from cliprt.recipe.build import build_robot, build_task  # noqa: E402
from cliprt.recipe.schema import Component, Recipe  # noqa: E402
from cliprt.runtime.loop import prepare_scene  # noqa: E402
from cliprt.vocabularies.grid import ClipRt58Vocabulary  # noqa: E402
from cliprt.vocabularies.nearest import nearest  # noqa: E402

VOCABULARY = ClipRt58Vocabulary()
LABELS = {primitive.phrase: primitive.label for primitive in VOCABULARY.primitives}
SMALL = {"image_size": 16}


@pytest.fixture
def make():
    """Makes environments, small ones, and closes them."""
    made = []

    def make(task="close_laptop", **options):
        made.append(TaskEnvironment(task, **{"robot_options": SMALL, **options}))
        return made[-1]

    yield make
    for environment in made:
        environment.close()


FEW = ("close_laptop", "draw_line", "pick")
"""A joint, ink, a thing that is carried; the other tasks are checked with the slow tests."""


SKILL = {
    "instruction": "Put the spoon in the mug",
    "scene": ["spoon", "mug"],
    "goal": "the spoon is in the mug",
}
"""What a task needs that people bring."""


@pytest.mark.parametrize(
    "task", [pytest.param(n, marks=[pytest.mark.slow] * (n not in FEW)) for n in names("task")]
)
def test_gymnasium_finds_nothing_wrong(task):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = {"task_options": SKILL} if task == "skill" else {}
        environment = gymnasium.make(environment_id(task), robot_options=SMALL, **options)
        check_env(environment.unwrapped)
        environment.close()


def test_motions_are_an_environment_too():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        environment = gymnasium.make(
            environment_id("close_laptop"), robot_options=SMALL, action="motion"
        )
        check_env(environment.unwrapped)
        environment.close()


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("pick", "cliprt/Pick-v0"),
        ("pour_dog_food", "cliprt/PourDogFood-v0"),
        ("my-arm.tidy up2", "cliprt/MyArmTidyUp2-v0"),
        ("openCabinet", "cliprt/OpenCabinet-v0"),
    ],
)
def test_ids(task, name):
    assert environment_id(task) == name


def test_what_can_be_asked_in_a_household_has_an_id_each():
    environment = gymnasium.make("cliprt/PutTheRedCupInTheLeftDrawer-v0", robot_options=SMALL)
    told = environment.reset(seed=1)[1]["instruction"]
    environment.close()
    assert told == "Put the red cup in the left drawer"


def test_gymnasium_finds_them_by_the_module_in_the_id():
    code = (
        "import gymnasium; made = gymnasium.make('cliprt.environments:cliprt/CloseLaptop-v0');"
        "print(made.reset(seed=1)[1]['instruction']); made.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Close the laptop"


def test_a_seed_is_the_scene_that_the_evaluation_sees(make):
    seen, info = make().reset(seed=100_003)
    recipe = Recipe("r", (Component("close_laptop"),), robot=Component("pybullet", SMALL))
    with build_robot(recipe) as robot:
        prepare_scene(build_task(recipe.tasks[0]), robot, 100_003)
        expected = robot.observe()
    assert info == {"instruction": "Close the laptop", "seed": 100_003}
    np.testing.assert_array_equal(seen["scene"], expected.images["scene"])
    np.testing.assert_array_equal(seen["wrist"], expected.images["wrist"])
    np.testing.assert_array_equal(seen["tcp_pose"], expected.tcp_pose)


def test_without_a_seed_scenes_differ_and_follow_from_the_last_seed(make):
    environment = make()
    scenes = []
    for _ in range(2):
        environment.reset(seed=5)
        scenes.append([environment.reset()[1]["seed"] for _ in range(3)])
    assert scenes[0] == scenes[1]
    assert len(set(scenes[0])) == 3


def test_who_follows_the_teacher_is_rewarded_once_at_the_end(make):
    environment = make(action="primitive")
    environment.reset(seed=2)
    rewards = []
    while True:
        advice = environment.task.advise(environment._robot.simulation)
        label = nearest(VOCABULARY, advice.motion, advice.gripper).label
        _, reward, terminated, truncated, info = environment.step(np.int64(label))
        assert info["refused"] is None
        assert info["phrase"] == VOCABULARY.primitives[label].phrase
        rewards.append(reward)
        if terminated or truncated:
            break
    assert (terminated, truncated, info["success"]) == (True, False, True)
    assert rewards == [0.0] * (len(rewards) - 1) + [1.0]
    with pytest.raises(UsageError, match=r"no episode is going on\. Call reset"):
        environment.step(0)


def test_the_gate_refuses_and_nothing_moves(make):
    environment = make()
    before, _ = environment.reset(seed=2)
    down = LABELS["lower the arm by twenty centimeters"]
    for _ in range(3):
        seen, reward, terminated, _, info = environment.step(down)
        if info["refused"]:
            break
        before = seen
    assert info["refused"].startswith("workspace: z would be")
    np.testing.assert_array_equal(seen["tcp_pose"], before["tcp_pose"])
    assert (reward, terminated, info["success"]) == (0.0, False, False)


def test_a_robot_outside_its_workspace_ends_the_episode(make, monkeypatch):
    environment = make()
    before, _ = environment.reset(seed=2)
    monkeypatch.setattr("cliprt.runtime.gate.find_escape", lambda *_: "workspace: x was measured")
    seen, reward, terminated, truncated, info = environment.step(LABELS["open the gripper"])
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["fault"] == "workspace: x was measured"
    np.testing.assert_array_equal(seen["scene"], before["scene"])
    monkeypatch.undo()
    after, _ = environment.reset(seed=2)
    np.testing.assert_array_equal(after["scene"], before["scene"])


def test_an_environment_that_is_closed_while_it_steps_ends_the_episode(make):
    environment = make()
    environment.reset(seed=2)
    environment._robot.ask_before(lambda *_: environment.close())
    assert environment.step(LABELS["open the gripper"])[3]
    with pytest.raises(UsageError, match=r"Call reset\(\) first"):
        environment.step(LABELS["open the gripper"])


def test_too_many_steps_truncate(make):
    environment = make(max_steps=2)
    environment.reset(seed=0)
    gripper = LABELS["open the gripper"]
    assert [environment.step(gripper)[3] for _ in range(2)] == [False, True]


def test_motions_are_scaled_and_named_by_the_nearest_primitive():
    space = action_space("motion", VOCABULARY)
    assert to_primitive([0, 0.5, 0, 0, 0, 0, 0, 0], space, VOCABULARY) == Primitive(
        13, "move the arm to the left by five centimeters", (0, 0.05, 0, 0, 0, 0, 0), None, "y+"
    )
    assert to_primitive([0] * 7 + [-1], space, VOCABULARY).phrase == "close the gripper"
    askew = to_primitive(np.array([1, 1, 0, 0, 0, 0, 0, 0.9], np.float32), space, VOCABULARY)
    assert askew == Primitive(None, "", (0.1, 0.1, 0, 0, 0, 0, 0), "open")


@pytest.mark.parametrize(
    ("kind", "action", "text"),
    [
        ("primitive", 58, "58 is no label. Allowed: whole numbers, 0 to 57"),
        ("primitive", -1, "-1 is no label"),
        ("primitive", 1.0, "is no label"),
        ("primitive", [1], "is no label"),
        ("motion", [0.0] * 7, "is no motion. Allowed: 8 numbers, -1 to 1"),
        ("motion", [1.01] + [0.0] * 7, "is no motion"),
        ("motion", [np.nan] + [0.0] * 7, "is no motion"),
        ("motion", "up", "is no motion"),
    ],
)
def test_other_actions_are_refused(kind, action, text):
    with pytest.raises(UsageError, match=text):
        to_primitive(action, action_space(kind, VOCABULARY), VOCABULARY)


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"task": "close_labtop"}, UnknownNameError, "Did you mean 'close_laptop'"),
        ({"action": "motions"}, UsageError, "Did you mean 'motion'"),
        ({"render_mode": "human"}, UsageError, "Allowed: rgb_array, or None"),
        ({"max_steps": 0}, UsageError, "max_steps is 0; give 1 or more"),
        ({"task_options": {"difficulty": "harsh"}}, CliprtError, "'hard'"),
    ],
)
def test_bad_options_are_refused_with_what_is_allowed(make, options, kind, text):
    with pytest.raises(kind, match=text):
        make(**options)


def test_reset_takes_no_options(make):
    with pytest.raises(UsageError, match="reset takes no options, not weather"):
        make().reset(options={"weather": 1})


def test_pictures(make):
    environment = make(render_mode="rgb_array")
    environment.reset(seed=0)
    assert environment.render().shape == (480, 480, 3)
    assert make().render() is None


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_an_environment_that_is_copied_says_what_to_do_instead(copied, make):
    with pytest.raises(UsageError) as caught:
        copied(make())
    assert "a TaskEnvironment cannot be copied or pickled" in str(caught.value)
    assert "reset(seed=...)" in str(caught.value)
