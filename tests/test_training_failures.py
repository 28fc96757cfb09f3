"""What goes wrong in a training's process is told once, and the run folder stays as it was."""

import resource
import signal
import sys
from dataclasses import replace

import pytest
from training_toy import fill_store, toy_recipe

from cliprt import registry
from cliprt.cli.main import main
from cliprt.errors import CliprtError, PluginError, ShownError, StoreError, UsageError
from cliprt.recipe.build import build_vocabulary
from cliprt.recipe.schema import Component
from cliprt.stages.training_process import run_training
from cliprt.training.fit import train_policy
from cliprt.training.job import TrainingJob

SOURCE = """
import torch
from cliprt.policies.clip_rt import ClipRtPolicy

class Raises(ClipRtPolicy):
    def loss(self, batch, vary):
        raise LookupError("no such column")

class Silent(ClipRtPolicy):
    def loss(self, batch, vary):
        return None

class Many(ClipRtPolicy):
    def loss(self, batch, vary):
        return {"loss": torch.zeros(3, requires_grad=True)}

class Frozen(ClipRtPolicy):
    def loss(self, batch, vary):
        return {"loss": torch.zeros(())}

class Nothing(ClipRtPolicy):
    def loss(self, batch, vary):
        return {k: v * torch.nan for k, v in super().loss(batch, vary).items()}
"""
BROKEN = ("Raises", "Silent", "Many", "Frozen", "Nothing")


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory):
    """Broken policies in a distribution that is installed, as far as Python can tell."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "broken.py").write_text(SOURCE)
    facts = folder / "broken-2.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 2.0")
    entries = "".join(f"{name.lower()} = broken:{name}\n" for name in BROKEN)
    (facts / "entry_points.txt").write_text(f"[cliprt.policies]\n{entries}")
    sys.path.insert(0, str(folder))
    registry.refresh()
    yield
    sys.path.remove(str(folder))
    registry.refresh()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return fill_store(tmp_path_factory.mktemp("store")).path


def job_of(policy, store, folder, **trainer):
    recipe = replace(toy_recipe(**trainer), policy=Component(policy))
    return TrainingJob(recipe, store, folder)


@pytest.mark.parametrize("policy", ["silent", "many", "frozen", "nothing"])
def test_a_policy_that_breaks_its_contract_is_named(policy, store, tmp_path):
    job = job_of(policy, store, tmp_path / "run")
    expected = "the loss of step 1" if policy == "nothing" else r"broken\..*loss\(\) answers"
    with pytest.raises(CliprtError, match=expected):
        train_policy(job, build_vocabulary(job.recipe))
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_a_policy_that_raises_has_one_traceback_and_one_error(store, tmp_path, capfd):
    with pytest.raises(
        PluginError, match=r"policy 'raises' of broken 2\.0 failed.*LookupError: no"
    ):
        run_training(job_of("raises", store, tmp_path / "run"))
    told = capfd.readouterr().err
    assert told.count("Traceback") == 1
    assert "no such column" in told


def test_a_bug_that_another_process_has_shown_is_shown_once(monkeypatch, capsys):
    def fail(arguments):
        raise ShownError("the training's process failed, as the traceback above shows")

    monkeypatch.setattr(sys.modules["cliprt.cli.main"], "_dispatch", fail)
    assert main(["train"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "cliprt: the training's process failed, as the traceback above shows"
    assert "this is a bug in cliprt" in second


@pytest.mark.slow
def test_a_full_disk_in_the_process_is_told_in_one_line(store, tmp_path, capfd):
    job = job_of("clip_rt", store, tmp_path / "run")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    try:
        with pytest.raises(StoreError, match="everything committed is safe"):
            run_training(job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "Traceback" not in capfd.readouterr().err
    assert run_training(job).metrics["steps"] == 24


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["silent", "nothing"])
def test_a_broken_contract_comes_out_of_the_process_in_one_line(policy, store, tmp_path, capfd):
    with pytest.raises((PluginError, UsageError)):
        run_training(job_of(policy, store, tmp_path / "run"))
    assert "Traceback" not in capfd.readouterr().err
