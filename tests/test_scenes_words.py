"""A scene in words: what stands where, what is said of unknown things, and told back."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.scenes.entries import from_entries
from cliprt.scenes.scene import SceneError
from cliprt.scenes.words import read_scene, tell_scene
from cliprt.things.catalogue import COLOURS, all_things


def brief(scene):
    return [f"{p.colour} {p.thing}".strip() + (f" on {p.on}" if p.on else "") for p in scene.things]


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("a red cup and a spoon", ["red cup", "spoon"]),
        ("Two cups: one green, one yellow.", ["green cup", "yellow cup"]),
        ("two cups, one green and the other blue", ["green cup", "blue cup"]),
        ("3 blocks", ["block"] * 3),
        ("three cubes, all blue", ["blue cube"] * 3),
        ("four cubes, two of them red, one green and one white",
         ["red cube", "red cube", "green cube", "white cube"]),
        ("a red and a blue car", ["red car", "blue car"]),
        ("a couple of books", ["book"] * 2),
        ("red cube blue cube", ["red cube", "blue cube"]),
        ("there's a mug, blue, and a plate too please", ["blue mug", "plate"]),
        ("a spoon in the mug", ["spoon on mug", "mug"]),
        ("an apple on a blue plate on a tray", ["apple on plate", "blue plate on tray", "tray"]),
        ("a bowl with two balls in it", ["bowl", "ball on bowl", "ball on bowl"]),
        ("a plate with an apple", ["plate", "apple on plate"]),
        ("a cabinet with a drawer", ["cabinet"]),
        ("a cube on a cube", ["cube on cube 2", "cube"]),
        ("things: a car, a teddy", ["car", "teddy"]),
        ("a toy: a car and a ball", ["car", "ball"]),
        ("a gray sponge and a bottel", ["grey eraser", "bottle"]),
        ("the cup is red, the plate is white", ["red cup", "white plate"]),
        ("a blue mug, and next to it another one", ["blue mug", "mug"]),
        ("a cup of tea on a sheet of paper", ["cup on pad", "pad"]),
        ("a white cup upside down", ["white upside-down cup"]),
        ("", []),
    ],
)  # fmt: skip
def test_what_stands_there(text, things):
    reading = read_scene(text)
    assert brief(reading.scene) == things
    assert not reading.unknown


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a cup on the left, a plate on the right", {"cup": (0.5, 0.18), "plate": (0.5, -0.18)}),
        ("a cup in the middle", {"cup": (0.5, 0.0)}),
        ("cup front left, mug at the back right", {"cup": (0.38, 0.18), "mug": (0.62, -0.18)}),
        ("on the left a cup, on the right a mug", {"cup": (0.5, 0.18), "mug": (0.5, -0.18)}),
        ("a cup near the robot", {"cup": (0.38, 0.0)}),
        ("a cup far away", {"cup": (0.62, 0.0)}),
        ("a cup 45 cm ahead and 12 cm to the right", {"cup": (0.45, -0.12)}),
        (
            "two mugs, one on the left, one on the right",
            {"mug": (0.5, 0.18), "mug 2": (0.5, -0.18)},
        ),
    ],
)
def test_where_it_stands(text, places):
    scene = read_scene(text).scene
    found = {placed.name: placed.at for placed in scene.things}
    assert found == {name: pytest.approx(at, abs=0.021) for name, at in places.items()}


@pytest.mark.parametrize(
    ("text", "axis", "sign"),
    [
        ("a plate in the middle, a cup left of it", 1, 1),
        ("a cup to the right of the plate", 1, -1),
        ("a cup behind a plate", 0, 1),
        ("a cup in front of the plate, the plate is at the back", 0, -1),
        ("plate on the left, to the left of the plate a cup", 1, 1),
        ("a plate and behind it a cup", 0, 1),
    ],
)
def test_one_thing_beside_another(text, axis, sign):
    scene = read_scene(text).scene
    away = [a - b for a, b in zip(scene["cup"].at, scene["plate"].at, strict=True)]
    assert sign * away[axis] > 0.1
    assert abs(away[1 - axis]) < 0.05
    assert scene["cup"].within_m < (0.03, 0.03)


def test_between_next_to_and_in_a_row():
    between = read_scene("the cup is between the plate and the bowl").scene
    assert between["plate"].at[0] < between["cup"].at[0] < between["bowl"].at[0]
    beside = read_scene("a cup next to a plate").scene
    assert math.dist(beside["cup"].at, beside["plate"].at) < 0.25
    row = read_scene("red cube, blue cube, green cube from left to right").scene
    assert [p.at[1] for p in row.things] == sorted((p.at[1] for p in row.things), reverse=True)


def test_states_turns_and_chance():
    scene = read_scene("an open laptop at the back left, a mug turned by 90 degrees").scene
    assert scene["laptop"].state == {"lid": 1.0}
    assert scene["mug"].turn_deg == 90
    assert read_scene("the laptop is closed").scene["laptop"].state == {"lid": 0.0}
    assert read_scene("a whiteboard written on").scene["whiteboard"].state["ink"] > 0
    assert read_scene("a pen in a trash can").scene["trash can"].state == {"lid": 1.0}
    anywhere = read_scene("a cup somewhere").scene["cup"]
    assert anywhere.within_m > (0.1, 0.1)
    assert anywhere.within_deg == 180


@pytest.mark.parametrize(
    ("text", "unknown", "remark"),
    [
        ("a piano and a cup", ("piano",), "There is no 'piano' here."),
        ("a cup with a giraffe on it", ("giraffe",), "There is no 'giraffe' here."),
        ("my waffle iron in the middle", ("waffle iron",), "There are: apple, ball"),
        ("a spatule", ("spatule",), "There is no 'spatule' here."),
        ("a cup under the table", ("under",), "Nothing can be laid under anything else."),
        ("a tiny cup", (), "Each thing is there in one form, so this is passed over: tiny."),
        ("hello", ("hello",), "There is no 'hello' here."),
        ("", (), "What shall stand on the table? There are: apple,"),
        ("a hundred cups", (), "That is too much for the table. Allowed: at most 12 things."),
        ("five laptops", (), "the table is full, and the laptop 3 does not fit any more."),
        ("a laptop on a cup", (), "the laptop does not stay on the cup."),
    ],
)
def test_what_cannot_be_laid_is_said(text, unknown, remark):
    reading = read_scene(text)
    assert remark in reading.remark
    if unknown:
        assert reading.unknown == unknown


def test_a_recipe_may_say_a_scene_in_words_and_is_told_what_is_unknown():
    assert from_entries("a cup, a spoon").names == ("cup", "spoon")
    with pytest.raises(SceneError, match="scene: There is no 'giraffe' here"):
        from_entries("a cup, a giraffe")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"thing": st.sampled_from(sorted(all_things()))},
            optional={
                "colour": st.sampled_from(sorted(COLOURS)),
                "turn_deg": st.integers(-179, 180),
                "at": st.tuples(
                    st.floats(0.3, 0.7).map(lambda v: round(v, 3)),
                    st.floats(-0.28, 0.28).map(lambda v: round(v, 3)),
                ),
            },
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_told_is_read_back(entries):
    try:
        scene = from_entries(entries)
    except SceneError:
        return
    read = read_scene(tell_scene(scene))
    assert not read.unknown
    assert brief(read.scene) == brief(scene)
    for was, now in zip(scene.things, read.scene.things, strict=True):
        assert math.dist(was.at, now.at) <= 0.03
        assert was.turn_deg == now.turn_deg


def test_what_carries_is_told_first_and_read_back():
    scene = from_entries(
        [{"thing": "spoon", "on": "mug"}, "mug", {"thing": "star", "on": "pad", "at": [0, 0.06]},
         "pad", {"thing": "cube", "on": "cube 2"}, "cube"]
    )  # fmt: skip
    read = read_scene(tell_scene(scene)).scene
    assert sorted(p.thing for p in read.things) == sorted(p.thing for p in scene.things)
    assert [p.kind.name for p in read.things if p.on] == ["spoon", "star", "cube"]
    assert read["star"].at == pytest.approx((0, 0.06))


SAYABLE = """
    a the another two one red blue cup cups plate mug on in under left right of to next it them with
    and , : . is between behind front open all other piano 12 cm ahead somewhere row some hundred
    turned by degrees upside down
"""
SAID = st.lists(st.sampled_from(SAYABLE.split()), max_size=14)


@settings(max_examples=150, deadline=None)
@given(st.one_of(SAID.map(" ".join), st.text(max_size=60)))
def test_anything_that_is_said_is_read(text):
    reading = read_scene(text)
    assert reading.scene.things or reading.remark


def test_a_state_before_a_noun_is_no_part_of_another_noun():
    reading = read_scene("an open box with a lid and an open box")
    assert [placed.kind.name for placed in reading.scene.things] == ["box with a lid", "basket"]
    assert reading.scene.things[0].state == {"lid": 1.0}
    assert not reading.unknown


def test_a_full_table_is_told_and_read_whole_however_much_is_said_of_it():
    names = ["upside-down cup", "pen holder", "cube", "stamp"]
    colours = ["turquoise", "orange", "yellow"]
    things = [{"thing": n, "colour": c, "turn_deg": -33} for n in names for c in colours]
    scene = from_entries(things)
    assert brief(read_scene(tell_scene(scene)).scene) == brief(scene)
    much = read_scene("a cup" + " and so on" * 400)
    assert not much.scene.things
    assert much.unknown
    assert "too much for the table" in much.remark
    assert len(read_scene("a " + "piano" * 500).remark) < 600
