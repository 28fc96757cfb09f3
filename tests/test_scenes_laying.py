"""Scenes as values and on a simulated table: what is allowed, where it lies, that it stays."""

import math
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.geometry import to_matrix
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.scenes import room
from cliprt.scenes.entries import KEYS, from_entries, to_entries
from cliprt.scenes.laying import draw
from cliprt.scenes.placed import Placed
from cliprt.scenes.scene import Scene, SceneError, check
from cliprt.tasks.skill import SkillTask
from cliprt.things.catalogue import COLOURS, all_things

SCENES = {
    "two": ["mug", "spoon"],
    "named": [
        {"thing": "cup", "colour": "red", "at": [0.5, 0.18]},
        {"thing": "cup", "colour": "blue"},
        {"thing": "plate", "turn_deg": 30},
    ],
    "carried": [
        "mug",
        {"thing": "spoon", "on": "mug"},
        {"thing": "cup", "on": "plate"},
        {"thing": "plate", "on": "tray"},
        "tray",
        {"thing": "ball", "on": "bowl"},
        "bowl",
    ],
    "full": ["cube"] * 8 + ["cup"] * 3 + ["spoon"],
    "large": [{"thing": "laptop", "state": {"lid": 0}}, {"thing": "whiteboard"}, "mug"],
}


@pytest.fixture(scope="module")
def robot():
    with PyBulletBackend(image_size=32) as backend:
        yield backend


def grounds(scene, poses):
    """What everything covers as it was laid, by name."""
    found = {}
    for placed, size, stance, pose in zip(
        scene.things, scene.sizes, scene.stances, poses, strict=True
    ):
        stood = to_matrix(pose) @ np.linalg.inv(stance)
        turn = math.degrees(math.atan2(stood[1, 0], stood[0, 0]))
        found[placed.name] = room.ground(size, tuple(stood[:2, 3]), turn)
    return found


FEW_AND_MANY = pytest.mark.parametrize(
    "seeds", [range(3), pytest.param(range(3, 300), marks=pytest.mark.slow)], ids=["few", "many"]
)


@pytest.mark.parametrize("name", SCENES)
@FEW_AND_MANY
def test_nothing_is_laid_into_anything_else_or_off_the_table(name, seeds):
    scene = from_entries(SCENES[name])
    for seed in seeds:
        covered = grounds(scene, draw(scene, np.random.default_rng(seed)))
        for placed in scene.things:
            mine = covered[placed.name]
            assert room.lies_within(mine, room.TABLE)
            for other in scene.things:
                if placed is other or other in scene.below(placed) or placed in scene.below(other):
                    continue
                assert room.gap(mine, covered[other.name]) >= room.GAP_M - 1e-6


def test_things_are_drawn_within_their_bounds():
    scene = from_entries(
        [{"thing": "cup", "at": [0.5, 0.1], "within_m": [0.02, 0.05], "within_deg": 30}]
    )
    drawn = np.array([draw(scene, np.random.default_rng(seed))[0] for seed in range(200)])
    away = np.abs(drawn[:, :2] - (0.5, 0.1)).max(axis=0)
    assert (away <= (0.02, 0.05)).all()
    assert (away > (0.018, 0.045)).all()
    assert math.radians(27) < np.abs(drawn[:, 5]).max() <= math.radians(30) + 1e-9


def test_one_seed_gives_one_scene():
    scene = from_entries(SCENES["carried"])
    assert draw(scene, np.random.default_rng(7)) == draw(scene, np.random.default_rng(7))
    assert draw(scene, np.random.default_rng(7)) != draw(scene, np.random.default_rng(8))


def moved_m(world, seconds):
    before = {name: world.pose(name)[:3] for name in world.bodies}
    world.settle(seconds)
    return max(math.dist(before[name], world.pose(name)[:3]) for name in world.bodies)


@pytest.mark.parametrize("name", SCENES)
@FEW_AND_MANY
def test_what_was_laid_is_at_rest(robot, name, seeds):
    task, world = SkillTask("Do it", SCENES[name]), robot.simulation
    for seed in seeds:
        world.clear(seed)
        task.reset(world, np.random.default_rng(seed))
        assert set(task.scene.names) <= set(world.bodies)
        assert moved_m(world, 0.5) < 0.001


def test_every_thing_of_the_catalogue_stands_where_it_is_laid(robot):
    for noun in all_things():
        task = SkillTask("Do it", [{"thing": noun}], difficulty="easy")
        robot.simulation.clear(0)
        task.reset(robot.simulation, np.random.default_rng(0))
        assert moved_m(robot.simulation, 0.3) < 0.001, noun


def test_what_is_carried_lies_on_or_in_what_carries_it(robot):
    task, world = SkillTask("Do it", SCENES["carried"]), robot.simulation
    for seed in range(3):
        world.clear(seed)
        task.reset(world, np.random.default_rng(seed))
        for name, carrier in (("spoon", "mug"), ("ball", "bowl"), ("cup", "plate")):
            assert world.contact_force(name, carrier) > 0
        assert world.contact_force("cup", "table") == 0


def test_a_door_and_a_sheet_are_laid_as_their_states_say(robot):
    entries = [
        {"thing": "laptop", "at": [0.6, 0.1], "state": {"lid": 0.95}},
        {"thing": "whiteboard", "at": [0.4, -0.24], "within_m": 0, "state": {"ink": 0.3}},
    ]
    task, world = SkillTask("Do it", entries), robot.simulation
    world.clear(0)
    task.reset(world, np.random.default_rng(0))
    (_, shut, wide) = task.scene["laptop"].kind.doors[0]
    assert world.joint("laptop", "lid") == pytest.approx(shut + 0.95 * (wide - shut), abs=0.05)
    assert world.ink("whiteboard").any()
    blank = [{"thing": "whiteboard"}]
    world.clear(0)
    SkillTask("Do it", blank).reset(world, np.random.default_rng(0))
    assert not world.ink("whiteboard").any()


def test_the_hand_starts_above_what_stands_there():
    low, tall = SkillTask("Do it", ["cube"]), SkillTask("Do it", ["bottle"])
    assert low.hand == SkillTask("Do it").hand
    assert tall.hand.lower[2] >= tall.scene.top_m + 0.05


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        (["cup"], ["cup"]),
        (["cup", "cup"], ["cup", "cup 2"]),
        ([{"thing": "cup", "colour": "red"}], ["cup"]),
        (
            [{"thing": "cup", "colour": "red"}, {"thing": "cup", "colour": "blue"}],
            ["red cup", "blue cup"],
        ),
        ([{"thing": "cup", "colour": "red"}] * 2, ["red cup", "red cup 2"]),
        ([{"thing": "cup", "name": "mine"}, "cup"], ["mine", "cup"]),
        (["toy car"], ["car"]),
    ],
)
def test_names(entries, names):
    assert list(from_entries(entries).names) == names


@given(
    st.lists(
        st.fixed_dictionaries(
            {"thing": st.sampled_from(["cup", "cube", "spoon", "plate"])},
            optional={
                "colour": st.sampled_from(sorted(COLOURS)),
                "turn_deg": st.integers(-180, 180),
                "within_m": st.sampled_from([0, 0.02, [0.01, 0.03]]),
                "within_deg": st.integers(0, 180),
            },
        ),
        max_size=6,
    )
)
def test_entries_give_an_equal_scene_back(entries):
    scene = from_entries(entries)
    assert from_entries(to_entries(scene)) == scene


@pytest.mark.parametrize(
    ("entries", "texts"),
    [
        (3, ["scene: got 3. Allowed: a list of things, such as [{thing: cup}], or words."]),
        ([3], ["scene[0]: got 3. Allowed: a thing, such as {thing: cup, at: [0.5, 0.1]}."]),
        ([{"at": [0.5, 0]}], ["scene[0]: got {'at': [0.5, 0]}. Allowed: a thing"]),
        (["cupp"], ["scene[0].thing: no thing is called 'cupp'. Did you mean 'cup'?"]),
        ([{"thing": 3}], ["scene[0].thing: got 3. Allowed: a noun, such as cup."]),
        (
            [{"thing": "cup", "colour": "rde", "at": [math.nan, 0], "colur": 1}],
            [
                "scene[0].colour: got 'rde'. Did you mean 'red'? Allowed: red,",
                "scene[0].at: got nan. Allowed: -2 to 2 m.",
                "scene[0].colur: unknown key. Did you mean 'colour'?",
            ],
        ),
        ([{"thing": "cup", "at": [1]}], ["scene[0].at: got [1]. Allowed: [forward, left]"]),
        ([{"thing": "cup", "at": [True, 0]}], ["scene[0].at: got True. Allowed: -2 to 2 m."]),
        ([{"thing": "cup", "name": "a\nb"}], ["scene[0].name: got 'a\\nb'. Allowed: at most 40"]),
        ([{"thing": "cup", "within_deg": 400}], ["scene[0].within_deg: got 400. Allowed: 0 to"]),
        ([{"thing": "cup", "state": 1}], ["scene[0].state: got 1. Allowed: a mapping, such as"]),
        ([{"thing": "cup", "state": {"lid": 1}}], ["scene[0].state.lid: the cup has no such st"]),
        ([{"thing": "laptop", "state": {"lid": 2}}], ["scene[0].state: got 2. Allowed: 0 to 1"]),
        (["cup"] * 13, ["scene: 13 things are too many for the table. Allowed: at most 12."]),
        (
            [{"thing": "cup", "at": [0.9, 0]}],
            ["scene[0].at: the cup is out of reach at 0.90, 0.00. Allowed: 0.30 to 0.70 m forward"],
        ),
        (
            [{"thing": "cup", "at": [0.5, 0]}, {"thing": "mug", "at": [0.5, 0.03]}],
            ["scene[1].at: the mug and the cup are in one place. Move one of them."],
        ),
        (["whiteboard"] * 4, ["scene[2]: the table is full, and the whiteboard 3 does not fit"]),
        (
            [{"thing": "laptop", "on": "cup"}, "cup"],
            ["scene[0].on: the laptop does not stay on the cup. Put it on something larger"],
        ),
        (
            [{"thing": "cup", "on": "cup"}],
            ["scene[0].on: the cup lies on itself, by way of others. Put it on the table."],
        ),
        ([{"thing": "cup", "on": "x"}, "plate"], ["the cup lies on 'x', which is not there. Al"]),
        ([{"thing": "cup", "name": "robot"}], ["scene[0].name: no thing can be called 'robot'"]),
        (
            [{"thing": "cup", "name": "mine"}, {"thing": "mug", "name": "mine"}],
            ["scene[1].name: 'mine' is there twice. Give one another name."],
        ),
    ],
)
def test_mistakes_are_told_where_they_are(entries, texts):
    with pytest.raises(SceneError) as caught:
        from_entries(entries)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(texts)
    assert all(text in line for text, line in zip(texts, lines, strict=True))


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["cup", "red", "mug", 0.5, 10**400, "x" * 10_000]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), PLAIN) | PLAIN, max_size=4) | PLAIN)
def test_whatever_stands_there_is_a_scene_or_a_mistake(entries):
    with suppress(SceneError):
        assert from_entries(entries).names is not None


def test_a_thing_at_the_rim_and_one_too_large_are_told(monkeypatch):
    rim = Scene((Placed("whiteboard", at=(0.5, 0.28), turn_deg=90),))
    large = replace(rim, things=(Placed("whiteboard", at=(0.5, 0.0)),))
    monkeypatch.setattr(room, "TABLE", ((0.30, -0.30), (0.70, 0.30)))
    with pytest.raises(SceneError, match="the whiteboard reaches over the rim"):
        check(rim)
    monkeypatch.setattr(room, "TABLE", ((0.30, -0.10), (0.70, 0.10)))
    with pytest.raises(SceneError, match="does not fit on the table: it is 26 by 36 cm"):
        check(large)


@pytest.mark.parametrize("below", ["ball", "teddy", "apple", "spoon"])
def test_nothing_is_laid_on_what_is_round(below):
    with pytest.raises(SceneError, match=f"the cube does not stay on the {below}"):
        from_entries([below, {"thing": "cube", "on": below}])


def test_no_pile_is_taller_than_the_hand_gets_above():
    names = ["trash can", "bottle", "upside-down cup", "stamp"]
    pile = [names[0], *({"thing": b, "on": a} for a, b in pairwise(names))]
    assert from_entries(pile[:3]).top_m == pytest.approx(0.495, abs=0.001)
    with pytest.raises(SceneError, match="the stamp does not stay on the upside-down cup"):
        from_entries(pile)
