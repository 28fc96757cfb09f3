"""What ``cliprt bench`` compares with is what it says."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from fake_robot import FakeRobot

from cliprt.cli import main
from cliprt.errors import StoreError, UsageError
from cliprt.policies.losses import LOSSES
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.stages.bench import beside_openvla, clip_rt_plus, decide, exchange, rlds, train
from cliprt.stages.bench.clip_rt_plus import ChunkDecoder
from cliprt.stages.bench.flops import count_decision
from cliprt.stages.bench.machine import Machine
from cliprt.stages.bench.picture import draw
from cliprt.stages.bench.plain_loop import plain_loss
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting, as_published
from cliprt.testing.format import sample_episodes

CAMERAS = ("scene", "wrist")
PIXELS = np.random.default_rng(0).integers(255, size=(64, 64, 3), dtype=np.uint8)
with FakeRobot() as robot:
    LOOK = replace(robot.observe(), images=dict.fromkeys(CAMERAS, PIXELS))


def test_a_plain_step_learns_what_ours_learns():
    recipe = load_recipe("tiny")
    policy = build_policy(recipe, build_vocabulary(recipe)).train()
    images = {name: torch.randint(256, (4, 3, 64, 64), dtype=torch.uint8) for name in CAMERAS}
    asked, labels = ["Close the laptop", "Stamp", "Stamp", ""], torch.tensor([3, 5, 5, 57])
    for loss in ("vocabulary_softmax", "vocabulary_bce", "in_batch_bce"):
        policy._loss = LOSSES[loss]
        batch = {"images": images, "instruction": asked, "label": labels}
        views = [policy.encoder.preprocess(images[name]) for name in policy.cameras]
        ours = policy.loss(batch, lambda image: image)["loss"]
        torch.testing.assert_close(plain_loss(policy, loss, views, asked, labels), ours)


def test_steps_take_turns_over_epochs(monkeypatch):
    monkeypatch.setattr(train, "SCENES", 2)
    monkeypatch.setattr(train, "TURNS", 2)
    monkeypatch.setattr(train, "look_at_scenes", lambda recipe, count: [(LOOK, "Stamp")] * count)
    recipe = load_recipe("tiny", ["trainer.batch_size=8"])
    _, decoding, decoded = train.measure_train(Setting(recipe))
    assert decoding.cpu_s == decoded.cpu_s > 0
    assert decoding.baseline_cpu_s > 0
    assert decoded.baseline_cpu_s > 0
    assert decoding.bound > 0


def test_operations_are_counted_without_computing_them():
    recipe = load_recipe("tiny")
    counted = count_decision(recipe, build_vocabulary(recipe))
    assert counted.first > counted.next > 1e6
    large = as_published(recipe, "ViT-B-16")
    assert count_decision(large, build_vocabulary(large)).bound == pytest.approx(11, abs=1)
    with torch.device("meta"):
        plus = sum(weight.numel() for weight in ChunkDecoder(1024).parameters())
    assert 986.7e6 + plus == pytest.approx(1.3e9, rel=0.01), "as published, with the towers"


def test_openvla_is_timed_by_its_own_python(tmp_path, monkeypatch):
    told = {
        **{"cpu_s": 80.0, "device": "cpu", "flops": 10**15, "parameters": 7.5e9, "actions": 1},
        **{"layers": 32, "layers_held": 1},
    }
    monkeypatch.setattr(clip_rt_plus, "LAYERS", 1)
    asked, python = tmp_path / "asked.txt", tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\necho \"$@\" >> {asked}\necho loading\necho '{json.dumps(told)}'\n"
    )
    python.chmod(0o755)
    (tmp_path / "time_openvla.py").touch()
    monkeypatch.setattr(beside_openvla, "_find_program", lambda: tmp_path / "time_openvla.py")
    monkeypatch.setattr(decide, "look_at_scenes", lambda recipe, count: [(LOOK, "Stamp")])
    alone, one, plus, oft = decide.measure_decide(Setting(load_recipe("tiny"), openvla=python))
    assert alone.agreement == 1
    assert one.baseline_cpu_s == plus.baseline_cpu_s == oft.baseline_cpu_s == 80
    assert one.cpu_s == alone.cpu_s
    assert "7.5 B random weights, 1 of 32 layers run again" in one.baseline
    assert plus.bound > 1
    assert oft.bound == pytest.approx(plus.bound / 8), "a chunk beside a chunk"
    models = [line.split()[2] for line in asked.read_text().splitlines()]
    assert models == ["openvla", "openvla-oft"]
    python.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(UsageError, match=r"exit status 3\. The README of cliprt-openvla says"):
        list(decide.measure_decide(Setting(load_recipe("tiny"), openvla=python)))


def test_a_served_answer_costs_what_it_costs_more(monkeypatch):
    pytest.importorskip("websockets")
    from cliprt.serving import measuring

    monkeypatch.setattr(measuring, "look_at_scenes", lambda recipe, count: [(LOOK, "Stamp")])
    monkeypatch.setattr(measuring, "CALLS", 12)
    (row,) = measuring.measure_serve(Setting(load_recipe("tiny")))
    assert row.cpu_s > 0
    assert row.baseline_cpu_s > 0


def test_ratios_are_drawn(tmp_path):
    rows = [
        Measured("decide", 0.1, "ViT-B-16", "32-true", "slowly", 1.0, 11.0, 1.0),
        Measured("look", 0.1),
    ]
    file = tmp_path / "speeds.svg"
    draw(Machine("a processor", 2, "2.13", 5e10, 1e10), rows, file)
    drawn = file.read_text()
    assert "<svg" in drawn
    with pytest.raises(StoreError):
        draw(Machine("a processor", 2, "2.13", 5e10, 1e10), rows, tmp_path / "no" / "speeds.svg")


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

    both = [lambda: calls.append("fast"), slow]
    assert in_turn(both, clock, least=3, budget_s=0) == [1, 2]
    assert calls == ["fast", "slow"] * 4, "the first turn does not count"
    calls.clear()
    assert in_turn([*both, lambda: [clock() for _ in range(30)]], clock, budget_s=0)[1] == 2
    assert calls == ["fast", "slow"] * 2, "half a minute is waited for twice, not more often"
