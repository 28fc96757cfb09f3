"""``cliprt transcribe`` shows what was heard and what it would do."""

import json

import pytest
from speech import SPEECH

from cliprt.cli.main import main


def test_what_was_heard_and_its_reading(capsys):
    assert main(["transcribe", str(SPEECH / "close_gripper.wav")]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert "heard 'close the gripper'" in first
    assert last == "  move: close the gripper"


def test_other_speech_is_nothing(capsys):
    assert main(["transcribe", str(SPEECH / "out_of_scope.wav")]) == 0
    assert capsys.readouterr().out.endswith("nothing was heard\n")


def test_json_has_one_line_a_file(capsys):
    files = [str(SPEECH / "stop.wav"), str(SPEECH / "rotate.wav")]
    assert main(["transcribe", *files, "--format", "json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["decision"] for line in said] == ["stop", "move"]
    assert [line["file"] for line in said] == files
    promised = "file heard alternatives confidence seconds decision phrases reason"
    assert set(said[0]) == set(promised.split())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["absent.wav"], "absent.wav cannot be read: No such file"),
        ([__file__], "is no WAV file that can be read"),
        (["a.wav", "--transcriber", "sphinx"], "Did you mean 'pocketsphinx'?"),
        (["a.wav", "--model", "base"], "unexpected keyword argument 'model'"),
    ],
)
def test_bad_input_is_one_text(capsys, arguments, text):
    assert main(["transcribe", *arguments]) == 2
    assert text in capsys.readouterr().err
