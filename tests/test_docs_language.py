"""What the page on talking says is understood is, and its commands print what it shows."""

import re
import shlex
from pathlib import Path

import pytest
from test_docs_teach import is_understood
from test_docs_tutorial import BLOCKS, COMMANDS, squeeze

from cliprt.cli.main import main
from cliprt.language.choosing import declines
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.offers import is_straight, size_of
from cliprt.vocabularies.grid import ClipRt58Vocabulary

PAGE = Path(__file__).resolve().parents[1] / "docs" / "language.md"
TEXT = PAGE.read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE)
EXAMPLE = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")
NO_SENTENCES = {"you", "phrasebook", "down 10"}
COMMAND = [c for _, block in BLOCKS.findall(TEXT) for c in COMMANDS.findall(block)]


def test_every_example_is_understood():
    examples = {" ".join(example.split()) for example in EXAMPLE.findall(PROSE)} - NO_SENTENCES
    assert len(examples) > 40
    assert [e for e in sorted(examples) if not is_understood(e) and not declines(e)] == []


def test_words_for_amounts_mean_what_is_said():
    rows = re.findall(r"^\| (\*.+) \| (\d+) cm, or (\d+) degrees \|$", TEXT, re.MULTILINE)
    assert len(rows) == 4
    grammar = GrammarInterpreter(ClipRt58Vocabulary())
    for said, cm, degrees in rows:
        for example in EXAMPLE.findall(said):
            (primitive,) = grammar.read(example).primitives
            means = float(cm) / 100 if is_straight(primitive.group) else float(degrees) * 0.0174533
            assert size_of(primitive) == pytest.approx(means, rel=1e-4), example


@pytest.mark.parametrize(("command", "shown"), COMMAND, ids=[c for c, _ in COMMAND])
def test_its_commands_print_what_it_shows(command, shown, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    for name, text in re.findall(r"<!-- file: (\S+) -->\n```json\n(.*?)^```", TEXT, re.S | re.M):
        Path(name).write_text(text, encoding="utf-8")
    assert main(shlex.split(command)[1:]) == 0
    printed = squeeze("".join(capsys.readouterr()))
    for line in shown.splitlines():
        for part in map(squeeze, line.split("...")):
            assert part in printed
