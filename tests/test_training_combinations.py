"""Whatever a recipe may say about a training goes together: one real step of every pair of values.

The values come from the schema, the policies' constructors and the registry, so a new one is tried
as soon as it is allowed.  A new family of encoders needs a small model of its kind here.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations, product
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import torch
from policy_toy import ToyVocabulary, toy_table
from torch.utils.data import DataLoader
from training_toy import fill_store, toy_recipe

from cliprt.data.batches import Row, to_batch
from cliprt.encoders.open_clip import OpenClipEncoder, open_clip
from cliprt.recipe.build import build_policy
from cliprt.recipe.load import load_recipe
from cliprt.recipe.options import constructor_options
from cliprt.recipe.schema import Component, Recipe, TrainerSection
from cliprt.registry import entries, load
from cliprt.training.finite import StayFinite
from cliprt.training.fit import _build_trainer, train_policy
from cliprt.training.fitting import Fitting
from cliprt.training.job import TrainingJob

TEXT = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
PLAIN = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8}
FAMILIES: dict[str, dict[str, Any]] = {
    "toy-vit": {"quick_gelu": True, "vision_cfg": PLAIN},
    "toy-resnet": {
        "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}
    },
    "toy-timm": {
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": {"timm_model_name": "test_vit", "timm_pool": "map", "timm_proj": "none"}
        | {"image_size": 64},
        "text_cfg": {"no_causal_mask": True, "proj_bias": True, "pool_type": "last"},
        "embed_dim": 64,
    },
    "toy-coca": {
        "custom_text": True,
        "vision_cfg": {**PLAIN, "attentional_pool": True, "attn_pooler_heads": 2}
        | {"output_tokens": True},
        "text_cfg": {"embed_cls": True, "output_tokens": True},
        "multimodal_cfg": {**TEXT, "attn_pooler_heads": 2},
    },
}
ENCODERS = {
    "small_cnn": [{"image_size": 32, "width": 8}],
    "open_clip": [{"model": name} for name in FAMILIES],
}
"""Encoder -> options of a small one of every family."""

NOT_HERE = {
    "trainer.accelerator": ("gpu", "cuda", "mps"),
    "trainer.strategy": ("ddp", "ddp_find_unused_parameters_true"),
}
"""Allowed values that need a device, or several processes (see test_training_processes)."""


def choices(hints: dict[str, Any]) -> dict[str, list[Any]]:
    """Values of all keys that allow only certain ones."""
    return {name: list(get_args(h)) for name, h in hints.items() if get_origin(h) is Literal}


def space() -> dict[str, list[Any]]:
    """Key -> every value that it may have."""
    trainer = get_type_hints(TrainerSection)
    found = {f"trainer.{name}": values for name, values in choices(trainer).items()}
    found |= {"trainer.accumulate": [1, 2], "trainer.gradient_clip": [1.0, 0.0]}
    ours = (e.name for e in entries("policy") if e.package == "cliprt")
    policies = [name for name in ours if load("policy", name).learns]
    for name in policies:
        options = {o.name: o.annotation for o in constructor_options("policy", name).parameters}
        found |= {f"policy.{key}": values for key, values in choices(options).items()}
    encoders = [e.name for e in entries("encoder") if e.package == "cliprt"]
    found["policy"] = policies
    found["encoder"] = [Component(n, options) for n in encoders for options in ENCODERS[n]]
    return {k: [v for v in vs if v not in NOT_HERE.get(k, ())] for k, vs in found.items()}


def pairwise(values: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Choices so that any two values of two keys occur together."""
    keys = sorted(values, key=lambda key: -len(values[key]))
    left = {
        ((a, i), (b, j))
        for a, b in combinations(keys, 2)
        for i, j in product(range(len(values[a])), range(len(values[b])))
    }
    rows = []
    while left:
        (first, second), row = min(left), {}
        row.update([first, second])
        for key in keys:
            if key not in row:
                gains = [
                    sum(
                        tuple(sorted(((k, v), (key, i)), key=lambda p: keys.index(p[0]))) in left
                        for k, v in row.items()
                    )
                    for i in range(len(values[key]))
                ]
                row[key] = gains.index(max(gains))
        pairs = combinations([(key, row[key]) for key in keys], 2)
        left -= set(pairs)
        rows.append({key: values[key][i] for key, i in row.items()})
    return rows


def to_recipe(chosen: dict[str, Any]) -> Recipe:
    """A recipe with these values."""
    options = {k.removeprefix("policy."): v for k, v in chosen.items() if k.startswith("policy.")}
    trainer = {k.removeprefix("trainer."): v for k, v in chosen.items() if k.startswith("trainer.")}
    recipe = toy_recipe(**{"max_steps": 1, "warmup_steps": 0, **trainer})
    policy = Component(chosen["policy"], options)
    return replace(recipe, policy=policy, encoder=chosen["encoder"])


@pytest.fixture(scope="module", autouse=True)
def families(tmp_path_factory):
    """Makes OpenCLIP know small models of every family."""
    folder = tmp_path_factory.mktemp("families")
    for name, config in FAMILIES.items():
        whole = {"embed_dim": 32, **config, "text_cfg": {**TEXT, **config.get("text_cfg", {})}}
        (folder / f"{name}.json").write_text(json.dumps(whole))
    OpenClipEncoder("cliprt-tiny")  # makes ours known first
    open_clip.add_model_config(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cliprt.encoders.open_clip._models", open_clip.list_models)
        yield


@pytest.fixture(scope="module")
def rows():
    table = toy_table(8, seed=0)
    return [
        Row(
            {"wrist": table.images["wrist"][i]},
            table.instructions[i],
            np.empty(0, np.float32),
            int(table.labels[i]),
        )
        for i in range(8)
    ]


def name_of(chosen: dict[str, Any]) -> str:
    values = [
        v.options.get("model", v.name) if isinstance(v, Component) else v for v in chosen.values()
    ]
    return "-".join(map(str, values))


@pytest.mark.parametrize("chosen", pairwise(space()), ids=name_of)
def test_what_a_recipe_may_say_together_takes_a_step(chosen, rows, tmp_path):
    recipe = to_recipe(chosen)
    torch.manual_seed(0)
    fitting = Fitting(build_policy(recipe, ToyVocabulary()), recipe, ["x"] * 4)
    before = {n: p.detach().clone().float() for n, p in fitting.policy.named_parameters()}
    section = recipe.trainer
    trainer = _build_trainer(
        section,
        max_steps=1,
        gradient_clip_val=section.gradient_clip or None,
        accumulate_grad_batches=section.accumulate,
        callbacks=[StayFinite(tmp_path / "resume.ckpt")],
        logger=False,
        enable_checkpointing=False,
    )
    size = len(rows) // section.accumulate
    pieces = [to_batch(rows[i : i + size]) for i in range(0, len(rows), size)]
    trainer.fit(
        fitting,
        train_dataloaders=DataLoader(pieces, None),
        val_dataloaders=DataLoader(pieces, None),
    )
    assert trainer.global_step == 1
    after = dict(fitting.policy.named_parameters())
    assert any(not torch.equal(after[n].detach().float(), p) for n, p in before.items())


def test_finding_out_a_models_widths_changes_none_of_its_statistics():
    counts = [b for n, b in OpenClipEncoder("toy-resnet").named_buffers() if "tracked" in n]
    assert counts
    assert all(count == 0 for count in counts)


def test_the_papers_recipe_trains_as_shipped_but_for_its_size(tmp_path):
    shipped = load_recipe("paper_finetune")
    small = load_recipe(
        "paper_finetune",
        [
            *("encoder.model=cliprt-tiny", "encoder.pretrained=''", "robot.image_size=32"),
            *("trainer.max_steps=4", "trainer.warmup_steps=3", "trainer.accelerator=auto"),
        ],
    )
    scaled = {"max_steps": 4, "warmup_steps": 3, "accelerator": "auto"}
    assert small.trainer == replace(shipped.trainer, **scaled)
    assert (small.policy, small.vocabulary) == (shipped.policy, shipped.vocabulary)
    assert (small.runtime, small.seed) == (shipped.runtime, shipped.seed)
    store = fill_store(tmp_path / "store", camera="scene")
    job = TrainingJob(small, store.path, tmp_path / "run")
    result = train_policy(job, ToyVocabulary())
    assert result.metrics["steps"] == 4
    assert result.metrics["val/accuracy"] >= 0
