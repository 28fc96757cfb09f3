"""Commands that move a robot which is no simulated one: a person arranges, allows and judges."""

import io
import json
import sys
from dataclasses import asdict

import pytest
import torch

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore

pytest_plugins = ["hardware_arm"]

ARM = ["--recipe", "tiny.yaml", "robot=bench_arm"]


@pytest.fixture
def policy(tmp_path):
    """The folder of an untrained policy."""
    from cliprt.policies.checkpoint import save_policy
    from cliprt.recipe.build import build_policy, build_vocabulary
    from cliprt.recipe.load import load_recipe

    recipe = load_recipe("tiny.yaml", ["robot.image_size=32"])
    torch.manual_seed(0)
    vocabulary = build_vocabulary(recipe)
    save_policy(build_policy(recipe, vocabulary), asdict(recipe), vocabulary, tmp_path / "policy")
    return tmp_path / "policy"


def episodes(store):
    store = EpisodeStore(store)
    return [store.load(i) for i in store.ids()]


def test_a_person_teaches_and_allows_every_move(arm, types, tmp_path, capsys):
    left = types("", "left 5 cm", "", "up 5 cm", "n", "up 1 cm", "a", "right 1 cm", "done")
    store = tmp_path / "store"
    assert main(["run", *ARM, "--teleoperator", "console", "--store", str(store)]) == 0
    assert left() == ""
    shown = capsys.readouterr().err
    assert "Arrange the scene for: " in shown
    assert "Next: move the arm to the left by five centimeters\n" in shown
    assert "from (45.0, 0.0, 25.0) to (45.0, 5.0, 25.0) cm, keeping the gripper" in shown
    assert len(arm[0].executed) == 3
    (episode,) = episodes(store)
    assert (len(episode.steps), episode.success, episode.meta["end"]) == (4, True, "done")


def test_a_policy_acts_and_the_person_judges(arm, types, policy, tmp_path, capsys):
    left = types("", "", "", "", "s", "y", "", "a", "n", "s")
    store = tmp_path / "store"
    options = ["--checkpoint", str(policy), "--store", str(store), "--episodes", "3"]
    assert main(["run", *ARM, "evaluation.max_steps=6", *options]) == 0
    assert left() == ""
    first, second = episodes(store)
    assert (first.success, first.meta["end"]) == (True, "stopped")
    assert sum(step.outcome.refused is None for step in first.steps) == 3
    assert (second.success, second.meta["end"]) == (False, "max_steps")
    assert "Did it succeed?" in capsys.readouterr().err


def test_a_protective_stop_is_waited_for(arm, types, tmp_path, capsys):
    left = types("", "left 5 cm", "a", "up 5 cm", "", "", "up 1 cm", "done")
    store = tmp_path / "store"
    hit = ["robot.trip_at=1", "--teleoperator", "console", "--store", str(store)]
    assert main(["run", *ARM[:2], "robot.name=bench_arm", *hit]) == 0
    assert left() == ""
    out, shown = capsys.readouterr()
    assert "'up 5 cm' -> raise the arm up by five centimeters  STOPPED on its way\n" in out
    assert "Stopped: protective stop: something is in the way\n" in shown
    assert "Stopped: protective stop: something is in the way (still locked)\n" in shown
    (episode,) = episodes(store)
    assert episode.steps[1].outcome.stopped_because
    assert (len(episode.steps), episode.meta["end"]) == (3, "done")


@pytest.mark.parametrize("command", ["run", "run with a policy"])
def test_without_a_terminal_nothing_moves(
    arm,
    policy,
    tmp_path,
    capsys,
    monkeypatch,
    command,
):
    monkeypatch.setattr(sys, "stdin", io.StringIO("left 5 cm\ndone\n"))
    who = ["--checkpoint", str(policy)] if "policy" in command else ["--teleoperator", "console"]
    run = ["run", *ARM, *who, "--store", str(tmp_path / "store")]
    assert main(run) == 2
    assert "the input is no terminal" in capsys.readouterr().err
    assert arm[0].executed == []
    if "policy" not in command:
        assert main([*run, "--no-confirm"]) == 0
        assert len(arm[1].executed) == 1


def test_a_link_that_is_lost_for_good_ends_the_episode(
    arm,
    policy,
    tmp_path,
    capsys,
    monkeypatch,
):
    store = tmp_path / "store"
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    options = ["robot.name=bench_arm", "robot.lost_at=1", "--no-confirm", "--store", str(store)]
    assert main(["run", *ARM[:2], *options, "--checkpoint", str(policy)]) == 0
    assert "ended by fault (nobody answers at 192.0.2.1. Check the cable.)" in (
        capsys.readouterr().out
    )
    (episode,) = episodes(store)
    assert episode.meta["end"] == "fault"
    assert episode.steps[-1].outcome.stopped_because


def test_moves_can_be_allowed_one_by_one_in_simulation(types, tmp_path, capsys):
    pytest.importorskip("pybullet")
    left = types("", "", "s")
    options = ["robot.image_size=16", "--store", str(tmp_path / "store"), "--confirm"]
    assert main(["run", "--recipe", "tiny.yaml", *options, "--format", "json"]) == 0
    assert left() == ""
    out, err = capsys.readouterr()
    assert err.count("Next: ") == 3
    assert "Arrange" not in err
    assert json.loads(out)["episodes"][0]["end"] == "stopped"
