"""Corrections become training data, calibration keeps scenes apart, help is judged and resumed."""

import json
import re
from contextlib import redirect_stderr
from dataclasses import replace
from io import StringIO

import pytest

from cliprt.cli.main import main
from cliprt.data.samples import is_sample
from cliprt.data.store import EpisodeStore
from cliprt.errors import CheckpointError, RecipeError, StoreError
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import CollaborationSection
from cliprt.stages.assist import plan_helped_trials
from cliprt.stages.calibrate import choose_sides, load_calibration
from cliprt.stages.correct import adopt
from cliprt.stages.run_folder import RunFolder
from cliprt.types import Attempt

TINY = [
    "robot.image_size=32",
    "tasks=[pick]",
    "augmenters=[]",
    "data.workers=1",
    "trainer.max_steps=3",
    "trainer.warmup_steps=2",
    "trainer.learning_rate=0.0002",
    "trainer.threads=1",
    "evaluation.trials=1",
    "evaluation.max_steps=4",
    "evaluation.videos=0",
    "collaboration.rounds=1",
    "collaboration.episodes=1",
    "collaboration.max_steps=2",
    "collaboration.scenes=2",
]


def test_sides_share_the_scenes_of_every_task():
    scenes = [("pick", s) for s in (3, 3, 5, 8, 9)] + [("push", s) for s in (1, 2, 3)]
    sides = choose_sides(scenes, seed=1)
    assert set(sides) == set(scenes)
    assert [sum(side for (t, _), side in sides.items() if t == n) for n in ("pick", "push")] == [
        2,
        2,
    ]
    assert sides == choose_sides(list(reversed(scenes)), seed=1)
    odd = choose_sides([(task, 0) for task in "abcd"], seed=1)
    assert sorted(odd.values()) == [False, False, True, True]


def test_help_is_judged_in_the_same_scenes():
    recipe = load_recipe("tiny.yaml", [*TINY, "evaluation.trials=2"])
    section = replace(recipe.collaboration, interventions=(3, 1, 1))
    jobs = plan_helped_trials(replace(recipe, collaboration=section))
    assert [(j.interventions, j.seed) for j in jobs] == [
        (1, 100_000),
        (1, 100_001),
        (3, 100_000),
        (3, 100_001),
    ]
    assert plan_helped_trials(recipe) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (["collaboration.rounds=2", "data.first_seed=50_005"], "taught episodes use the scenes"),
        (["collaboration.scenes=9", "evaluation.first_seed=60003"], "trials use the scenes 60003"),
        (
            ["collaboration.rounds=1", "data.sources=[{name: shards, path: a.tar}]"],
            "need the run's episodes",
        ),
        (["collaboration.coverage=1"], "above 0 and below 1"),
        (["collaboration.interventions=[0,1]"], "at least 1"),
        (["collaboration.initiative=robot"], "Allowed: policy, person"),
        (["helper=techer"], "Did you mean 'teacher'"),
        (["helper={name: teacher, varity: 1}"], "Did you mean 'variety'"),
    ],
)
def test_mistakes_in_the_recipe_are_found(change, text):
    with pytest.raises(RecipeError, match=text):
        load_recipe("tiny.yaml", change)


def test_a_policy_without_calibration_says_how_to_make_one(tmp_path):
    with pytest.raises(CheckpointError, match="cliprt calibrate --recipe NAME"):
        load_calibration(tmp_path / "checkpoint")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One round of corrections, calibrated and judged with one intervention."""
    pytest.importorskip("pybullet")
    folder = tmp_path_factory.mktemp("corrected")
    options = ["--recipe", "tiny.yaml", *TINY, "--out", str(folder)]
    with redirect_stderr(StringIO()) as told:
        assert main(["evaluate", *options, "--ask", "0,1"]) == 0
    # The first policy acts while it is corrected, and says that it does.
    assert re.search(f"Policy: {folder}/policies/[0-9a-f]{{8}}/checkpoint", told.getvalue())
    return folder, options


def test_a_round_of_corrections_is_learned_from(run):
    folder, _ = run
    store = EpisodeStore(folder / "episodes")
    corrected = [store.load(h.id) for h in store.headers() if h.meta.get("kind") == "corrected"]
    assert [e.seed for e in corrected] == [50_000]
    spoken = [s for s in corrected[0].steps if s.source == "teacher"]
    assert spoken
    assert all(s.supervision and s.train for s in spoken)
    assert not any(is_sample(s) for s in corrected[0].steps if s.source != "teacher")
    assert len(list((folder / "policies").iterdir())) == 2


def test_the_report_says_what_help_was_worth(run):
    folder, _ = run
    report = json.loads((folder / "report.json").read_text())
    overall, pick = report["help"]
    assert (overall["task"], pick["task"]) == ("", "pick")
    assert [p["interventions"] for p in pick["points"]] == [0, 1]
    assert pick["points"][1]["per_episode"] == 1
    assert report["correction"]["rounds"][0]["episodes"] == 1
    assert report["calibration"]["coverage"] == 0.9
    page = (folder / "report.html").read_text()
    assert "what help is worth" in page
    assert "Up to 1" in page


def test_a_training_notes_what_it_held_out(run):
    folder, _ = run
    finished = [json.loads(f.read_text()) for f in folder.glob("policies/*/finished.json")]
    held_out = {name for facts in finished for name in facts["held_out"]}
    assert held_out
    assert held_out < set(EpisodeStore(folder / "episodes").ids())


def test_nothing_is_done_twice(run, capsys):
    folder, options = run
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.jsonl")}
    before |= {p: p.stat().st_mtime_ns for p in folder.rglob("weights.safetensors")}
    assert main(["calibrate", *options, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] > 0
    assert main(["correct", *options]) == 0
    assert "Round 1:" in capsys.readouterr().out
    assert all(p.stat().st_mtime_ns == when for p, when in before.items())


def test_live_corrections_can_be_learned_from(run, tmp_path, capsys):
    folder, _ = run
    live = tmp_path / "live"
    said = ["--checkpoint", str(folder), "--correct", "--interventions", "1", "--seed", "7"]
    recipe = ["--recipe", "tiny.yaml", *TINY]
    assert main(["run", *recipe, *said, "--store", str(live)]) == 0
    assert "' -> " in capsys.readouterr().out
    assert main(["run", *recipe, "--checkpoint", str(folder), "--ask", "--store", str(live)]) == 0
    loaded = load_recipe("tiny.yaml", [*TINY, f"collaboration.learn_from={live}"])
    target = RunFolder(tmp_path / "other")
    ids = adopt(loaded, target)
    assert set(ids) <= set(target.store().ids())
    assert sum(is_sample(s) for s in target.store().load(ids[0]).steps) == 1
    assert adopt(loaded, target) == ids
    EpisodeStore(tmp_path / "none").begin(Attempt("e", "", "", 0, "x")).commit(None, {})
    empty = load_recipe("tiny.yaml", [*TINY, f"collaboration.learn_from={tmp_path / 'none'}"])
    with pytest.raises(StoreError, match="holds no corrected episode"):
        adopt(empty, target)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--correct"], "--correct and --ask are for a policy"),
        (["--helper", "console"], "need --correct or --ask"),
        (["--checkpoint", "x", "--ask", "--interventions", "0"], "--interventions is 0"),
        (["--checkpoint", "x", "--ask", "--correct"], "not allowed with"),
        (["--checkpoint", "x", "--ask", "--helper", "consol"], "Did you mean 'console'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, text, capsys):
    assert main(["run", "--recipe", "tiny.yaml", *options]) == 2
    assert text in capsys.readouterr().err


def test_numbers_of_interventions_are_numbers(capsys):
    assert main(["evaluate", "--recipe", "tiny.yaml", "--ask", "many"]) == 2
    assert "--ask is 'many'. Allowed: whole numbers" in capsys.readouterr().err


def test_corrected_steps_are_weighted(tmp_path):
    from training_toy import ToyVocabulary, fill_store, toy_recipe

    from cliprt.data.columns import Needs
    from cliprt.training.datamodule import build_data

    store = fill_store(tmp_path)
    recipe = replace(toy_recipe(), collaboration=CollaborationSection(weight=3))
    taught, corrected = store.ids()[:9], store.ids()[9:]
    plain, both = (
        build_data(recipe, store, Needs(("wrist",)), ToyVocabulary(), taught, more)
        for more in ((), corrected)
    )
    extra = [row.where for row in both.training_rows()][len(list(plain.training_rows())) :]
    assert extra == extra[: len(extra) // 3] * 3
    assert {where.split("'")[1] for where in extra} == set(corrected)
    assert len(both.validation_rows) == len(plain.validation_rows) > 0
