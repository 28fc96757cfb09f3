"""CLIP-RT-Action: learned tokens instead of words, and everything else as CLIP-RT has it."""

from dataclasses import asdict, replace

import pytest
import torch
from policy_toy import ToyVocabulary, toy_table
from training_toy import fill_store, toy_recipe

from cliprt.data.loader import EpochLoader
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.errors import CheckpointError, VocabularyError
from cliprt.policies.action_token import ActionTokenPolicy
from cliprt.policies.checkpoint import StoredVocabulary, load_policy, save_policy
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import Component
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ToyVocabulary()
RECIPE = replace(toy_recipe(), policy=Component("action_token"))


def build(policy_class=ActionTokenPolicy, vocabulary=VOCABULARY, **options):
    torch.manual_seed(0)
    return policy_class(vocabulary, SmallCnnEncoder(image_size=32), **options)


def test_only_the_candidates_differ_from_clip_rt():
    tokens, words = build(), build(ClipRtPolicy)
    own = {name: value for name, value in tokens.state_dict().items() if name != "tokens.weight"}
    theirs = words.state_dict()
    assert own.keys() == theirs.keys()
    assert all(torch.equal(own[name], theirs[name]) for name in own)
    batch = next(iter(EpochLoader(toy_table(8, seed=3), 8)))
    with torch.no_grad():
        tokens.tokens.weight.copy_(words.embed_phrases())
        one, other = (p.eval().score(batch) for p in (tokens, words))
    torch.testing.assert_close(one, other)


def test_tokens_begin_as_large_as_the_words_but_without_their_likeness():
    vocabulary = ClipRt58Vocabulary()
    with torch.no_grad():
        tokens, words = (
            build(cls, vocabulary).embed_phrases() for cls in (ActionTokenPolicy, ClipRtPolicy)
        )
    assert tokens.shape == words.shape == (58, 128)
    assert tokens.norm(dim=1).mean() == pytest.approx(words.norm(dim=1).mean().item(), rel=0.1)
    near, far = (torch.cosine_similarity(x[8], x[9], dim=0) for x in (words, tokens))
    assert near > 0.5 > abs(far)


@pytest.mark.parametrize("loss", ["vocabulary_softmax", "in_batch_bce"])
def test_each_loss_moves_the_tokens_that_are_its_candidates(loss):
    policy = build(loss=loss)
    batch = next(iter(EpochLoader(toy_table(16, seed=0), 16)))
    keep = batch["label"] == 2
    one = {
        "images": {name: images[keep] for name, images in batch["images"].items()},
        "instruction": [
            text for text, kept in zip(batch["instruction"], keep, strict=True) if kept
        ],
        "label": batch["label"][keep],
    }
    policy.loss(one, lambda views: views)["loss"].backward()
    moved = policy.tokens.weight.grad.abs().sum(1).nonzero().flatten().tolist()
    assert moved == ([2] if loss == "in_batch_bce" else [0, 1, 2, 3])


def test_it_trains_and_comes_back_from_its_checkpoint(tmp_path):
    store = fill_store(tmp_path / "store")
    result = train_policy(TrainingJob(RECIPE, store.path, tmp_path / "run"), VOCABULARY)
    loaded = load_policy(result.checkpoint, VOCABULARY)
    assert isinstance(loaded, ActionTokenPolicy)
    torch.manual_seed(RECIPE.seed)
    begun = build_policy(RECIPE, VOCABULARY)
    assert not torch.equal(loaded.embed_phrases(), begun.embed_phrases())


def test_tokens_of_another_vocabulary_are_refused(tmp_path):
    save_policy(build_policy(RECIPE, VOCABULARY), asdict(RECIPE), VOCABULARY, tmp_path)
    turned = StoredVocabulary(
        "turned", tuple(replace(p, label=i) for i, p in enumerate(reversed(VOCABULARY.primitives)))
    )
    with pytest.raises(VocabularyError, match="another label"):
        load_policy(tmp_path, turned)


def test_the_weights_of_words_are_not_taken_for_tokens(tmp_path):
    words = build_policy(replace(RECIPE, policy=Component("clip_rt")), VOCABULARY)
    save_policy(words, asdict(RECIPE), VOCABULARY, tmp_path)
    with pytest.raises(CheckpointError, match=r"missing: tokens\.weight"):
        load_policy(tmp_path)
