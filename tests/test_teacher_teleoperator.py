"""The teacher speaks differently by seed, and plainly when it is not understood."""

import numpy as np
import pytest

from cliprt.errors import UsageError
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.tasks.pick import PickTask
from cliprt.teleoperators.teacher import TeacherTeleoperator
from cliprt.teleoperators.teacher_phrases import sentences
from cliprt.types import Primitive


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


def listen(robot, teacher, seed, limit=40):
    """All it says in one scene, doing what the task advises."""
    task = PickTask()
    robot.simulation.clear(0)
    task.reset(robot.simulation, np.random.default_rng(0))
    teacher.start(task.instruction, seed, task, robot.simulation)
    said = []
    for _ in range(limit):
        advice = task.advise(robot.simulation)
        said.append(teacher.say(robot.observe()))
        if advice is None:
            break
        assert said[-1] in sentences(advice.motion, advice.gripper)
        robot.execute(advice.motion, advice.gripper)
    return said


def test_speaks_in_its_own_words_until_it_is_done(robot):
    first, again = (listen(robot, TeacherTeleoperator(), seed=3) for _ in range(2))
    assert first == again
    assert first[-1] == "done"
    assert first != listen(robot, TeacherTeleoperator(), seed=4)


def test_answers_a_question_with_the_canonical_phrase_once(robot):
    task, teacher = PickTask(), TeacherTeleoperator()
    robot.simulation.clear(1)
    task.reset(robot.simulation, np.random.default_rng(1))
    teacher.start(task.instruction, 5, task, robot.simulation)
    advice = task.advise(robot.simulation)
    teacher.say(robot.observe())
    teacher.hear("How far?", ("move the arm back by one centimeter",))
    answer = teacher.say(robot.observe())
    assert answer.endswith("centimeters") or answer.endswith("centimeter")
    teacher.hear("Pardon?")
    assert teacher.say(robot.observe()) == answer
    robot.execute(advice.motion, advice.gripper)
    following = task.advise(robot.simulation)
    assert teacher.say(robot.observe()) in sentences(following.motion, following.gripper)


def test_without_variety_it_says_canonical_phrases(robot):
    task, teacher = PickTask(), TeacherTeleoperator(variety=0.0)
    robot.simulation.clear(2)
    task.reset(robot.simulation, np.random.default_rng(2))
    teacher.start(task.instruction, 0, task, robot.simulation)
    assert teacher.say(robot.observe()).startswith(("move the arm", "lower the arm"))


def test_variety_is_a_share():
    with pytest.raises(UsageError, match=r"variety of the teacher is 3.*Allowed: 0 .* to 1"):
        TeacherTeleoperator(variety=3)


def test_has_to_see_a_world(robot):
    teacher = TeacherTeleoperator()
    with pytest.raises(UsageError, match=r"Call start\(\) first"):
        teacher.say(robot.observe())
    with pytest.raises(UsageError, match=r"'Close the laptop'.*simulated"):
        teacher.start("Close the laptop", 0, None, None)


@pytest.mark.parametrize(
    ("share", "gripper", "objects"),
    [(1, None, False), (0.25, None, False), (2, None, True), (-1, None, True), (1, "open", True)],
)
def test_objects_to_the_wrong_way_and_to_going_too_far(robot, share, gripper, objects):
    task, teacher = PickTask(), TeacherTeleoperator()
    robot.simulation.clear(0)
    task.reset(robot.simulation, np.random.default_rng(0))
    teacher.start(task.instruction, 0, task, robot.simulation)
    advice = task.advise(robot.simulation)
    motion = tuple(share * x for x in advice.motion)
    proposal = Primitive(0, "what the policy would do", motion, gripper)
    remark = teacher.review(robot.observe(), proposal, 0.5)
    assert bool(remark) == objects
    assert remark == "" or remark in sentences(advice.motion, advice.gripper)
    assert teacher.review(robot.observe(), None, 0.0)
