"""The paper's recipe with large networks and random weights, as far as a CPU goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cliprt.cli import main
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.training.memory_need import find_need

pytestmark = pytest.mark.slow

PAPER = ("paper_finetune", "encoder.pretrained=''", "trainer.accelerator=cpu", "trainer.threads=1")
BASE = ("encoder.model=ViT-B-16", "trainer.precision=32-true")
SHORT = ("trainer.max_steps=3", "trainer.warmup_steps=1", "trainer.log_every=1")


def measure(folder: Path, *overrides: str) -> dict[str, float]:
    """What one training took, in a process of its own."""
    script = Path(__file__).with_name("training_memory.py")
    command = [sys.executable, str(script), str(folder), *PAPER, *SHORT, "trainer.holdout=0"]
    done = subprocess.run([*command, *overrides], capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("recompute", ["false", "true"])
def test_what_is_said_beforehand_is_what_a_training_takes(recompute, tmp_path):
    told = measure(tmp_path, *BASE, "trainer.batch_size=8", f"trainer.recompute={recompute}")
    assert told["grew"] == pytest.approx(told["need"], rel=0.15)
    assert told["dry"] < 0.1 * told["grew"]


def test_the_papers_recipe_runs_to_its_report(tmp_path):
    few = ("data.episodes=1", "augmenters=[]", "evaluation.trials=1", "evaluation.max_steps=2")
    rest = ("evaluation.videos=0", "evaluation.compare_loop_breaking=false", "data.workers=1")
    own = ("tasks=[close_laptop]", "trainer.batch_size=2", "trainer.holdout=0")
    arguments = ["fit", *PAPER, *BASE, *SHORT, *own, *few, *rest, "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["training"]["steps"] == 3


def test_the_papers_training_fits_one_card_of_24_gb():
    recipe = load_recipe("paper_finetune")
    need = find_need(recipe, build_vocabulary(recipe))
    assert need.weights == pytest.approx(4 * 986.7e6, rel=0.001)
    assert need.gradients == pytest.approx(need.weights, rel=0.001)
    assert need.total < 20e9


def test_the_papers_network_learns_in_bfloat16_here(tmp_path):
    """All of ViT-H: some 12 GB, and most of an hour where a CPU has no such arithmetic."""
    told = measure(
        tmp_path, "trainer.precision=bf16-true", "trainer.batch_size=2", "trainer.max_steps=2"
    )
    assert told["steps"] == 2
    assert told["parameters"] == pytest.approx(986.7e6, rel=0.001)
    assert 0 < told["loss"] < 20
    assert told["grew"] == pytest.approx(told["need"], rel=0.15)
