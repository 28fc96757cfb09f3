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
    keys = "utterance decision motions labels offers source reason language answers continues"
    assert list(moved) == keys.split()


def test_a_file_is_read_line_by_line_blank_ones_too(capsys, tmp_path):
    path = tmp_path / "said.txt"
    path.write_bytes("\ufeffleft\r\n\nopen the hand\x0bnow\nzu weit".encode())
    found = read_json(capsys, "--file", str(path))
    assert [r["utterance"] for r in found] == ["left", "", "open the hand\x0bnow", "zu weit"]
    assert [r["decision"] for r in found] == ["move", "ask", "ask", "ask"]


def test_json_lines_say_what_was_done_before(capsys, tmp_path):
    path = tmp_path / "talk.jsonl"
    lines = [
        {"utterance": "again", "last": [["z", 0.02], ["y", 0.05]], "accepted": ["ASK"]},
        {"utterance": "again"},
        {"utterance": "the other way", "last": [["grip", 0]]},
        {"utterance": "half of that", "last": [["wrist", -1]]},
        {"utterance": "keep going", "last": [["x", 0.3]]},
        {"utterance": "너무 멀어", "last": None},
    ]
    path.write_text("\ufeff" + "\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    again, asked, opened, turned, going, _ = read_json(capsys, "--file", str(path))
    assert again["motions"] == [[0, 0.05, 0, 0, 0, 0, 0, None]]
    assert (asked["decision"], asked["offers"]) == ("ask", [])
    assert opened["motions"] == [[0, 0, 0, 0, 0, 0, 0, 1]]
    assert turned["motions"] == [[0, 0, 0, 0, 0, 0, -0.5, None]]
    assert (going["motions"][0][0], going["continues"]) == (0.01, True)
    assert main(["interpret", "--file", str(path)]) == 0
    assert "on and on until you say otherwise" in capsys.readouterr().out


def test_json_lines_say_where_things_are(capsys, tmp_path):
    path = tmp_path / "talk.jsonl"
    lines = [
        {"utterance": "get the cup", "things": {"red cup": [0, -0.1, -0.2], "spoon": [1, 0, 0]}},
        {"utterance": "get the cup"},
        {"utterance": "get a cup", "things": {"red cup": [0, 0.1, 0], "blue cup": [0.1, 0, 0]}},
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    known, unknown, which = read_json(capsys, "--file", str(path))
    assert known["offers"] == ["move the arm to the right by ten centimeters"]
    assert unknown["offers"] == []
    assert which["answers"] == ["red cup", "blue cup"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("left", 'not an object such as {"utterance"'),
        ('["left"]', "not an object"),
        ('{"said": "left"}', "not an object"),
        ('{"utterance": 3}', "not an object"),
        ("[" * 100_000, "not an object"),
        ('{"utterance": "left", "last": "y"}', '"last" must be a list of steps'),
        ('{"utterance": "left", "last": [["wrost", 1]]}', "Did you mean 'wrist'?"),
        ('{"utterance": "left", "last": [["y", 0]]}', "in metres"),
        ('{"utterance": "left", "last": [["y", true]]}', '["y", true]'),
        ('{"utterance": "left", "last": [["y", NaN]]}', '["y", NaN]'),
        ('{"utterance": "left", "last": [["y", 1e999]]}', "Infinity"),
        ('{"utterance": "left", "last": [["y", "1"]]}', "one of them is"),
        ('{"utterance": "left", "last": [["grip", 2]]}', "1 (open) or 0 (closed)"),
        ('{"utterance": "left", "last": [["y"]]}', "one of them is"),
        ('{"utterance": "left", "last": [{}]}', "one of them is {}"),
        ('{"utterance": "left", "last": [[[], 1]]}', "one of them is [[], 1]"),
        ('{"utterance": "left", "things": ["cup"]}', '"things" must name at most 64 things'),
        ('{"utterance": "left", "things": {"cup": [0, 0]}}', 'one of them is {"cup": [0, 0]}'),
        ('{"utterance": "left", "things": {"cup": [0, 0, NaN]}}', "in metres"),
        ('{"utterance": "left", "things": {"cup": [0, 0, true]}}', "one of them is"),
        ('{"utterance": "left", "things": {" ": [0, 0, 1]}}', "one of them is"),
        ('{"utterance": "left", "things": {"a\\u001bcup": [0, 0, 1]}}', "one of them is"),
    ],
)
def test_a_line_that_is_wrong_is_named(capsys, tmp_path, line, words):
    path = tmp_path / "talk.jsonl"
    path.write_text('{"utterance": "up"}\n\n' + line + "\n")
    assert main(["interpret", "--file", str(path)]) == 2
    shown = capsys.readouterr().err
    assert f"{path}:3: " in shown
    assert words in " ".join(shown.split())


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
