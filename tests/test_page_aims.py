"""When a skill is done: found in what was taught, told in words, confirmed, typed, or judged."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cliprt.errors import UsageError
from cliprt.goals.facts import Facts, Placement
from cliprt.goals.inference import Taught
from cliprt.goals.words import read_goal
from cliprt.page.aims import Aims, Question, disagree, propose, read, tell
from cliprt.page.draft import add
from cliprt.page.malformed import Malformed
from cliprt.page.messages import Begin, Ended, Started
from cliprt.page.translate import Translator
from cliprt.recipe.load import load_recipe
from cliprt.stages.run_folder import RunFolder

pytest.importorskip("nicegui")
from cliprt.page.teaching import WATCHING, Teaching


def facts(x, y, z=0.02, plate=(0.5, 0.2)):
    box = (-0.02, -0.02, -0.02), (0.02, 0.02, 0.02)
    flat = (-0.08, -0.08, 0.0), (0.08, 0.08, 0.012)
    on = frozenset({"plate"}) if z > 0.025 else frozenset({"table"})
    return Facts(
        (0.4, 0.0, 0.3, 3.14, 0.0, 0.0),
        "open",
        {
            "cube": Placement((x, y, z, 0.0, 0.0, 0.0), *box, touches=on),
            "plate": Placement((*plate, 0.0, 0.0, 0.0, 0.0), *flat, touches=frozenset({"table"})),
        },
    )


def on_plate(n):
    plate = (0.45 + 0.02 * n, 0.2 - 0.03 * n)
    return Taught(facts(0.4, -0.1 - 0.02 * n, plate=plate), facts(*plate, z=0.032, plate=plate))


PLATED = tuple(map(on_plate, range(3)))


def test_what_the_ends_have_in_common_is_told():
    asked = propose("plated", PLATED)
    assert asked.choices[0] == "the cube is on the plate"
    assert len(asked.choices) <= 3
    assert not asked.remark


def test_ends_that_have_nothing_in_common_are_told_in_a_sentence():
    apart = [
        Taught(facts(0.4, 0.0), facts(0.4 + 0.1 * dx, 0.1 * dy))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    still = [replace(apart[0], end=apart[0].start)]
    for taught in (apart, still, ()):
        asked = propose("apart", taught)
        if not asked.choices:
            assert asked.remark.endswith(".")
    assert propose("still", still).remark


def test_a_typed_goal_is_checked_against_what_was_taught():
    goal = read("the cube is on the plate", PLATED)
    assert disagree(goal, PLATED) == ""
    other = replace(PLATED[0], end=PLATED[0].start)
    assert disagree(goal, [*PLATED, other]) == (
        "1 of 4 taught ends is not so; it stays as you judged it."
    )
    with pytest.raises(UsageError, match="reached before anything is done"):
        read("the cube is on the table", [Taught(facts(0.4, 0.0), facts(0.5, 0.0))])
    with pytest.raises(UsageError):
        read("the fork is in the drawer", PLATED)
    with pytest.raises(UsageError, match="Teach it once first"):
        read("the cube is on the plate", ())


def test_nobody_is_asked_the_same_twice(tmp_path):
    aims = Aims(RunFolder(tmp_path))
    asked = Question("plated", ("the cube is on the plate",))
    assert aims.is_news(asked)
    aims.put(asked, PLATED)
    assert aims.close() == "plated"
    assert not aims.is_news(asked)
    assert aims.is_news(replace(asked, choices=("the cube is lifted",)))
    aims.judge("plated", True)
    assert not aims.is_news(replace(asked, choices=("the cube is lifted",)))
    assert not Aims(RunFolder(tmp_path)).is_news(asked)  # also by another server
    aims.judge("plated", False)
    assert Aims(RunFolder(tmp_path)).is_news(asked)


def test_a_kept_goal_is_told_as_it_reads():
    entry = {"scene": [{"thing": "spoon"}, {"thing": "mug"}], "goal": "spoon in mug"}
    assert tell(entry) == "the spoon is in the mug"
    assert tell({**entry, "goal": "whatever"}) == "whatever"
    assert tell({}) == ""
    names = {"spoon": (), "mug": ()}
    assert read_goal(tell(entry), names) == read_goal("spoon in mug", names)


@pytest.mark.parametrize("language", ["de", "es", "ko"])
def test_a_goal_is_told_in_every_language_with_its_things(language):
    _ = Translator(language)
    entry = {"scene": [{"thing": "spoon"}, {"thing": "cup", "colour": "red"}, {"thing": "cup"}],
             "goal": "the spoon is in the red cup"}  # fmt: skip
    told = tell(entry)
    assert told == entry["goal"]
    for word in (_("spoon"), _("cup"), _("red")):
        assert word in _(told)
    assert "spoon" not in _(told)


class Notebook:
    """In the desk's place: writes down what it is asked for."""

    restarts = 0

    def __init__(self):
        self.asked = []

    def send(self, request):
        self.asked.append(request)


@pytest.fixture
def asking(tmp_path):
    """A page where an own skill was taught once, and its goal is asked for."""
    teaching = Teaching(load_recipe("tiny"), RunFolder(tmp_path), Malformed(print))
    teaching.desk = Notebook()
    teaching.control.join("a")
    teaching.control.join("b")
    teaching.shape("a", lambda own: own.open("Plate it"))
    for thing in ("cube", "plate"):
        teaching.shape("a", lambda own, thing=thing: own.change(add(own.draft, thing)))
    teaching.teach_skill("a", "Plate it")
    teaching._apply(Started("plate_it-1", "plate_it", "Plate it", 0))
    teaching.session.apply(Ended("plate_it-1", "plate_it", True, 5, "done"))
    teaching.begun = None
    teaching.between.aims.put(propose("plate_it", PLATED), PLATED)
    return teaching


def goal_of(teaching):
    return teaching.between.goals["plate_it"]


@pytest.mark.parametrize("sentence", ["1", "the first one", "the cube is on the plate"])
def test_a_goal_is_confirmed_by_words(asking, sentence):
    assert asking.between.wants_goal("plate_it")
    assert asking.say("a", sentence) == ""
    assert goal_of(asking) == "the cube is on the plate"
    assert not asking.between.wants_goal("plate_it")
    assert asking.between.aims.question is None


@pytest.mark.parametrize("sentence", ["no, when the cube is on the plate", "cube on plate"])
def test_a_typed_goal_is_told_back_before_it_counts(asking, sentence):
    asking.say("a", sentence)
    assert asking.between.aims.question.choices == ("the cube is on the plate",)
    assert goal_of(asking) == ""
    asking.say("a", "yes")
    assert goal_of(asking) == "the cube is on the plate"


def test_what_cannot_be_read_stays_in_its_line_with_a_reason(asking):
    asking.say("a", "when the moon is full")
    question = asking.between.aims.question
    assert question.typed == "the moon is full"
    assert question.remark
    assert question.choices  # what was told before is still there


def test_a_person_may_judge_and_change_their_mind(asking):
    assert asking.settle("b", lambda between: between.judge_oneself()) == WATCHING
    assert asking.settle("a", lambda between: between.judge_oneself()) == ""
    assert asking.between.wants_goal("plate_it")
    asyncio.run(asking.ask_goal("plate_it"))
    assert asking.between.aims.question is None
    asyncio.run(asking.ask_goal("plate_it", is_wanted=True))
    assert asking.between.aims.question.remark.startswith("Nothing was taught yet")


def test_other_sentences_mean_what_they_always_mean(asking):
    asking.say("a", "close the laptop")
    assert asking.desk.asked[-1] == Begin("close_laptop")
    asking.say("a", "no")
    assert asking.between.aims.question is None


@pytest.mark.parametrize("answer", [lambda b: b.confirm(b.aims.question.choices[0]),
                                    lambda b: b.judge_oneself()])  # fmt: skip
def test_an_answer_that_cannot_be_kept_leaves_the_question(asking, tmp_path, answer):
    skills = (tmp_path / "skills.yaml").read_text()
    (tmp_path / "skills.yaml").write_text("- {")
    for why_not in (asking.settle("a", answer), asking.say("a", "1")):
        assert "skills.yaml:2: is not YAML" in why_not
    assert asking.between.aims.question.task == "plate_it"
    (tmp_path / "skills.yaml").write_text(skills)
    assert asking.settle("a", answer) == ""
    assert asking.between.aims.question is None


def test_an_answer_that_comes_too_late_changes_nothing(asking):
    told = asking.between.aims.question.choices[0]
    assert asking.settle("a", lambda between: between.confirm("the cube is lifted")) == ""
    assert goal_of(asking) == ""  # another question's
    for late in [lambda between: between.confirm(told)] * 2:
        assert asking.settle("a", late) == ""
    assert asking.settle("a", lambda between: between.judge_oneself()) == ""
    assert asking.settle("a", lambda between: between.aims.read("cube on plate")) == ""
    assert goal_of(asking) == told


def test_a_question_goes_with_its_skill(asking):
    assert asking.shape("a", lambda own: own.remove("plate_it")) == ""
    assert asking.between.aims.question is None
    asking.between.aims.put(propose("plate_it", PLATED), PLATED)  # it was still being looked for
    assert asking.say("a", "1") == ""
    assert asking.between.aims.question is None
    assert "plate_it" not in asking.instructions
