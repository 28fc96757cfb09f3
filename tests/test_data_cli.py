"""``cliprt episodes``: what a person types, what comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from data_samples import POSE, make_episode, make_step
from fake_robot import FakeRobot

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.recipe.schema import GateSection
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.runtime.record import Record
from cliprt.runtime.replay import replay
from cliprt.types import Attempt, Episode, Plan, PlannedStep, Primitive


@pytest.fixture
def run_folder(tmp_path):
    store = EpisodeStore(tmp_path / "episodes")
    store.write_episode(make_episode("pick-0", 2))
    store.write_episode(
        make_episode("pick-0-std", 1, origin="pick-0", refused="workspace: too low")
    )
    journal = store.begin(Attempt("pick-1", "pick", "pick it", 1, "teacher"))
    journal.append(make_step(0))
    journal.close()
    return tmp_path


def say(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["episodes", *map(str, arguments)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def test_ls_shows_every_episode(run_folder, capsys):
    code, out, err = say(capsys, "ls", run_folder)
    assert code == 0
    assert "pick-0-std" in out
    assert "2 episodes, 3 steps, 2 successful" in out
    assert "1 more are being recorded or were left unfinished" in err
    assert say(capsys, "ls", run_folder / "episodes")[1] == out
    facts = json.loads(say(capsys, "ls", run_folder, "--format", "json")[1])
    assert [(f["id"], f["steps"], f["meta"]) for f in facts] == [
        ("pick-0", 2, {}),
        ("pick-0-std", 1, {"origin": "pick-0"}),
    ]


def test_show_tells_what_was_said_and_done(run_folder, capsys):
    _, out, _ = say(capsys, "show", run_folder, "pick-0-std")
    assert "say 0" in out
    assert "step 0: workspace: too low" in out
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    assert ["success", "yes"] in lines
    assert ["origin", "pick-0"] in lines
    assert not {"{", "["} & set(out), "no dict, no list"
    facts = json.loads(say(capsys, "show", run_folder, "pick-0", "--format", "json")[1])
    assert facts["instruction"] == "pick it"
    assert [s["supervision"] for s in facts["steps"]] == ["say 0", "say 1"]
    assert facts["steps"][1]["images"] == ["scene", "wrist"]


def test_show_writes_a_video(run_folder, capsys, tmp_path):
    import imageio.v3 as iio

    code, _, err = say(capsys, "show", run_folder, "pick-0", "--video", tmp_path / "a.mp4")
    assert (code, f"wrote {tmp_path / 'a.mp4'}" in err) == (0, True)
    frames = list(iio.imiter(tmp_path / "a.mp4", plugin="FFMPEG"))
    assert len(frames) == 2
    assert frames[0].shape == (288, 576, 3)
    code, _, err = say(capsys, "show", run_folder, "pick-0", "--video", tmp_path / "a.gif")
    assert code == 2
    assert "is not an .mp4 file" in err


def test_repair_says_what_it_did(run_folder, capsys):
    _, out, _ = say(capsys, "repair", run_folder)
    assert "2 episodes are whole" in out
    assert "1 brought back up to the last whole step (success unknown): pick-1" in out
    facts = json.loads(say(capsys, "repair", run_folder, "--format", "json")[1])
    assert facts["whole"] == ["pick-0", "pick-0-std", "pick-1"]
    assert facts["recovered"] == []
    assert "recovered" in say(capsys, "ls", run_folder)[1]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("ls", "nowhere"), "there is no episode store in nowhere"),
        (("show", ".", "pick-O"), "Did you mean 'pick-0'"),
        (("replay", ".", "pick-0"), "name the robot's recipe with --recipe"),
        (("replay", ".", "pick-0", "--recipe", "tinny"), "tiny"),
        (("sho", "."), "invalid choice"),
    ],
)
def test_bad_input_exits_2_with_one_text(run_folder, capsys, monkeypatch, arguments, text):
    monkeypatch.chdir(run_folder)
    code, out, err = say(capsys, *arguments)
    assert (code, out) == (2, "")
    assert text in err


def test_damage_says_how_to_repair_it(run_folder, capsys):
    (run_folder / "episodes" / "episodes" / "pick-0" / "steps.jsonl").write_bytes(b"{}\n")
    code, _, err = say(capsys, "show", run_folder, "pick-0")
    assert code == 2
    command = err[err.index("cliprt episodes repair ") :].split()
    assert main(command[1:]) == 0
    assert say(capsys, "ls", command[-1])[0] == 0


def record(robot: Gate, path: Path) -> Episode:
    """Three moves and a close, recorded by the loop."""
    motions = [(0.0, 0.05, 0.0), (0.0, 0.0, -0.05), (0.05, 0.0, 0.0)]
    moves = [Primitive(0, f"move {m}", (*m, 0.0, 0.0, 0.0, 0.0)) for m in motions]
    steps = (*moves, Primitive(1, "close", gripper="closed"))
    plan = Plan("", "p", "test", tuple(PlannedStep(p) for p in steps))
    journal = EpisodeStore(path).begin(Attempt("e-0", "", "go", 0, "test"))
    prepare_scene(None, robot, 0)
    run_episode(
        PlanAgent(plan), robot, Attempt("e-0", "", "go", 0, "test", 9), record=Record(journal)
    )
    return EpisodeStore(path).load("e-0")


def test_replay_measures_deviations(tmp_path):
    episode = record(Gate(FakeRobot(), GateSection()), tmp_path)
    assert len(episode.steps) == 4
    assert episode.steps[3].outcome.gripper == "closed"
    same = replay(episode, Gate(FakeRobot(), GateSection()))
    assert same.max_position_m == same.max_angle_rad == 0
    assert len(same.deviations) == same.executed == 4
    drifted = replay(episode, Gate(FakeRobot(drift=(0.003, 0.0, 0.004)), GateSection()))
    assert drifted.max_position_m == pytest.approx(0.005)
    refusing = replay(episode, Gate(FakeRobot(refuse_at=1), GateSection()))
    assert [d.refused is None for d in refusing.deviations] == [True, False]


def test_replay_leaves_out_what_was_refused(tmp_path):
    store = EpisodeStore(tmp_path)
    steps = tuple(make_step(i, refused="too low" if i == 1 else None) for i in range(3))
    store.write_episode(Episode("a", "", "go", 0, "x", steps))
    robot = Gate(FakeRobot(home=POSE), GateSection())
    result = replay(store.load("a"), robot)
    assert [deviation.index for deviation in result.deviations] == [0, 2]
    assert result.executed == 2


@pytest.mark.parametrize("where", [".", "evaluations/abc"])  # of a run
def test_replay_on_the_simulated_arm(tmp_path, capsys, where):
    pytest.importorskip("pybullet")
    from cliprt.recipe.build import build_robot
    from cliprt.recipe.load import load_recipe, save_recipe

    recipe = load_recipe("tiny")
    with build_robot(recipe) as robot:
        record(robot, tmp_path / where / "episodes")
    save_recipe(recipe, tmp_path / "recipe.yaml")
    code, out, err = say(capsys, "replay", tmp_path / where, "e-0", "--format", "json")
    assert code == 0, err
    facts = json.loads(out)
    assert facts["reached"] == facts["executed"] == 4
    assert facts["max_position_m"] < 1e-6
    _, out, _ = say(capsys, "replay", tmp_path / where, "e-0")
    assert "4 of 4 steps, at most 0.00 mm and 0.00 deg off; success then: ?, now: ?" in out
