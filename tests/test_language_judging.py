"""What is expected of an utterance, verdicts, counts, and the files they stand in."""

from __future__ import annotations

import json

import pytest

from cliprt.errors import UsageError
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.judging import Case, add_up, judge, parse_expected
from cliprt.language.utterance_files import SETS, load_cases
from cliprt.types import Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)


def verdict(utterance: str, expected: str) -> str:
    case = Case(utterance, parse_expected(expected, VOCABULARY))
    return judge(case, GRAMMAR.read(utterance)).verdict


@pytest.mark.parametrize(
    ("utterance", "expected", "found"),
    [
        ("left 5 cm", "13", "right"),
        ("left 5 cm", "move the arm to the left by five centimeters", "right"),
        ("left 5 cm", "y+ 5 cm", "right"),
        ("left 5 cm", "y+", "right"),
        ("left 5 cm", "y+ 2 in", "wrong move"),
        ("left 5 cm", "y+ 6 cm", "wrong move"),
        ("left 5 cm", "y-", "wrong move"),
        ("left 5 cm", "ask", "wrong move"),
        ("left 5 cm", "hold", "wrong move"),
        ("left 5 cm", "ask | y+ 50 mm", "right"),
        ("left 8 cm", "14", "right"),
        ("left 8 cm", "y+ 8 cm", "right"),
        ("up 5 cm then grab it", "z+ 5 cm; close", "right"),
        ("up 5 cm then grab it", "z+ 5 cm", "wrong move"),
        ("grab it then up 5 cm", "z+ 5 cm; close", "wrong move"),
        ("roll clockwise 30 degrees", "roll+ 30 deg", "right"),
        ("nonsense", "y+ 5 cm", "asked"),
        ("nonsense", "hold", "right"),
        ("nonsense", "ask", "right"),
        ("stop", "hold", "right"),
        ("stop", "stop", "right"),
        ("stop", "ask", "wrong end"),
        ("all done", "done", "right"),
        ("left", "stop", "wrong move"),
    ],
)
def test_verdicts(utterance, expected, found):
    assert verdict(utterance, expected) == found


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("lefft", "'lefft' is not ask, stop, done, hold"),
        ("close the griper", "Did you mean 'close the gripper'?"),
        ("99", "'99' is not"),
        ("y+ 5 degrees", "'y+ 5 degrees' has no length"),
        ("roll+ 5", "'roll+ 5' has no angle: write a number and a unit"),
        ("y+ 5 cm;", "'' is not"),
    ],
)
def test_expectations_that_cannot_be(expected, words):
    with pytest.raises(UsageError) as raised:
        parse_expected(expected, VOCABULARY)
    assert words in str(raised.value)


def test_offers_of_what_was_meant_are_counted():
    case = Case("goto left", parse_expected("y+ 10 cm", VOCABULARY))
    assert judge(case, GRAMMAR.read("goto left")).offered
    wrong = Case("goto left", parse_expected("y- 10 cm", VOCABULARY))
    assert not judge(wrong, GRAMMAR.read("goto left")).offered


def test_an_unknown_cost_is_never_nothing():
    case = Case("x", ("ask",))
    free = Reading("x", "ask")
    priced = Reading("x", "ask", trace={"model": "m", "cost_usd": 0.25})
    unknown = Reading("x", "ask", trace={"model": "m", "cost_usd": "unknown"})
    unanswered = Reading("x", "ask", trace={"model": "m"})
    score = add_up([judge(case, reading) for reading in (free, priced, unknown, unanswered)])
    assert (score.cost_usd, score.cost_unknown) == (0.25, 2)


def test_latency_quantiles():
    case = Case("x", ("ask",))
    score = add_up(judge(case, Reading("x", "ask"), n / 100) for n in range(1, 101))
    assert (score.median_s, score.p95_s) == (0.505, 0.95)
    assert add_up([]).p95_s is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tsv", "utterance\texpected\n# a remark\n\nleft\ty+ 10 cm\r\n#left\task\n"),
        ("a.csv", 'utterance,expected\nleft,y+ 10 cm\n\n"#left",ask\n'),
        (
            "a.jsonl",
            '{"utterance": "left", "expected": "y+ 10 cm"}\n\n'
            '{"utterance": "#left", "expected": "ask", "who": "me"}\n',
        ),
    ],
)
def test_files_of_three_formats(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8-sig", newline="")
    left, hash_left = load_cases(str(path), VOCABULARY)
    assert (left.utterance, [str(t) for t in left.expected[0]]) == ("left", ["y+ 10 cm"])
    assert hash_left == Case("#left", ("ask",))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.tsv", b"left\ty+ 5 cm\nright\n", "a.tsv:2: not two fields. Write the utterance, a tab"),
        ("a.tsv", b"left\tlefft\n", "a.tsv:1: 'lefft' is not ask, stop"),
        ("a.csv", b"left,up,down\n", "a.csv:1: not two fields. Write the utterance, a comma"),
        ("a.jsonl", b'\n{"utterance": 3}\n', "a.jsonl:2: not an object such as"),
        ("a.jsonl", b"left\n", "a.jsonl:1: not an object such as"),
        ("a.tsv", b"\n", "has no utterances"),
        ("a.tsv", b"\xff\task\n", "is not UTF-8 text"),
        ("a.xlsx", b"left\ty+", "is not one of: .tsv, .txt, .csv, .jsonl"),
        ("in_scop", None, "Did you mean 'in_scope'?"),
        ("/", None, "/ is not one of"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, text, words):
    path = tmp_path / name
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(UsageError) as raised:
        load_cases(name if text is None else str(path), VOCABULARY)
    assert words in str(raised.value)


def test_the_shipped_sets_are_large_enough_and_say_everything():
    sizes = {name: len(load_cases(name, VOCABULARY)) for name in SETS}
    assert sizes["in_scope"] >= 400
    assert sizes["out_of_scope"] >= 250
    assert sizes["typos"] >= 150
    assert sizes["injection"] >= 80
    assert len(load_cases("all", VOCABULARY)) == sum(sizes.values())
    said = {
        (target.group, round(target.size or 0.0, 3))
        for case in load_cases("in_scope", VOCABULARY)
        for steps in case.expected
        if isinstance(steps, tuple)
        for target in steps
    }
    for entry in VOCABULARY.primitives:
        assert (entry.group, round(max(map(abs, entry.motion)), 3)) in said, entry.phrase


def test_no_utterance_stands_in_two_places():
    for name in SETS:
        said = [(case.utterance, case.last) for case in load_cases(name, VOCABULARY)]
        assert len(said) == len(set(said))


def read_report(capsys, *arguments):
    from cliprt.cli import main

    assert main(["interpret", "--evaluate", *map(str, arguments), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_set_is_scored_by_any_interpreter(capsys, tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("left 20 cm\ty+ 20 cm\nbanana\ty+\nup\tz-\nstop\tstop\n")
    report = read_report(capsys, path)
    shares = {key: report[key]["count"] for key in ("right", "asked", "wrong_move", "wrong_end")}
    assert shares == {"right": 2, "asked": 1, "wrong_move": 1, "wrong_end": 0}
    assert report["right"]["rate"] == 0.5
    assert 0 < report["right"]["interval"][0] < 0.5 < report["right"]["interval"][1] < 1
    assert report["cost_usd"] == 0.0
    assert [(m["verdict"], m["utterance"]) for m in report["mistakes"]] == [
        ("asked", "banana"),
        ("wrong move", "up"),
    ]
    careful = read_report(capsys, path, "--interpreter", "grammar", "max_move_m=0.1")
    assert careful["right"]["count"] == 1


def test_the_table_for_people_lists_wrong_moves_first(capsys, tmp_path):
    from cliprt.cli import main

    path = tmp_path / "mine.tsv"
    path.write_text("banana\ty+\nup\tz-\n\x1b[2Jup\tz+\n")
    assert main(["interpret", "--evaluate", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "wrong move                         1   33.3%  (95 %: 6.1% to 79.2%)" in out
    assert "latency                       median" in out
    assert out.index("wrong move: 'up'") < out.index("asked: 'banana'")


def test_an_interruption_prints_what_was_measured(capsys, tmp_path):
    from cliprt.cli.interpret_score import judge_all
    from cliprt.language.interface import Interpreter

    class ImpatientInterpreter(Interpreter):
        left = 2

        def read(self, utterance):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return Reading(utterance, "ask")

    cases = [Case(str(n), ("ask",)) for n in range(5)]
    assert len(judge_all(ImpatientInterpreter(), cases, "reading")) == 2
    impatient = ImpatientInterpreter()
    impatient.left = 0
    with pytest.raises(KeyboardInterrupt):
        judge_all(impatient, cases, "reading")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["in_scope", "--interpreter", "gramar"], "Did you mean 'grammar'?"),
        (["in_scope", "max_move=1"], "max_move"),
        (["in_scope", "left"], "'left' is no option"),
        (["in_scope", "max_move_m=far"], "max_move_m"),
        (["in_scope", "--file", "x"], "give one of them"),
        (["in_scoop"], "Did you mean 'in_scope'?"),
    ],
)
def test_bad_arguments(capsys, arguments, words):
    from cliprt.cli import main

    assert main(["interpret", "--evaluate", *arguments]) == 2
    assert words in capsys.readouterr().err
