"""Checkpoints and tasks that cannot be used: one readable text from every command that is given
one, and nothing is written."""

import json
import os
import shutil
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import load_file, save_file
from training_toy import fill_store, toy_recipe

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.policies.checkpoint import save_policy
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.train import train

OVERRIDES = ["robot.image_size=32", "encoder.width=8"]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A checkpoint of the tiny recipe, untrained."""
    folder = tmp_path_factory.mktemp("good")
    recipe = load_recipe("tiny", OVERRIDES)
    vocabulary = build_vocabulary(recipe)
    save_policy(build_policy(recipe, vocabulary), asdict(recipe), vocabulary, folder)
    return folder


@pytest.fixture
def checkpoint(good, tmp_path, monkeypatch):
    """A copy to damage; whatever a command writes would lie beside it."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(good, tmp_path / "checkpoint")


@pytest.fixture(params=["run", "embeddings"])
def refused(request, tmp_path, capsys):
    """What a command says about a checkpoint, when it refuses it."""
    if request.param == "run":
        pytest.importorskip("pybullet")

    def refused(path):
        before = sorted(tmp_path.rglob("*"))
        if request.param == "run":
            code = main(["run", "--recipe", "tiny", *OVERRIDES, "--checkpoint", str(path)])
        else:
            code = main(["embeddings", str(path)])
        said = capsys.readouterr().err
        assert code == 2, said
        assert said.startswith("cliprt: ")
        assert "Traceback" not in said
        assert sorted(tmp_path.rglob("*")) == before
        return said

    return refused


@pytest.mark.parametrize("name", ["weights.safetensors", "policy.json"])
@pytest.mark.parametrize("size", [0, 7, 200])
def test_a_truncated_checkpoint(refused, checkpoint, name, size):
    os.truncate(checkpoint / name, size)
    said = refused(checkpoint)
    assert f"{name} cannot be read" in said
    assert "truncated: copy it again" in said


def test_a_checkpoint_without_weights(refused, checkpoint):
    (checkpoint / "weights.safetensors").unlink()
    assert "there is no file" in refused(checkpoint)


def test_a_file_where_a_folder_was_meant(refused, checkpoint):
    assert "give a run folder" in refused(checkpoint / "weights.safetensors")


def change(checkpoint, edit):
    description = json.loads((checkpoint / "policy.json").read_text())
    edit(description)
    (checkpoint / "policy.json").write_text(json.dumps(description))


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda d: d["recipe"]["policy"].update(name="clip_rx"), "Did you mean 'clip_rt'"),
        (lambda d: d["recipe"]["encoder"]["options"].update(width=5), "a multiple of 4"),
        (lambda d: d.update(recipe=None), "does not describe a policy"),
        (lambda d: d.pop("vocabulary"), "does not hold a vocabulary"),
        (lambda d: d["vocabulary"]["primitives"].pop(), "was changed after training"),
    ],
)
def test_a_description_that_was_edited(refused, checkpoint, edit, text):
    change(checkpoint, edit)
    said = refused(checkpoint)
    assert text in said
    assert str(checkpoint / "policy.json") in said


def test_a_policy_does_not_act_with_another_vocabulary(checkpoint, tmp_path, capsys):
    pytest.importorskip("pybullet")
    arguments = ["run", "--recipe", "tiny", *OVERRIDES, "--checkpoint", str(checkpoint)]
    assert main([*arguments, "vocabulary=oxe_50"]) == 2
    said = capsys.readouterr().err
    assert "trained with the vocabulary 'clip_rt_58' (58 entries" in said
    assert "not with 'oxe_50' (50 entries" in said
    assert "only the checkpoint has 'rotate the gripper" in said
    assert not (tmp_path / "runs").exists()


def test_a_training_that_diverged_has_no_picture(checkpoint, capsys, tmp_path):
    state = load_file(checkpoint / "weights.safetensors")
    state["encoder.text.table.weight"].fill_(torch.nan)
    save_file(state, checkpoint / "weights.safetensors")
    assert main(["embeddings", str(checkpoint)]) == 2
    assert "not finite: its training diverged" in capsys.readouterr().err
    assert not (tmp_path / "embeddings.png").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--recipe", "tiny", "--task", "cloze_laptop"],
        ["run", "--recipe", "tiny", "tasks=[cloze_laptop]"],
        ["evaluate", "--recipe", "tiny", "tasks=[cloze_laptop]"],
        ["fit", "--recipe", "single_task", "tasks=[cloze_laptop]"],
    ],
)
def test_an_unknown_task(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "no task is called 'cloze_laptop'. Did you mean 'close_laptop'?" in said
    assert not list(tmp_path.iterdir())


def test_a_run_makes_its_own_damaged_policy_again_and_says_so(tmp_path, capsys):
    recipe = toy_recipe(max_steps=6)
    run = RunFolder(tmp_path / "run")
    fill_store(run.episodes)
    ids = EpisodeStore(run.episodes).ids()
    whole = train(recipe, run, ids, progress=False)
    weights = whole.checkpoint / "weights.safetensors"
    before = weights.read_bytes()
    os.truncate(weights, 1000)
    capsys.readouterr()
    again = train(recipe, run, ids, progress=False)
    assert again.worked
    assert f"the policy in {whole.folder} is damaged: it is made again" in capsys.readouterr().err
    assert weights.read_bytes() == before
    assert not train(recipe, run, ids, progress=False).worked
