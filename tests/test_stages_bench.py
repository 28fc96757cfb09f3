"""What ``cliprt bench`` compares with is what it says."""

import json
from dataclasses import replace

import numpy as np
import torch
from fake_robot import FakeRobot

from cliprt.cli import main
from cliprt.recipe.build import build_actor, build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.stages.bench import exchange, rlds
from cliprt.stages.bench.decide import forget_texts
from cliprt.stages.bench.rows import in_turn
from cliprt.testing.format import sample_episodes


def test_as_released_encodes_the_instruction_and_every_phrase_without_gradients(monkeypatch):
    recipe = load_recipe("tiny")
    policy = build_policy(recipe, build_vocabulary(recipe))
    actor = build_actor(recipe, policy)
    encode, encoded = policy.encoder.encode_text, []

    def note(texts):
        encoded.extend((text, torch.is_grad_enabled()) for text in texts)
        return encode(texts)

    monkeypatch.setattr(policy.encoder, "encode_text", note)
    pixels = np.zeros((64, 64, 3), np.uint8)
    with FakeRobot() as robot:
        seen = replace(robot.observe(), images={"scene": pixels, "wrist": pixels})

    def decide():
        encoded.clear()
        return actor(seen, "Close the laptop").scores

    first = decide()
    texts = sorted(encoded)
    assert len(texts) == len(set(policy.phrases)) + 1
    assert (policy.prompt.format("Close the laptop"), False) in texts
    assert not any(with_gradients for _, with_gradients in texts)
    decide()
    assert encoded == [], "both are kept"
    forget_texts(policy)
    assert np.array_equal(decide(), first)
    assert sorted(encoded) == texts


def test_every_form_that_is_installed_is_measured(monkeypatch):
    monkeypatch.setattr(exchange, "EPISODES", 1)
    monkeypatch.setattr(exchange, "STEPS", 2)
    seen = sample_episodes()[0].steps[0].observation
    rows = {row.what: row.cpu_s for row in exchange.measure_formats(seen)}
    assert "write a frame as shards" in rows
    assert not any("raw" in name for name in rows), "it is not written"
    assert all(cpu_s > 0 for cpu_s in rows.values())


def test_rlds_steps_are_read_by_both_parsers_alike(tmp_path, monkeypatch):
    monkeypatch.setattr(rlds, "EPISODES", 2)
    rlds.write_sample(tmp_path / "toy", 2)
    readers = (rlds.read_all, rlds.read_without_images, rlds.read_by_protobuf)
    every, some, theirs = (list(reader(tmp_path / "toy")) for reader in readers)
    assert len(every) == len(theirs) == 4
    for ours, other, without in zip(every, theirs, some, strict=True):
        assert ours.keys() == other.keys()
        assert len(without) == len(ours) - 2
        for key, column in ours.items():
            np.testing.assert_array_equal(column, other[key])


def test_words_say_what_is_measured(capsys):
    assert main(["bench", "interpret", "tiny", "seed=3", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["what"] for row in told["rows"]] == ["read a sentence"]
    assert told["rows"][0]["cpu_s"] > 0
    assert told["command"].endswith("bench interpret tiny seed=3 --format json")
    limits = told["machine"]
    assert limits["flops_per_s"] > 1e8
    assert limits["bytes_per_s"] > 1e7


def test_what_is_compared_takes_turns():
    calls, ticks = [], iter(range(1000))

    def clock():
        return float(next(ticks))

    def slow():
        calls.append("slow")
        clock()

    fast_s, slow_s = in_turn([lambda: calls.append("fast"), slow], clock, least=2, budget_s=0)
    assert (fast_s, slow_s) == (1, 2)
    assert calls == ["fast", "slow"] * 3, "the first turn does not count"
