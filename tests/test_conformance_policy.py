import pytest
import torch

import cliprt  # noqa: F401 - before lightning
from cliprt.registry import load, names
from cliprt.testing.policy import check_policy

LEARNED_HERE = [name for name in names("policy") if load("policy", name).learns]
"""Those that ask a server are checked beside one: test_remote_served.py."""


def build(name, **options):
    vocabulary = load("vocabulary", "clip_rt_58")()
    return load("policy", name)(vocabulary, load("encoder", "small_cnn")(), **options), vocabulary


@pytest.mark.parametrize("name", LEARNED_HERE)
def test_every_registered_policy_keeps_the_contract(name):
    check_policy(*build(name))


@pytest.mark.parametrize("name", ["clip_rt", "action_token"])
@pytest.mark.parametrize("fusion", ["additive", "film", "residual"])
@pytest.mark.parametrize("loss", ["in_batch_bce", "vocabulary_bce", "vocabulary_softmax"])
@pytest.mark.parametrize("normalisation", ["sum", "each"])
def test_every_choice_keeps_the_contract(name, fusion, loss, normalisation):
    check_policy(
        *build(
            name,
            cameras=("wrist", "fixed"),
            fusion=fusion,
            loss=loss,
            normalisation=normalisation,
        )
    )


@pytest.mark.parametrize(
    "option", [{"soft_labels": 0.2}, {"voting": True}, {"state": ("commanded_pose", "gripper")}]
)
def test_what_is_off_by_default_keeps_the_contract(option):
    check_policy(*build("clip_rt", **option))


def test_the_check_finds_a_broken_policy():
    policy, vocabulary = build("clip_rt")
    score = policy.score
    policy.score = lambda batch: score(batch) + torch.rand(())
    with pytest.raises(AssertionError, match="two answers"):
        check_policy(policy, vocabulary)
