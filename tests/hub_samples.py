"""A run folder as training leaves it, with a small policy in it and things that concern nobody."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from policy_toy import ToyVocabulary
from training_toy import toy_recipe

from cliprt.policies.calibration import Calibration
from cliprt.policies.checkpoint import save_policy
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import Component

VOCABULARY = ToyVocabulary()
CALIBRATION = Calibration(1.5, 0.9, 0.2, 0.1, 0.1, 0.9, 2.0, 3, 0.5, 40)
SECRETS = ("192.168.7.7", "/home/anna", "MY_LLM_API_KEY", "c:\\anna", "https://inner.example")


def make_run(folder: Path) -> Path:
    """A run of one trained policy, beside logs, a lock, a half-written file and a resume file."""
    recipe = replace(
        toy_recipe(),
        tasks=(Component("push"),),
        robot=Component("pybullet", {"host": "192.168.7.7", "image_size": 32}),
        interpreter=Component(
            "llm", {"key": "MY_LLM_API_KEY", "model": "https://inner.example/v1"}
        ),
        augmenters=(Component("scene", {"note": "/home/anna/x", "other": "c:\\anna"}),),
    )
    sources = (Component("shards", {"path": "/home/anna/oxe", "weight": 2}),)
    recipe = replace(
        recipe,
        data=replace(recipe.data, sources=sources),
        trainer=replace(recipe.trainer, start_from="/home/anna/runs/pretrained"),
    )
    place = folder / "policies" / "k1"
    policy = build_policy(toy_recipe(), VOCABULARY)
    save_policy(policy, asdict(recipe), VOCABULARY, place / "checkpoint", {"val/accuracy": 0.5})
    for name in ("calibration.json", "finished.json", "resume.ckpt", "learned_from.json"):
        (place / name).write_text(json.dumps(CALIBRATION.to_dict()))
    (place / "logs").mkdir()
    (place / "logs" / "events.csv").write_text("/home/anna/secret")
    (place / "checkpoint" / "policy.json.new").write_text("half")
    (folder / ".lock").write_text("123")
    (folder / "recipe.yaml").write_text("name: toy\nnote: /home/anna\n")
    (folder / "run.json").write_text(json.dumps({"policy": "k1"}))
    (folder / "report.json").write_text(json.dumps(report()))
    return folder


def report() -> dict[str, Any]:
    """Of two tasks; the second has signs in its name that Markdown knows."""
    tally = {"trials": 25, "successes": 24, "success_rate": 0.96, "interval": [0.805, 0.993]}
    tasks = [
        {"task": "push", "instruction": "Push the box", **tally},
        {"task": "odd", "instruction": "a|b <script>\n# no", **tally, "success_rate": 0.4},
    ]
    data = {"taught_episodes": 20, "taught_steps": 160, "who_taught": "a person"}
    return {
        "tasks": tasks,
        **tally,
        "trials": 50,
        "loop_breaking": True,
        "seeds": {"recipe": 7},
        "sources": {"metrics": "policies/k1"},
        "data": data,
        "created": "2026-11-30T10:00:00",
    }
