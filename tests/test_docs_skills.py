"""The page about own skills does what it says: its commands, its recipe and its Python run."""

import re
from pathlib import Path

import pytest
from test_docs_tutorial import BLOCKS, COMMANDS, FILES, run, squeeze

PAGE = Path(__file__).resolve().parents[1] / "docs" / "skills.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_its_commands_print_what_the_page_shows(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pybullet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name, text in FILES.findall(TEXT):
        Path(name).write_text(text, encoding="utf-8")
    blocks = [block for by_hand, block in BLOCKS.findall(TEXT) if not by_hand]
    found = [command for block in blocks for command in COMMANDS.findall(block)]
    assert len(found) > 12
    for command, shown in found:
        printed = run(command, shown, monkeypatch, capsys)
        for line in shown.splitlines():
            if not line.startswith("> "):
                for part in map(squeeze, line.split("...")):
                    assert part in printed, f"{command}\nshould print {line!r}, printed\n{printed}"


def test_its_python_runs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("gymnasium")
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.findall(TEXT):
        Path(name).write_text(text, encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "('cup', 'plate') ()"
    assert said[2] == "Stir the tea - the spoon is in the mug"
