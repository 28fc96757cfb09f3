"""The console and the script."""

import contextlib
import io
import subprocess
import sys
import time

import pytest
from fake_robot import FakeRobot

from cliprt.data.store import find_store
from cliprt.errors import UsageError
from cliprt.teleoperators.console import ConsoleTeleoperator
from cliprt.teleoperators.script import ScriptTeleoperator
from cliprt.types import Primitive

OFFERS = ("move the arm to the left by one centimeter", "lower the arm by one centimeter")


@pytest.fixture
def look():
    with FakeRobot() as robot:
        yield robot.observe()


@pytest.fixture
def console(monkeypatch):
    """A console at which the given lines are typed."""

    def console(typed):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        teleoperator = ConsoleTeleoperator()
        teleoperator.start("Close the laptop", 0, None, None)
        return teleoperator

    return console


def test_what_is_typed_is_said_and_the_end_of_input_is_done(console, look):
    teleoperator = console("\n  move left \n1\n")
    assert [teleoperator.say(look) for _ in range(3)] == ["move left", "1", "done"]


def test_the_end_of_input_before_any_word_is_an_interruption(console, look):
    with pytest.raises(KeyboardInterrupt, match="the input has ended"):
        console("").say(look)
    teleoperator = console("\n")
    assert teleoperator.review(look, None, None) == "", "Enter is an answer"
    assert teleoperator.review(look, None, None) == "done"
    teleoperator.start("Close the laptop", 1, None, None)
    with pytest.raises(KeyboardInterrupt, match="the input has ended"):
        teleoperator.review(look, None, None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1", OFFERS[0]),
        ("2", OFFERS[1]),
        ("Y", OFFERS[0]),
        ("3", "3"),
        ("n\nup", "up"),
        ("up", "up"),
    ],
)
def test_offers_are_chosen_by_number(console, look, typed, said):
    teleoperator = console(typed + "\n")
    teleoperator.hear("Which way?", OFFERS)
    assert teleoperator.say(look) == said


def test_an_offer_is_open_for_one_answer_only(console, look):
    teleoperator = console("up\n1\n")
    teleoperator.hear("Which way?", OFFERS)
    assert [teleoperator.say(look), teleoperator.say(look)] == ["up", "1"]


def test_everything_is_shown_on_stderr(console, look, capsys):
    teleoperator = console("2\n")
    teleoperator.hear("Which way? [left]", OFFERS)
    teleoperator.say(look)
    captured = capsys.readouterr()
    assert captured.out.replace("> ", "") == ""
    assert "Close the laptop" in captured.err
    assert "Which way? [left]" in captured.err
    assert f"2  {OFFERS[1]}" in captured.err


def test_ctrl_c_goes_up(console, look, monkeypatch):
    teleoperator = console("")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    with pytest.raises(KeyboardInterrupt):
        teleoperator.say(look)


def test_a_script_says_its_sentences_then_done_in_every_episode(look):
    script = ScriptTeleoperator(["move left", "up"])
    for _ in range(2):
        script.start("Close the laptop", 0, None, None)
        script.hear("Which way?", OFFERS)
        assert [script.say(look) for _ in range(4)] == ["move left", "up", "done", "done"]


def test_a_script_from_a_file(tmp_path, look):
    path = tmp_path / "said.txt"
    path.write_text("\ufeff# first left\nmove left\r\n\n  up  \n", encoding="utf-8")
    script = ScriptTeleoperator(path=path)
    assert [script.say(look) for _ in range(3)] == ["move left", "up", "done"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "either sentences or a path"),
        ({"sentences": ["up"], "path": "x.txt"}, "either sentences or a path"),
        ({"sentences": "up"}, "a list of texts"),
        ({"sentences": [1]}, "a list of texts"),
        ({"path": "/no/such/file.txt"}, "No such file"),
    ],
)
def test_a_script_that_cannot_be(options, words):
    with pytest.raises(UsageError, match=words):
        ScriptTeleoperator(**options)


def test_a_script_that_is_no_text(tmp_path):
    path = tmp_path / "said.bin"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        ScriptTeleoperator(path=path)


def test_a_person_teaches_in_this_process(tmp_path):
    said = "left five centimeters\nstop\nend\n" * 3
    command = [
        sys.executable,
        "-m",
        "cliprt",
        "collect",
        "--recipe",
        "tiny",
        "--out",
        str(tmp_path),
    ]
    options = ["teleoperator=console", "data.episodes=1", "data.workers=2", "robot.image_size=32"]
    done = subprocess.run([*command, *options], input=said, capture_output=True, text=True)
    assert done.returncode == 2
    assert "only 0 of 3 taught episodes succeeded" in done.stderr
    assert f"See the robot in {tmp_path / 'live.html'}" in done.stderr
    assert (tmp_path / "live.png").is_file()
    store = find_store(tmp_path)
    assert [store.load(i).steps[0].supervision for i in store.ids()] == [
        "left five centimeters"
    ] * 3


def test_a_person_lets_a_proposal_happen_or_says_what_to_do_instead(console, look, capsys):
    teleoperator = console("\n move up \n")
    proposal = Primitive(3, "move the arm to the left by one centimeter")
    assert [teleoperator.review(look, proposal, 0.71) for _ in range(2)] == ["", "move up"]
    assert teleoperator.review(look, None, 0.0) == "done"
    shown = capsys.readouterr().err
    assert "Policy: move the arm to the left by one centimeter (71%)" in shown
    assert "I know nothing to do" in shown


@pytest.mark.parametrize(
    ("typed", "goes_on"),
    [
        ("\n", True),
        ("Keep going, please.\n", True),
        ("hm\nleft\n\n", True),
        ("End\n", False),
        ("please stop\n", False),
        ("", False),
    ],
)
def test_after_a_stop_a_person_goes_on_or_ends(console, capsys, typed, goes_on):
    assert console(typed).go_on("a stop word") is goes_on
    assert "Stopped: a stop word" in capsys.readouterr().err


def test_who_teaches_in_a_terminal_reads_what_was_done_and_how_to_go_on(tmp_path):
    command = ["teach", "tiny", "--console", "--out", str(tmp_path), "robot.image_size=32"]
    done = subprocess.run(
        [sys.executable, "-m", "cliprt", *command],
        input="left 5 cm\nundo\nup 1 cm\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 130
    for line in (
        "1  'left 5 cm' -> move the arm to the left by five centimeters",
        "1  taken back: move the arm to the left by five centimeters",
        "1  'up 1 cm' -> raise the arm up by one centimeter",
        "close_laptop: failed in 1 step\n",
    ):
        assert line in done.stderr
    assert done.stderr.count("Task: Close the laptop") == 2, "not once for every missing episode"
    assert done.stderr.splitlines()[-1] == (
        "cliprt: the input has ended; all that was recorded is kept."
        f" To go on, type: cliprt {' '.join(command)}"
    )
    store = find_store(tmp_path)
    assert [len(store.load(i).steps) for i in store.ids()] == [1]
    assert not store.unfinished()


def test_a_person_discards_takes_back_and_goes_on_after_a_crash(tmp_path):
    command = [sys.executable, "-m", "cliprt", "collect", "--recipe", "tiny", "--out"]
    options = ["teleoperator=console", "data.episodes=1", "robot.image_size=32"]
    command = [*command, str(tmp_path), *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as killed:
        killed.stdin.write("up 5 cm\ndiscard\nleft five centimeters\nup 1 cm\nundo\n")
        killed.stdin.flush()
        journals = tmp_path / "episodes" / "journal"
        header = ""
        while "up 1 cm" not in header or "until" in header:  # "until" it is cut off
            assert killed.poll() is None
            with contextlib.suppress(FileNotFoundError):  # just discarded
                header = "".join(path.read_text() for path in journals.glob("*/episode.json"))
            time.sleep(0.02)
        killed.kill()
    said = "undo\nundo\nredo\nstop\n\nright 1 cm\ndone\ny\ndone\nyes\ndone\n1\n"
    done = subprocess.run(command, input=said, capture_output=True, text=True)
    assert "only 0 of 3 taught episodes succeeded" in done.stderr
    assert "There is nothing to undo." in done.stderr
    assert "Stopped: “stop”" in done.stderr
    store = find_store(tmp_path)
    assert len(store.ids()) == 3
    episode = store.load(store.ids()[0])
    assert [s.supervision for s in episode.steps] == ["left five centimeters", "right 1 cm"]
    assert episode.meta["resumed"] == 1
    undone = [entry["said"] for entry in episode.meta["undone"]]
    assert undone == ["up 1 cm", "left five centimeters"]
