"""Deciding: the same choices as the published procedure, whatever is kept, batched or released."""

from pathlib import Path

import numpy as np
import pytest
import torch
from policy_toy import COLOURS, ToyVocabulary, toy_table
from safetensors.torch import save_file

from cliprt.encoders.open_clip import OpenClipEncoder
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.errors import CheckpointError, UsageError
from cliprt.policies.acting import Actor
from cliprt.policies.action_token import ActionTokenPolicy
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.policies.published import PublishedDecision
from cliprt.types import Observation

ENCODERS = {
    "small_cnn": lambda: SmallCnnEncoder(32),
    "open_clip": lambda: OpenClipEncoder("cliprt-tiny"),
}
ASKED = [f"push the {colour} square" for colour in COLOURS]


def build(encoder="small_cnn", cls=ClipRtPolicy, **options):
    torch.manual_seed(0)
    return cls(ToyVocabulary(), ENCODERS[encoder](), **options)


def saved(policy, folder: Path) -> Path:
    save_file(policy.state_dict(), folder / "weights.safetensors")
    return folder / "weights.safetensors"


def observations(count, seed=0):
    images = toy_table(count, seed).images["wrist"]
    return [Observation({"wrist": i}, (0,) * 6, (0,) * 6, (), "open", 0.08, 0.0) for i in images]


def ranked(proposals):
    return np.stack([proposal.scores for proposal in proposals])


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("fusion", ["additive", "film"])
def test_scores_are_the_published_ones_to_the_last_bit(tmp_path, encoder, fusion):
    policy = build(encoder, fusion=fusion)
    seen, published = observations(6), PublishedDecision(policy)
    expected = np.stack([published(one, asked) for one in seen for asked in ASKED])
    actor = Actor(policy, weights=saved(policy, tmp_path))
    at_once = ranked(actor.propose(seen * 2, [asked for asked in ASKED for _ in seen]))
    for prepare in ([], ASKED):
        actor.prepare(prepare)
        found = ranked(actor(one, asked) for one in seen for asked in ASKED)
        np.testing.assert_array_equal(found, expected)
    by_robot = at_once.reshape(2, 6, 4).transpose(1, 0, 2).reshape(12, 4)
    np.testing.assert_allclose(by_robot, expected, atol=1e-4)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_text_tower_is_given_back_and_read_again_for_new_words(tmp_path, encoder):
    policy = build(encoder)
    one, published = observations(1)[0], PublishedDecision(policy)
    expected = [published(one, asked) for asked in ASKED]
    tower = sum(weight.nbytes for weight in policy.encoder.text_weights().values())
    actor = Actor(policy, weights=saved(policy, tmp_path))
    before = actor.memory_bytes
    actor.prepare(ASKED[:1])
    features = (4 + 1) * policy.encoder.embedding_dim * 4
    assert actor.memory_bytes == before - tower + features
    for asked, scores in zip(ASKED, expected, strict=True):  # the second is new
        np.testing.assert_array_equal(actor(one, asked).scores, scores)
    assert actor.memory_bytes == before - tower + features * 6 // 5


def test_a_file_that_holds_other_weights_by_now_is_not_believed(tmp_path):
    actor = Actor(build(), weights=saved(build(), tmp_path))
    actor.prepare(ASKED[:1])
    policy = build()
    with torch.no_grad():
        policy.encoder.text.output[1].weight[0, 0] += 1
    saved(policy, tmp_path)
    one = observations(1)[0]
    with pytest.raises(CheckpointError, match=r"text\.output\.1\.weight is another one by now"):
        actor(one, ASKED[1])
    (tmp_path / "weights.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"the text tower.*cannot be read again.*Load the"):
        actor(one, ASKED[1])
    assert actor(one, ASKED[0]).scores.shape == (4,)


def test_tokens_are_not_scored_as_published():
    with pytest.raises(UsageError, match=r"scores phrases, which ActionTokenPolicy does not"):
        PublishedDecision(build(cls=ActionTokenPolicy))
