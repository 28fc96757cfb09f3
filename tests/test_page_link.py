"""The desk's end of the pipe, its pictures, and a desk on a robot that is no simulator."""

import multiprocessing
import threading
import time

import numpy as np
import pytest
from desk_driver import teaching_recipe
from fake_robot import FakeRobot

from cliprt.language.interface import Interpreter
from cliprt.page import desk as desk_module
from cliprt.page.attempts import parse_instruction, with_memory
from cliprt.page.conversation import Conversation
from cliprt.page.desk import TeachingDesk
from cliprt.page.messages import (
    Asked,
    Badge,
    Beat,
    Became,
    Begin,
    Configure,
    Confirm,
    Discard,
    Ended,
    Finish,
    Frame,
    Halt,
    Proposed,
    Quit,
    Ready,
    Redo,
    Say,
    Started,
    Stepped,
    Trouble,
    Undo,
    Undone,
)
from cliprt.page.pictures import MOVING_SIZES_PX, REST_SIZE_PX, LiveView, to_jpeg
from cliprt.page.shown import ShownInterpreter
from cliprt.page.wire import MOST_WAITING, Wire
from cliprt.recipe.schema import Component, GateSection
from cliprt.runtime.choices import Move
from cliprt.runtime.gate import Gate
from cliprt.stages.run_folder import RunFolder
from cliprt.types import PlannedStep, Primitive, Reading


@pytest.fixture
def ends():
    """(the server's end, a wire, what was halted)."""
    here, there = multiprocessing.Pipe()
    halted = []
    wire = Wire(there, halted.append)
    yield here, wire, halted
    wire.close()
    here.close()


def wait_until(condition):
    end_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_a_stop_is_acted_upon_while_the_main_thread_is_busy(ends):
    here, wire, halted = ends
    for request in (Say("move left"), Undo(), Begin("pick"), Halt("the button"), Say("move up")):
        here.send(request)
    wait_until(lambda: halted == ["the button"])
    # What was asked for before the stop is not done after it, but an order to the desk itself is.
    taken = [wire.take(60.0) for _ in range(3)]
    assert taken == [Begin("pick"), Halt("the button"), Say("move up")]
    assert wire.take(0.0) is None


def test_stops_without_end_are_one_stop(ends):
    here, wire, halted = ends
    for number in range(200):
        here.send(Halt(f"stop {number}"))
    wait_until(lambda: len(halted) == 200)
    assert wire.take(60.0) == Halt("stop 199")
    assert wire.take(0.0) is None


@pytest.mark.parametrize(
    ("words", "button"),
    [
        ("STOP it!", Halt("“STOP it!”")),
        ("undo that", Undo()),
        ("redo", Redo()),
        ("discard the episode", Discard()),
        ("move left", Say("move left")),
    ],
)
def test_words_that_mean_a_button_are_the_button(ends, words, button):
    here, wire, halted = ends
    here.send(Say(words))
    assert wire.take(60.0) == button
    assert bool(halted) == isinstance(button, Halt)


def test_a_yes_is_no_answer_to_what_is_shown_after_it(ends):
    here, wire, _ = ends
    with Gate(FakeRobot(simulated=False), GateSection()) as robot:
        view = LiveView(robot, wire.send)
        settings = Configure(confirm=True)
        talk = Conversation(wire, robot, view, lambda *_: {}, str, settings)
        here.send(Confirm(True))  # pressed twice
        here.send(Undo())
        wait_until(lambda: len(wire._requests) == 2)
        left = Primitive(0, "left", (0, 0.05, 0, 0, 0, 0, 0))
        assert not talk.show(Move((PlannedStep(left),)), robot.observe())


def test_what_is_not_wanted_now_waits(ends):
    here, wire, _ = ends
    here.send(Say("first"))
    here.send(Undo())
    assert wire.take(60.0, lambda request: isinstance(request, Undo)) == Undo()
    wire.put_back(Say("before"))
    assert [wire.take(60.0), wire.take(60.0)] == [Say("before"), Say("first")]


def test_who_sends_without_end_is_told(ends):
    here, wire, _ = ends
    for number in range(MOST_WAITING + 1):
        here.send(Say(f"move {number}"))
    while not isinstance(event := here.recv(), Trouble):
        assert isinstance(event, Beat)
    assert "too fast" in event.text
    assert wire.take(60.0) == Say("move 0")


def test_a_closed_wire_reads_nothing_more(ends):
    here, _, halted = ends
    before = set(threading.enumerate())
    other, there = multiprocessing.Pipe()
    with here, other:
        closed = Wire(there, halted.append)
        closed.close()
        # One that goes on would read what is written for whoever gets the descriptor next.
        assert set(threading.enumerate()) <= before


def test_a_server_that_is_gone_leaves_the_rest_to_the_main_thread(ends):
    here, wire, halted = ends
    here.close()
    assert wire.take(60.0) == Quit()
    assert halted == ["the page's server is gone"]


def test_pictures_never_delay_events_and_old_ones_are_dropped(ends):
    here, wire, _ = ends
    jpeg = bytes(200_000)  # more than a pipe holds: the sender waits in the middle of the first
    for number in range(50):
        wire.send(Frame("scene", number, 0.0, jpeg))
    wire.send(Became("moving"))
    time.sleep(0.1)
    received = []
    while not received or not isinstance(received[-1], Frame) or received[-1].number < 49:
        received.append(here.recv())
    kinds = [type(event) for event in received if not isinstance(event, Beat)]
    assert len(kinds) <= 4
    assert kinds.index(Became) <= 2


def test_the_beats_end_with_the_main_threads_life(ends):
    here, wire, _ = ends
    wire.be_patient(0.0)
    while here.poll(0.7):
        assert isinstance(here.recv(), Beat)
    wire.mark_alive()
    assert here.poll(60.0)


def test_what_an_interpreter_has_to_tell_becomes_a_badge(ends):
    here, wire, _ = ends

    class Moody(Interpreter):
        """Its model comes and goes."""

        status = ""

        def read(self, utterance):
            self.status = utterance
            return Reading(utterance, "ask")

    reader = ShownInterpreter(Moody(), wire)
    for status in ("offline", "offline", ""):
        reader.read(status)
    wire.send(Asked("that was all"))
    told = []
    while not told or not isinstance(told[-1], Asked):
        told.append(here.recv())
    badges = [event for event in told if isinstance(event, Badge)]
    assert badges == [Badge("interpreter", "offline"), Badge("interpreter", "")]


def test_motion_is_paced_and_pictures_take_their_share():
    now, sent = [0.0], []

    def sleep(seconds):
        now[0] += seconds

    class SlowRobot(FakeRobot):
        """Takes as long for a picture as a real one of that size would."""

        def render(self, width, height, camera="scene"):
            now[0] += 4e-7 * width * height
            return np.zeros((height, width, 3), dtype=np.uint8)

    with Gate(SlowRobot(), GateSection()) as robot:
        view = LiveView(robot, sent.append, clock=lambda: now[0], sleep=sleep)
        for tick in range(600):
            view.move(tick / 60)
        assert now[0] == pytest.approx(10.0, abs=0.3)  # real time
        assert 100 <= len(sent) <= 125
        view.change()
        assert view.rest()
        assert not view.rest()  # the sharp one waits until it is quiet
        sleep(1.0)
        assert view.rest()
        assert not view.rest()


def test_a_slow_computer_gets_smaller_pictures_and_still_moves():
    now, widths = [0.0], []

    class SlowRobot(FakeRobot):
        """Takes too long for any picture but the smallest."""

        def render(self, width, height, camera="scene"):
            widths.append(width)
            now[0] += 0.05 + 1e-6 * width * height
            return np.zeros((height, width, 3), dtype=np.uint8)

    def sleep(seconds):
        now[0] += seconds

    with Gate(SlowRobot(), GateSection()) as robot:
        view = LiveView(robot, lambda frame: None, clock=lambda: now[0], sleep=sleep)
        for tick in range(600):
            view.move(tick / 60)
    assert widths[0] == MOVING_SIZES_PX[0]
    assert widths[-1] == MOVING_SIZES_PX[-1]
    assert now[0] < 20
    assert REST_SIZE_PX not in widths


@pytest.mark.parametrize(
    "question",
    [Proposed(Reading("", "move"), "left"), Asked("left?"), Ended("1", "pick", True, 1, "done")],
    ids=["proposed", "asked", "ended"],
)
def test_a_question_never_overtakes_its_pictures(ends, question):
    here, wire, _ = ends
    wire.send(Trouble("the sender is busy with this" * 10_000))
    for number in range(3):
        wire.send(Frame("scene", number, 0.0, b"jpeg"))
    wire.send(question)
    wire.send(Frame("scene", 3, 0.0, b"jpeg"))
    told = []
    while not (told and isinstance(told[-1], Frame) and told[-1].number == 3):
        told.append(here.recv())
    kinds = [event for event in told if isinstance(event, Frame | type(question))]
    assert [getattr(event, "number", "?") for event in kinds][-3:] == [2, "?", 3]


def test_what_a_policy_would_do_is_asked_about_with_live_pictures(ends):
    here, wire, _ = ends
    arm, left = FakeRobot(simulated=False), Primitive(0, "left", (0, 0.05, 0, 0, 0, 0, 0))
    with Gate(arm, GateSection()) as robot:
        talk = Conversation(
            wire,
            robot,
            LiveView(robot, wire.send),
            lambda *_: {},
            lambda primitive: primitive.phrase,
            Configure(confirm=True),
        )
        said = []
        review = threading.Thread(
            target=lambda: said.append(talk.review(robot.observe(), left, 0.7))
        )
        review.start()
        told = []
        while len([event for event in told if isinstance(event, Frame)]) < 5:
            assert len(told) < 60, "only beats come"
            told.append(here.recv())
        assert isinstance(next(e for e in told if isinstance(e, Frame | Proposed)), Frame)
        here.send(Confirm(True))
        review.join(60.0)
    assert said == [""]


def test_a_picture_becomes_a_jpeg():
    assert to_jpeg(np.zeros((4, 6, 3), dtype=np.uint8)).startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("text", "instruction"),
    [
        ("", "Default"),
        ("  \n ", "Default"),
        ("a\x00b\tc\x1b[31m", "a b c [31m"),
        ("x" * 999, "x" * 200),
    ],
)
def test_an_instruction_is_one_bounded_printable_line(text, instruction):
    assert parse_instruction(text, "Default") == instruction


def test_an_interpreter_is_given_the_files_that_it_keeps_unless_it_has_its_own(tmp_path):
    book, seats = str(tmp_path / "phrasebook.yaml"), str(tmp_path / "seats.yaml")
    recipe = teaching_recipe(interpreter=Component("grammar"))
    assert with_memory(recipe, tmp_path).interpreter.options == {"seats": seats}
    recipe = teaching_recipe(interpreter=Component("chain", {"deadline_s": 1.0}))
    options = with_memory(recipe, tmp_path).interpreter.options
    assert options == {"deadline_s": 1.0, "phrasebook": book, "seats": seats}
    recipe = teaching_recipe(interpreter=Component("phrasebook", {"phrasebook": "mine.yaml"}))
    assert with_memory(recipe, tmp_path) == recipe


def test_on_hardware_the_arm_goes_back_and_the_person_judges(tmp_path, monkeypatch):
    robot = FakeRobot(simulated=False)
    monkeypatch.setattr(desk_module, "build_robot", lambda recipe: Gate(robot, GateSection()))
    here, there = multiprocessing.Pipe()
    recipe = teaching_recipe()
    desk = TeachingDesk(there, recipe, RunFolder(tmp_path))
    worker = threading.Thread(target=desk.work, args=(True,))
    worker.start()
    frames = []

    def until(kind):
        while True:
            assert here.poll(60.0)
            event = here.recv()
            if isinstance(event, Frame):
                frames.append(event)
            if isinstance(event, kind):
                return event

    assert until(Ready) == Ready(("front",), simulated=False)
    here.send(Begin("close_laptop"))
    episode = until(Started).episode
    here.send(Say("move up 5 cm"))
    made = until(Stepped).step
    here.send(Undo())
    until(Undone)
    (there_motion, _), (back_motion, _) = robot.executed
    assert np.allclose(there_motion, [-x for x in back_motion])
    here.send(Redo())
    assert until(Stepped).step.measured == pytest.approx(made.measured)
    while until(Became).state != "listening":
        pass
    here.send(Finish(success=True))
    assert until(Ended).success is True
    assert RunFolder(tmp_path).store().header(episode).success is True
    here.send(Quit())
    worker.join(60.0)
    assert not worker.is_alive()
    assert robot.stopped.is_set()
    assert frames
