"""The policy: what it can learn, what it keeps, what it refuses."""

import math

import numpy as np
import pytest
import torch
from policy_toy import COLOURS, ToyVocabulary, toy_table

from cliprt.data.batches import Row
from cliprt.data.loader import EpochLoader
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.errors import RecipeError, UsageError
from cliprt.policies.acting import Actor, choose_device
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.recipe.load import load_recipe
from cliprt.training.optimiser import OptimiserSettings, build_optimiser
from cliprt.types import Observation


def build(cameras=("wrist",), **options):
    torch.manual_seed(0)
    return ClipRtPolicy(ToyVocabulary(), SmallCnnEncoder(image_size=32), cameras, **options)


def learn(policy, steps=110):
    """A bare training loop: what Lightning does, without Lightning."""
    optimiser, schedule = build_optimiser(
        policy, OptimiserSettings(2e-3, max_steps=steps, warmup_steps=10)
    )
    loader, done = EpochLoader(toy_table(480, seed=0, cameras=policy.cameras), 32), 0
    policy.train()
    while done < steps:
        for batch in loader:
            loss = policy.loss(batch, lambda views: views)["loss"]
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimiser.step()
            policy.after_step()
            schedule.step()
            done += 1
    policy.eval()
    batch = next(iter(EpochLoader(toy_table(200, seed=1, cameras=policy.cameras), 200)))
    with torch.inference_mode():
        best = policy.score(batch).argmax(1)
    return (best == batch["label"]).float().mean().item()


@pytest.mark.parametrize("loss", ["vocabulary_softmax", "in_batch_bce"])
def test_words_that_look_into_the_image_learn_which_square_is_meant(loss):
    assert learn(build(fusion="film", loss=loss)) > 0.8


def test_a_sum_of_image_and_words_cannot_learn_which_square_is_meant():
    assert learn(build(fusion="additive")) < 0.65


def test_residual_fusion_starts_as_the_sum():
    additive, residual = build(fusion="additive").eval(), build(fusion="residual").eval()
    residual.encoder.load_state_dict(additive.encoder.state_dict())
    batch = next(iter(EpochLoader(toy_table(8, seed=3), 8)))
    with torch.no_grad():
        one, other = (p.score(batch) for p in (additive, residual))
    assert torch.equal(one, other)


def test_text_is_encoded_once_until_a_weight_changes(monkeypatch):
    policy = build().eval()
    encoded = []
    encode = policy.encoder.encode_text
    monkeypatch.setattr(
        policy.encoder, "encode_text", lambda texts: encoded.extend(texts) or encode(texts)
    )
    images = {"wrist": torch.zeros(1, 3, 32, 32, dtype=torch.uint8)}
    with torch.no_grad():
        red, blue = ({"images": images, "instruction": [f"push the {c} square"]} for c in COLOURS)
        before = policy.score(red)
        assert len(encoded) == 1 + 4
        policy.score(red)
        assert len(encoded) == 1 + 4
        policy.score(blue)
        assert len(encoded) == 1 + 4 + 1
        policy.encoder.text.output[1].weight.mul_(2)
        after = policy.score(red)
    assert len(encoded) == 1 + 4 + 1 + 5
    assert not torch.equal(before, after)


def test_the_scale_stays_between_1_and_100():
    policy = build()
    for value, expected in ((9.0, math.log(100)), (-1.0, 0.0)):
        with torch.no_grad():
            policy.log_scale.fill_(value)
        policy.after_step()
        assert policy.log_scale.item() == pytest.approx(expected)


def test_an_actor_answers_one_number_per_primitive():
    observation = Observation(
        images={"wrist": np.zeros((32, 32, 3), np.uint8)},
        tcp_pose=(0,) * 6,
        commanded_pose=(0,) * 6,
        joints=(),
        gripper="open",
        gripper_opening_m=0.08,
        time_s=0.0,
    )
    proposal = Actor(build())(observation, "push the red square")
    assert proposal.scores.shape == (4,)
    assert proposal.steps == ()
    with pytest.raises(UsageError, match=r"camera 'wrst'.*Did you mean 'wrist'"):
        Actor(build(cameras=("wrst",)))(observation, "push the red square")


def test_an_actor_computes_where_and_as_it_is_told():
    table = toy_table(6, seed=0)
    rows = [
        Row({"wrist": table.images["wrist"][i]}, table.instructions[i], np.empty(0, np.float32))
        for i in range(6)
    ]
    exact = Actor(build()).score(rows)
    half = Actor(build(), precision="bf16-mixed")
    assert half.policy.log_scale.dtype == torch.float32
    assert 0 < abs(half.score(rows) - exact).max() < 0.5
    double = Actor(build(), precision="64-true")
    assert double.policy.log_scale.dtype == torch.float64
    np.testing.assert_allclose(double.score(rows), exact, atol=1e-3)
    with pytest.raises(UsageError, match=r"cannot act with runtime.device=cuda:77: it has .*cpu"):
        choose_device("cuda:77")
    with pytest.raises(RecipeError, match=r"device: got 'gpu'. Allowed: auto, cpu, mps, cuda"):
        load_recipe("tiny", ["runtime.device=gpu"])
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_soft_labels_move_the_weights_and_voting_only_the_answers():
    batch = next(iter(EpochLoader(toy_table(16, seed=0), 16)))
    plain, soft, voting = build(), build(soft_labels=0.2), build(voting=True)
    losses = [one.loss(batch, lambda views: views)["loss"].item() for one in (plain, soft, voting)]
    assert losses[1] != losses[0] == losses[2]
    assert plain.state_dict().keys() == soft.state_dict().keys() == voting.state_dict().keys()
    with torch.inference_mode():
        answers = [one.eval().score(batch) for one in (plain, soft, voting)]
    assert torch.equal(answers[0], answers[1])
    assert not torch.equal(answers[0], answers[2])
    even = {**batch, "images": {"wrist": torch.full((16, 3, 32, 32), 99, dtype=torch.uint8)}}
    with torch.inference_mode():
        assert torch.allclose(plain.score(even), voting.score(even), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"fusion": "fim"},
            "fusion cannot be 'fim'. Did you mean 'film'.*additive, film, residual",
        ),
        ({"loss": "vocabulary_softmx"}, "loss cannot be .*Did you mean 'vocabulary_softmax'"),
        ({"normalisation": "sums"}, "normalisation cannot be 'sums'. Did you mean 'sum'"),
        ({"prompt": "do it"}, "exactly one {}"),
        ({"cameras": ()}, "name at least one"),
        ({"state": ("comanded_pose",)}, "cannot hold .*Did you mean 'commanded_pose'"),
        ({"soft_labels": 0.2, "loss": "in_batch_bce"}, "soft_labels=0.2 need .*it is in_batch_bce"),
        ({"cameras": ("wrist", "wrist")}, "each once"),
    ],
)
def test_wrong_options_say_what_is_allowed(options, text):
    with pytest.raises(UsageError, match=text):
        build(**options)


def test_a_missing_camera_is_named():
    policy = build(cameras=("wrist", "fixed"))
    with pytest.raises(UsageError, match=r"camera 'fixed'.*It has: wrist"):
        policy.score({"images": {"wrist": torch.zeros(1, 3, 32, 32)}, "instruction": ["x"]})
