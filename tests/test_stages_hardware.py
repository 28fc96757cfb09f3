"""The stages on a robot that is no simulated one: attended by a person, one job after the other."""

import io
import sys
from dataclasses import asdict

import pytest
import torch

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError
from cliprt.policies.checkpoint import save_policy
from cliprt.recipe.build import build_policy, build_vocabulary, is_simulated
from cliprt.recipe.load import load_recipe
from cliprt.runtime.confirm import confirm_moves
from cliprt.stages.evaluate import evaluate
from cliprt.stages.run_folder import open_run

pytest_plugins = ["hardware_arm"]

ARM = ["robot=bench_arm", "data.workers=2"]
SPOKEN = "teleoperator={name: script, sentences: [left 5 cm, up 5 cm]}"


@pytest.fixture
def evaluating(arm, tmp_path):
    """Evaluates an untrained policy."""
    recipe = load_recipe("tiny", ["robot.image_size=32"])
    torch.manual_seed(0)
    vocabulary = build_vocabulary(recipe)
    save_policy(build_policy(recipe, vocabulary), asdict(recipe), vocabulary, tmp_path / "policy")
    recipe = load_recipe("tiny", [*ARM, "evaluation.max_steps=6", "evaluation.videos=0"])
    run = open_run(recipe, tmp_path / "run")
    return lambda: evaluate(recipe, run, "key", tmp_path / "policy")


def test_what_is_simulated_is_known_without_building_it(arm):
    assert is_simulated(load_recipe("tiny"))
    assert not is_simulated(load_recipe("tiny", ["robot=bench_arm"]))
    assert arm == []


def test_a_person_arranges_allows_and_judges_what_is_collected(arm, types, tmp_path, capsys):
    left = types("", "a", "", "", "")
    collect = ["collect", "--recipe", "tiny", *ARM, SPOKEN, "data.episodes=2"]
    assert main([*collect, "--out", str(tmp_path)]) == 0
    assert left() == ""
    assert len(arm) == 1
    assert len(arm[0].executed) == 4
    store = EpisodeStore(tmp_path / "episodes")
    assert [header.success for header in store.headers()] == [True, True]
    assert capsys.readouterr().err.count("Arrange the scene for: ") == 2


@pytest.mark.parametrize("goal", ["", ", goal: the cup is lifted"])
def test_a_skill_of_ones_own_is_taught_with_whatever_stands_there(
    arm, types, tmp_path, capsys, goal
):
    skill = f"tasks=[{{name: skill, as: wave, instruction: Wave, scene: [cup]{goal}}}]"
    left = types("", "a")
    collect = ["collect", "--recipe", "tiny", *ARM, SPOKEN, skill, "data.episodes=1"]
    assert main([*collect, "--out", str(tmp_path)]) == 0
    assert left() == ""
    (header,) = EpisodeStore(tmp_path / "episodes").headers()
    assert (header.task, header.success) == ("wave", True)
    assert "Arrange the scene for: Wave" in capsys.readouterr().err


def test_a_person_who_ends_it_keeps_what_was_done(arm, types, tmp_path, capsys):
    types("", "a", "s")
    collect = ["collect", "--recipe", "tiny", *ARM, SPOKEN, "data.episodes=2"]
    assert main([*collect, "--out", str(tmp_path)]) == 2
    assert "the person at the robot ended it; what was done is kept" in capsys.readouterr().err
    assert len(EpisodeStore(tmp_path / "episodes").ids()) == 1


def test_teaching_in_the_terminal_is_asked_about_too(arm, types, tmp_path, capsys):
    left = types("", "left 5 cm", "", "done")
    teach = ["teach", "--console", "--recipe", "tiny", *ARM, "data.episodes=1"]
    assert main([*teach, "--out", str(tmp_path)]) == 0
    assert left() == ""
    assert capsys.readouterr().err.count("Next: ") == 1


def test_a_policy_is_evaluated_by_a_person(evaluating, arm, types):
    left = types("", "", "s", "y", "", "a", "n")
    trials = evaluating().trials
    assert left() == ""
    assert [trial.success for trial in trials] == [True, False]
    assert trials[0].end == "stopped"
    assert len(arm) == 1


@pytest.mark.parametrize("wanted", [None, False])
def test_nobody_evaluates_unattended(evaluating, arm, monkeypatch, wanted):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    text = "nobody can say" if wanted is False else "the input is no terminal"
    with confirm_moves(wanted), pytest.raises(UsageError, match=text):
        evaluating()
    assert arm[0].executed == []


def test_variants_are_not_executed_where_scenes_cannot_be_rebuilt(arm, types, tmp_path, capsys):
    types("", "a")
    augment = ["augment", "--recipe", "tiny", *ARM, SPOKEN, "data.episodes=1"]
    assert main([*augment, "--out", str(tmp_path)]) == 2
    text = capsys.readouterr().err
    assert "the robot 'bench_arm' is no simulated one: nobody can rebuild the scenes" in text
    assert "augmenters=[]" in text
    assert main([*augment, "augmenters=[]", "--out", str(tmp_path)]) == 0
    fit = ["fit", "--recipe", "tiny", *ARM, SPOKEN, "--out", str(tmp_path / "new")]
    assert main(fit) == 2
    assert "augmenters=[]" in capsys.readouterr().err
    assert len(arm) == 1


def test_a_real_arm_is_no_benchmark(arm, tmp_path, capsys):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("tasks: [close_laptop]\nrobot: bench_arm\n")
    assert main(["recipes", "allow", str(recipe)]) == 0
    assert main(["bench", "--recipe", str(recipe)]) == 2
    assert "it would be moved unattended. Measure a recipe of a" in capsys.readouterr().err
    assert arm == []


def test_collecting_in_simulation_can_be_allowed_move_by_move(types, tmp_path, capsys):
    pytest.importorskip("pybullet")
    left = types("", "s", "a", "a")
    collect = ["collect", "--recipe", "tiny", "robot.image_size=16", "data.episodes=2"]
    assert main([*collect, "--out", str(tmp_path), "--confirm"]) == 0
    assert left() == ""
    assert "Next: " in capsys.readouterr().err
