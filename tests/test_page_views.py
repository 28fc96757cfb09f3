"""What the page's server does with requests and pictures; no robot and no browser."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import replace

import pytest

from cliprt.cli.main import main
from cliprt.errors import UsageError
from cliprt.page.attempts import to_page_recipe
from cliprt.page.control import Control
from cliprt.page.episodes import ListedEpisode, count_taught, find_learned
from cliprt.page.live import LiveLines, pack_frame
from cliprt.page.malformed import Malformed
from cliprt.page.messages import (
    Became,
    Begin,
    Configure,
    Confirm,
    Ended,
    Frame,
    Halt,
    Proposed,
    Ready,
    Say,
    Started,
    Undo,
)
from cliprt.page.verdict import explain, praise
from cliprt.recipe.load import load_recipe
from cliprt.serving.address import bind
from cliprt.stages.keys import taught_id
from cliprt.stages.run_folder import RunFolder

pytest.importorskip("nicegui")
from cliprt.page.server import has_browser
from cliprt.page.teaching import LOOK_FIRST, MOST_CHARACTERS, WATCHING, Teaching
from cliprt.page.views.episodes import describe
from cliprt.types import Reading


class Notebook:
    """In the desk's place: writes down what it is asked for."""

    restarts = 0

    def __init__(self):
        self.asked = []

    def send(self, request):
        self.asked.append(request)

    def halt(self, reason):
        self.asked.append(Halt(reason))


@pytest.fixture
def teaching(tmp_path):
    made = Teaching(load_recipe("tiny"), RunFolder(tmp_path), Malformed(print))
    made.desk = Notebook()
    made.control.join("a")
    made.control.join("b")
    return made


def begin(teaching, **changes):
    teaching.session.apply(
        Started("close_laptop-1", "close_laptop", "close the laptop", 0, **changes)
    )


def test_only_the_tab_that_steers_is_heeded_but_anyone_may_stop(teaching):
    begin(teaching)
    assert teaching.say("b", "up 5 cm") == WATCHING
    assert teaching.ask("b", Undo()) == WATCHING
    assert asyncio.run(teaching.delete("b", "x")) == WATCHING
    assert teaching.desk.asked == []
    assert teaching.say("b", "STOP!!") == ""
    assert teaching.say("a", " up\n5\tcm ") == ""
    assert teaching.ask("a", Undo()) == ""
    assert teaching.desk.asked == [Halt("“STOP!!”"), Say("up 5 cm"), Undo()]


def test_sentences_are_bounded_and_belong_to_an_episode(teaching):
    assert teaching.say("a", "up 5 cm") == ""
    assert teaching.between.wish.text == "Pick a task first."
    begin(teaching)
    assert f"I follow {MOST_CHARACTERS}" in teaching.say("a", "up " * 200)
    assert teaching.say("a", "   ") == ""
    assert teaching.ask("a", Begin("close_laptop", "x" * 301)).startswith("The task is too long")
    assert teaching.desk.asked == []


@pytest.mark.parametrize("length", [301, 5_000])
def test_no_length_keeps_a_stop_word_from_the_robot(teaching, length):
    begin(teaching)
    for sentence in ("x" * length + " stop", "stop " + "x" * length):
        assert teaching.say("b", sentence) == ""
        halted = teaching.desk.asked.pop()
        assert isinstance(halted, Halt)
        assert len(halted.reason) <= MOST_CHARACTERS + 2


def test_whoever_steers_a_real_robot_is_asked_before_each_move(teaching):
    teaching._apply(Ready(("scene",), simulated=False))
    assert teaching.confirms is True
    assert teaching.desk.asked == [Configure(confirm=True)]
    teaching.ask("a", Configure(confirm=False))
    teaching._apply(Ready(("scene",), simulated=False))  # a restarted desk does not overrule it
    assert teaching.confirms is False


def test_a_lost_tab_halts_a_robot_that_moves_and_only_that(teaching):
    begin(teaching)
    teaching._lose()
    assert teaching.desk.asked == []
    teaching.session.state = "moving"
    teaching._lose()
    assert teaching.desk.asked == [Halt("the page that steered is gone, or hidden")]


@pytest.mark.parametrize(
    "event",
    [
        Started("close_laptop-1", "close_laptop", "close the laptop", 0),
        Became("idle"),
        Became("faulted", "there is no such policy"),
    ],
)
def test_a_task_that_is_pressed_twice_is_begun_once_until_it_is_settled(teaching, event):
    begin = Begin("close_laptop", checkpoint="folder", policy="key")
    for pressed in (begin, begin, Begin("close_laptop")):
        assert teaching.ask("a", pressed) == ""
    teaching._apply(Became("starting"))
    assert (teaching.begun, teaching.desk.asked) == (begin, [begin])
    teaching._apply(event)
    assert teaching.begun is None
    teaching.ask("a", begin)
    assert teaching.desk.asked == [begin, begin]


def test_an_episode_that_is_not_there_cannot_be_deleted(teaching):
    assert "gone already" in asyncio.run(teaching.delete("a", "../../etc/passwd"))


def test_the_count_rises_with_a_success(teaching):
    begin(teaching)
    teaching.session.apply(Ended("close_laptop-1", "close_laptop", True, 5, "success"))
    assert teaching.session.taught == {"close_laptop": 1}


@pytest.mark.parametrize(
    ("policy", "corrections", "praised", "explained"),
    [
        ("", 0, "It works! Well taught.", "not learned from"),
        ("key", 0, "It did it alone!", "it learns from that"),
        ("key", 1, "It did it, with 1 correction!", "The 1 correction is kept"),
        ("key", 2, "It did it, with 2 corrections!", "The 2 corrections are kept"),
    ],
)
def test_an_end_says_who_did_it(policy, corrections, praised, explained):
    ended = Ended("a-1", "a", True, 5, "success", policy=policy, corrections=corrections)
    assert praise(ended) == praised
    assert explained in explain(replace(ended, success=False, end="done"))
    assert explain(replace(ended, success=False, end="refused", reason="too far")) == "too far"


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ("Taught: it works, 1 step", {"steps": 1}),
        ("Taught: not there yet, 5 steps", {"success": False}),
        ("The policy tried: it did it alone, 5 steps", {"policy": "new"}),
        ("An earlier policy tried: not judged, 5 steps", {"policy": "old", "success": None}),
        (
            "The policy tried: not there yet with 1 correction, 5 steps",
            {"policy": "new", "success": False, "corrections": 1},
        ),
        ("damaged", {"damaged": "no header"}),
    ],
)
def test_an_episode_says_who_did_it_and_how_it_went(told, changes):
    one = ListedEpisode("a-1", "a", "do a", True, 5, "taught", "2026")
    assert describe(replace(one, **changes), "new") == told


def test_what_is_not_learned_from_is_found():
    recipe = to_page_recipe(load_recipe("tiny"))
    own = taught_id(recipe, recipe.tasks[0], 0)
    good = ListedEpisode(own, "close_laptop", "close it", True, 5, "taught", "2026")
    tried = replace(good, id="t", kind="corrected", policy="key")
    listed = [
        good,
        replace(good, success=False),
        replace(good, id="of-another-recipe"),
        tried,
        replace(tried, id="t2", corrections=2),
        replace(tried, id="t3", task="pick", corrections=2),
    ]
    assert find_learned(recipe, listed) == {own, "t2"}
    assert count_taught(recipe, [good, tried, listed[2]]) == {"close_laptop": 1}


def test_a_packed_picture_can_be_read_as_the_browser_reads_it():
    packed = pack_frame(Frame("wrist", 7, 1.5, b"jpeg"))
    length, number, time_s = struct.unpack_from(">BId", packed)
    assert (number, time_s) == (7, 1.5)
    assert packed[13 : 13 + length] == b"wrist"
    assert packed[13 + length :] == b"jpeg"


class Socket:
    """A browser's end of a live line, as far as the server sees it."""

    def __init__(self, tab):
        self.query_params = {"tab": tab}
        self.sent = []
        self.coming = asyncio.Queue()

    async def accept(self):
        pass

    async def receive_text(self):
        text = await self.coming.get()
        if text is None:
            from starlette.websockets import WebSocketDisconnect

            raise WebSocketDisconnect
        return text

    async def close(self, code=1000):
        self.coming.put_nowait(None)

    async def send_text(self, text):
        self.sent.append(text)

    async def send_bytes(self, packed):
        self.sent.append(packed)


def test_a_slow_tab_gets_the_newest_picture_and_one_at_a_time():
    async def watch():
        events = []
        control = Control()
        lines = LiveLines(control, lambda: events.append("stop"), lambda: events.append("lost"),
                          lambda: events.append("change"), {"a"}.__contains__, print)  # fmt: skip
        tab = Socket("a")
        serving = asyncio.ensure_future(lines.serve(tab))
        await asyncio.sleep(0.01)
        assert control.controller is None
        await tab.coming.put('{"shown": false}')
        await asyncio.sleep(0.01)
        assert control.controller is None  # nobody sees it
        await tab.coming.put('{"shown": true}')
        await asyncio.sleep(0.01)
        assert control.steers("a")
        for number in range(5):
            lines.show(Frame("scene", number, 0.0, b"x"))
            await asyncio.sleep(0.01)
        lines.draw({"scene": (((0.0, 0.0), (1.0, 1.0)),)})
        await asyncio.sleep(0.01)
        numbers = [struct.unpack_from(">BId", s)[1] for s in tab.sent if isinstance(s, bytes)]
        assert numbers == [0]
        assert tab.sent[-1] == '{"drawing": {"scene": [[[0.0, 0.0], [1.0, 1.0]]]}}'
        await tab.coming.put('{"ack": "scene"}')
        await asyncio.sleep(0.01)
        assert struct.unpack_from(">BId", tab.sent[-1])[1] == 4
        await tab.coming.put('{"stop": 1}')
        await asyncio.sleep(0.01)
        assert "stop" in events
        await tab.coming.put(None)
        await serving
        assert events[-2:] == ["lost", "change"]
        assert control.controller is None

    asyncio.run(watch())


def test_a_tab_that_comes_later_gets_the_pictures_of_the_question_and_looks_before_its_yes(
    teaching,
):
    async def watch():
        await asyncio.sleep(0)
        teaching._loop = asyncio.get_running_loop()
        teaching.listeners["a"] = lambda: None
        begin(teaching)
        for number in range(3):
            teaching._apply(Frame("scene", number, 0.0, b"%d" % number))
        teaching._apply(Proposed(Reading("", "move"), "left", needs_yes=True))
        tab = Socket("a")
        serving = asyncio.ensure_future(teaching.lines.serve(tab))
        await asyncio.sleep(0.01)
        assert [sent[-1:] for sent in tab.sent if isinstance(sent, bytes)] == [b"2"]
        assert teaching.ask("a", Confirm(True)) == LOOK_FIRST
        assert teaching.ask("a", Confirm(False)) == ""
        await tab.coming.put('{"ack": "scene", "shown": true}')
        await asyncio.sleep(0.01)
        assert teaching.ask("a", Confirm(True)) == ""
        assert teaching.desk.asked == [Confirm(False), Confirm(True)]
        await tab.coming.put(None)
        await serving

    asyncio.run(watch())


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("yes, please", Confirm(True)),
        ("Ja", Confirm(True)),
        ("no!", Confirm(False)),
        ("left 5 cm", Say("left 5 cm")),
        ("yes, left 5 cm", Say("yes, left 5 cm")),
    ],
)
def test_shall_i_can_be_answered_in_words(teaching, said, asked):
    begin(teaching)
    teaching.say("a", said)
    assert teaching.desk.asked == [Say(said)]  # no question stands
    teaching._apply(Proposed(Reading("", "move"), "left", needs_yes=True))
    teaching._apply(Became("showing"))
    teaching.say("a", said)
    assert teaching.desk.asked[1:] == [asked]


@pytest.mark.parametrize("text", ["x" * 500, "{", "[]", "7"])
def test_a_line_that_does_not_speak_as_the_page_does_is_closed(text):
    async def watch():
        noted = []
        lines = LiveLines(Control(), *[lambda: None] * 3, {"a"}.__contains__, noted.append)
        tab = Socket("a")
        await tab.coming.put(text)
        await asyncio.wait_for(lines.serve(tab), 60)
        assert len(noted) == 1

    asyncio.run(watch())


def test_a_port_that_is_taken_is_said_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"--port {port + 1}"):
            bind("127.0.0.1", port, "the page")
    with pytest.raises(UsageError, match="cannot be served"):
        bind("no.such.host.invalid", 8080, "the page")


def test_bad_ports_and_a_missing_library_are_said_before_anything_starts(capsys, monkeypatch):
    assert main(["teach", "--recipe", "tiny", "--port", "70000"]) == 2
    assert "Allowed: 0 to 65535" in capsys.readouterr().err
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "nicegui" else name
    )
    assert main(["teach", "--recipe", "tiny"]) == 2
    assert "pip install 'cliprt[page]'" in capsys.readouterr().err


def test_no_browser_is_opened_where_there_is_no_screen(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_browser()
