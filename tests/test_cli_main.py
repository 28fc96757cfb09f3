"""The command line's frame: help, errors, exit codes, what goes to which stream."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import cliprt
from cliprt.cli import main
from cliprt.cli.main import COMMANDS
from cliprt.cli.output import emit

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def command(monkeypatch):
    """Add a command ``try`` whose ``run`` is the given function."""
    import importlib.machinery

    def command(run, add_arguments=lambda parser: None):
        module = types.ModuleType("cliprt_try", "Try something.")
        module.__spec__ = importlib.machinery.ModuleSpec("cliprt_try", None)
        module.EXAMPLE, module.run, module.add_arguments = "cliprt try", run, add_arguments
        monkeypatch.setitem(sys.modules, "cliprt_try", module)
        monkeypatch.setitem(COMMANDS, "try", ("cliprt_try", "try something"))

    return command


def raising(error):
    def run(args):
        raise error

    return run


def test_the_overview_has_every_command_with_a_line_and_an_example(capsys):
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ("fit", "collect", "augment", "train", "evaluate", "recipes", "plugins", "doctor"):
        at = next(i for i, line in enumerate(lines) if line.split()[:1] == [name])
        assert len(lines[at].split()) > 2
        assert lines[at + 1].split()[:3] == ["$", "cliprt", name]
    assert all(len(line) <= 100 for line in lines)


def test_no_command_is_help(capsys):
    assert main([]) == 0
    assert "commands:" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["fit", "recipes", "plugins", "doctor"])
def test_help_of_a_command_ends_with_an_example(name, capsys):
    assert main([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: cliprt {name} ")
    assert f"\nexample:\n  $ cliprt {name}" in out


OVERVIEW = """
import sys
before = set(sys.modules)
from cliprt.cli import main
main(["--help"])
print(*{name.partition(".")[0] for name in set(sys.modules) - before}, file=sys.stderr)
"""


def test_the_overview_is_quick():
    """It waits for no other package: these are what a start takes its time for."""
    done = subprocess.run([sys.executable, "-c", OVERVIEW], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(done.stderr.split()) - sys.stdlib_module_names <= {"cliprt", "typing_extensions"}


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cliprt {cliprt.__version__}\n"


def test_a_command_without_a_module_is_not_shown(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "later", ("cliprt.cli.later", "one day"))
    assert main(["--help"]) == 0
    assert "later" not in capsys.readouterr().out
    assert main(["later"]) == 2
    assert "no command is called 'later'" in capsys.readouterr().err


def test_an_unknown_command_is_explained(capsys):
    assert main(["evalute"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cliprt: no command is called 'evalute'. Did you mean 'evaluate'?")
    assert "Allowed: teach, fit, collect," in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["doctor", "--formt", "json"], "unrecognized arguments: --formt json. Did you mean '--f"),
        (["doctor", "--format", "xml"], "invalid choice: 'xml'"),
        (["recipes"], "required: ls|cat|cp|validate|allow. Usage: cliprt recipes"),
        (["recipes", "cat"], "required: NAME. Usage: cliprt recipes cat"),
    ],
)
def test_bad_arguments_are_explained_like_any_bad_input(arguments, part, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cliprt: ")
    assert part in err


def test_an_expected_error_is_text_and_exit_2(command, capsys):
    command(raising(cliprt.errors.StoreError("the disk is full. Free 1 GB.")))
    assert main(["try"]) == 2
    assert capsys.readouterr().err == "cliprt: the disk is full. Free 1 GB.\n"


def test_a_bug_is_a_traceback_and_exit_1(command, capsys):
    command(raising(ZeroDivisionError("oh")))
    assert main(["try"]) == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError: oh" in err
    assert err.endswith("cliprt: this is a bug in cliprt, please report it\n")


def test_an_interrupt_is_one_line_and_exit_130(command, capsys):
    command(raising(KeyboardInterrupt()))
    assert main(["try"]) == 130
    assert capsys.readouterr().err == "cliprt: interrupted; what was committed is kept\n"


def test_an_interrupted_command_that_goes_on_says_how(monkeypatch, capsys):
    from cliprt.cli import stages

    monkeypatch.setattr(stages.fit, "run", raising(KeyboardInterrupt()))
    assert main(["fit", "tiny", "tasks=[pick, move]"]) == 130
    assert capsys.readouterr().err == (
        "cliprt: interrupted; all that was recorded is kept."
        " To go on, type: cliprt fit tiny 'tasks=[pick, move]'\n"
    )


def test_what_to_type_works_without_an_activated_environment(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [".venv/bin/cliprt", "fit"])
    monkeypatch.setenv("PATH", os.devnull)
    assert main(["fit"]) == 2
    assert ": .venv/bin/cliprt fit --recipe finetune_novel\n" in capsys.readouterr().err


def helps() -> list[list[str]]:
    """Every command, and every action of one that has some."""
    parts = {
        "episodes": "ls show replay repair export import",
        "recipes": "ls cat cp validate allow",
        "vocabulary": "ls show",
        "plugins": "ls",
    }
    actions = [[name, action] for name, own in parts.items() for action in own.split()]
    return [*([name] for name in COMMANDS), *actions]


@pytest.mark.parametrize("command", helps(), ids=" ".join)
def test_help_has_no_markup_and_names_nothing_that_nobody_made(command, capsys):
    assert main([*command, "--help"]) == 0
    out = capsys.readouterr().out
    assert not re.search(r"`|:\w+:|\*\*", out)
    made = {path.stem for path in (ROOT / "recipes").glob("*.yaml")} | {"live", "reproduce"}
    in_the_example = re.findall(r"(?:--out|import \S+) runs/(\w+)|(\w+)\.yaml", out)
    made |= {name for names in in_the_example for name in names}
    assert set(re.findall(r"runs/(\w+)", out)) <= made


def test_a_reader_that_leaves_is_no_error():
    shell = f"{sys.executable} -m cliprt plugins ls | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_what_a_command_returns_is_the_exit_code(command):
    command(lambda args: 7)
    assert main(["try"]) == 7


def test_emit_prints_one_or_the_other(capsys):
    emit({"a": 1}, "json", "text")
    assert json.loads(capsys.readouterr().out) == {"a": 1}
    emit({"a": 1}, "text", "text")
    assert capsys.readouterr().out == "text\n"


def test_the_module_is_the_same_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "cliprt", "recipes", "validate", "nowhere"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("cliprt: no recipe is called 'nowhere'")
    assert not list(Path(tmp_path).iterdir())


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("interpret <&-", 0, ""),
        ("recipes ls >&-", 0, ""),
        ("vocabulary show table --path {table}", 0, "fa?ade"),
        ("vocabulary show table --path {table} --format json", 0, "fa\\u00e7ade"),
        ("run --recipe tiny --video film.txt", 2, "ends in .mp4 or .gif"),
    ],
)
def test_odd_streams_and_encodings_do_no_harm(tmp_path, command, code, words):
    table = tmp_path / "table.yaml"
    entry = "{phrase: to the façade, move_cm: {x: 5}}"
    table.write_text(f"name: french\nprimitives:\n- {entry}\n", encoding="utf-8")
    done = subprocess.run(
        f"{sys.executable} -m cliprt {command.format(table=table)}",
        shell=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr
