"""Replays: the right thing is found, its waypoint is reached, and mistakes are not learned from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.augmenters.anchors import TOLERANCE_M, Waypoint, find_waypoint
from cliprt.augmenters.interface import SCENE_SEEDS_FROM
from cliprt.augmenters.legs import split_at_arrivals
from cliprt.augmenters.replay import retrace
from cliprt.augmenters.scene import SceneAugmenter
from cliprt.augmenters.units import entries_by_direction
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.tasks.guide import Tolerance, approach, set_gripper, slide
from cliprt.tasks.pick import PickTask
from cliprt.types import Attempt, Demonstration, Layout
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt.vocabularies.nearest import nearest

VOCABULARY = ClipRt58Vocabulary()
STEPS = entries_by_direction(VOCABULARY.primitives)
CLOSE = next(p for p in VOCABULARY.primitives if p.gripper == "closed")
UP = nearest(VOCABULARY, slide(2, 0.10).motion)
NEAR = Tolerance(0.01, 0.01, 0.01)

places = st.tuples(st.floats(0.3, 0.7), st.floats(-0.3, 0.3), st.floats(0.02, 0.3))


def draw_layout(rng):
    cup = (*rng.uniform((0.4, -0.2), (0.6, 0.2)), 0.0, 0, 0, rng.uniform(-3, 3))
    hand = (*rng.uniform((0.3, -0.2, 0.2), (0.5, 0.2, 0.3)), 0.0, 3.0, 0.0)
    box = (*rng.uniform((0.4, -0.2), (0.6, 0.2)), 0.0, 0, 0, 0)
    return Layout(hand, {"box": box, "cup": cup})


def fetch(seed, offset=(0.0, 0.0, 0.05)):
    """Someone goes to the cup, closes, and lifts."""
    layout = draw_layout(np.random.default_rng(seed))
    hand, made = np.array(layout.hand[:3]), []
    goal = np.array(layout.bodies["cup"][:3]) + offset
    while advice := approach(hand, goal, 0.1, NEAR):
        made.append(nearest(VOCABULARY, advice.motion))
        hand = hand + made[-1].motion[:3]
    return Demonstration(f"e{seed}", "fetch", seed, (*made, CLOSE, UP), layout)


DEMONSTRATIONS = [fetch(seed) for seed in range(10)]


def test_legs_are_the_demonstration_again():
    for demonstration in DEMONSTRATIONS:
        legs = split_at_arrivals(demonstration)
        again = []
        for leg in legs:
            again += [p for block in leg.blocks for p in block.primitives] + list(leg.actions)
        assert tuple(again) == demonstration.primitives
        assert [leg.arrival for leg in legs] == ["closed", "end"]


def test_the_anchor_is_what_the_demonstrations_agree_about():
    legs = [split_at_arrivals(d)[0] for d in DEMONSTRATIONS]
    waypoint = find_waypoint(legs, [d.layout for d in DEMONSTRATIONS])
    assert waypoint.anchor == "cup"
    assert np.allclose(waypoint.offset, (0, 0, 0.05), atol=0.01)
    assert waypoint.free == (False, False, False)


def test_one_demonstration_is_anchored_to_the_nearest_thing():
    demonstration = fetch(3)
    waypoint = find_waypoint(split_at_arrivals(demonstration)[:1], [demonstration.layout])
    assert waypoint.anchor == "cup"


@settings(max_examples=60, deadline=None)
@given(start=places, goal=places, shape=st.integers(0, 9))
def test_retracing_ends_at_the_waypoint_and_never_deeper(start, goal, shape):
    leg = split_at_arrivals(DEMONSTRATIONS[shape])[0]
    near = TOLERANCE_M[1]
    waypoint = Waypoint("cup", False, (0, 0, 0), (near,) * 3, (False,) * 3, {})
    hand = np.array(start)
    for primitive in retrace(start, leg, waypoint, goal, STEPS):
        hand = hand + primitive.motion[:3]
        if primitive.motion[2] < 0:
            assert hand[2] > goal[2] - near - 1e-6
    assert np.abs(hand - goal).max() <= near + 1e-6


def adapted(augmenter, seed=0):
    augmenter.study(DEMONSTRATIONS)
    for demonstration in DEMONSTRATIONS:
        for number, plan in enumerate(augmenter.plan(demonstration, np.random.default_rng(seed))):
            layout = draw_layout(np.random.default_rng(1000 + number))
            rng = np.random.default_rng(number)
            yield augmenter.adapt(plan, demonstration, layout, rng), layout


def test_replays_reach_the_thing_in_other_scenes():
    for plan, layout in adapted(SceneAugmenter(VOCABULARY, strays=0.0, misses=0.0)):
        assert plan.scene_seed >= SCENE_SEEDS_FROM
        assert all(step.train for step in plan.steps)
        motions = [step.primitive.motion[:3] for step in plan.steps[:-1]]
        grasp = np.array(layout.hand[:3]) + np.sum(motions[:-1], axis=0)
        cup = np.array(layout.bodies["cup"][:3])
        assert np.allclose(grasp - cup, (0, 0, 0.05), atol=0.015)


def test_a_stray_is_executed_but_not_learned_from():
    for plan, _ in adapted(SceneAugmenter(VOCABULARY, strays=1.0, misses=0.0)):
        assert sum(not step.train for step in plan.steps) == 1


def test_a_missed_grasp_is_opened_again_and_only_that_is_learned():
    for plan, _ in adapted(SceneAugmenter(VOCABULARY, strays=0.0, misses=1.0)):
        grippers = [(s.primitive.gripper, s.train) for s in plan.steps if s.primitive.gripper]
        assert grippers == [("closed", False), ("open", True), ("closed", True)]


def test_without_a_layout_nothing_is_planned():
    blind = Demonstration("e", "fetch", 0, DEMONSTRATIONS[0].primitives)
    augmenter = SceneAugmenter(VOCABULARY)
    augmenter.study([blind])
    assert augmenter.plan(blind, np.random.default_rng(0)) == []


@pytest.fixture(scope="module")
def robot():
    with Gate(PyBulletBackend(cameras=()), GateSection()) as gate:
        yield gate


def test_most_replays_of_a_taught_pick_succeed(robot):
    task, demonstrations = PickTask(), []
    for seed in range(4):
        prepare_scene(task, robot, seed)
        layout, made = robot.simulation.layout(), []
        while advice := task.advise(robot.simulation):
            spoken = advice.gripper and set_gripper(advice.gripper)
            made.append(spoken or nearest(VOCABULARY, advice.motion))
            robot.execute(made[-1].motion, made[-1].gripper)
        demonstrations.append(Demonstration(f"pick-{seed}", "pick", seed, tuple(made), layout))
    augmenter = SceneAugmenter(VOCABULARY, scenes=3)
    augmenter.study(demonstrations)
    successes = []
    for demonstration in demonstrations:
        for plan in augmenter.plan(demonstration, np.random.default_rng(0)):
            prepare_scene(task, robot, plan.scene_seed)
            rng = np.random.default_rng(plan.scene_seed)
            plan = augmenter.adapt(plan, demonstration, robot.simulation.layout(), rng)
            episode = run_episode(
                PlanAgent(plan),
                robot,
                Attempt(
                    id=plan.name,
                    task="",
                    instruction=task.instruction,
                    seed=0,
                    source=plan.source,
                    max_steps=len(plan.steps),
                ),
                task=task,
            )
            successes.append(episode.success)
    assert sum(successes) >= 8
