"""The policy: what it can learn, what it keeps, what it refuses."""

import math

import numpy as np
import pytest
import torch
from policy_toy import ToyVocabulary, toy_table

from cliprt.data.loader import EpochLoader
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.errors import UsageError
from cliprt.policies.clip_rt import ClipRtPolicy
from cliprt.policies.optimiser import OptimiserSettings
from cliprt.policies.scorer import make_scorer
from cliprt.types import Observation


def build(cameras=("wrist",), **options):
    torch.manual_seed(0)
    return ClipRtPolicy(ToyVocabulary(), SmallCnnEncoder(image_size=32), cameras, **options)


def learn(policy, steps=110):
    """A bare training loop: what Lightning does, without Lightning."""
    policy.optimiser = OptimiserSettings(2e-3, max_steps=steps, warmup_steps=10)
    policy.log_every = steps + 1
    parts = policy.configure_optimizers()
    optimiser, schedule = parts["optimizer"], parts["lr_scheduler"]["scheduler"]
    loader, done = EpochLoader(toy_table(480, seed=0, cameras=policy.cameras), 32), 0
    policy.train()
    while done < steps:
        for batch in loader:
            loss = policy.training_step(batch, done)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done += 1
    policy.eval()
    batch = next(iter(EpochLoader(toy_table(200, seed=1, cameras=policy.cameras), 200)))
    with torch.inference_mode():
        best = policy.score(batch["images"], batch["instruction"]).argmax(1)
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
        one, other = (p.score(batch["images"], batch["instruction"]) for p in (additive, residual))
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
        before = policy.score(images, ["push the red square"])
        assert len(encoded) == 1 + 4
        policy.score(images, ["push the red square"])
        assert len(encoded) == 1 + 4
        policy.score(images, ["push the blue square"])
        assert len(encoded) == 1 + 4 + 1
        policy.encoder.text.output[1].weight.mul_(2)
        after = policy.score(images, ["push the red square"])
    assert len(encoded) == 1 + 4 + 1 + 5
    assert not torch.equal(before, after)


def test_the_scale_stays_between_1_and_100():
    policy = build()
    for value, expected in ((9.0, math.log(100)), (-1.0, 0.0)):
        with torch.no_grad():
            policy.log_scale.fill_(value)
        optimiser = torch.optim.SGD(policy.parameters(), lr=0.0)
        policy.optimizer_step(0, 0, optimiser, lambda: None)
        assert policy.log_scale.item() == pytest.approx(expected)


def test_a_scorer_answers_one_number_per_primitive():
    observation = Observation(
        images={"wrist": np.zeros((32, 32, 3), np.uint8)},
        tcp_pose=(0,) * 6,
        commanded_pose=(0,) * 6,
        joints=(),
        gripper="open",
        gripper_opening_m=0.08,
        time_s=0.0,
    )
    scores = make_scorer(build())(observation, "push the red square")
    assert len(scores) == 4
    assert all(isinstance(score, float) for score in scores)
    with pytest.raises(UsageError, match=r"camera 'wrst'.*Did you mean 'wrist'"):
        make_scorer(build(cameras=("wrst",)))(observation, "push the red square")


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
        ({"cameras": ("wrist", "wrist")}, "each once"),
    ],
)
def test_wrong_options_say_what_is_allowed(options, text):
    with pytest.raises(UsageError, match=text):
        build(**options)


def test_a_missing_camera_is_named():
    policy = build(cameras=("wrist", "fixed"))
    with pytest.raises(UsageError, match=r"camera 'fixed'.*It has: wrist"):
        policy.score({"wrist": torch.zeros(1, 3, 32, 32, dtype=torch.uint8)}, ["x"])
