"""A desk over a real pipe, with the real robot: what is taught, shown, undone, stopped, kept."""

import re
import time
from itertools import pairwise

import pytest
import yaml
from desk_driver import HASTY, Driver, teacher_steps, teaching_recipe

from cliprt.language.viewpoint import ANSWERS
from cliprt.page.episodes import count_taught, delete_episode, draw_thumbnail, list_episodes
from cliprt.page.messages import (
    Asked,
    Begin,
    Configure,
    Confirm,
    Discard,
    Ended,
    Finish,
    GoOn,
    Halt,
    Laid,
    Lay,
    Proposed,
    Redo,
    Say,
    Started,
    Stepped,
    Trouble,
    Undo,
    Undone,
)
from cliprt.page.translate import Translator
from cliprt.stages.keys import taught_id
from cliprt.stages.skills import remove_skill, save_skill

RECIPE = teaching_recipe()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with Driver(RECIPE, tmp_path_factory.mktemp("run")) as driver:
        driver.until_state("idle")
        yield driver


@pytest.fixture
def driver(desk):
    """A desk that idles, with nothing taught yet."""
    yield desk
    desk.tidy()
    for episode_id in desk.run.store().ids():
        delete_episode(desk.run.store(), episode_id)


def test_an_episode_is_taught_by_sentences_alone(driver):
    started = driver.begin(instruction="please\x00 shut the\n laptop ")
    assert started.instruction == "please shut the laptop"
    sentences = [step.supervision for step in teacher_steps(RECIPE)]
    steps = [driver.say(sentence) for sentence in sentences]
    ended = driver.until(Ended)
    assert (ended.success, ended.end) == (True, "success")
    store = driver.run.store()
    episode = store.load(taught_id(RECIPE, RECIPE.tasks[0], 0))
    assert episode.meta["kind"] == "taught"
    assert episode.meta["layout"]["bodies"]
    assert episode.instruction == "please shut the laptop"
    assert [step.supervision for step in episode.steps] == sentences
    assert [tuple(step.outcome.measured) for step in episode.steps] == [s.measured for s in steps]
    # The list beside the page has it, and the next scene is another.
    (listed,) = list_episodes(store)
    assert (listed.id, listed.success, listed.steps) == (episode.id, True, len(sentences))
    assert count_taught(RECIPE, [listed]) == {"close_laptop": 1}
    assert draw_thumbnail(store, episode.id).startswith(b"\xff\xd8")
    assert driver.session.taught == {"close_laptop": 1}
    assert driver.begin().seed == 1
    delete_episode(store, episode.id)
    assert list_episodes(store) == ()


def test_a_table_that_is_being_laid_is_seen_and_taught_on(driver):
    """Between episodes, and as often as somebody likes; what cannot be laid is told."""
    mug = {"thing": "mug", "at": [0.5, 0.0], "within_m": [0.0, 0.0]}
    seen = []
    for entries in ((), (mug,), ({"thing": "unicorn"},)):
        driver.desk.send(Lay(entries))
        remark = driver.until(Laid).remark
        driver.see_pictures(4, after=Laid)
        seen.append({frame.camera: frame.jpeg for _, frame in driver.frames[-4:]})
    assert "no thing is called 'unicorn'" in remark
    assert seen[0]["wrist"] != seen[1]["wrist"] == seen[2]["wrist"]
    save_skill(
        driver.run, {"name": "skill", "as": "lift", "instruction": "Lift it", "scene": [mug]}
    )
    driver.desk.send(Begin("lift"))
    assert driver.until(Started).instruction == "Lift it"
    driver.say("down 2 cm")
    driver.desk.send(Finish(True))
    ended = driver.until(Ended)
    assert (ended.task, ended.success) == ("lift", True)  # nobody but the person can say
    remove_skill(driver.run, "lift")


def test_what_was_begun_on_another_table_is_not_gone_on_with(tmp_path):
    """Whoever changes a skill's scene teaches a new one; what is unfinished stays as it is."""
    skill = {"name": "skill", "as": "lift", "instruction": "Lift it", "scene": "a mug"}
    with Driver(RECIPE, tmp_path) as left:
        save_skill(left.run, skill)
        left.until_state("idle")
        left.desk.send(Begin("lift"))
        before = left.until(Started).episode
        left.say("down 2 cm")
    save_skill(left.run, {**skill, "scene": "a cup"})
    with Driver(RECIPE, tmp_path) as driver:
        driver.until_state("idle")
        driver.desk.send(Begin("lift"))
        started = driver.until(Started)
        assert (started.episode == before, started.steps) == (False, ())
        remove_skill(driver.run, "lift")  # while it is taught: what was said is kept
        driver.say("down 2 cm")
        driver.desk.send(Finish(True))
        assert driver.until(Ended).success
        store = driver.run.store()
        assert (store.load(started.episode).task, store.unfinished()) == ("lift", (before,))


def test_a_reading_is_shown_with_a_drawing_before_the_move(driver):
    driver.begin()
    driver.desk.send(Say("move left 5 cm"))
    shown = driver.until(Proposed)
    assert shown.reading.primitives[0].phrase == "move the arm to the left by five centimeters"
    assert set(shown.drawing) == {"scene", "wrist"}
    assert all(shown.drawing.values())
    driver.until(Stepped)


def test_several_moves_of_one_sentence_are_steps_of_their_own(driver):
    driver.begin()
    driver.desk.send(Say("move left 5 cm then up 10 cm"))
    assert len(driver.until(Proposed).reading.primitives) == 2
    first, second = driver.until(Stepped).step, driver.until(Stepped).step
    assert first.supervision == second.supervision
    assert (first.index, second.index) == (0, 1)


def test_what_is_undone_can_be_made_again_exactly(driver):
    driver.begin()
    driver.say("move left 5 cm")
    made = driver.say("move down 5 cm")
    driver.desk.send(Undo())
    assert driver.until(Undone).index == 1
    driver.desk.send(Redo())
    again = driver.until(Stepped)
    assert again.step.measured == made.measured
    assert not again.can_redo
    for index in (1, 0):
        driver.desk.send(Say("undo that"))
        assert driver.until(Undone).index == index
    driver.desk.send(Undo())
    assert "nothing to undo" in driver.until(Asked).message
    driver.desk.send(Finish())
    driver.desk.send(Finish())
    assert driver.until(Ended).steps == 0


def test_refused_moves_are_no_steps_however_many_there_are(driver):
    started = driver.begin()
    driver.say("left 1 cm")
    for _ in range(6):
        assert driver.say("down 30 cm").refused
    assert [step.phrase for step in driver.session.steps] == [
        "move the arm to the left by one centimeter"
    ]
    driver.say("up 1 cm")
    driver.say("down 30 cm")
    driver.desk.send(Say("undo"))
    driver.until(Undone)
    assert driver.session.chat[-1].text == "I took back: raise the arm up by one centimeter"
    assert len(driver.session.steps) == 1
    assert driver.say("down 30 cm").refused
    driver.desk.send(Finish(success=False))
    assert driver.until(Ended).steps == 1
    (listed,) = list_episodes(driver.run.store())
    assert listed.steps == 1
    assert len(driver.run.store().load(started.episode).steps) == 8  # what is recorded has them


def test_two_quick_clicks_start_one_episode(driver):
    driver.desk.send(Begin("close_laptop"))
    driver.desk.send(Begin("close_laptop"))
    first = driver.until(Started)
    driver.desk.send(Begin("close_laptop", "in other words"))
    driver.say("up 1 cm")
    assert [event for event in driver.told if isinstance(event, Started)] == [first]
    assert len(driver.session.steps) == 1


@pytest.mark.parametrize(
    ("begin", "why"),
    [
        (Begin("close_laptop", checkpoint="/nowhere", policy="lost"), "/nowhere"),
        (Begin("close_labtop"), "no task of this recipe"),
    ],
)
def test_a_start_that_fails_says_why_until_another_begins(driver, begin, why):
    driver.desk.send(begin)
    driver.desk.send(begin)
    assert why in driver.until(Trouble).text
    assert why in driver.session.trouble
    driver.desk.send(Begin("close_laptop"))
    assert driver.until(Started).steps == ()
    assert driver.session.trouble == ""


@pytest.mark.parametrize("word", ["undo", "redo"])
def test_what_cannot_be_taken_back_is_told(driver, word):
    driver.begin()
    driver.desk.send(Say(word))
    assert driver.until(Asked).message == f"I did not move. There is nothing to {word}."


def test_a_question_offers_what_was_said_and_an_offer_or_the_missing_piece_moves(driver):
    driver.begin()
    driver.desk.send(Say("left 4 cm blorp"))
    (offer,) = driver.until(Asked).offers
    assert offer == "move the arm to the left by 4 cm"
    step = driver.say(offer)
    assert (step.supervision, step.refused) == (offer, "")
    driver.desk.send(Say("turn the gripper 45 degrees"))
    assert driver.until(Asked).message == "Clockwise or counterclockwise?"
    step = driver.say("clockwise")
    assert step.supervision == "turn the gripper 45 degrees clockwise"
    assert step.phrase == "rotate the gripper fourty five degrees clockwise"


def test_who_names_a_thing_is_offered_a_first_step_to_it_and_nothing_moves_before(driver):
    driver.begin()
    driver.desk.send(Say("go to the laptop"))
    asked = driver.until(Asked)
    assert re.fullmatch(r"The laptop is \d.* cm .*: begin with “\d+ cm .*”\?", asked.message)
    assert driver.session.steps == ()
    offer = asked.offers[0]
    step = driver.say(offer)
    assert (step.supervision, step.refused) == (offer, "")
    driver.desk.send(Say("go to the laptop"))
    assert driver.until(Asked).message != asked.message  # nothing was learned, and it is nearer


def test_where_a_person_is_is_asked_once_with_the_robots_left_drawn(driver):
    start = driver.begin() and driver.say("move up 5 cm").measured
    driver.desk.send(Say("to my right 3 cm"))
    asked = driver.until(Asked)
    assert asked.offers == tuple(ANSWERS.values())
    tail, tip = asked.drawing["scene"][0][0], asked.drawing["scene"][0][-1]
    assert tip[0] > tail[0]  # the robot's left is on the right of that picture
    assert driver.session.drawing == asked.drawing
    step = driver.say(ANSWERS["facing"])
    assert step.supervision == "to my right 3 cm"
    assert step.measured[1] - start[1] == pytest.approx(0.03, abs=2e-3)
    assert driver.session.drawing != asked.drawing
    assert driver.say("away from me 2 cm").supervision == "away from me 2 cm"
    driver.desk.send(Say("I sit somewhere else"))
    assert driver.until(Asked).drawing
    driver.desk.send(Say(ANSWERS["behind"]))
    assert driver.until(Asked).drawing is None
    assert yaml.safe_load((driver.run.path / "seats.yaml").read_text()) == {"": "behind"}


def test_a_refusal_is_told_with_how_much_too_far(driver):
    driver.begin()
    driver.desk.send(Say("move down 30 cm"))
    step = driver.until(Stepped).step
    assert step.refused
    shown, told = (line.text for line in list(driver.session.chat)[-2:])
    assert shown == "lower the arm by 30 cm"
    assert told.startswith("I did not move: that would be")
    assert "cm zu tief." in Translator("de")(told)  # it has come through the pipe
    (offer,) = driver.until(Asked).offers
    assert driver.session.question.text.startswith("There is room for ")
    assert driver.session.drawing["scene"]  # the limit
    driver.desk.send(Say("yes"))
    assert driver.until(Stepped).step.phrase == offer
    driver.until_state("listening")
    assert driver.say("down 10 cm").refused  # nothing is left, and nothing is offered
    driver.desk.send(Say("yes"))
    driver.desk.send(Finish(success=False))
    driver.until(Ended)
    offered = [event.offers for event in driver.told if isinstance(event, Asked)]
    assert offered == [(offer,), ()]


def test_what_is_left_is_no_answer_to_anything_later(driver):
    driver.begin()
    driver.say("up 1 cm")
    driver.say("down 30 cm")
    driver.until(Asked)
    driver.desk.send(Undo())
    driver.until(Undone)
    driver.desk.send(Say("yes"))
    driver.until(Asked)
    assert driver.session.steps == ()


def test_a_motion_is_told_as_it_was_asked_for_wherever_it_is_told(tmp_path):
    with Driver(RECIPE, tmp_path) as driver:
        driver.begin()
        driver.desk.send(Say("right 15 cm"))
        words = "move the arm to the right by 15 cm"
        assert driver.until(Proposed).words == words
        made = driver.until(Stepped).step
        assert made.phrase == driver.session.steps[0].phrase == words
    with Driver(RECIPE, tmp_path) as driver:
        assert [step.phrase for step in driver.until(Started).steps] == [words]
        assert words in [line.text for line in driver.session.chat]
        driver.until_state("listening")
        driver.desk.send(Undo())
        driver.until(Undone)
        assert driver.session.chat[-1].text == f"I took back: {words}"
        driver.desk.send(Redo())
        assert driver.until(Stepped).step.phrase == words


@pytest.mark.parametrize("how", [Halt("the button"), Say("Stop!")])
def test_a_stop_in_motion_brings_it_to_rest_and_it_goes_on(driver, how):
    driver.begin()
    driver.desk.send(Say("move up 20 cm then left 10 cm"))
    driver.until_state("moving")
    driver.desk.send(Say("move down 10 cm"))  # what was said before a stop is not done after it
    driver.see_pictures()
    driver.desk.send(how)
    step = driver.until(Stepped).step
    driver.until_state("stopped")
    assert step.stopped
    driver.desk.send(Say("move up 5 cm"))
    assert "Go on" in driver.until(Asked).message
    driver.desk.send(GoOn())
    driver.until_state("listening")
    assert [s.index for s in driver.session.steps] == [0]
    assert not driver.say("down 1 cm").refused


def test_a_stopped_step_can_be_undone_at_once(driver):
    driver.begin()
    driver.desk.send(Say("move up 20 cm"))
    driver.until_state("moving")
    driver.see_pictures()
    driver.desk.halt("a test")
    driver.until_state("stopped")
    driver.desk.send(Undo())
    assert driver.until(Undone).index == 0
    driver.until_state("listening")


def test_a_stop_while_a_reading_is_shown_moves_nothing(driver):
    driver.begin()
    driver.desk.send(Configure(preview_s=5.0))
    driver.desk.send(Say("move up 20 cm"))
    driver.until_state("showing")
    driver.desk.halt("a test")
    driver.until_state("stopped")
    driver.desk.send(GoOn())
    driver.until_state("listening")
    assert driver.session.steps == ()


def test_an_undo_while_a_reading_is_shown_takes_it_back(driver):
    driver.begin()
    driver.say("move up 5 cm")
    driver.desk.send(Configure(preview_s=5.0))
    driver.desk.send(Say("move up 20 cm"))
    driver.until_state("showing")
    driver.desk.send(Undo())
    driver.until_state("listening")
    assert len(driver.session.steps) == 1


def start_going(driver):
    driver.begin()
    driver.say("move up 2 cm")
    assert driver.say("keep going").index == 1


def test_keep_going_goes_on_in_small_steps_until_something_else_is_said(driver):
    start_going(driver)
    assert driver.until(Proposed).probability is None
    assert driver.until(Stepped).step.supervision == "keep going"
    driver.desk.send(Say("now left 2 cm"))
    while (step := driver.until(Stepped).step).supervision == "keep going":
        pass
    assert step.supervision == "now left 2 cm"
    driver.until_state("listening")
    heights = [s.measured[2] for s in driver.session.steps[:-1]]
    assert all(0.015 < b - a < 0.025 for a, b in pairwise(heights[1:]))


@pytest.mark.parametrize("how", [Halt("the button"), Say("STOP")])
def test_a_stop_ends_what_keeps_going_at_once(driver, how):
    start_going(driver)
    driver.until(Stepped)
    driver.until_state("moving")
    driver.desk.send(how)
    driver.until_state("stopped")
    made = len(driver.session.steps)
    driver.desk.send(GoOn())
    driver.until_state("listening")
    step = driver.say("down 2 cm")
    assert driver.session.steps[made:] == (step,)


def test_who_wants_to_be_asked_is_asked_once_before_each_step_that_goes_on(driver):
    driver.begin()
    driver.say("move up 5 cm")
    driver.desk.send(Configure(confirm=True))
    driver.desk.send(Say("keep going"))
    for _ in range(3):
        assert driver.until(Proposed).needs_yes
        driver.desk.send(Confirm(True))
        driver.until(Stepped)
    assert driver.until(Proposed).needs_yes
    driver.desk.send(Confirm(False))
    driver.until(Asked)
    driver.until_state("listening")
    assert len(driver.session.steps) == 4


@pytest.mark.parametrize("how", [Undo(), Confirm(False)])
def test_keep_going_that_is_not_wanted_after_all_makes_no_step(driver, how):
    driver.begin()
    driver.say("move up 2 cm")
    driver.desk.send(Configure(confirm=True))
    driver.desk.send(Say("keep going"))
    driver.until(Proposed)
    driver.desk.send(how)
    driver.until_state("listening")
    driver.desk.send(HASTY)
    assert driver.say("down 1 cm").index == 1


def test_who_wants_to_be_asked_is_asked(driver):
    driver.begin()
    driver.desk.send(Configure(confirm=True))
    driver.desk.send(Say("move up 5 cm"))
    assert driver.until(Proposed).needs_yes
    driver.desk.send(Confirm(False))
    driver.until_state("listening")
    driver.desk.send(Say("move up 5 cm"))
    driver.until(Proposed)
    driver.desk.send(Say("move left 5 cm"))  # a sentence is a no, and what to do instead
    driver.until(Proposed)
    driver.desk.send(Confirm(True))
    assert "left" in driver.until(Stepped).step.phrase


def test_a_discarded_scene_is_offered_again(driver):
    first = driver.begin()
    driver.say("move up 5 cm")
    driver.desk.send(Discard())
    assert driver.until(Ended).end == "discarded"
    assert driver.run.store().unfinished() == ()
    assert driver.begin().episode == first.episode


def test_the_simulator_judges_and_the_verdict_is_kept(driver):
    started = driver.begin()
    driver.say("move up 5 cm")
    driver.desk.send(Finish(success=True))
    asked = driver.until(Asked)
    assert asked.message == "I do not see that it is done: “Close the laptop”. Is it?"
    driver.desk.send(Say(asked.offers[0]))
    ended = driver.until(Ended)
    assert (ended.success, ended.end) == (False, "done")
    assert driver.run.store().header(started.episode).meta["verdict"] is True


@pytest.mark.parametrize("answer", ["no", "go on", "down 1 cm"])
def test_who_says_that_it_is_done_before_it_is_may_go_on(driver, answer):
    driver.begin()
    driver.desk.send(Say("that's it"))
    assert "Is it?" in driver.until(Asked).message
    driver.desk.send(Say(answer))
    step = driver.until(Stepped).step if "1" in answer else driver.say("up 1 cm")
    assert (step.index, step.supervision) == (0, answer if "1" in answer else "up 1 cm")
    driver.desk.send(Halt("a test"))
    driver.until_state("stopped")
    driver.desk.send(Finish())  # what is asked for before it goes on is asked about, too
    assert "Is it?" in driver.until(Asked).message
    driver.desk.send(Finish())  # who presses it again, insists
    assert driver.until(Ended).end == "done"


def test_an_episode_that_was_left_is_gone_on_with(tmp_path):
    with Driver(RECIPE, tmp_path) as driver:
        first = driver.begin(instruction="shut it")
        made = driver.say("move up 5 cm")
    assert driver.run.store().unfinished() == (first.episode,)
    with Driver(RECIPE, tmp_path) as driver:
        again = driver.until(Started)
        assert (again.episode, again.instruction) == (first.episode, "shut it")
        assert again.steps == (made,)
    with Driver(RECIPE, tmp_path, resume=False) as driver:
        assert driver.begin().steps == (made,)


def test_a_disk_that_refuses_loses_nothing_that_was_shown(driver):
    started = driver.begin()
    made = driver.say("move up 5 cm")
    images = driver.run.episodes / "journal" / started.episode / "images"
    images.rename(images.with_name("elsewhere"))
    images.write_text("in the way")
    driver.desk.send(Say("move left 5 cm"))
    assert "cannot write" in driver.until(Trouble).text
    driver.until_state("faulted")
    images.unlink()
    images.with_name("elsewhere").rename(images)
    driver.desk.send(GoOn())
    assert driver.until(Started).steps == (made,)
    assert driver.say("move left 5 cm").index == 1


def test_an_unknown_task_is_told_and_the_desk_goes_on(driver):
    driver.desk.send(Begin("close_labtop"))
    assert "Did you mean 'close_laptop'" in driver.until(Trouble).text
    pid = driver.desk.pid
    driver.desk.send(Discard())  # of what never began
    driver.until_state("idle")
    assert driver.desk.pid == pid
    driver.desk.send(Begin("close_laptop"))
    driver.until(Started)


def test_what_is_said_before_an_episode_is_answered(driver):
    driver.desk.send(Say("move left"))
    assert "Choose what to teach" in driver.until(Asked).message


def watch_three_motions(driver):
    """Until each is shown [s]; the time in motion [s], and the pictures of each."""
    driver.begin()
    latencies, moving_s, frames = [], 0.0, []
    for sentence in ("move up 20 cm", "move left 20 cm", "move right 20 cm"):
        sent_s = time.monotonic()
        driver.desk.send(Say(sentence))
        driver.until(Proposed)
        latencies.append(time.monotonic() - sent_s)
        driver.until_state("moving")
        start_s, before = time.monotonic(), len(driver.frames)
        driver.until(Stepped)
        moving_s += time.monotonic() - start_s
        frames.append([frame.camera for _, frame in driver.frames[before:]])
        driver.until_state("listening")
    return latencies, moving_s, frames


def test_pictures_flow_while_it_moves(driver):
    _, _, frames = watch_three_motions(driver)
    assert all(set(cameras) == {"scene", "wrist"} for cameras in frames)


@pytest.mark.slow
def test_pictures_and_answers_are_as_quick_as_promised(driver):
    """On a machine that has nothing else to do."""
    latencies, moving_s, frames = watch_three_motions(driver)
    median_s = sorted(latencies)[len(latencies) // 2]
    rate_hz = sum(map(len, frames)) / 2 / moving_s
    print(f"\nlatency {1000 * median_s:.0f} ms, {rate_hz:.1f} pictures a second and camera")
    assert median_s < 0.15
    assert rate_hz > 5
