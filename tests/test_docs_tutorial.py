"""The tutorial does what it says: its commands run, and print what the page shows.

In a ``console`` block, ``$`` is a command, ``>`` is typed by the reader, and the rest is printed;
``...`` stands for anything.  A block after ``<!-- by hand -->`` is not run.
"""

import io
import re
import shlex
from pathlib import Path

import pytest

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorials" / "first_skill.md"
FILES = re.compile(r"^<!-- file: (\S+) -->\n```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = re.compile(r"(<!-- by hand -->\n)?^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMANDS = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    text = PAGE.read_text(encoding="utf-8")
    blocks = [block for by_hand, block in BLOCKS.findall(text) if not by_hand]
    return [command for block in blocks for command in COMMANDS.findall(block)]


def squeeze(text: str) -> str:
    return " ".join(text.split())


def test_the_tutorial_works(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pybullet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name, text in FILES.findall(PAGE.read_text(encoding="utf-8")):
        Path(name).write_text(text)
    found = commands()
    assert len(found) > 12
    for command, shown in found:
        printed = run(command, shown, monkeypatch, capsys)
        for line in shown.splitlines():
            if not line.startswith("> "):
                for part in map(squeeze, line.split("...")):
                    assert part in printed, f"{command}\nshould print {line!r}, printed\n{printed}"


def run(command: str, shown: str, monkeypatch, capsys) -> str:
    """Run one line of the page here, and return everything it printed."""
    program, *arguments = shlex.split(command)
    assert program == "cliprt"
    if arguments[0] == "fit":
        # the same, without processes that import torch again, and with less to compute
        arguments += ["data.workers=1", "trainer.batch_size=8"]
    if "$ID" in arguments:
        mine = [h.id for h in EpisodeStore(arguments[2]).headers() if h.source == "console"]
        arguments = [mine[0] if a == "$ID" else a for a in arguments]
    typed = "".join(f"{line[2:]}\n" for line in shown.splitlines() if line.startswith("> "))
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    code = main(arguments)
    out, err = capsys.readouterr()
    assert code == (2 if "cliprt: " in shown else 0), err
    return squeeze(err + out)


def test_every_picture_and_page_that_is_named_is_there():
    text = PAGE.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (PAGE.parent / target).is_file(), target
