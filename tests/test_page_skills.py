"""A skill of one's own at the page's server: brought, laid, kept, changed; no robot, no browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from cliprt.page.aims import Question
from cliprt.page.between import Between
from cliprt.page.draft import add, vary
from cliprt.page.malformed import Malformed
from cliprt.page.messages import Became, Begin, Laid, Lay, Started
from cliprt.page.skills import DRAFT
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe
from cliprt.stages.run_folder import RunFolder

pytest.importorskip("nicegui")
from cliprt.page.teaching import WATCHING, Teaching


class Notebook:
    """In the desk's place: writes down what it is asked for."""

    restarts = 0

    def __init__(self):
        self.asked = []

    def send(self, request):
        self.asked.append(request)


def at_the_page(folder):
    made = Teaching(load_recipe("tiny"), RunFolder(folder), Malformed(print))
    made.desk = Notebook()
    made.control.join("a")
    made.control.join("b")
    return made


@pytest.fixture
def teaching(tmp_path):
    return at_the_page(tmp_path)


def bring(teaching, title, *things):
    teaching.shape("a", lambda own: own.open(title))
    for thing in things:
        teaching.shape("a", lambda own, thing=thing: own.change(add(own.draft, thing)))
    return teaching.between.skills


def laid(teaching):
    return [request for request in teaching.desk.asked if isinstance(request, Lay)]


def test_a_skill_is_brought_kept_and_begun(teaching, tmp_path):
    assert teaching.say("a", "something new") == ""
    assert teaching.between.skills.draft.title == ""
    assert teaching.teach_skill("a", "") == ""
    assert "Say first what the robot shall learn" in teaching.between.skills.draft.remark
    bring(teaching, "", "spoon", "mug")
    assert teaching.teach_skill("a", " Put the spoon\nin the mug! ") == ""
    assert teaching.between.skills.draft is None
    assert teaching.desk.asked[-1] == Begin("put_the_spoon_in_the_mug")
    assert teaching.instructions["put_the_spoon_in_the_mug"] == "Put the spoon in the mug!"
    assert teaching.session.wanted["put_the_spoon_in_the_mug"] == 2
    # Another server finds it, by its words too.
    again = at_the_page(tmp_path)
    assert again.instructions == teaching.instructions
    assert again.say("a", "put the spoon in the mug") == ""
    assert again.desk.asked[-1] == Begin("put_the_spoon_in_the_mug")


def test_an_offer_is_taken_laid_and_begun_by_words_alone(teaching):
    for said in ("put the spoon in the mug", "yes", "a plate at the back", "ok, ready!"):
        assert teaching.say("a", said) == ""
    assert teaching.between.skills.draft is None
    assert teaching.desk.asked[-1] == Begin("put_the_spoon_in_the_mug")
    (skill,) = teaching.between.skills.entries.values()
    assert [entry["thing"] for entry in skill["scene"]] == ["spoon", "mug", "plate"]


def test_a_skill_that_was_being_brought_comes_back_after_a_kill(teaching, tmp_path):
    bring(teaching, "Stack", "cube", "mug")
    again = at_the_page(tmp_path)
    assert again.between.skills.draft == replace(teaching.between.skills.draft, is_guess=False)
    assert laid(again) == []
    again._apply(Became("idle"))
    assert len(laid(again)[0].entries) == 2
    assert again.teach_skill("a", "Stack") == ""
    assert at_the_page(tmp_path).between.skills.draft is None
    (tmp_path / DRAFT).write_text('{"title": 3, "scene": [{"thing": "unicorn"}]}')
    assert at_the_page(tmp_path).between.skills.draft is None


def test_a_title_is_bounded_and_stays_where_it_was_typed(teaching):
    bring(teaching, "", "mug")
    assert teaching.teach_skill("a", "x" * 10_000) == ""
    draft = teaching.between.skills.draft
    assert draft.title == "x" * 10_000
    assert draft.remark == "The title has 10000 characters; 200 are enough. Shorten it, please."
    assert teaching.teach_skill("a", "Ω" * 200) == ""
    assert teaching.desk.asked[-1] == Begin("skill_2")


def test_what_is_pressed_twice_is_done_once(teaching):
    bring(teaching, "Stack", "cube")
    assert [teaching.teach_skill("a", "Stack"), teaching.teach_skill("a", "Stack")] == ["", ""]
    assert list(teaching.between.skills.entries) == ["stack"]


def test_a_skill_has_no_name_of_a_task(teaching):
    bring(teaching, "", "cube")
    teaching.teach_skill("a", "Pick")
    assert list(teaching.between.skills.entries) == ["pick_2"]


@pytest.mark.parametrize("title", ["${name}", "$${oc.env:HOME}"])
def test_a_title_that_a_recipe_would_read_otherwise_is_refused(teaching, title):
    bring(teaching, "", "cube")
    assert teaching.teach_skill("a", title) == ""
    assert "signs that can be typed, without ${" in teaching.between.skills.draft.remark
    assert teaching.between.skills.draft.title == title


def test_the_tab_that_steers_lays_the_table_and_the_other_sees_it(teaching):
    skills = bring(teaching, "Stack", "cube")
    assert teaching.shape("b", lambda own: own.change(None)) == WATCHING
    assert teaching.teach_skill("b", "Mine") == WATCHING
    assert skills.draft.scene.names == ("cube",)


def test_what_is_dragged_fast_is_laid_one_after_the_other(teaching):
    bring(teaching, "Stack", "cube", "mug", "plate")
    assert [len(request.entries) for request in laid(teaching)] == [0]
    teaching._apply(Laid())
    assert [len(request.entries) for request in laid(teaching)] == [0, 3]
    teaching._apply(Laid("the robot cannot"))
    assert teaching.between.skills.draft.remark == "the robot cannot"
    assert len(laid(teaching)) == 2
    teaching._apply(Became("idle"))  # another robot, or after an episode
    assert len(laid(teaching)) == 3


def test_a_skill_is_changed_until_it_is_taught_then_copied(teaching):
    bring(teaching, "Stack", "cube", "mug")
    teaching.teach_skill("a", "Stack")
    skills = teaching.between.skills
    skills.open("", "stack")
    assert skills.draft.key == "stack"
    assert skills.draft.scene.names == ("cube", "mug")
    skills.change(vary(skills.draft, 1.0))
    assert teaching.teach_skill("a", "Stack them") == ""
    assert list(skills.entries) == ["stack"]
    assert teaching.instructions["stack"] == "Stack them"
    skills.open("", "stack", is_copy=True)
    assert teaching.teach_skill("a", "Stack more") == ""
    assert list(skills.entries) == ["stack", "stack_more"]
    assert teaching.shape("a", lambda own: own.remove("stack")) == ""
    assert list(teaching.instructions) == ["close_laptop", "stack_more"]


def test_a_skill_is_saved_as_a_whole_recipe(teaching, tmp_path):
    bring(teaching, "Stack", "cube", "mug")
    teaching.teach_skill("a", "Stack")
    file = tmp_path / "stack.yaml"
    file.write_text(teaching.between.skills.to_recipe("stack"))
    recipe = load_recipe(file)
    assert [task.key for task in recipe.tasks] == ["stack"]
    assert build_task(recipe.tasks[0]).scene.names == ("cube", "mug")
    assert yaml.safe_load(file.read_text())["extends"] == "teach"


def test_a_skill_of_the_recipe_is_asked_about_and_kept_beside_it(tmp_path):
    file = tmp_path / "stack.yaml"
    task = "{name: skill, as: stack, instruction: Stack, scene: [cube]}"
    file.write_text(f"extends: tiny\ntasks: [{task}]")
    between = Between(load_recipe(file), RunFolder(tmp_path), print)
    assert between.wants_goal("stack")
    assert not between.skills.is_brought("stack")
    between.aims.put(Question("stack", ("the cube is lifted",)), ())
    assert between.say("yes") == ""
    assert between.goals["stack"].startswith("the cube is lifted")
    again = Between(load_recipe(file), RunFolder(tmp_path), print)
    assert again.goals == between.goals


def test_a_step_that_was_typed_too_early_comes_back_once(tmp_path):
    between = Between(load_recipe("tiny"), RunFolder(tmp_path), print)
    assert between.say("left 5 cm") == ""
    assert between.wish.tasks == ("close_laptop",)
    between.hear(Started("close_laptop-1", "close_laptop", "Close the laptop", 0))
    assert between.wish is None
    assert (between.take_first(), between.take_first()) == ("left 5 cm", "")


def test_an_empty_table_is_said_once(teaching):
    bring(teaching, "Wave at me")
    assert teaching.teach_skill("a", "Wave at me") == ""
    assert "Nothing stands on the table yet" in teaching.between.skills.draft.remark
    assert not teaching.between.skills.entries
    assert teaching.teach_skill("a", "Wave at me") == ""
    assert list(teaching.between.skills.entries) == ["wave_at_me"]
