"""The contrastive loss over what was said of each step, in words of its own."""

from __future__ import annotations

import pytest
import torch
from policy_toy import ToyVocabulary, toy_table

from cliprt.data.batches import to_batch
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.policies.action_token import ActionTokenPolicy
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.policies.losses import in_batch_bce, sentences_bce

PHRASES = [primitive.phrase for primitive in ToyVocabulary.primitives]


def build(kind=ClipRtPolicy, **options):
    torch.manual_seed(0)
    encoder = SmallCnnEncoder(image_size=32, width=8)
    return kind(ToyVocabulary(), encoder, loss="in_batch_bce", **options).train()


def batch_of(rows=8, said=None):
    table = toy_table(rows, seed=3)
    batch = to_batch([table.read(row) for row in range(rows)])
    if said:
        batch["supervision"] = [said(row, int(batch["label"][row])) for row in range(rows)]
    return batch


def loss_of(policy, batch):
    return policy.loss(batch, lambda images: images)


@pytest.mark.parametrize("said", [lambda row, label: PHRASES[label], lambda row, label: ""])
def test_the_phrase_itself_or_no_words_is_the_loss_over_phrases(said):
    policy = build()
    plain, own = loss_of(policy, batch_of()), loss_of(policy, batch_of(said=said))
    torch.testing.assert_close(own["loss"], plain["loss"])
    torch.testing.assert_close(own["accuracy"], plain["accuracy"])


def test_steps_of_one_primitive_are_positives_of_each_other_however_they_are_said():
    labels, scores = torch.tensor([2, 2, 0]), torch.randn(3, 3)
    same = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(scores, same)
    torch.testing.assert_close(sentences_bce(scores, labels, labels), expected)
    torch.testing.assert_close(
        in_batch_bce(scores[:, [0, 2]], torch.tensor([0, 0, 1])),
        sentences_bce(scores[:, [0, 0, 2]], labels, labels),
    )


def test_each_sentence_is_encoded_once_and_learned_from(monkeypatch):
    policy, seen = build(), []
    encode = policy.encoder.encode_text
    policy.encoder.encode_text = lambda texts: seen.append(list(texts)) or encode(texts)
    loss_of(policy, batch_of(said=lambda row, label: f"way {label}"))["loss"].backward()
    sentences = seen[-1]
    assert len(sentences) == len(set(sentences)) <= 4
    assert policy.encoder.text.table.weight.grad.abs().sum() > 0


def test_sentences_change_what_is_learned():
    policy = build()
    said = loss_of(policy, batch_of(said=lambda row, label: f"word{row}"))["loss"]
    assert not torch.isclose(said, loss_of(policy, batch_of())["loss"])


def test_who_has_a_vector_for_each_primitive_reads_no_words():
    policy = build(ActionTokenPolicy)
    said = loss_of(policy, batch_of(said=lambda row, label: f"word{row}"))
    torch.testing.assert_close(said["loss"], loss_of(policy, batch_of())["loss"])
