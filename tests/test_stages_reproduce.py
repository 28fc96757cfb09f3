"""The tables, tiny: made once, reused, and checked against the kept policies."""

import json

import pytest

from cliprt.cli.main import main
from cliprt.errors import UsageError
from cliprt.stages.costs import COSTS, load_costs
from cliprt.stages.models import find_models
from cliprt.stages.parts import build_parts
from cliprt.stages.reproduce import reproduce
from cliprt.stages.run_folder import RunFolder

ASKED = ("--profile", "tiny", "--suite", "novel", "--only", "passive", "--only", "teacher")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    pytest.importorskip("pybullet")
    folder = tmp_path_factory.mktemp("reproduce")
    where = ("--out", str(folder / "out"), "--runs", str(folder / "runs"))
    assert main(["reproduce", *ASKED, *where, "data.workers=1"]) == 0
    return folder, where


def load_results(folder):
    return json.loads((folder / "out" / "results.json").read_text())


def test_every_row_says_what_it_rests_on(tables):
    folder, _ = tables
    rows = load_results(folder)["rows"]
    pairs = [(row["model"], row["task"] == "average") for row in rows]
    assert sorted(pairs) == [(m, over_all) for m in ("passive", "teacher") for over_all in (0, 1)]
    for row in rows:
        assert row["trials"] == 2
        assert row["seeds"]["evaluation"] == [100_000, 2]
        assert row["interval"][0] <= row["successes"] / 2 <= row["interval"][1]
        assert f"--only {row['model']}" in row["command"]
        assert row["cpu_s"] > 0
        assert row["wall_s"] > 0
        if row["task"] != "average":
            assert row["outcomes"].count("1") == row["successes"]
            assert len(row["outcomes"]) == 2
    page = (folder / "out" / "results.md").read_text()
    assert "CLIP-RT-Passive" in page
    assert "*paper: CLIP-RT*" in page
    assert "not the paper's" in page


def test_what_is_finished_is_reused(tables, capsys):
    folder, where = tables
    before = load_results(folder)
    run = RunFolder(folder / "runs" / "novel")
    costs = list(load_costs(run))
    with (run.path / COSTS).open("a") as file:
        file.write('{"policy": "torn')
    assert main(["reproduce", *ASKED, *where, "data.workers=1"]) == 0
    assert list(load_costs(run)) == costs
    assert load_results(folder)["rows"] == before["rows"]


def test_portions_make_the_same_table(tables, tmp_path, capsys):
    """Where each ends before the next begins; beside each other, they wait for the others."""

    def make(*more):
        where = ("--out", str(tmp_path / "out"), "--runs", str(tmp_path / "runs"))
        assert main(["reproduce", *ASKED, *where, "--format", "json", *more, "data.workers=1"]) == 0
        return json.loads(capsys.readouterr().out)

    def left(said):
        return said["unfinished"].get("novel", "").partition(":")[0]

    assert left(make("--shard", "1/2")) == "Teaching"
    assert left(make("--shard", "2/2")) == "Training"  # the only one is the first portion's
    assert left(make("--shard", "1/2")) == "Evaluating"
    assert not (tmp_path / "out").exists()
    made, alone = make(), load_results(tables[0])
    for results in (made, alone):
        for row in results["rows"]:
            row |= {"cpu_s": 0, "wall_s": 0}
    assert made["rows"] == alone["rows"]
    assert made["data"] == alone["data"]
    assert not list(tmp_path.glob("runs/**/trials.portion*"))


def test_figures_are_checked_against_the_kept_policies(tables, capsys):
    folder, where = tables
    file = folder / "out" / "results.json"
    honest = file.read_text()
    assert main(["reproduce", "--check", "1", *where]) == 0
    assert "4 of 4 trials run again, 0 differences" in capsys.readouterr().out

    results = json.loads(honest)
    row = next(r for r in results["rows"] if r["model"] == "passive" and r["outcomes"])
    row["outcomes"] = "".join("10"[int(mark)] for mark in row["outcomes"])
    file.write_text(json.dumps(results))
    assert main(["reproduce", "--check", "1", *where]) == 1
    assert "is written" in capsys.readouterr().out
    file.write_text(honest)


def test_rows_of_other_models_stay(tables):
    folder, where = tables
    only = ("--profile", "tiny", "--suite", "novel", "--only", "teacher")
    before = load_results(folder)["rows"]
    assert main(["reproduce", *only, *where, "data.workers=1"]) == 0
    assert load_results(folder)["rows"] == before


def test_a_list_says_what_would_be_run(capsys):
    assert main(["reproduce", "--list", "--suite", "common", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["model"] for row in listed["rows"]] == [m.name for m in find_models((), "common")]
    assert listed["rows"][0]["generated"] > 0
    assert listed["rows"][1]["generated"] == 0


def test_a_model_that_is_none_is_named(tmp_path, capsys):
    with pytest.raises(UsageError, match=r"'pasive'. Did you mean 'passive'\? Allowed: clip_rt"):
        reproduce("novel", ["pasive"], "tiny", tmp_path)
    assert main(["reproduce", "--check", "3", "--out", str(tmp_path)]) == 2


def test_few_shot_models_share_nothing_with_those_that_were_taught_more():
    novel = find_models((), "novel")
    folders = {m.name: build_parts(m, "novel", "tiny")[0].folder for m in novel}
    assert folders["few_shot_1"] != folders["clip_rt_scene"] == folders["passive"]


def test_a_model_is_trained_with_one_seed_after_the_other():
    for name in ("few_shot_1", "pretrained_1"):
        (model,) = find_models([name], "novel")
        parts = build_parts(model, "novel", "quick")
        assert [part.recipe.seed for part in parts] == [0, 1, 2]
        assert {part.folder for part in parts} == {"novel-1"}, "both were taught the same"


def test_a_pretrained_model_without_episodes_learns_nothing():
    (model,) = find_models(["zero"], "novel")
    (part,) = build_parts(model, "novel", "full")
    assert part.recipe.trainer.max_steps == part.recipe.data.episodes == 0


def test_a_single_task_model_has_a_policy_for_each_task():
    (model,) = find_models(["single_task"], "common")
    parts = build_parts(model, "common", "quick")
    assert [len(part.recipe.tasks) for part in parts] == [1] * 9
    assert {part.recipe.trainer.max_steps for part in parts} == {223}


FEW = ("--profile", "tiny", "--suite", "novel", "--only", "pretrained_1", "--only", "few_shot_1")


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """Three trainings each, from a policy that is pretrained once and from nothing."""
    pytest.importorskip("pybullet")
    folder = tmp_path_factory.mktemp("pretrained")
    where = ("--out", str(folder / "out"), "--runs", str(folder / "runs"))
    asked = (*FEW, "--only", "zero", *where, "data.workers=1", "evaluation.max_steps=2")
    assert main(["reproduce", *asked]) == 0
    return folder, where


@pytest.mark.slow
def test_pretrained_models_begin_with_one_policy_and_learn_three_times(pretrained):
    folder, _ = pretrained
    (start,) = (folder / "runs" / "pretraining" / "policies").iterdir()
    rows = {r["model"]: r for r in load_results(folder)["rows"] if r["task"] != "average"}
    for model in ("pretrained_1", "few_shot_1"):
        row = rows[model]
        assert row["seeds"]["training"] == [0, 1, 2]
        assert len(set(row["policies"])) == 3
        assert row["trials"] == len(row["outcomes"]) == 6
        assert row["successes"] == row["outcomes"].count("1")
    assert rows["zero"]["trials"] == 2
    assert rows["zero"]["episodes_taught"] == 0
    (zero,) = rows["zero"]["policies"]
    weights = [
        (policy / "checkpoint" / "weights.safetensors").read_bytes()
        for policy in (start, folder / "runs" / "novel" / "policies" / zero)
    ]
    assert weights[0] == weights[1], "it is judged as it is"


@pytest.mark.slow
def test_trainings_are_compared_with_the_same_seed_and_checked_again(pretrained, capsys):
    folder, where = pretrained
    pairs = {(p["first"], p["second"]): p for p in load_results(folder)["comparisons"]}
    assert pairs["pretrained_1", "few_shot_1"]["scenes"] == 6
    assert pairs["pretrained_1", "zero"]["scenes"] == 2
    assert main(["reproduce", "--check", "1", *where]) == 0
    assert "14 of 14 trials run again, 0 differences" in capsys.readouterr().out


@pytest.mark.slow
def test_rows_of_another_request_stay_apart(pretrained):
    folder, where = pretrained
    before = load_results(folder)
    only = ("--profile", "tiny", "--suite", "novel", "--only", "zero", "--only", "teacher")
    assert main(["reproduce", *only, *where, "data.workers=1", "evaluation.max_steps=1"]) == 0
    after = load_results(folder)
    assert [row for row in after["rows"] if row in before["rows"]] == before["rows"]
    assert len([row for row in after["rows"] if row["model"] == "zero"]) == 4
    assert after["comparisons"] == before["comparisons"], "nothing is compared across"
    page = (folder / "out" / "results.md").read_text()
    assert "## Novel tasks, `--profile tiny data.workers=1 evaluation.max_steps=2`" in page
