"""The fields that the formats page promises are in what the commands print."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from evaluation_samples import make_run

from cliprt.cli.main import main
from cliprt.evaluation.report import write_report
from cliprt.evaluation.statistics import count_data

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")


MISTAKE = {"verdict", "utterance", "expected", "decision", "phrases", "offers", "reason"}


def promised(title: str) -> set[str]:
    """The names in the first column of the table after `title`."""
    table = re.search(r"^\|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE[PAGE.index(title) :], re.MULTILINE)[1]
    return {
        name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }


def in_text(opening: str) -> set[str]:
    """The names in the sentence that begins with `opening`."""
    start = PAGE.index(opening) + len(opening)
    return set(re.findall(r"`(\w+)`", re.split(r"[.;]\s|\|\n", PAGE[start:], maxsplit=1)[0]))


@pytest.fixture
def printed(capsys):
    """What a command prints with ``--format json``."""

    def printed(*arguments):
        assert main([*map(str, arguments), "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)

    return printed


def test_vocabulary(printed):
    example = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
    shown = printed("vocabulary", "show", "clip_rt_58")
    assert example["name"] == shown["name"]
    assert all(primitive in shown["primitives"] for primitive in example["primitives"])


def test_interpret(printed):
    assert promised("## `cliprt interpret") <= set(printed("interpret", "up 5 cm"))


def test_interpret_evaluate(printed, tmp_path):
    title = "## `cliprt interpret --evaluate FILE"
    path = tmp_path / "mine.tsv"
    path.write_text(re.search(r"```text\n(.*?)```", PAGE[PAGE.index(title) :], re.DOTALL)[1])
    report = printed("interpret", "--evaluate", path)
    assert promised(title) <= {*report, *report["right"], *report["latency_s"], *MISTAKE}
    assert report["mistakes"] == []
    path.write_text("left\tstop\n")
    assert set(printed("interpret", "--evaluate", path)["mistakes"][0]) == MISTAKE


def test_report(tmp_path):
    write_report(tmp_path, make_run(tmp_path, trials=3, pictures=False))
    report = json.loads((tmp_path / "report.json").read_text())
    assert promised("## `cliprt fit`") <= set(report)
    assert promised("Per task:") <= set(report["tasks"][0])
    assert promised("Per decision:") == set(report["tasks"][0]["decisions"][0])


def test_report_says_what_was_taught_and_what_was_generated():
    data = count_data([], [], "nobody")
    assert promised("`data`, in total") <= set(data)


def test_run_and_episodes(printed, tmp_path):
    pytest.importorskip("pybullet")
    shown = printed("run", "--recipe", "tiny", "robot.image_size=32", "--store", tmp_path)
    assert promised("## `cliprt run") <= set(shown)
    (episode,) = shown["episodes"]
    assert promised("Per episode:") <= set(episode)
    assert in_text("| `steps` | ") - {"null"} <= set(episode["steps"][0])
    (header,) = printed("episodes", "ls", tmp_path)
    assert in_text("one object per committed episode: ") <= set(header)
    recorded = printed("episodes", "show", tmp_path, episode["id"])
    assert in_text("each step has ") <= set(recorded["steps"][0])
    replayed = printed("episodes", "replay", tmp_path, episode["id"], "--recipe", "tiny")
    assert in_text("`replay` answers with ") <= set(replayed)
    assert in_text("`repair` with lists of ids, ") <= set(printed("episodes", "repair", tmp_path))


def test_data(printed, tmp_path):
    toy, out = Path(__file__).parent / "fixtures" / "rlds" / "toy_arm", tmp_path / "out"
    assert promised("`inspect PATH`:") == set(printed("data", "inspect", toy))
    words = ("--set", "fractal20220817_data", "--rule", "observed", "--to", out, "workers=1")
    (one,) = printed("data", "convert", toy, *words)["sets"]
    assert promised("`convert` has the `portion`") == set(one)
    assert promised("`verify DIR`:") == set(printed("data", "verify", out, "workers=1"))
    sidecar = json.loads(next(out.glob("*/*.tar.json")).read_text())
    assert in_text("sidecar (`NAME.tar.json`) has ") == set(sidecar)
    manifest = json.loads(next(out.glob("*/manifest.json")).read_text())
    assert in_text("`manifest.json` has ") == {*manifest, *manifest["made"]}


@pytest.mark.parametrize(
    "command", ["recipes validate tiny", "recipes ls", "plugins ls task", "doctor"]
)
def test_others(command, printed):
    start = f"| `cliprt {' '.join(command.split()[:2])} "
    row = next(line for line in PAGE.splitlines() if line.startswith(start))
    names = set(re.findall(r"`(\w+)`", row.split("|")[2]))
    assert len(names) > 1
    assert names <= set(printed(*command.split())[0])


def test_report_says_what_help_is_worth():
    from cliprt.evaluation.help_curve import HelpPoint

    assert promised("Per curve of `help`") == {f.name for f in dataclasses.fields(HelpPoint)}
