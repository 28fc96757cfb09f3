"""Every registered thing keeps the contract; a broken one is caught."""

from dataclasses import replace

import pytest

from cliprt.registry import load, names
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Link, Part
from cliprt.testing.thing import PLACES, check_thing
from cliprt.things.cubes import CUBE, cube
from cliprt.things.laptop import LAPTOP


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(cameras=()) as backend:
        yield backend


@pytest.mark.parametrize("name", names("thing"))
def test_registered_things_conform(name, robot):
    check_thing(load("thing", name), robot)


def with_body(change):
    """The cube, with something else about its body."""
    return replace(CUBE, build=lambda name, colour: change(cube(name, colour)))


def tall(body):
    return replace(body, links=(Link("stick", (Part("box", (0.01, 0.01, 0.3)),)), *body.links[1:]))


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (replace(CUBE, nouns=()), "there must be one at least"),
        (replace(CUBE, nouns=("Cube",)), "lower-case letters"),
        (replace(CUBE, nouns=("cube", "cube")), "names it twice the same"),
        (replace(CUBE, can=frozenset({"held", "eaten"})), "can eaten is unknown. Allowed: held,"),
        (replace(CUBE, colour=(255, 0, 0)), r"\(255, 0, 0\) is not three numbers from 0 to 1"),
        (replace(CUBE, build=lambda name, colour: None), "build gave NoneType"),
        (replace(CUBE, build=lambda name, colour: cube("cube", colour)), "is called 'cube'"),
        (replace(CUBE, build=lambda name, colour: cube(name, (1, 1, 1))), "the same in red and in"),
        (with_body(lambda body: replace(body, links=body.links * 2)), "are called the same"),
        (replace(CUBE, grasp=None), 'it can be "held", and grasp is None'),
        (replace(CUBE, can=frozenset()), 'it cannot be "held", and grasp is'),
        (replace(CUBE, can=frozenset({"held", "draws"})), '"draws", and tool is None'),
        (replace(LAPTOP, doors=(("lit", 0, 1),)), "its door 'lit' is no link with a joint"),
        (replace(LAPTOP, doors=(("lid", 0, 3),)), r"'lid' is to reach 3, beyond 0\.0 \.\. 1\.95"),
        (replace(CUBE, grasp=(0, 0, 0.06, 0)), r"cube at .* rose by 0\.0 cm"),
        (replace(CUBE, grasp=(0, 0, -0.02, 0)), "the hand cannot get to its grasp"),
    ],
)
def test_broken_things_are_caught(thing, text, robot):
    with pytest.raises(AssertionError, match=text):
        check_thing(thing, robot, PLACES[:1])


def test_one_that_falls_over_is_caught(robot):
    def build(name, colour):
        stick = Part("box", (0.01, 0.01, 0.3), (0.004, 0, 0.15, 0, 0.02, 0), colour)
        return Body(name, (Link("stick", (stick,), centre=(0.02, 0, 0.2)),))

    thing = replace(CUBE, build=build, can=frozenset(), grasp=None)
    with pytest.raises(AssertionError, match=r"cube does not stand still at 0\.45, 0\.0"):
        check_thing(thing, robot)


def test_it_needs_no_robot_of_its_own():
    check_thing(CUBE, places=PLACES[:1])
    with pytest.raises(
        AssertionError, match=r"the class Body is no cliprt\.things\.interface\.Thing"
    ):
        check_thing(Body)
