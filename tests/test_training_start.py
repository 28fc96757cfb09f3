"""A training that begins with the weights of another policy (`trainer.start_from`)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from policy_toy import ToyVocabulary
from training_toy import fill_store, toy_recipe, train_toy

from cliprt.cli.main import main
from cliprt.errors import RecipeError
from cliprt.policies.checkpoint import load_policy
from cliprt.policies.description import WEIGHTS
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.recipe.reaches import reaches
from cliprt.recipe.schema import Component, Recipe
from cliprt.stages.naming import name_policy
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.start import check_start, find_start
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob

OXE, OWN = Component("oxe_50"), Component("clip_rt_58")
TOKENS = Component("action_token")


def recipe(start: object = "", **changes: object) -> Recipe:
    base = toy_recipe(start_from=str(start), max_steps=changes.pop("max_steps", 4))
    return replace(base, **{"vocabulary": OWN, **changes})  # type: ignore[arg-type]


def trained(folder: Path, **changes: object) -> Path:
    """A policy that began anew, as it is when nothing was learned; what is in its run folder."""
    one = recipe(max_steps=0, **changes)
    job = TrainingJob(one, folder / "none", folder / "policies" / "one")
    return train_policy(job, build_vocabulary(one)).checkpoint


@pytest.fixture
def start(tmp_path):
    trained(tmp_path / "pretrained", vocabulary=OXE, seed=5)
    return tmp_path / "pretrained"


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    return load_policy(checkpoint).state_dict()


def is_near(one: Path, other: Path) -> bool:
    others = weights(other)
    return all(torch.allclose(v, others[k], atol=1e-6) for k, v in weights(one).items())


def test_weights_of_another_vocabulary_carry_over_where_phrases_are_text(start, tmp_path):
    one = recipe(start, max_steps=0)
    check_start(one, build_vocabulary(one))
    job = TrainingJob(one, tmp_path / "none", tmp_path / "judged", start_from=find_start(one))
    made = train_policy(job, build_vocabulary(one))
    before, after = weights(start / "policies/one/checkpoint"), weights(made.checkpoint)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert made.metrics["steps"] == 0
    assert load_policy(made.checkpoint, build_vocabulary(one)), "it is of the recipe's vocabulary"


def test_a_training_goes_on_from_them(tmp_path):
    store = fill_store(tmp_path / "store")
    first = train_toy(store, tmp_path / "run" / "policies" / "a", max_steps=4)
    again = train_toy(store, tmp_path / "anew", max_steps=4, learning_rate=1e-9)
    one = toy_recipe(max_steps=4, learning_rate=1e-9, start_from=str(tmp_path / "run"))
    job = TrainingJob(one, store.path, tmp_path / "on", start_from=find_start(one))
    on = train_policy(job, ToyVocabulary())
    assert is_near(first.checkpoint, on.checkpoint)
    assert not is_near(first.checkpoint, again.checkpoint)


def test_a_policy_is_named_by_the_weights_not_by_their_place(start, tmp_path):
    run = RunFolder(tmp_path / "run")
    shutil.copytree(start, tmp_path / "moved")
    place = start / "policies" / "one" / "checkpoint"
    keys = {name_policy(recipe(p), run, []) for p in (start, tmp_path / "moved", place)}
    assert len(keys) == 1
    trained(tmp_path / "other", vocabulary=OXE, seed=6)
    assert name_policy(recipe(tmp_path / "other"), run, []) not in keys
    assert name_policy(recipe(), run, []) not in keys


MISFITS = {
    "nothing there": (lambda s: s / "elsewhere", {}, "holds no trained policy"),
    "larger": (lambda s: s, {"encoder": Component("small_cnn")}, "of another shape"),
    "another fusion": (
        lambda s: s,
        {"policy": Component("clip_rt", {"fusion": "additive"})},
        "unexpected: fusion",
    ),
    "tokens": (lambda s: s, {"policy": TOKENS}, "trained with the vocabulary 'oxe_50'"),
}


@pytest.mark.parametrize(("place", "changes", "told"), MISFITS.values(), ids=MISFITS.keys())
def test_what_does_not_fit_is_one_error(start, place, changes, told):
    one = recipe(place(start), **changes)
    with pytest.raises(RecipeError) as caught:
        check_start(one, build_vocabulary(one))
    (problem,) = caught.value.problems
    assert problem.startswith("trainer.start_from: ")
    assert told in problem


def test_damaged_weights_are_named(start):
    file = start / "policies" / "one" / "checkpoint" / WEIGHTS
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(RecipeError, match=r"weights\.safetensors cannot be read as weights"):
        check_start(recipe(start), build_vocabulary(recipe()))


def test_the_encoders_own_weights_are_not_fetched_beside(start):
    from cliprt.recipe.build import find_encoder

    encoder = Component("open_clip", {"model": "cliprt-tiny", "checkpoint": "not/there.pt"})
    assert find_encoder(recipe(start, encoder=encoder)).options == {"model": "cliprt-tiny"}
    assert find_encoder(recipe(encoder=encoder)) == encoder


def test_nothing_is_learned_only_where_a_policy_is_judged_as_it_is():
    given = ["trainer.start_from=runs/x", "trainer.max_steps=0", "data.episodes=0"]
    assert not load_recipe("tiny", given).data.are_taught
    with pytest.raises(RecipeError, match=r"max_steps: got 0.* names a policy"):
        load_recipe("tiny", given[1:])
    with pytest.raises(RecipeError, match=r"data\.episodes: got 0.* at least 1"):
        load_recipe("tiny", [given[0], given[2]])


def test_a_place_elsewhere_takes_a_persons_word(tmp_path):
    one = load_recipe("tiny", ["trainer.start_from=/somewhere/else"])
    (text,) = [text for key, text in reaches(one, [tmp_path]) if key == ("trainer", "start_from")]
    assert text == "reads or writes outside its folder: '/somewhere/else'"


def test_a_missing_policy_is_told_with_the_recipes_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("extends: tiny\n\ntrainer:\n  start_from: runs/gone\n")
    assert main(["fit", "mine.yaml"]) == 2
    told = capsys.readouterr().err
    assert "cliprt: mine.yaml:4: trainer.start_from: runs/gone holds no trained policy" in told
    assert main(["fit", "mine.yaml", "trainer.start_from=runs/away"]) == 2
    assert "cliprt: command line: trainer.start_from: runs/away holds" in capsys.readouterr().err
    assert main(["fit", "clip_rt_zero_novel"]) == 2
    assert "Train one: cliprt train --recipe pretrain_common" in capsys.readouterr().err
    assert not Path("runs").exists(), "nothing was taught"
