"""The encoder: another one's eyes, a frozen reader, and a checkpoint without its weights."""

from dataclasses import asdict

import pytest
import torch

from cliprt.errors import CheckpointError, UsageError
from cliprt.policies.checkpoint import load_policy, save_policy
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.registry import load
from cliprt.testing import check_encoder, check_matcher
from cliprt_sentence import encoder as module
from cliprt_sentence.encoder import SentenceEncoder
from cliprt_sentence.matcher import SentenceMatcher

TINY = {"images": "open_clip", "options": {"model": "cliprt-tiny"}}


def test_the_matcher_conforms():
    check_matcher(SentenceMatcher())


@pytest.mark.parametrize("options", [{}, TINY], ids=["small_cnn", "open_clip"])
def test_the_encoder_conforms_and_has_no_second_reader(options):
    encoder = SentenceEncoder(**options)
    check_encoder(encoder)
    other = load("encoder", options.get("images", "small_cnn"))(**options.get("options", {}))
    seeing = {f"seeing.{name}" for name in dict(other.named_parameters())}
    unread = {f"seeing.{name}" for name in other.text_weights()}
    reading = {"projection.weight", "projection.bias"}
    assert set(dict(encoder.named_parameters())) == (seeing - unread) | reading
    assert set(encoder.text_weights()) == reading


def test_first_weights_of_the_eyes_are_named_apart():
    assert SentenceEncoder.weight_sources == ("weights",)
    with pytest.raises(UsageError, match=r"Put it below 'weights': weights: \{checkpoint: ...\}"):
        SentenceEncoder("open_clip", {"model": "cliprt-tiny", "checkpoint": "a.pt"})
    with pytest.raises(CheckpointError, match=r"no file a.pt"):
        SentenceEncoder("open_clip", {"model": "cliprt-tiny"}, {"checkpoint": "a.pt"})


def test_a_policy_is_kept_without_the_frozen_weights_and_with_their_digest(tmp_path, monkeypatch):
    recipe = load_recipe("tiny", ["encoder={name: sentence}"])
    vocabulary = build_vocabulary(recipe)
    policy = build_policy(recipe, vocabulary).eval()
    save_policy(policy, asdict(recipe), vocabulary, tmp_path)
    assert (tmp_path / "weights.safetensors").stat().st_size < 8e6
    again = load_policy(tmp_path)
    with torch.no_grad():
        before, after = (p.encoder.encode_text(["shut the laptop"]) for p in (policy, again))
    assert torch.equal(before, after)
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    with pytest.raises(CheckpointError, match=r"another sentence encoder \(sha256 8199be6f699a"):
        load_policy(tmp_path)


def test_it_learns_to_tell_the_instructions_apart():
    torch.manual_seed(0)
    encoder = SentenceEncoder()
    texts = ["open the gripper", "close the gripper", "move the arm left by 1 cm"]
    wanted = torch.arange(3)
    optimiser = torch.optim.Adam(encoder.text_weights().values(), 0.01)
    for _ in range(30):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(encoder.encode_text(texts)[:, :3], wanted).backward()
        optimiser.step()
    assert torch.equal(encoder.encode_text(texts)[:, :3].argmax(1), wanted)
