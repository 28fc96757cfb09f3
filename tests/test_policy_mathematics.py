"""Scoring, losses, metrics and schedules against slow, obvious versions of themselves."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cliprt  # noqa: F401 - before torchmetrics
from cliprt.policies.losses import (
    candidates_in_batch,
    in_batch_bce,
    vocabulary_bce,
    vocabulary_softmax,
)
from cliprt.policies.scoring import context, scores
from cliprt.training.augmentation import ImageAugmentation, augment, generator_at
from cliprt.training.metrics import VocabularyAccuracy
from cliprt.training.optimiser import OptimiserSettings, build_optimiser, learning_rate_factor

SEEDS = st.integers(0, 10_000)


def features(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def slow_in_batch(table, labels):
    """Section III-B, pair by pair: row i is a context, column j the phrase of sample j."""
    total = 0.0
    for i in range(len(labels)):
        for j in range(len(labels)):
            p = sigmoid(table[i][labels[j]])
            total -= math.log(p if labels[i] == labels[j] else 1 - p)
    return total / len(labels) ** 2


def slow_vocabulary_bce(table, labels):
    terms = [
        -math.log(sigmoid(s) if j == label else 1 - sigmoid(s))
        for row, label in zip(table, labels, strict=True)
        for j, s in enumerate(row)
    ]
    return sum(terms) / len(terms)


def slow_softmax(table, labels):
    return sum(
        math.log(sum(math.exp(s) for s in row)) - row[label]
        for row, label in zip(table, labels, strict=True)
    ) / len(labels)


@given(seed=SEEDS, batch=st.integers(1, 6), size=st.integers(2, 7))
@settings(max_examples=25, deadline=None)
def test_losses_equal_their_slow_versions(seed, batch, size):
    table = 3 * features(batch, size, seed=seed)
    labels = torch.randint(size, (batch,), generator=torch.Generator().manual_seed(seed))
    pairs = (
        (in_batch_bce, slow_in_batch),
        (vocabulary_bce, slow_vocabulary_bce),
        (vocabulary_softmax, slow_softmax),
    )
    for fast, slow in pairs:
        expected = slow(table.tolist(), labels.tolist())
        assert fast(table, labels).item() == pytest.approx(expected, rel=1e-9)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_phrases_outside_the_batch_do_not_matter_to_the_in_batch_loss(seed):
    table = features(5, 9, seed=seed)
    labels = torch.randint(9, (5,), generator=torch.Generator().manual_seed(seed))
    place = candidates_in_batch(labels.tolist())
    positions = torch.tensor([place[label] for label in labels.tolist()])
    whole, part = in_batch_bce(table, labels), in_batch_bce(table[:, list(place)], positions)
    assert whole.item() == pytest.approx(part.item(), rel=1e-12)


@given(seed=SEEDS, gain=st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_scores_are_cosines_times_the_scale(seed, gain):
    image, text = features(2, 3, 8, seed=seed)
    phrases = features(5, 8, seed=seed + 1)
    log_scale = torch.tensor(math.log(20.0), dtype=torch.float64)
    c = context(image, text, "sum")
    s = scores(c, phrases, log_scale)
    expected = 20 * torch.nn.functional.cosine_similarity(
        (image + text)[:, None], phrases[None], dim=-1
    )
    torch.testing.assert_close(s, expected)
    torch.testing.assert_close(scores(c, gain * phrases, log_scale), s)
    each = context(gain * image, text, "each")
    torch.testing.assert_close(each, context(image, text, "each"))
    assert not torch.allclose(context(10 * image, text, "sum"), c)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_with_a_sum_the_words_shift_scores_by_a_constant_of_the_image(seed):
    """Why additive fusion cannot tell where to look: the difference that an instruction makes to
    a phrase's unnormalised score is the same for every image."""
    images, phrases = features(4, 8, seed=seed), features(6, 8, seed=seed + 1)
    one, other = features(2, 8, seed=seed + 2)
    unit = phrases / phrases.norm(dim=-1, keepdim=True)
    shift = (images + one) @ unit.T - (images + other) @ unit.T
    torch.testing.assert_close(shift, shift[:1].expand_as(shift))
    length = (images + one).norm(dim=-1, keepdim=True)
    zero = torch.zeros((), dtype=torch.float64)
    ranked = scores(context(images, one.expand(4, 8)), phrases, zero)
    torch.testing.assert_close(ranked * length, (images + one) @ unit.T)


def test_metrics_count_primitives_directions_and_groups():
    metric = VocabularyAccuracy(["y+", "y+", "x-", "open"])
    metric.update(torch.tensor([0, 1, 2]), torch.tensor([0, 0, 0]))
    metric.update(torch.tensor([2, 2]), torch.tensor([2, 1]))
    values = {name: round(value.item(), 4) for name, value in metric.compute().items()}
    assert values == {
        "accuracy": 0.4,
        "direction_accuracy": 0.6,
        "accuracy/y+": 0.25,
        "accuracy/x-": 1.0,
        "samples/y+": 4,
        "samples/x-": 1,
    }


def test_the_learning_rate_rises_then_falls_to_zero():
    settings_ = OptimiserSettings(warmup_steps=10, max_steps=110)
    factors = [learning_rate_factor(step, settings_) for step in range(111)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[9] == factors[10] == 1
    assert factors[60] == pytest.approx(0.5)
    assert factors[110] == pytest.approx(0)
    constant = OptimiserSettings(warmup_steps=0, schedule="constant")
    assert learning_rate_factor(10_000, constant) == 1


def test_vectors_and_scalars_do_not_decay():
    optimiser, _ = build_optimiser(torch.nn.Linear(3, 2), OptimiserSettings(weight_decay=0.1))
    decays = {g["weight_decay"]: [p.ndim for p in g["params"]] for g in optimiser.param_groups}
    assert decays == {0.1: [2], 0.0: [1]}


@given(seed=SEEDS, step=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_augmentation_depends_on_seed_and_step_alone(seed, step):
    images = torch.rand(3, 3, 16, 16)
    how = ImageAugmentation(crop_scale=0.8, shift_px=2, colour_jitter=0.1)
    first = augment(images, how, generator_at(seed, step))
    assert torch.equal(first, augment(images, how, generator_at(seed, step)))
    assert not torch.equal(first, augment(images, how, generator_at(seed, step + 1)))
    assert torch.equal(augment(images, ImageAugmentation(), generator_at(seed, step)), images)


def test_a_shift_moves_whole_pixels_and_repeats_the_border():
    images = torch.arange(36.0).view(1, 1, 6, 6).expand(40, 3, 6, 6)
    moved = augment(images, ImageAugmentation(shift_px=1), generator_at(0, 0))
    shifts = set()
    for image in moved:
        padded = torch.nn.functional.pad(images[:1], (1, 1, 1, 1), mode="replicate")[0]
        found = [
            (dy, dx)
            for dy in range(3)
            for dx in range(3)
            if torch.allclose(image, padded[:, dy : dy + 6, dx : dx + 6], atol=1e-3)
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) == 9
