"""The loop: what is recorded, when it ends, and that a robot is never left moving."""

import numpy as np
import pytest
from beside import Beside
from fake_robot import HOME, FakeRobot

from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError
from cliprt.language.interface import Interpreter
from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import MAX_REFUSALS, prepare_scene, run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.runtime.record import Record
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt, Plan, PlannedStep, Primitive, Reading

LEFT = Primitive(0, "left", (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0))
RIGHT = Primitive(1, "right", (0.0, -0.1, 0.0, 0.0, 0.0, 0.0, 0.0))
CLOSE = Primitive(2, "close", gripper="closed")
DOWN = Primitive(3, "down", (0.0, 0.0, -0.2, 0.0, 0.0, 0.0, 0.0))
WORDS = {p.phrase: p for p in (LEFT, RIGHT, CLOSE, DOWN)}


class ReachLeftTask(Task):
    """Done when the arm is 20 cm to the left, for as long as it must hold."""

    instruction = "Reach to the left"
    suite = "common"
    hold_s = 0.25

    def reset(self, world, rng):
        self.start = rng.random()

    def is_success(self, world):
        return world.tcp_pose[1] > 0.19

    def advise(self, world):
        return None if self.is_success(world) else LEFT


class FleetingTask(ReachLeftTask):
    """Holds at one moment only."""

    def is_success(self, world):
        return super().is_success(world) and (world.time_s % 0.5 == 0)


class Speaker(Teleoperator):
    """Says the given sentences, keeps what it hears."""

    def __init__(self, *sentences):
        self.sentences = list(sentences)
        self.heard = []

    def start(self, instruction, seed, task, world):
        self.heard.append((instruction, seed, task, world))

    def say(self, observation):
        sentence = self.sentences.pop(0)
        if isinstance(sentence, BaseException):
            raise sentence
        return sentence

    def hear(self, message, offers=()):
        self.heard.append((message, offers))


class Words(Interpreter):
    """Understands ``"left, close"``."""

    def read(self, utterance):
        if utterance in ("done", "stop"):
            return Reading(utterance, utterance)
        parts = [WORDS.get(word) for word in utterance.split(", ")]
        if None in parts:
            return Reading(utterance, "ask", offers=(LEFT, RIGHT), reason="Left or right?")
        return Reading(utterance, "move", tuple(parts))


class Pages:
    """A journal in memory."""

    def __init__(self):
        self.steps, self.committed = [], None

    def append(self, step):
        self.steps.append(step)

    def commit(self, success, meta):
        self.committed = (success, dict(meta))


def attempt(agent, *, task=None, robot=None, max_steps=10, **options):
    gate = Gate(robot or FakeRobot(), GateSection())
    prepare_scene(task, gate, seed=3)
    pages = Pages()
    episode = run_episode(
        agent,
        gate,
        Attempt("e1", "", "go", 3, "speaker", max_steps),
        task=task,
        record=Record(pages),
        **options,
    )
    return episode, pages, gate


def spoken(*sentences, **options):
    return SpokenAgent(Speaker(*sentences), Words(), **options)


def test_success_ends_the_episode_and_everything_is_recorded():
    episode, pages, gate = attempt(spoken("left", "left", "left"), task=ReachLeftTask())
    assert (episode.success, episode.meta["end"], len(episode.steps)) == (True, "success", 2)
    assert pages.committed == (True, {"end": "success", "reason": ""})
    assert pages.steps == list(episode.steps)
    first, second = episode.steps
    assert (first.index, second.index) == (0, 1)
    assert first.supervision == "left"
    assert first.source == "speaker"
    assert first.train
    assert first.observation.commanded_pose == HOME
    assert second.observation.commanded_pose == first.outcome.sent
    assert gate.state == "ready"
    assert gate.simulation.time_s == pytest.approx(2 * 0.5 + 0.25)  # nothing was restored


def test_a_condition_that_does_not_hold_is_no_success():
    episode, _, _ = attempt(spoken("left", "left", "done"), task=FleetingTask())
    assert (episode.success, episode.meta["end"]) == (False, "done")


def test_compound_sentences_are_steps_with_fresh_observations():
    episode, _, _ = attempt(spoken("left, close, right", "done"))
    assert [s.primitive for s in episode.steps] == [LEFT, CLOSE, RIGHT]
    assert {s.supervision for s in episode.steps} == {"left, close, right"}
    assert [s.observation.gripper for s in episode.steps] == ["open", "open", "closed"]
    assert episode.steps[1].observation.tcp_pose[1] == pytest.approx(0.1)


def test_the_speaker_judges_where_no_simulator_can():
    episode, _, _ = attempt(
        spoken("left", "done"), task=ReachLeftTask(), robot=FakeRobot(simulated=False)
    )
    assert episode.success is True
    episode, _, _ = attempt(spoken("left"), robot=FakeRobot(simulated=False), max_steps=1)
    assert episode.success is None


@pytest.mark.parametrize(("count", "end"), [(0, "max_steps"), (4, "max_steps")])
def test_max_steps(count, end):
    episode, _, _ = attempt(spoken(*["left", "right"] * 9), max_steps=count)
    assert (len(episode.steps), episode.meta["end"]) == (count, end)


def test_refused_steps_are_recorded_and_told():
    speaker = Speaker("down", "down, left", "close", "done")
    episode, _, _ = attempt(SpokenAgent(speaker, Words()))
    assert [bool(s.outcome.refused) for s in episode.steps] == [False, True, False]
    assert episode.steps[2].primitive == CLOSE  # the rest of the refused sentence was dropped
    wall = "workspace: z would be -0.150 m, below the limit 0.005 m"
    assert episode.steps[1].outcome.refused == wall
    assert speaker.heard[1:] == [("I did not move: that would be 15.5 cm too low.", ())]


def test_too_many_refusals_end_the_episode():
    episode, pages, _ = attempt(spoken("down", *["down"] * 9), task=ReachLeftTask())
    assert episode.meta["end"] == "refused"
    assert "below the limit" in episode.meta["reason"]
    assert len(episode.steps) == 1 + MAX_REFUSALS
    assert pages.committed[0] is False


def test_stop_stops_the_robot():
    robot = FakeRobot()
    episode, pages, gate = attempt(spoken("left", "stop"), task=ReachLeftTask(), robot=robot)
    assert (episode.success, episode.meta["end"], gate.state) == (False, "stopped", "stopped")
    assert robot.stopped.is_set()
    assert pages.committed is not None


def test_stop_words_pass_by_the_interpreter():
    class Slow(Words):
        def read(self, utterance):
            raise AssertionError("nobody should ask")

    episode, _, gate = attempt(SpokenAgent(Speaker("please STOP it"), Slow()))
    assert (episode.meta, gate.state) == (
        {"end": "stopped", "reason": "“please STOP it”"},
        "stopped",
    )


def test_the_loop_waits_for_a_rate_limit():
    gate = Gate(FakeRobot(), GateSection(min_interval_s=0.02))
    gate.connect()
    episode = run_episode(spoken(*["left", "right"] * 3), gate, Attempt("e", "", "go", 0, "s", 6))
    assert not any(step.outcome.refused for step in episode.steps)


def test_stop_from_outside_ends_the_episode():
    gates = []
    robot = FakeRobot(fail=lambda call: gates[0].stop() if call == 1 else None)
    gate = Gate(robot, GateSection())
    gates.append(gate)
    gate.connect()
    episode = run_episode(spoken("left", "left", "left"), gate, Attempt("e", "", "go", 0, "s", 9))
    assert (episode.meta["end"], len(episode.steps)) == ("stopped", 2)
    assert "stopped while moving" in episode.steps[1].outcome.refused


def test_a_measured_fault_ends_the_episode_with_its_reason():
    robot = FakeRobot(drift=(0.0, 0.0, -0.5))
    episode, _, gate = attempt(spoken("left"), task=ReachLeftTask(), robot=robot)
    assert (episode.success, episode.meta["end"], gate.state) == (False, "fault", "faulted")
    assert "was measured at" in episode.meta["reason"]
    prepare_scene(None, gate, 0)
    assert gate.state == "ready"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bug"), RobotError("cable")])
def test_exceptions_stop_the_robot_and_keep_the_journal(error):
    robot, pages = FakeRobot(), Pages()
    gate = Gate(robot, GateSection())
    gate.connect()
    with pytest.raises(type(error)):
        run_episode(
            spoken("left", error), gate, Attempt("e", "", "go", 0, "s", 9), record=Record(pages)
        )
    assert robot.stopped.is_set()
    assert len(pages.steps) == 1
    assert pages.committed is None


def test_questions_come_back_with_offers_until_patience_ends():
    speaker = Speaker("um", "hm", "left", "done")
    episode, _, _ = attempt(SpokenAgent(speaker, Words()))
    assert [s.supervision for s in episode.steps] == ["left"]
    asked, told = speaker.heard[1:]
    assert asked == ("Left or right?", ("left", "right"))
    assert told[0].startswith("I still do not get it.")
    episode, _, gate = attempt(spoken("um", "um", "um", max_questions=2))
    assert (episode.meta["end"], gate.state) == ("gave_up", "ready")
    assert episode.meta["reason"] == "not understood 3 times in a row: Left or right?"


def test_without_a_record_no_images_are_kept():
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    episode = run_episode(spoken("left", "done"), gate, Attempt("e", "", "go", 0, "s"))
    assert dict(episode.steps[0].observation.images) == {}
    assert episode.steps[0].primitive == LEFT


def test_a_recorded_episode_is_what_the_store_has(tmp_path):
    gate, store = Gate(FakeRobot(), GateSection()), EpisodeStore(tmp_path)
    gate.connect()
    attempt = Attempt("e", "", "go", 7, "s", meta={"kind": "tried"})
    agent, record = spoken("left, close", "done"), Record(store.begin(attempt))
    episode, stored = run_episode(agent, gate, attempt, record=record), store.load("e")
    assert (episode.id, episode.seed, episode.meta) == ("e", 7, dict(stored.meta))
    assert [s.outcome for s in episode.steps] == [s.outcome for s in stored.steps]
    pictures = [one.steps[1].observation.images["front"] for one in (episode, stored)]
    assert np.array_equal(*pictures)


def test_the_company_sees_every_step():
    seen = []
    episode, _, _ = attempt(spoken("left, left", "done"), company=Beside(see=seen.append))
    assert seen == list(episode.steps)


def test_scenes_repeat_by_seed():
    task, gate = ReachLeftTask(), Gate(FakeRobot(), GateSection())
    starts = []
    for seed in (1, 2, 1):
        prepare_scene(task, gate, seed)
        starts.append(task.start)
    assert starts[0] == starts[2] == np.random.default_rng(1).random()
    assert starts[0] != starts[1]


def plan(*steps):
    return Plan("e0", "p", "std", tuple(PlannedStep(p, train) for p, train in steps))


def test_a_plan_is_executed_with_its_train_flags_and_judged_at_the_end():
    agent = PlanAgent(plan((LEFT, False), (RIGHT, True), (LEFT, True)))
    episode, _, _ = attempt(agent, task=ReachLeftTask())
    assert [s.train for s in episode.steps] == [False, True, True]
    assert (episode.meta["end"], episode.success) == ("done", False)


def test_a_refused_deviation_is_left_out_with_its_recovery():
    up = Primitive(4, "up", (0.0, 0.0, 0.29, 0.0, 0.0, 0.0, 0.0))
    down = Primitive(5, "down", (0.0, 0.0, -0.29, 0.0, 0.0, 0.0, 0.0))
    agent = PlanAgent(plan((up, True), (up, False), (down, True), (LEFT, True)))
    episode, _, _ = attempt(agent)
    assert [s.primitive for s in episode.steps] == [up, up, LEFT]
    assert episode.steps[1].outcome.refused
    assert episode.meta["end"] == "done"


def test_a_plan_is_given_up_after_any_other_refusal():
    agent = PlanAgent(plan((DOWN, True), (DOWN, True), (LEFT, True)))
    episode, _, _ = attempt(agent)
    assert episode.meta["end"] == "gave_up"
    assert episode.meta["reason"].startswith("step 1 of plan p: workspace: z would be")
    assert len(episode.steps) == 2
