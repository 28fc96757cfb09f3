"""Episodes replayed on another robot than they were recorded on, hardware or simulated."""

import json
import math

import pytest
from beside import Beside
from fake_robot import HOME, FakeRobot

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError
from cliprt.recipe.schema import GateSection
from cliprt.registry import load
from cliprt.runtime.confirm import Attendant
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.runtime.record import Record
from cliprt.runtime.replay import distance_to_start, replay
from cliprt.types import Attempt, Plan, PlannedStep

pytest_plugins = ["hardware_arm"]

ELSEWHERE = (0.5, 0.1, 0.3, 0.0, 3.0, 0.2)
NEAR = (0.5, 0.0, 0.3, 0.0, 3.0, 0.0)
PHRASES = (
    "move the arm to the left by five centimeters",
    "close the gripper",
    "raise the arm up by ten centimeters",
)


def fake(home=HOME, **options):
    gate = Gate(FakeRobot(home, **options), GateSection())
    gate.connect()
    return gate


def record(gate, journal=None, go_on=None):
    """An episode of three steps."""
    by_phrase = {p.phrase: p for p in load("vocabulary", "clip_rt_58")().primitives}
    steps = tuple(PlannedStep(by_phrase[phrase]) for phrase in PHRASES)
    return run_episode(
        PlanAgent(Plan("e", "p", "test", steps)),
        gate,
        Attempt("e", "", "lift it", 0, "test", 10),
        record=Record(journal),
        company=Beside(go_on=go_on),
    )


@pytest.mark.parametrize("was_simulated", [True, False])
def test_a_simulated_robot_is_put_where_the_episode_began(was_simulated):
    episode = record(fake(ELSEWHERE, simulated=was_simulated))
    again = fake()
    result = replay(episode, again)
    assert (len(result.deviations), result.end) == (3, "done")
    assert result.max_position_m < 1e-9
    assert again.simulation.tcp_pose[2] == pytest.approx(0.4)


def test_a_simulated_robot_that_cannot_get_there_says_so(monkeypatch):
    episode, again = record(fake(ELSEWHERE)), fake()
    monkeypatch.setattr(type(again.simulation), "move_home", lambda self, pose: False)
    with pytest.raises(RobotError, match=r"cannot reach where the episode began, \(50.0, 10.0, 30"):
        replay(episode, again)


@pytest.mark.parametrize("was_simulated", [True, False])
def test_hardware_drives_to_the_start_if_it_is_near(was_simulated):
    episode = record(fake(NEAR, simulated=was_simulated))
    robot = FakeRobot(simulated=False)
    gate = Gate(robot, GateSection())
    gate.connect()
    shown = []

    def ask(question):
        shown.append(question)
        return "y"

    metres, angle_rad = distance_to_start(episode, gate)
    assert (metres, angle_rad) == pytest.approx((math.hypot(0.05, 0.05), 0.0))
    attendant = Attendant(gate, ask)
    result = replay(episode, gate, person=attendant)
    assert "from (45.0, 0.0, 25.0) to (50.0, 0.0, 30.0) cm" in shown[0]
    assert len(shown) == 1 + 3 + 1
    assert len(robot.executed) == 4
    assert len(result.deviations) == 3
    assert result.max_position_m < 1e-9
    assert result.success is True


def test_hardware_does_not_drive_far_or_unasked():
    episode, gate = record(fake((0.7, 0.4, 0.25, *HOME[3:]))), fake(simulated=False)
    with pytest.raises(RobotError) as caught:
        replay(episode, gate)
    assert "the arm is 47.2 cm from where the episode began, (70.0, 40.0, 25.0) cm" in (
        str(caught.value)
    )
    assert "step: 0.472 m long, above the limit 0.300 m. Bring it there" in str(caught.value)
    gate = fake(simulated=False)
    gate.ask_before(lambda pose, motion, gripper: "no, thank you")
    with pytest.raises(RobotError, match="does not drive there: no, thank you"):
        replay(record(fake(NEAR)), gate)


def test_the_fingers_begin_as_they_began_then():
    opening = fake()
    opening.execute((0.0,) * 7, "closed")
    episode = record(opening)
    assert episode.steps[0].observation.gripper == "closed"
    again = fake(simulated=False)
    replay(episode, again)
    assert again._backend.executed[0] == ((0.0,) * 7, "closed")


def test_what_hardware_stopped_on_its_way_is_gone_as_far_in_simulation():
    robot = FakeRobot(simulated=False)
    gate = Gate(robot, GateSection())
    gate.connect()
    gate.watch(lambda time_s: time_s > 0.2 and robot.simulation is None and robot.trip("collision"))

    def go_on(reason):
        robot.clear()
        gate.watch(None)
        return True

    episode = record(gate, go_on=go_on)
    assert episode.steps[0].outcome.stopped_because == "collision"
    assert len(episode.steps) == 3
    result = replay(episode, fake(ELSEWHERE))
    assert result.max_position_m < 1e-9
    assert len(result.deviations) == 3


def test_a_stop_ends_a_replay():
    robot = FakeRobot(simulated=False, fail=lambda call: call == 1 and robot.trip("collision"))
    gate = Gate(robot, GateSection())
    gate.connect()
    result = replay(record(fake()), gate)
    assert (result.end, result.reason, len(result.deviations)) == ("stopped", "collision", 2)


def test_the_command_says_how_far_it_is_and_asks(arm, types, tmp_path, capsys):
    store = EpisodeStore(tmp_path / "episodes")
    record(fake(), store.begin(Attempt("e", "", "lift it", 0, "test")))
    left = types("", "", "", "", "s", "n")
    options = [str(tmp_path), "e", "--recipe", "tiny", "robot={name: bench_arm, y_m: 0.1}"]
    assert main(["episodes", "replay", *options]) == 0
    assert left() == ""
    out, err = capsys.readouterr()
    assert "Arrange the scene for: lift it, as it was when the episode began." in err
    assert "The arm is 10.0 cm and 0.0 degrees from where the episode began." in err
    assert f"Next: {PHRASES[0]}\n" in err
    assert "3 of 3 steps" in out
    assert "now: no" in out
    left = types("", "s", "y")
    options[-1] = "robot={name: bench_arm, y_m: 0.0}"
    assert main(["episodes", "replay", *options, "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["end"], facts["success_now"], facts["reached"]) == ("stopped", True, 1)
    types("", "s")
    options[-1] = "robot={name: bench_arm, y_m: 0.4}"
    assert main(["episodes", "replay", *options]) == 2
    assert "the arm is 40.0 cm from where the episode began" in capsys.readouterr().err
    assert [len(a.executed) for a in arm] == [3, 0, 0]
