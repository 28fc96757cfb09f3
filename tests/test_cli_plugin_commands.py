"""Commands of other packages: listed unimported, and a broken one breaks only itself."""

from __future__ import annotations

import json
import sys

import pytest

from cliprt.cli import main
from cliprt.registry import refresh

GREETS = """
HELP = "greet somebody"
EXAMPLE = "cliprt greet --name Pooh"
print("imported")

def add_arguments(parser):
    parser.add_argument("--name", required=True)

def run(args):
    if args.name == "nobody":
        from cliprt.errors import UsageError
        raise UsageError("nobody is no name. Give one.")
    print(f"hello {args.name}")
    return len(args.name) // 10
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make a distribution importable that adds commands: ``install(package, source, *names)``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(package, source, *names, summary="Says hello."):
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source)
        folder = tmp_path / f"{module}-1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\nSummary: {summary}\n"
        )
        points = "".join(f"{name} = {module}\n" for name in names)
        (folder / "entry_points.txt").write_text(f"[cliprt.commands]\n{points}")
        refresh()

    yield install
    monkeypatch.undo()
    refresh()
    for module in [name for name in sys.modules if name.startswith("cliprt_greets")]:
        del sys.modules[module]


def test_a_plugins_command_runs_like_ours(install, capsys):
    install("cliprt-greets", GREETS, "greet")
    assert main(["greet", "--name", "Pooh"]) == 0
    assert capsys.readouterr().out == "imported\nhello Pooh\n"
    assert main(["greet", "--name", "Christopher Robin"]) == 1
    assert main(["greet", "--name", "Pooh", "--nmae", "Owl"]) == 2
    assert "Did you mean '--name'?" in capsys.readouterr().err
    assert main(["greet", "--name", "nobody"]) == 2
    assert capsys.readouterr().err == "cliprt: nobody is no name. Give one.\n"
    assert main(["greet", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: cliprt greet ")
    assert "greet somebody" in out
    assert "example:\n  $ cliprt greet --name Pooh" in out


def test_listing_imports_nothing(install, capsys):
    install("cliprt-greets", GREETS, "greet", summary="Says hello to whoever is there. " * 5)
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "imported" not in lines
    at = lines.index("commands of other packages:")
    shown = " ".join(line.strip() for line in lines[at:])
    assert "greet       Says hello to whoever is there." in shown
    assert "(cliprt-greets 1.2)" in shown
    assert all(len(line) <= 100 for line in lines)
    assert main(["plugins", "ls", "command", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"greet": "cliprt-greets"}.items() <= {r["name"]: r["package"] for r in rows}.items()
    assert main(["gret"]) == 2
    assert "Did you mean 'greet'?" in capsys.readouterr().err


def test_our_own_commands_win(install, capsys):
    install("cliprt-greets", GREETS, "plugins", "doctor")
    assert main(["plugins", "ls", "task"]) == 0
    assert "imported" not in capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.count("cliprt-greets") == 0
    assert main(["plugins", "ls", "command"]) == 0
    assert "plugins          cliprt-greets 1.2  one of ours has this name: never called" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import a_module_that_is_nowhere", "ModuleNotFoundError: No module named"),
        ("class (", "SyntaxError"),
        ("HELP = EXAMPLE = ''", "it has no add_arguments, no run"),
    ],
)
def test_a_broken_command_breaks_only_itself(install, capsys, source, cause):
    install("cliprt-greets", source, "greet")
    assert main(["plugins", "ls", "task"]) == 0
    assert main(["--help"]) == 0
    capsys.readouterr()
    assert main(["greet"]) == 2
    text = capsys.readouterr().err
    assert "the command 'greet' of cliprt-greets 1.2 cannot be loaded (cliprt_greets): " in text
    assert cause in text
    assert "pip install -U cliprt-greets" in text


def test_a_failing_command_is_its_packages_bug(install, capsys):
    install("cliprt-greets", GREETS.replace("return", "return 1 / 0 #"), "greet")
    assert main(["greet", "--name", "Pooh"]) == 1
    assert "this is a bug in cliprt-greets 1.2, please report it" in capsys.readouterr().err


def test_two_packages_with_one_command_are_refused(install, capsys):
    install("cliprt-greets", GREETS, "greet")
    install("cliprt-greets-too", GREETS, "greet")
    assert main(["greet", "--name", "Pooh"]) == 2
    text = capsys.readouterr().err
    assert "registered by cliprt-greets 1.2 and cliprt-greets-too 1.2" in text
    assert "pip uninstall cliprt-greets-too" in text
