"""Trainings that fit: frozen towers, low-rank changes, layers computed twice, the memory told."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from policy_toy import ToyVocabulary
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.parametrize import is_parametrized
from training_toy import fill_store, toy_recipe

from cliprt.encoders.interface import Encoder, ImageFeatures
from cliprt.encoders.small_cnn import SmallCnnEncoder
from cliprt.errors import UsageError
from cliprt.policies.checkpoint import load_policy
from cliprt.policies.description import WEIGHTS
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import Component, TrainerSection
from cliprt.training import device_memory
from cliprt.training.compensated import CompensatedAdamW
from cliprt.training.device_memory import check_memory
from cliprt.training.fit import train_policy
from cliprt.training.fitting import Fitting
from cliprt.training.freezing import choose_weights
from cliprt.training.job import TrainingJob
from cliprt.training.lora import LowRankChange, add_change, matrices, merge_changes
from cliprt.training.memory_need import find_need

TINY = Component("open_clip", {"model": "cliprt-tiny"})


def recipe_of(encoder=None, policy=None, **trainer):
    recipe = toy_recipe(max_steps=3, warmup_steps=0, checkpoint_every=1, log_every=1, **trainer)
    policy = Component("clip_rt", {"fusion": "additive", "loss": "in_batch_bce", **(policy or {})})
    return replace(recipe, encoder=encoder or recipe.encoder, policy=policy)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return fill_store(tmp_path_factory.mktemp("episodes"))


def train(recipe, store, folder):
    """The weights that a training begins with, and those that it ends with."""
    torch.manual_seed(recipe.seed)
    before = build_policy(recipe, ToyVocabulary()).state_dict()
    done = train_policy(TrainingJob(recipe, store.path, folder), ToyVocabulary())
    return before, load_file(done.checkpoint / WEIGHTS)


def changed(before, after, part):
    """Names within a part whose numbers moved."""
    assert before.keys() == after.keys()
    return {n for n in before if part in n and not torch.equal(before[n], after[n])}


@pytest.mark.parametrize("encoder", [None, TINY], ids=["small_cnn", "open_clip"])
@pytest.mark.parametrize("towers", [("image",), ("text",), ("image", "text")])
def test_frozen_towers_keep_their_weights_and_all_else_learns(encoder, towers, store, tmp_path):
    recipe = recipe_of(encoder, {"fusion": "residual"}, freeze=towers)
    before, after = train(recipe, store, tmp_path)
    text = set(build_policy(recipe, ToyVocabulary()).encoder.text_weights())
    moved = {name.removeprefix("encoder.") for name in changed(before, after, "encoder.")}
    assert bool(moved & text) == ("text" not in towers)
    assert bool(moved - text) == ("image" not in towers)
    assert changed(before, after, "fusion.")
    assert "log_scale" in changed(before, after, "log_scale")


def test_a_low_rank_change_begins_at_nothing_and_ends_as_plain_weights():
    torch.manual_seed(0)
    attention, x = nn.MultiheadAttention(16, 4, batch_first=True), torch.randn(2, 5, 16)
    plain = {name: weight.clone() for name, weight in attention.state_dict().items()}
    answer = attention(x, x, x)[0]
    for matrix in list(matrices(attention)):
        add_change(matrix, 2)
    assert torch.equal(attention(x, x, x)[0], answer)
    learning = [
        weight for weight in attention.parameters() if weight.requires_grad and weight.ndim > 1
    ]
    assert sum(weight.numel() for weight in learning) == 2 * (48 + 16) + 2 * (16 + 16)
    attention(x, x, x)[0].square().sum().backward()
    with torch.no_grad():
        for weight in learning:
            assert weight.grad is not None
            weight += 0.1 * torch.randn_like(weight)
    answer = attention(x, x, x)[0]
    merge_changes(attention)
    assert not any(map(is_parametrized, attention.modules()))
    assert attention.state_dict().keys() == plain.keys()
    torch.testing.assert_close(attention(x, x, x)[0], answer, atol=1e-5, rtol=1e-4)
    for name in ("in_proj_weight", "out_proj.weight"):
        assert torch.linalg.matrix_rank(attention.state_dict()[name] - plain[name]) == 2


def test_a_matrix_that_a_change_would_not_make_smaller_learns_as_a_whole():
    layer = nn.Linear(4, 3)
    add_change(next(matrices(layer)), 2)
    assert not is_parametrized(layer)
    assert layer.weight.requires_grad


def test_kernels_of_convolutions_change_by_low_rank_too():
    kernel = torch.randn(8, 3, 5, 5)
    change = LowRankChange(kernel, 2)
    nn.init.normal_(change.up)
    moved = (change(kernel) - kernel).flatten(1)
    assert torch.linalg.matrix_rank(moved, atol=1e-4) == 2


@pytest.mark.parametrize("encoder", [None, TINY], ids=["small_cnn", "open_clip"])
def test_what_learned_by_low_rank_is_a_plain_policy(encoder, store, tmp_path):
    recipe = recipe_of(encoder, lora=2, freeze=("text",), learning_rate=0.01)
    before, after = train(recipe, store, tmp_path)
    moved = changed(before, after, "encoder.")
    text = set(build_policy(recipe, ToyVocabulary()).encoder.text_weights())
    assert moved
    assert not {name.removeprefix("encoder.") for name in moved} & text
    for name in moved:
        difference = (after[name] - before[name]).flatten(1)
        assert torch.linalg.matrix_rank(difference, rtol=1e-3) <= 2
    load_policy(tmp_path / "checkpoint", ToyVocabulary())


def test_layers_computed_twice_learn_the_very_same(store, tmp_path):
    _, once = train(recipe_of(TINY), store, tmp_path / "once")
    _, twice = train(recipe_of(TINY, recompute=True), store, tmp_path / "twice")
    assert not changed(once, twice, "")


@pytest.mark.parametrize("trainer", [{"lora": 2}, {"precision": "bf16-true"}], ids=str)
def test_a_resumed_training_ends_with_the_very_same_weights(trainer, store, tmp_path):
    recipe = recipe_of(TINY, schedule="constant", **trainer)
    _, whole = train(recipe, store, tmp_path / "whole")
    shorter = replace(recipe, trainer=replace(recipe.trainer, max_steps=2))
    job = TrainingJob(recipe, store.path, tmp_path / "cut")
    train_policy(replace(job, recipe=shorter), ToyVocabulary())
    done = train_policy(job, ToyVocabulary())
    assert done.resumed_at == 2
    assert not changed(whole, load_file(done.checkpoint / WEIGHTS), "")


def test_steps_too_small_for_sixteen_bits_add_up():
    """Where torch's AdamW in bfloat16 does not move at all, ours moves as float32's does."""
    generator = torch.Generator().manual_seed(0)
    start = 0.02 * torch.randn(64, 64, generator=generator).bfloat16()
    ways = {
        "float32": (start.float(), torch.optim.AdamW),
        "plain": (start.clone(), torch.optim.AdamW),
        "ours": (start.clone(), CompensatedAdamW),
    }
    moved = {}
    for name, (begin, kind) in ways.items():
        weight = nn.Parameter(begin)
        optimiser = kind(
            [{"params": [weight], "weight_decay": 0.1}], lr=5e-6, betas=(0.9, 0.98), eps=1e-6
        )
        drawn = torch.Generator().manual_seed(1)
        for _ in range(60):
            noise = torch.randn(64, 64, generator=drawn)
            weight.grad = (1e-3 * (noise + start.float().sign())).to(weight.dtype)
            optimiser.step()
        lost = optimiser.state[weight].get("lost", torch.zeros(()))
        moved[name] = weight.detach().float() + lost.float() - start.float()
    size = moved["float32"].norm()
    assert (moved["plain"] - moved["float32"]).norm() > 0.5 * size
    assert (moved["ours"] - moved["float32"]).norm() < 0.05 * size


class SharedTowers(SmallCnnEncoder):
    """Of which nobody says which weights are whose."""

    def text_weights(self):
        return {}


class Lookup(Encoder):
    """Towers without a matrix."""

    embedding_dim, grid_dim, image_size = 4, 4, 8

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 4)

    def preprocess(self, images):
        return images.float()

    def encode_image(self, images):
        return ImageFeatures(self.table.weight[: len(images)], images)

    def encode_text(self, texts):
        return self.table.weight[: len(texts)]


@pytest.mark.parametrize(
    ("encoder", "trainer", "told"),
    [
        (SmallCnnEncoder(), {"recompute": True}, "SmallCnnEncoder cannot compute its layers"),
        (SharedTowers(), {"freeze": ("text",)}, "does not say which weights are whose tower's"),
        (Lookup(), {"lora": 4}, "Lookup has no matrix that could learn by a change"),
        (None, {"lora": 4}, "about an encoder, which ModuleList does not have"),
    ],
)
def test_an_encoder_that_cannot_says_so(encoder, trainer, told):
    policy = nn.ModuleList([encoder] if encoder else [])
    with pytest.raises(UsageError, match=told):
        choose_weights(policy, TrainerSection(**trainer))


def test_statistics_of_frozen_layers_stand_still():
    encoder = SmallCnnEncoder()
    encoder.stem.append(nn.BatchNorm2d(encoder.grid_dim))
    choose_weights(nn.ModuleList([encoder]), TrainerSection(freeze=("image",)))
    assert not encoder.stem[-1].training
    assert encoder.text.training


# The memory of a training, found out without taking it.


def test_the_need_of_a_training_is_that_of_its_tensors():
    recipe = recipe_of(TINY)
    need, policy = find_need(recipe, ToyVocabulary()), build_policy(recipe, ToyVocabulary())
    assert need.weights == policy.memory_bytes
    learning = sum(p.nbytes for p in policy.parameters() if p.requires_grad)
    assert (need.gradients, need.optimiser) == (learning, 2 * learning)
    kept = need.weights + 3 * learning + need.activations
    assert need.saving == need.weights
    assert need.total == pytest.approx(1.15 * (kept + need.saving), abs=2)


@pytest.mark.parametrize(
    ("trainer", "smaller"),
    [
        ({"recompute": True}, "activations"),
        ({"batch_size": 16}, "activations"),
        ({"accumulate": 4}, "activations"),
        ({"precision": "bf16-mixed"}, "activations"),
        ({"freeze": ("text",)}, "gradients"),
        ({"lora": 4}, "optimiser"),
        ({"precision": "bf16-true"}, "weights"),
    ],
    ids=str,
)
def test_what_makes_a_training_smaller_is_seen(trainer, smaller):
    plain, changed = (
        find_need(recipe_of(TINY, **{"batch_size": 64, **how}), ToyVocabulary())
        for how in ({}, trainer)
    )
    assert getattr(changed, smaller) < 0.9 * getattr(plain, smaller)
    assert changed.total < plain.total


@pytest.mark.parametrize("policy", [{}, {"fusion": "film", "loss": "vocabulary_softmax"}])
@pytest.mark.parametrize("name", ["clip_rt", "action_token"])
def test_the_need_of_every_policy_of_ours_is_found(name, policy):
    recipe = replace(recipe_of(), policy=Component(name, policy))
    assert find_need(recipe, ToyVocabulary()).activations > 0


def test_a_training_that_does_not_fit_is_refused_with_what_would(monkeypatch):
    recipe = recipe_of(TINY, batch_size=64)
    told = check_memory(recipe, ToyVocabulary())
    assert told.startswith("training takes about 0.")
    for word in ("weights", "gradients", "optimiser", "activations", "allocator", "of the memory"):
        assert word in told
    small = find_need(
        replace(recipe, trainer=replace(recipe.trainer, recompute=True)), ToyVocabulary()
    )
    monkeypatch.setattr(device_memory, "device_bytes", lambda section: small.total)
    with pytest.raises(UsageError, match=r"It would fit with trainer\.recompute=true: 0"):
        check_memory(recipe, ToyVocabulary())
    monkeypatch.setattr(device_memory, "device_bytes", lambda section: 1000)
    with pytest.raises(UsageError, match=r"which has 0\.00 GB\. Choose a smaller encoder"):
        check_memory(recipe, ToyVocabulary())


def test_validation_takes_no_more_rows_at_once_than_training(store, tmp_path, monkeypatch):
    """What was said of the memory is of the pieces that are learned from."""
    seen = []
    validate = Fitting.validation_step

    def note_and_validate(fitting, batch, *place):
        seen.append(len(batch["instruction"]))
        return validate(fitting, batch, *place)

    monkeypatch.setattr(Fitting, "validation_step", note_and_validate)
    recipe = recipe_of(batch_size=8, accumulate=2, holdout=0.5)
    train_policy(TrainingJob(recipe, store.path, tmp_path), ToyVocabulary())
    assert max(seen) == 4
