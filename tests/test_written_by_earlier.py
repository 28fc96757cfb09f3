"""What an earlier version wrote is found, read and used, as it stands on people's disks."""

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component
from cliprt.stages import keys
from cliprt.stages.collect import find_taught
from cliprt.stages.run_folder import RunFolder, find_checkpoint, open_run

WRITTEN = Path(__file__).parent / "fixtures" / "written_by_0.1.0.tar.xz"


@pytest.fixture
def written(tmp_path):
    """A run (two tasks, two taught episodes each, a policy, trials), its shards, what to expect."""
    with tarfile.open(WRITTEN) as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def expected(written):
    return json.loads((written / "expected.json").read_text())


def test_its_episodes_are_read_as_they_were_recorded(written, expected):
    store = EpisodeStore(written / "run" / "episodes")
    assert list(store.ids()) == list(expected["episodes"])
    for episode_id, then in expected["episodes"].items():
        episode = store.load(episode_id)
        assert (episode.task, episode.success) == (then["task"], then["success"])
        assert [step.primitive.label for step in episode.steps] == then["labels"]
        assert [list(step.outcome.measured) for step in episode.steps] == then["measured"]
        assert [step.supervision for step in episode.steps] == then["supervisions"]
        assert {"scene", "wrist"} == set(episode.steps[0].observation.images)


def test_its_unfinished_episode_is_brought_back(written):
    report = EpisodeStore(written / "run" / "episodes").repair()
    assert report.recovered == ("pick-000002-cut-off",)
    assert not report.quarantined


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["gate.max_step_m=0.2"],
        ["robot.renderer=egl"],
        ["robot.gui=true"],
        ["interpreter.person=Ada"],
        ["data.episodes=1"],
        ["trainer.max_steps=7"],
    ],
)
def test_what_it_was_taught_is_found_whatever_does_not_change_it(written, overrides):
    run = RunFolder(written / "run")
    found = find_taught(load_recipe(run.path / "recipe.yaml", overrides), run).ids
    assert {task: len(ids) for task, ids in found.items()} == {"close_laptop": 2, "pick": 2}


def test_what_was_taught_is_found_by_a_later_version(written, monkeypatch):
    monkeypatch.setattr("cliprt.__version__", "9.0.0")
    run = RunFolder(written / "run")
    assert len(find_taught(load_recipe(run.path / "recipe.yaml"), run).all_ids) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"robot": Component("pybullet", {"speed_m_s": 0.1})},
        {"teleoperator": Component("teacher", {"variety": 0.0})},
        {"vocabulary": Component("oxe_50")},
    ],
)
def test_what_changes_the_teaching_has_another_key(change):
    recipe = load_recipe("tiny")
    changed = replace(recipe, **change)
    task = recipe.tasks[0]
    assert keys.taught_key(changed, task) != keys.taught_key(recipe, task)


def test_more_devices_train_the_same_policy():
    one, four = (
        load_recipe("tiny"),
        load_recipe("tiny", ["trainer.devices=4", "trainer.strategy=ddp"]),
    )
    assert keys.policy_key(one, ["a"]) == keys.policy_key(four, ["a"])
    assert keys.policy_key(one, ["a"]) != keys.policy_key(one, ["b"])


def test_what_was_taught_under_another_gate_gets_the_name_it_has_now(written):
    run = RunFolder(written / "run")
    then = load_recipe(run.path / "recipe.yaml", ["gate.max_step_m=0.2", "robot.gui=true"])
    store = run.store()
    for task in then.tasks:  # as 0.1.0 would have named them under this recipe
        now, first = keys.taught_key(then, task), keys.first_taught_key(then, task)
        assert now != first
        for episode_id in store.ids():
            if episode_id.endswith(now):
                store.rename(episode_id, episode_id.removesuffix(now) + first)
    (run.path / "recipe.yaml").unlink()
    assert not find_taught(then, run).ids
    open_run(then, run.path)
    assert len(find_taught(then, run).all_ids) == 4


def test_its_policy_scores_as_it_did(written, expected):
    from cliprt.policies.acting import Actor
    from cliprt.policies.checkpoint import load_policy

    actor = Actor(load_policy(find_checkpoint(written / "run")))
    store = EpisodeStore(written / "run" / "episodes")
    for episode_id, then in expected["episodes"].items():
        episode = store.load(episode_id)
        scores = actor(episode.steps[0].observation, episode.instruction).scores
        assert scores.tolist() == pytest.approx(then["scores"][0], abs=1e-5)


def test_a_second_fit_makes_nothing_anew(written, capfd):
    recipe = str(written / "run" / "recipe.yaml")
    assert main(["fit", "--recipe", recipe, "--out", str(written / "run")]) == 0
    told = capfd.readouterr().err
    assert "Teaching:" not in told
    assert "Generating:" not in told
    assert "train:" not in told
    assert "Evaluating:" not in told


def test_the_recipe_of_a_run_is_kept_when_another_takes_its_place(written):
    run = written / "run"
    before = (run / "recipe.yaml").read_text()
    open_run(load_recipe(run / "recipe.yaml", ["policy.fusion=film"]), run)
    assert "fusion: film" in (run / "recipe.yaml").read_text()
    assert [file.read_text() for file in (run / "earlier_recipes").iterdir()] == [before]


def test_which_of_several_policies_acts_is_never_guessed(written):
    from cliprt.errors import CheckpointError

    run = RunFolder(written / "run")
    (only,) = run.path.glob("policies/*")
    assert find_checkpoint(run.path) == only / "checkpoint"
    (run.policy("other") / "checkpoint").mkdir(parents=True)
    (run.policy("other") / "checkpoint" / "policy.json").write_text("{}")
    with pytest.raises(CheckpointError, match="2 policies, and does not say which"):
        find_checkpoint(run.path)
    run.choose_policy(only.name)
    assert find_checkpoint(run.path) == only / "checkpoint"
