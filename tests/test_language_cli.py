"""``cliprt interpret`` and ``cliprt vocabulary``."""

import io
import json
import subprocess
import sys

import pytest

from cliprt.cli import main


def read_json(capsys, *arguments):
    assert main(["interpret", *arguments, "--format", "json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_text(capsys):
    moved, asked, closed = read_json(capsys, "left 8 cm then up a bit", "close", "grab it")
    assert moved["utterance"] == "left 8 cm then up a bit"
    assert moved["decision"] == "move"
    assert moved["motions"] == [[0, 0.08, 0, 0, 0, 0, 0, None], [0, 0, 0.05, 0, 0, 0, 0, None]]
    assert moved["labels"] == [14, 21]
    assert moved["source"] == "grammar"
    assert (asked["decision"], asked["offers"]) == ("ask", ["close the gripper"])
    assert closed["motions"] == [[0, 0, 0, 0, 0, 0, 0, 0]]
    assert list(moved) == list(asked)
    assert list(moved) == (
        ["utterance", "decision", "motions", "labels", "offers", "source", "reason"]
    )


def test_a_file_is_read_line_by_line_blank_ones_too(capsys, tmp_path):
    path = tmp_path / "said.txt"
    path.write_bytes("\ufeffleft\r\n\nopen the hand\x0bnow\nzu weit".encode())
    found = read_json(capsys, "--file", str(path))
    assert [r["utterance"] for r in found] == ["left", "", "open the hand\x0bnow", "zu weit"]
    assert [r["decision"] for r in found] == ["move", "ask", "ask", "ask"]


def test_standard_input_is_read_without_text_and_file(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"left\n\nstop\n")))
    assert [r["decision"] for r in read_json(capsys)] == ["move", "ask", "stop"]


def test_another_vocabulary(capsys, tmp_path):
    path = tmp_path / "table.yaml"
    path.write_text("name: t\nprimitives:\n  - {phrase: wave, turn_deg: {yaw: 20}}\n")
    options = ("--vocabulary", "table", "--path", str(path))
    wave, left = read_json(capsys, "wave", "left", *options)
    assert (wave["labels"], left["decision"]) == ([0], "ask")
    (turned,) = read_json(capsys, "rotate the gripper clockwise", "--vocabulary", "oxe_50")
    assert turned["decision"] == "ask"


def test_text_for_people_escapes_what_would_harm_a_terminal(capsys):
    assert main(["interpret", "\x1b[2Jleft", "left"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.splitlines()[1] == "'left': move: move the arm to the left by ten centimeters"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--file", "/no/such/file"], "No such file"),
        (["--file", "/"], "directory"),
        (["left", "--file", "x"], "not both"),
        (["left", "--interpreter", "gramar"], "Did you mean 'grammar'?"),
        (["left", "--vocabulary", "clip_rt_85"], "Did you mean 'clip_rt_58'?"),
        (["left", "--vocabulary", "table"], "Add: --path FILE"),
        (["left", "--path", "x"], "Leave out --path"),
    ],
)
def test_bad_arguments(capsys, arguments, words):
    assert main(["interpret", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_no_text(capsys, tmp_path):
    path = tmp_path / "said.txt"
    path.write_bytes(b"left\n\xff\n")
    assert main(["interpret", "--file", str(path)]) == 2
    assert "said.txt:2: is not UTF-8 text" in capsys.readouterr().err


def test_nothing_heavy_is_imported():
    code = (
        "import sys; from cliprt.cli import main; main(['interpret', 'left', 'lfet']);"
        "print([m for m in ('numpy', 'torch', 'omegaconf', 'rich') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_vocabulary_show(capsys):
    assert main(["vocabulary", "show", "clip_rt_58", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == ["name", "fingerprint", "primitives"]
    assert len(shown["primitives"]) == 58
    assert shown["primitives"][13] == {
        "label": 13,
        "phrase": "move the arm to the left by five centimeters",
        "motion": [0, 0.05, 0, 0, 0, 0, 0],
        "gripper": None,
        "group": "y+",
    }
    assert main(["vocabulary", "show", "clip_rt_58"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"clip_rt_58  {shown['fingerprint']}"
    assert lines[14].endswith(" y +5 cm")
    assert lines[58].endswith(" gripper open")


def test_vocabulary_ls(capsys):
    assert main(["vocabulary", "ls", "--format", "json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["clip_rt_58"]["primitives"], rows["oxe_50"]["primitives"]) == (58, 50)
    assert "--path FILE" in rows["table"]["note"]
    assert main(["vocabulary", "ls"]) == 0
    assert "50 primitives" in capsys.readouterr().out
