"""A policy's folder: what is saved comes back, and nothing else is taken for it."""

import io
import json
import os
import re
import zipfile
from dataclasses import asdict, replace

import pytest
import torch
from fuzzing import altered, damaged, fuzz, nothing_outside, only_refusals
from hypothesis import example, given
from hypothesis import strategies as st
from policy_toy import ToyVocabulary
from training_toy import toy_recipe

from cliprt.encoders.weights import load_state
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


def refused(folder):
    with pytest.raises(CheckpointError) as error:
        load_policy(folder)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda d: d["recipe"].update(policy="clip_rt"), "recipe.policy is 'clip_rt', not an obj"),
        (lambda d: d["recipe"]["policy"].update(options=[]), r"options is \[\], not an object"),
        (lambda d: d["recipe"].update(tasks=[3]), "recipe.tasks is 3, not an object"),
        (lambda d: d["vocabulary"].update(primitives=[1]), "primitives is 1, not an object"),
        (lambda d: d["vocabulary"]["primitives"][0].update(motion=[0]), "has 1 values, not 7"),
        (lambda d: d["vocabulary"]["primitives"][0].update(phrase=10**30), "is 1000.* a text"),
        (lambda d: d.update(metrics={"loss": "low"}), r"metrics\['loss'\] is 'low', not a number"),
        (lambda d: d["recipe"]["encoder"]["options"].update(width="wide"), "be built"),
        (lambda d: d["recipe"]["encoder"]["options"].update(width=-4), "width=-4"),
        (lambda d: d["recipe"]["encoder"]["options"].update(width=10**6), "another shape"),
        (lambda d: d["recipe"]["encoder"]["options"].update(embedding_dim=10**9), "another shape"),
        (lambda d: d["recipe"]["encoder"]["options"].update(text_width=10**18), "."),
    ],
)
def test_a_description_is_of_the_right_types_and_sizes(folder, edit, text):
    """What does not fit the weights is refused before it takes memory."""
    description = json.loads((folder / "policy.json").read_text())
    edit(description)
    (folder / "policy.json").write_text(json.dumps(description))
    assert re.search(text, refused(folder))


@pytest.mark.parametrize("text", ["9" * 5000, "[" * 100_000, "", "[]", "\ud800"])
def test_other_texts_are_no_description(folder, text):
    (folder / "policy.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert "policy.json" in refused(folder)


class Runs:
    """What a malicious file holds."""

    def __reduce__(self):
        return os.system, ("touch ran",)


def pickled(path):
    torch.save({"weight": Runs()}, path)


def packed(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda path: path.write_bytes(b""), "cannot be read as weights: .*copy it again"),
        (lambda path: path.write_bytes(b"\x80"), "cannot be read as weights: .*"),
        (pickled, "holds other things than numbers, which could run a program"),
        (packed, "it is packed, as no program packs weights"),
        (lambda path: torch.save({3: torch.zeros(1)}, path), "holds no state dict"),
        (lambda path: torch.save([1], path), "holds no state dict"),
    ],
    ids=["empty", "torn", "malicious", "packed", "numbers", "list"],
)
def test_a_file_of_weights_is_refused_in_one_line(tmp_path, monkeypatch, write, text):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.pt"
    write(path)
    with pytest.raises(CheckpointError, match=text) as error:
        load_state(path)
    assert len(str(error.value).splitlines()) == 1
    assert "weights_only" not in str(error.value), "nobody is told how to switch it off"
    assert not (tmp_path / "ran").exists()


@fuzz
def test_fuzz_a_checkpoint(go_on, folder):
    description = json.loads((folder / "policy.json").read_text())
    weights = (folder / "weights.safetensors").read_bytes()
    texts = altered(description).map(json.dumps).map(str.encode)

    marked = {**description, "vocabulary": {**description["vocabulary"], "fingerprint": "\x1f"}}
    endless = json.dumps(description).replace("[0.1, 0,", "[Infinity, 0,")

    @example(endless.encode(), weights)
    @example(json.dumps(marked).encode(), weights)
    @example(json.dumps({"format": {"9" * 5000: None}}).encode(), weights)
    @given(texts, st.just(weights) | damaged(weights[:2000]))
    def check(text, data):
        (folder / "policy.json").write_bytes(text)
        (folder / "weights.safetensors").write_bytes(data)
        with nothing_outside(folder.parent, folder), only_refusals():
            load_policy(folder)

    go_on(check)


@fuzz
def test_fuzz_a_file_of_weights(go_on, tmp_path):
    buffer = io.BytesIO()
    torch.save({"state_dict": {"module.w": torch.zeros(2, 2)}}, buffer)

    @example(buffer.getvalue()[:1080] + buffer.getvalue())  # torch's reason has "PK\x03\x04" in it
    @given(damaged(buffer.getvalue()))
    def check(data):
        (tmp_path / "weights.pt").write_bytes(data)
        with only_refusals():
            load_state(tmp_path / "weights.pt")

    go_on(check)
