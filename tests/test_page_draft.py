"""A skill that is being brought: laid piece by piece, and nothing is lost where it cannot be."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.page.draft import Draft, add, move, open_door, paint, remove, turn, vary
from cliprt.page.saying import begin, say
from cliprt.page.seen_above import seen_above, to_web
from cliprt.scenes.entries import from_entries, to_entries
from cliprt.scenes.room import FIELD
from cliprt.scenes.scene import MOST_THINGS, find_problems
from cliprt.things.catalogue import all_things

pytest.importorskip("nicegui")
from cliprt.page.translate import Translator
from cliprt.page.views.map import draw_icon, draw_map


def test_what_the_title_laid_goes_elsewhere_where_it_is_said_once_more():
    draft = say(begin("Put the spoon in the mug"), "a red mug at the back, a plate on the left")
    assert draft.scene.names == ("spoon", "mug", "plate")
    assert draft.scene.things[1].colour == "red"
    assert len(say(draft, "a mug").scene.things) == 4  # from now on it is one more
    cubes = begin("Stack the red cube on the blue cube")
    assert say(cubes, "a blue cube on the left").scene.names == ("red cube", "blue cube")
    assert say(cubes, "a giraffe").scene == cubes.scene
    assert say(cubes, "six laptops").scene == cubes.scene


def drafted(*things):
    draft = Draft("Put the spoon in the mug")
    for thing in things:
        draft = add(draft, thing)
        assert not draft.remark
    return draft


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Put the spoon in the mug", ("spoon", "mug")),  # beside it, not in it
        ("Place the cup on the plate", ("cup", "plate")),  # "place" is no plate
        ("Stack the red cube on the blue cube", ("red cube", "blue cube")),
        ("Line up the two cars", ("car", "car 2")),
        ("Put five laptops away", ()),  # they do not fit
        ("Make me a coffee", ()),
        ("Leg den Löffel in die Schachtel mit Deckel", ("spoon", "box with a lid")),
        ("Pon la cuchara en la taza", ("spoon", "mug")),
        ("펜을 펜꽂이에 꽂아 줘", ("pen", "pen holder")),
        ("공부하기", ()),  # to study: no ball
        ("", ()),
    ],
)
def test_what_a_title_names_stands_on_the_table(title, names):
    draft = begin(title)
    assert draft.title == title
    assert draft.remark == ""
    assert draft.scene.names == names
    assert not any(placed.on for placed in draft.scene.things)


def test_things_come_where_there_is_room_and_are_named_by_their_number():
    draft = add(drafted("mug", "plate"), "mug", "red")
    assert draft.scene.names == ("mug", "plate", "red mug")
    assert not find_problems(draft.scene)
    assert remove(draft, 0).scene.names == ("plate", "mug")


def test_a_thing_stands_where_it_is_dropped_or_as_near_as_can_be():
    beside = move(drafted("cube", "mug"), 0, (0.5, 0.07))
    assert (beside.scene.things[0].at, beside.remark) == ((0.5, 0.07), "")  # near the other
    draft = move(drafted("cube"), 0, (0.4, 0.2))
    assert draft.scene.things[0].at == (0.4, 0.2)
    assert not draft.remark
    draft = move(draft, 0, (5.0, 0.0))
    assert "cannot reach" in draft.remark
    (x, y, _) = draft.scene.spots[0]
    assert FIELD[0][0] <= x <= FIELD[1][0]
    assert y == pytest.approx(0.0, abs=0.03)


def test_what_is_dropped_on_something_lies_on_it_and_comes_off_again():
    draft = drafted("plate", "cube")
    draft = move(draft, 1, draft.scene.things[0].at)
    assert draft.scene.things[1].on == "plate"
    assert draft.scene.spots[1][:2] == draft.scene.spots[0][:2]
    draft = move(draft, 0, (0.4, -0.2))
    assert draft.scene.spots[1][:2] == (0.4, -0.2)  # it came along
    off = remove(draft, 0)
    assert (off.scene.names, off.scene.things[0].on) == (("cube",), "")
    assert move(draft, 1, (0.6, 0.2)).scene.things[1].on == ""


def test_what_does_not_fit_is_told_and_the_table_stays():
    draft = drafted(*["cube"] * MOST_THINGS)
    assert len(set(draft.scene.names)) == MOST_THINGS
    full = add(draft, "cube")
    assert full.scene == draft.scene
    assert full.remark == "13 things are too many for the table. Allowed: at most 12."
    strange = add(draft, "unicorn")
    assert strange.scene == draft.scene
    assert "no thing is called 'unicorn'" in strange.remark


def test_a_scene_varies_as_much_as_is_wished():
    draft = vary(drafted("cube", "plate"), 1.0)
    assert draft.varies == 1.0
    assert {placed.within_deg for placed in draft.scene.things} == {30}
    assert vary(draft, -3).varies == 0.0
    assert add(vary(draft, 0.0), "mug").varies == 0.0
    assert Draft().varies == 0.5


def test_things_are_turned_painted_and_opened():
    draft = turn(turn(drafted("laptop"), 0, 170), 0, 20)
    assert draft.scene.things[0].turn_deg == -170
    draft = paint(draft, 0, "red")
    assert (draft.scene.names, draft.scene.things[0].colour) == (("laptop",), "red")
    link = draft.scene.things[0].kind.doors[0][0]
    assert open_door(draft, 0, link, 7).scene.things[0].state == {link: 1.0}
    assert open_door(draft, 0, link, 0).scene.things[0].state == {}


def test_what_is_said_comes_to_what_lies_there():
    draft = say(Draft(), "a red cup on the left, a plate in front")
    draft = say(draft, "a blue cup next to the plate")
    assert draft.scene.names == ("red cup", "plate", "blue cup")
    moved = move(draft, 1, (0.62, -0.2))
    said = say(moved, "a cube on the plate")
    assert said.scene["cube"].on == "plate"
    assert said.scene["plate"].at == (0.62, -0.2)  # dragged things stay where they are
    unknown = say(said, "a unicorn")
    assert unknown.scene == said.scene
    assert "no 'unicorn' here" in unknown.remark
    assert say(said, "a mug and a unicorn").scene.names[-1] == "mug"


def test_what_the_title_named_is_not_there_twice_when_its_place_is_said():
    draft = begin("Put the spoon in the mug")
    assert draft.scene.names == ("spoon", "mug")
    said = say(draft, "a mug at the back on the right, a spoon on the left")
    assert sorted(said.scene.names) == ["mug", "spoon"]
    assert said.scene["spoon"].at[1] > 0.1
    assert sorted(say(said, "a mug").scene.names) == ["mug", "mug 2", "spoon"]
    assert sorted(say(draft, "a plate next to the mug").scene.names) == ["mug", "plate", "spoon"]
    assert say(draft, "a unicorn").scene == draft.scene


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("take the plate away", ("cup", "cube")),
        ("remove the cup", ("plate", "cube")),
        ("no cube", ("cup", "plate")),
        ("clear the table", ()),
        ("Please remove everything.", ()),
    ],
)
def test_what_is_said_to_go_goes(words, names):
    draft = say(drafted("cup", "plate", "cube"), words)
    assert (draft.scene.names, draft.remark) == (names, "")


def test_what_is_said_to_move_moves():
    draft = say(drafted("mug", "spoon"), "put the mug on the left")
    assert draft.scene["mug"].at[1] > 0.1
    draft = say(draft, "put the spoon in the mug")
    assert draft.scene["spoon"].on == "mug"
    assert say(draft, "move the mug to the unicorn").scene == draft.scene


def test_what_is_put_on_something_new_brings_it():
    draft = say(drafted("cup"), "put the cup on the plate")
    assert (draft.scene["cup"].on, draft.remark) == ("plate", "")
    draft = say(drafted("cup"), "put the cup next to the spoon")
    assert draft.scene.names == ("cup", "spoon")


CHANGES = st.one_of(
    st.tuples(st.just(add), st.sampled_from(["cube", "mug", "plate", "spoon", "tray"])),
    st.tuples(st.just(move), st.integers(0, 20), st.tuples(*[st.floats(-1, 1)] * 2)),
    st.tuples(st.just(turn), st.integers(0, 20), st.floats(-360, 360)),
    st.tuples(st.just(remove), st.integers(0, 20)),
    st.tuples(st.just(vary), st.floats(0, 1)),
)


@settings(max_examples=30)
@given(st.lists(CHANGES, max_size=8))
def test_whatever_is_done_the_table_can_be_laid(changes):
    draft = Draft()
    for change, *values in changes:
        count = len(draft.scene.things)
        if change in (move, turn, remove):
            if not count:
                continue
            values[0] %= count
        draft = change(draft, *values)
        assert not find_problems(draft.scene)
        assert from_entries(to_entries(draft.scene)) == draft.scene


def test_every_thing_is_drawn_as_large_as_it_is():
    for name, thing in all_things().items():
        outlines = seen_above(thing.build(name, thing.colour))
        assert draw_icon(thing).count("<polygon") == len(outlines)
        assert all(len(outline.points) >= 3 for outline in outlines)
    cube = all_things()["cube"]
    (outline,) = seen_above(cube.build("cube", (1.0, 0.0, 0.5)))
    assert outline.colour == to_web((1.0, 0.0, 0.5)) == "#ff0080"
    edge = math.dist(*outline.points[:2])
    assert edge == pytest.approx(cube.build("c", cube.colour).links[0].parts[0].size[0], abs=1e-3)


def test_a_map_says_what_stands_where_in_the_tabs_language():
    draft = move(add(drafted("plate"), "mug", "red"), 0, (0.4, 0.2))
    drawn = draw_map(replace(draft, title="").scene, Translator("de"))
    assert [thing["label"] for thing in drawn["things"]] == ["Teller", "Becher"]
    assert drawn["things"][0]["at"] == (0.4, 0.2)
    two = draw_map(add(draft, "mug").scene, Translator("ko"))
    assert "빨간 머그컵" in [thing["label"] for thing in two["things"]]


def test_what_is_said_takes_the_place_of_what_the_title_put_there():
    title = "Put the spoon in the mug"
    said = say(begin(title), "a spoon on the left, a mug on the right")
    assert (said.title, sorted(said.scene.names)) == (title, ["mug", "spoon"])
    assert say(begin(title), "a plate in front").scene.names == ("spoon", "mug", "plate")
    again = say(said, "a mug in front")
    assert sorted(again.scene.names) == ["mug", "mug 2", "spoon"]
    wrong = say(begin(title), "a piano")
    assert wrong.scene == begin(title).scene
    assert wrong.remark


def test_what_has_no_room_where_it_shall_go_is_told():
    draft = drafted("box with a lid", "cup", "block", "block", "trash can", "basket", "plate",
                    "circle", "laptop", "spoon")  # fmt: skip
    told = say(draft, "move the dustbin to the left")
    assert "There is no room for the trash can there" in told.remark
    assert told.scene.names == draft.scene.names
