"""A policy's folder: what is saved comes back, and nothing else is taken for it."""

import json
from dataclasses import asdict, replace

import pytest
import torch
from policy_toy import ToyVocabulary
from training_toy import toy_recipe

from cliprt.errors import CheckpointError, VocabularyError
from cliprt.policies.checkpoint import StoredVocabulary, load_policy, save_policy
from cliprt.policies.description import is_intact
from cliprt.recipe.build import build_policy

VOCABULARY = ToyVocabulary()
RECIPE = toy_recipe()


@pytest.fixture
def policy():
    return build_policy(RECIPE, VOCABULARY).eval()


@pytest.fixture
def folder(policy, tmp_path):
    save_policy(policy, asdict(RECIPE), VOCABULARY, tmp_path, {"val/accuracy": 0.5})
    return tmp_path


@pytest.mark.parametrize("given", [VOCABULARY, None])
def test_a_saved_policy_answers_as_before(policy, folder, given):
    images = {"wrist": torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)}
    loaded = load_policy(folder, given)
    assert loaded.phrases == policy.phrases
    with torch.no_grad():
        batch = {"images": images, "instruction": ["a", "b"]}
        assert torch.equal(*(p.score(batch) for p in (policy, loaded)))


def test_sources_of_first_weights_are_not_needed_again(tmp_path):
    recipe = replace(
        RECIPE, encoder=replace(RECIPE.encoder, name="open_clip", options={"model": "cliprt-tiny"})
    )
    policy = build_policy(recipe, VOCABULARY)
    description = asdict(recipe)
    description["encoder"]["options"] = {"model": "cliprt-tiny", "checkpoint": "/gone/cliprt.pt"}
    save_policy(policy, description, VOCABULARY, tmp_path)
    assert torch.equal(load_policy(tmp_path).log_scale, policy.log_scale)


def test_another_vocabulary_is_refused_with_the_difference(folder):
    entries = list(VOCABULARY.primitives)
    entries[1] = replace(entries[1], phrase="go away")
    with pytest.raises(VocabularyError) as error:
        load_policy(folder, StoredVocabulary("other", tuple(entries)))
    assert "only the checkpoint has 'move the arm back'" in str(error.value)
    assert "only the vocabulary has 'go away'" in str(error.value)
    moved = [replace(VOCABULARY.primitives[0], motion=(0.3, 0, 0, 0, 0, 0, 0)), *entries[1:]]
    moved[1] = VOCABULARY.primitives[1]
    with pytest.raises(VocabularyError, match=r"another .*motion .*'move the arm forward'"):
        load_policy(folder, StoredVocabulary("other", tuple(moved)))


@pytest.mark.parametrize("name", ["weights.safetensors", "policy.json"])
def test_truncated_and_missing_files_are_refused(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=f"{name} cannot be read"):
        load_policy(folder)
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=r"has no policy\.json|no file"):
        load_policy(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "policy.json"])
def test_a_truncated_file_is_noticed_without_loading(folder, name):
    assert is_intact(folder)
    path = folder / name
    path.write_bytes(path.read_bytes()[:-10])
    assert not is_intact(folder)


def test_what_does_not_fit_is_refused(folder):
    def change(edit):
        description = json.loads((folder / "policy.json").read_text())
        edit(description)
        (folder / "policy.json").write_text(json.dumps(description))

    change(lambda d: d["recipe"]["encoder"]["options"].update(width=16))
    with pytest.raises(CheckpointError, match=r"of another shape: encoder\.stem\.0\.weight"):
        load_policy(folder)
    change(lambda d: d["recipe"]["encoder"]["options"].update(wdth=16))
    with pytest.raises(CheckpointError, match=r"policy that can be built.*wdth"):
        load_policy(folder)
    change(lambda d: d["vocabulary"]["primitives"][0].update(phrase="fly"))
    with pytest.raises(CheckpointError, match="changed after training"):
        load_policy(folder)
    change(lambda d: d.update(format=99))
    with pytest.raises(CheckpointError, match="format 99"):
        load_policy(folder)
