"""Faster ways to compute: what each changes, how it is measured, and when it is taken."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from policy_toy import ToyVocabulary
from test_policy_deciding import ASKED, build, observations, ranked

from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError
from cliprt.policies.acting import Actor
from cliprt.policies.agreement import Agreement, Place, fastest, load_agreements
from cliprt.policies.checkpoint import save_policy
from cliprt.policies.modes import EXACT, Mode, check_mode, modes_of
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import RuntimeSection
from cliprt.stages.agree import with_agreed_mode
from cliprt.stages.keys import evaluation_key
from cliprt.types import Episode, Outcome, Primitive, Step

CPU = torch.device("cpu")
HERE = Place("weights", "cpu AVX2", "2.13")


def measured(precision="int8", same=200, decisions=200, decision_s=1.0, compiled=False):
    return Agreement(precision, compiled, decisions, same, decision_s, 2.0, 0.0, 1, HERE)


@pytest.fixture
def run(tmp_path):
    """A run whose policy saw four episodes of 60 steps."""
    policy = build("open_clip", fusion="residual")
    encoder = {"name": "open_clip", "options": {"model": "cliprt-tiny"}}
    recipe = {"policy": {"name": "clip_rt", "options": {"fusion": "residual"}}, "encoder": encoder}
    save_policy(policy, recipe, ToyVocabulary(), tmp_path / "policies" / "p" / "checkpoint")
    store = EpisodeStore(tmp_path / "episodes", durable=False)
    pose = (0.0,) * 6
    outcome = Outcome((0.0,) * 7, None, pose, pose)
    for number, asked in enumerate(ASKED * 2):
        steps = tuple(
            Step(i, seen, "", Primitive(0, "move the arm forward"), outcome, "test")
            for i, seen in enumerate(observations(60, seed=number))
        )
        store.write_episode(Episode(f"e-{number}", "toy", asked, number, "test", steps))
    return tmp_path


@pytest.mark.parametrize("encoder", ["small_cnn", "open_clip"])
def test_eight_bits_choose_nearly_alike_and_hold_less(encoder):
    seen = observations(40)
    exact, rounded = Actor(build(encoder)), Actor(build(encoder), precision="int8")
    kept = {id(weight) for weight in rounded.policy.encoder.text_weights().values()}
    assert kept <= set(map(id, rounded.policy.parameters()))  # texts are read as exactly as before
    expected, found = (ranked(a(o, ASKED[0]) for o in seen) for a in (exact, rounded))
    assert 0 < abs(found - expected).max() < 0.2
    assert (found.argmax(1) == expected.argmax(1)).mean() >= 0.9
    assert rounded.memory_bytes < exact.memory_bytes


def test_a_device_computes_what_it_has():
    assert Mode("int8") in modes_of(CPU)
    assert not {"tf32", "16-true", "32-true"} & {
        m.precision for m in modes_of(CPU) if not m.compiled
    }
    assert {"tf32", "bf16-true", "16-mixed"} <= {
        m.precision for m in modes_of(torch.device("cuda"))
    }
    with pytest.raises(UsageError, match=r"precision=tf32 needs a GPU, and this acts on cpu"):
        check_mode(Mode("tf32"), CPU)
    with pytest.raises(UsageError, match=r"precision=int8 needs a cpu, and this acts on cuda:0"):
        check_mode(Mode("int8"), torch.device("cuda:0"))
    with pytest.raises(UsageError, match=r"auto stands for a precision: cliprt agree"):
        Actor(build(), precision="auto")


def test_without_a_compiler_nothing_is_compiled(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert not any(mode.compiled for mode in modes_of(CPU))
    with pytest.raises(UsageError, match=r"compile=true needs a C\+\+ compiler, and no-such-comp"):
        Actor(build(), compiled=True)


def test_only_what_agrees_and_is_faster_is_taken_unasked():
    assert fastest([]) == EXACT
    assert fastest([measured(same=198, decision_s=0.1)]) == EXACT  # 99 %
    assert fastest([measured(decisions=199, same=199)]) == EXACT
    assert fastest([measured(decision_s=2.5)]) == EXACT
    rows = [measured(), measured("bf16-true", 199, decision_s=0.9), measured("16-true", 190)]
    assert fastest(rows) == Mode("bf16-true")


def test_modes_are_measured_on_what_was_recorded_and_kept(run, capsys):
    assert main(["agree", str(run), "int8", "bf16-mixed", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["modes"]
    assert [row["precision"] for row in rows] == ["int8", "bf16-mixed"]
    assert {row["decisions"] for row in rows} == {200}
    assert all(row["same"] > 150 and row["decision_s"] > 0 for row in rows)
    checkpoint = run / "policies" / "p" / "checkpoint"
    kept = load_agreements(checkpoint)
    assert [one.same for one in kept] == [row["same"] for row in rows]
    assert main(["agree", str(run), "int8"]) == 0
    assert "int8" in capsys.readouterr().out
    assert len(load_agreements(checkpoint)) == 2


def test_a_recipe_is_told_how_its_mode_agrees_which_is_measured_once(run, capsys):
    checkpoint = run / "policies" / "p" / "checkpoint"
    recipe = load_recipe("tiny", ["runtime.precision=int8"])
    assert with_agreed_mode(recipe, checkpoint) == recipe
    first = capsys.readouterr().err
    assert "Decides in int8: the choices of float32 in" in first
    (found,) = load_agreements(checkpoint)
    assert found.suffices or "too little to be taken unasked; the recipe names it" in first
    auto = replace(recipe, runtime=RuntimeSection("cpu", "auto"))
    chosen = with_agreed_mode(auto, checkpoint).runtime
    assert Mode(chosen.precision, chosen.compile) == fastest(load_agreements(checkpoint)[:1])
    assert "Measuring" not in capsys.readouterr().err
    assert with_agreed_mode(load_recipe("tiny"), checkpoint).runtime == RuntimeSection()


def test_where_nothing_was_recorded_nothing_is_measured(run):
    checkpoint = run / "policies" / "p" / "checkpoint"
    for header in EpisodeStore(run / "episodes").headers():
        EpisodeStore(run / "episodes").set_aside(header.id)
    with pytest.raises(UsageError, match=r"holds no recorded observation.*agree POLICY --episodes"):
        with_agreed_mode(load_recipe("tiny", ["runtime.precision=int8"]), checkpoint)


def test_trials_in_another_mode_have_another_name():
    exact, rounded = load_recipe("tiny"), load_recipe("tiny", ["runtime.precision=int8"])
    assert evaluation_key(exact, "p") != evaluation_key(rounded, "p")


def test_a_precision_that_is_none_is_named(run, capsys):
    assert main(["agree", str(run), "int4"]) == 2
    assert "no precision 'int4'. Did you mean 'int8'?" in capsys.readouterr().err


@pytest.mark.slow
def test_a_compiled_policy_scores_as_before():
    seen = observations(5)
    exact, compiled = Actor(build()), Actor(build(), compiled=True)
    compiled.prepare(ASKED)
    expected, found = (ranked(a(o, ASKED[0]) for o in seen) for a in (exact, compiled))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(ranked(compiled.propose(seen, [ASKED[0]] * 5)), expected, atol=1e-4)


@pytest.mark.slow
def test_memory_stays_as_it_is_over_100_000_decisions():
    actor, (seen,) = Actor(build()), observations(1)
    actor.prepare(ASKED)

    def decide(times):
        for i in range(times):
            actor(seen, ASKED[i % 2])
        return resident_bytes()

    before = decide(2_000)
    assert decide(100_000) < before + 2**20


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
