"""What is typed between episodes: a task, a step, a question, or a skill that nobody coded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.page.choosing import (
    FIRST,
    HELLO,
    HELP,
    NOTHING,
    OTHER,
    PERHAPS,
    WHICH,
    Wish,
    to_title,
    understand,
)
from cliprt.page.translate import called
from cliprt.recipe.build import build_task
from cliprt.recipe.load import load_recipe
from cliprt.vocabularies.grid import ClipRt58Vocabulary

READ = GrammarInterpreter(ClipRt58Vocabulary()).read


def titles_of(*recipes):
    tasks = [task for name in recipes for task in load_recipe(name).tasks]
    return {task.key: called(build_task(task).instruction) for task in tasks}


TWO, ALL = titles_of("teach"), titles_of("finetune_common", "finetune_novel")


def wish(sentence, titles=TWO, **context):
    return understand(sentence, titles, READ, **context)


@pytest.mark.parametrize("task", ALL)
def test_a_tasks_own_words_begin_it_in_every_language_of_the_page(task):
    assert len(ALL[task]) == 4
    for title in ALL[task]:
        for said in (title, title.upper(), f" {title.lower()}."):
            assert wish(said, ALL) == Wish(said, begin=task)


@pytest.mark.parametrize(
    ("sentence", "task"),
    [
        ("please close my laptop", "close_laptop"),
        ("can you close the laptop?", "close_laptop"),
        ("I want to teach you to pick up the cube", "pick"),
        ("cloose the labtop", "close_laptop"),
        ("노트북을 닫기", "close_laptop"),
        ("kannst du bitte den Laptop zuklappen", ""),
        ("don't close the laptop", ""),
        ("open the laptop", ""),
        ("pick up the blue cube", ""),
        ("laptop", ""),
    ],
)
def test_only_what_names_a_task_whole_begins_it(sentence, task):
    assert wish(sentence).begin == task
    if not task:
        assert wish(sentence).tasks  # but it is offered


def test_a_thing_may_be_called_as_people_call_it():
    assert wish("open the bin", ALL).begin == "open_trash_can"
    assert wish("shut my computer").tasks == ("close_laptop",)


def test_a_thing_offers_its_tasks_and_other_words_something_new_too():
    assert wish("laptop") == Wish("laptop", "Which one do you mean?", tasks=("close_laptop",))
    cubes = wish("the cube", ALL)
    assert set(cubes.tasks) == {"pick", "place", "point"}
    assert cubes.title is None
    shut = wish("shut the laptop")
    assert (shut.tasks, shut.title) == (("close_laptop",), "Shut the laptop")


@pytest.mark.parametrize("sentence", ["left 5 cm", "go up a bit", "turn the gripper", "왼쪽으로"])
def test_a_step_waits_for_its_task(sentence):
    asked = wish(sentence, last="pick")
    assert asked == Wish(sentence, FIRST, tasks=("pick", "close_laptop"), is_step=True)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("hello!", HELLO),
        ("hallo", HELLO),
        ("안녕", HELLO),
        ("hi robot nice to meet you", HELLO),
        ("help", HELP),
        ("thanks", HELP),
        ("how does this work", HELP),
        ("is my camera on?", HELP),
        ("wie geht das?", HELP),
        ("어떻게 해요", HELP),
        ("i dont get it", HELP),
        ("next", HELP),
        ("undo that", NOTHING),
    ],
)
def test_whoever_greets_or_asks_is_told_what_to_do(sentence, text):
    answer = wish(sentence)
    assert (answer.text, answer.begin, answer.tasks) == (text, "", ("close_laptop", "pick"))


@pytest.mark.parametrize(
    ("sentence", "title"),
    [
        ("make me a coffee", "Make me a coffee"),
        ("could you please put the spoon in the mug?", "Put the spoon in the mug"),
        ("teach the robot to tidy up the lego.", "Tidy up the lego"),
        ("let's line up the two cars", "Line up the two cars"),
        ("how about stacking cups", "Stacking cups"),
        ("kannst du den Löffel in den Becher stellen?", "Den Löffel in den Becher stellen"),
        ("숟가락을 머그컵에 넣기", "숟가락을 머그컵에 넣기"),
        ("lift the ball", "Lift the ball"),
    ],
)
def test_anything_else_may_be_a_skill_of_ones_own(sentence, title):
    assert wish(sentence) == Wish(sentence, OTHER, title=title)


@pytest.mark.parametrize("sentence", ["my own task", "can i make up something new", "etwas Neues"])
def test_whoever_wants_something_new_is_asked_what(sentence):
    assert wish(sentence) == Wish(sentence, title="")


@pytest.mark.parametrize("sentence", ["yes", "1", "the first one"])
def test_an_offer_is_taken_by_words(sentence):
    assert wish(sentence, before=Wish("", tasks=("pick",))).begin == "pick"
    coffee = wish("make me a coffee")
    assert wish(sentence, before=coffee) == Wish(sentence, title="Make me a coffee")


def test_the_new_skill_comes_after_the_tasks_that_are_offered():
    before = Wish("", tasks=("pick",), title="Pick up the spoon")
    for said in ("2", "something new", "a new one"):
        assert wish(said, before=before) == Wish(said, title="Pick up the spoon")
    assert wish("the first one", before=before).begin == "pick"


def test_yes_to_several_offers_is_asked_which():
    before = wish("stack the red cube on the blue cube")
    assert (before.text, before.title) == (PERHAPS, "Stack the red cube on the blue cube")
    assert wish("yes", before=before) == replace(before, sentence="yes", text=WHICH)
    assert wish("yes").text == HELP


def test_again_is_the_task_before():
    assert wish("one more", last="pick").begin == "pick"
    assert wish("the second one").begin == "pick"


@given(st.text(max_size=300))
def test_nothing_typed_is_lost(sentence):
    """Whatever it is: a task begins, or something is said to it."""
    answer = wish(sentence)
    assert answer.sentence == sentence
    assert answer.begin or answer.text or answer.title is not None
    assert to_title(sentence).strip() or not sentence.strip()
