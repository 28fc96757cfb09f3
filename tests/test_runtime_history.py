"""Undo, redo, stops and replays: the world and the journal always agree with a plain list."""

import dataclasses

import numpy as np
import pytest
from beside import Beside
from fake_robot import HOME, FakeRobot
from hypothesis import given, settings
from hypothesis import strategies as st
from robot_scene import ROUTINE, build_scene, state

from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError, StoreError
from cliprt.geometry import apply_motion, distance, motion_between
from cliprt.language.grammar import GrammarInterpreter
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.choices import Move
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import MAX_REFUSALS, run_episode
from cliprt.runtime.record import Notes
from cliprt.runtime.replay import replay
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import NO_MOTION, Attempt, Outcome, Primitive, Step
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
MOVES = {
    "left": Primitive(0, "left", (0.0, 0.03, 0.0, 0.0, 0.0, 0.0, 0.0)),
    "turn": Primitive(1, "turn", (0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0)),
    "close": Primitive(2, "close", gripper="closed"),
    "open": Primitive(3, "open", gripper="open"),
    "into the table": Primitive(4, "down", (0.0, 0.0, -0.29, 0.0, 0.0, 0.0, 0.0)),
}
WORDS = st.lists(st.sampled_from([*MOVES, "undo", "undo", "redo"]), max_size=14)
NUMBERS = st.floats(-0.2, 0.2)
POSES = st.tuples(NUMBERS, NUMBERS, NUMBERS, *[st.floats(-2.0, 2.0)] * 3)


class Pages:
    """A journal in memory."""

    def __init__(self):
        self.steps, self.end = [], None

    def append(self, step):
        self.steps.append(step)

    def retract(self):
        return self.steps.pop()

    def commit(self, success, meta):
        self.end = (success, meta["end"])

    def abandon(self):
        self.end = "abandoned"


class Person(Teleoperator):
    """Says the given sentences, or does the given things; keeps what it hears."""

    is_person = True

    def __init__(self, *sentences):
        self.sentences = list(sentences)
        self.heard = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        said = self.sentences.pop(0)
        return said() if callable(said) else said

    def hear(self, message, offers=()):
        self.heard.append(message)


def make(gate, history, primitive):
    """One step, in the way of the loop."""
    history.mark()
    observation = gate.observe()
    outcome = gate.execute(primitive.motion, primitive.gripper)
    step = Step(len(history.steps), observation, "", primitive, outcome, "test")
    history.append(step)
    return step


def redo(gate, history):
    history.mark()
    choice = history.redo()
    return make_redone(gate, history, choice) if choice else None


def make_redone(gate, history, choice):
    observation, primitive = gate.observe(), choice.steps[0].primitive
    outcome = gate.execute(primitive.motion, primitive.gripper)
    step = Step(len(history.steps), observation, "", primitive, outcome, "test")
    history.append(step)
    return step


def noted(steps):
    """A journal that holds steps already."""
    notes = Notes()
    for step in steps:
        notes.append(step)
    return notes


def fake(**options):
    gate = Gate(FakeRobot(**options), GateSection())
    gate.connect()
    return gate


def teach(person, gate=None, history=None, journal=None, **beside):
    gate = gate or fake()
    episode = run_episode(
        SpokenAgent(person, GrammarInterpreter(VOCABULARY)),
        gate,
        Attempt("e", "", "go", 0, "web", 20),
        record=history or History(gate, journal),
        company=Beside(**beside),
    )
    return episode, gate


def phrases(episode):
    return [step.primitive.phrase for step in episode.steps]


@pytest.mark.parametrize("simulated", [True, False])
@settings(max_examples=60, deadline=None)
@given(words=WORDS)
def test_undo_and_redo_are_a_list_and_its_tail(simulated, words):
    gate, pages = fake(simulated=simulated), Pages()
    history = History(gate, pages)
    done, undone = [], []  # names, refused ones among them
    for word in words:
        if word == "undo":
            step = history.undo()
            while done and done[-1] == "into the table":
                done.pop()
            assert (step is not None) == bool(done) == (history.refusal == "")
            if done:
                assert step.primitive is MOVES[done[-1]]
                undone.append(done.pop())
            else:  # refused steps alone are nothing to undo
                done = ["into the table"] * len(history.steps)
        elif word == "redo":
            step = redo(gate, history)
            assert (step is not None) == bool(undone) == (history.refusal == "")
            if undone:
                done.append(undone.pop())
        else:
            step = make(gate, history, MOVES[word])
            done.append(word)
            undone = undone if step.outcome.refused else []
        assert [s.primitive for s in history.steps] == [MOVES[name] for name in done]
        assert [s.primitive for s in pages.steps] == [MOVES[name] for name in done]
        assert [s.index for s in pages.steps] == list(range(len(done)))
        assert history.can_redo == bool(undone)
        pose, gripper = HOME, "open"
        for name in done:
            if name != "into the table":
                pose = apply_motion(pose, MOVES[name].motion)
                gripper = MOVES[name].gripper or gripper
        seen = gate.observe()
        assert max(distance(seen.commanded_pose, pose)) < 1e-9
        assert seen.gripper == gripper


@settings(max_examples=200, deadline=None)
@given(start=POSES, end=POSES)
def test_the_motion_between_two_poses_leads_from_one_to_the_other(start, end):
    assert max(distance(apply_motion(start, motion_between(start, end)), end)) < 1e-6


@pytest.mark.parametrize("pitch", [np.pi / 2, -np.pi / 2])
def test_the_motion_of_a_quarter_turn_down(pitch):
    end = apply_motion(HOME, (0.0, 0.0, 0.0, 0.0, pitch, 0.0, 0.0))
    assert np.allclose(motion_between(HOME, end), (0, 0, 0, 0, pitch, 0, 0), atol=1e-6)


def moves(count=None):
    for i, (motion, gripper) in enumerate(ROUTINE[:count]):
        yield Primitive(None, str(i), tuple(map(float, motion)), gripper)


@pytest.fixture
def scene():
    gates = []

    def scene(steps=()):
        gate = Gate(PyBulletBackend(image_size=32), GateSection())
        gate.connect()
        build_scene(gate.simulation)
        gates.append(gate)
        return gate, History(gate, noted(steps))

    yield scene
    for gate in gates:
        gate.stop()


def test_undo_in_a_simulator_is_exact_to_the_last_bit_and_so_are_redo_and_replay(scene):
    gate, history = scene()
    before = []
    for primitive in moves():
        history.mark()
        before.append(state(gate))
        make(gate, history, primitive)
    made = [i for i, step in enumerate(history.steps) if step.outcome.refused is None]
    assert 0 < len(made) < len(before)  # one of them is refused
    outcomes = [history.steps[i].outcome for i in made]
    for i in reversed(made):
        assert history.undo().index == i
        assert state(gate) == before[i]
    assert history.undo() is None
    for expected in outcomes:
        assert redo(gate, history).outcome == expected
    history.mark()
    again, rebuilt = scene(history.steps)
    rebuilt.replay()
    rebuilt.mark()
    assert state(again) == state(gate)
    for _ in range(3):  # what was rebuilt can be undone alike
        history.undo(), rebuilt.undo()
        assert state(again) == state(gate)


def test_a_halted_step_is_replayed_exactly_and_not_redone(scene):
    gate, history = scene()
    first, second = list(moves(2))

    def halt(time_s):
        if time_s > began_s + 0.3:
            gate.halt("enough")

    make(gate, history, first)
    history.mark()
    middle, began_s = state(gate), gate.simulation.time_s
    gate.watch(halt)
    step = make(gate, history, second)
    gate.watch(None)
    assert step.outcome.stopped_after_s
    gate.connect()
    gate.simulation.settle(0.5)  # as judging does
    make(gate, history, Primitive(None, "up", (0.0, 0.0, 0.02, 0.0, 0.0, 0.0, 0.0)))
    history.mark()
    again, rebuilt = scene(history.steps)
    rebuilt.replay()
    rebuilt.mark()
    assert state(again) == state(gate)
    assert again.state == "ready"
    history.undo()
    assert history.undo().outcome.stopped_after_s
    assert state(gate) == middle
    assert history.redo() is None
    assert history.refusal == "There is nothing to redo."


def test_a_replay_that_ends_elsewhere_is_refused(scene):
    gate, history = scene()
    for primitive in moves(2):
        make(gate, history, primitive)
    pose = history.steps[1].outcome.measured
    moved = dataclasses.replace(history.steps[1].outcome, measured=(pose[0] + 0.002, *pose[1:]))
    steps = [history.steps[0], dataclasses.replace(history.steps[1], outcome=moved)]
    _, rebuilt = scene(steps)
    with pytest.raises(RobotError, match=r"step 1 \('1'\) ended 2.0 mm .* discard it"):
        rebuilt.replay()


def test_a_replay_that_is_refused_says_so():
    gate = fake()
    history = History(gate)
    make(gate, history, MOVES["left"])
    with pytest.raises(RobotError, match=r"step 0 .* was made then and is refused now: reach"):
        History(fake(refuse_at=0), noted(history.steps)).replay()


def test_hardware_goes_on_where_it_stands():
    gate = fake(simulated=False)
    history = History(gate)
    for name in ("left", "close", "into the table", "turn"):
        make(gate, history, MOVES[name])
    calls = len(gate._backend.executed)
    rebuilt = History(gate, noted(history.steps))
    rebuilt.replay()
    assert len(gate._backend.executed) == calls
    assert rebuilt.undo().primitive == MOVES["turn"]
    assert gate._backend.executed[-1][0] == pytest.approx((0, 0, 0, 0, 0, -0.3, 0))
    elsewhere = fake(simulated=False)
    with pytest.raises(RobotError, match=r"step 3 .* 30.0 mm"):
        History(elsewhere, noted(history.steps)).replay()


def test_hardware_undoes_by_the_inverse_motion_fingers_first():
    gate = fake(simulated=False)
    history, robot = History(gate), gate._backend
    both = Primitive(9, "both", (0.05, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), "closed")
    turns = Primitive(8, "turns", (0.0, 0.0, 0.0, 0.2, 0.1, 0.0, 0.4))
    make(gate, history, both)
    make(gate, history, turns)
    assert history.undo().primitive == turns
    assert max(distance(gate.observe().commanded_pose, apply_motion(HOME, both.motion))) < 1e-6
    assert history.undo().primitive == both
    assert robot.executed[-2:] == [(NO_MOTION, "open"), ((-0.05, *[0.0] * 6), None)]


def test_a_way_back_that_is_refused_retracts_nothing():
    gate, pages = fake(simulated=False, refuse_at=1), Pages()
    history = History(gate, pages)
    make(gate, history, MOVES["left"])
    assert history.undo() is None
    assert history.refusal == "reach: out of reach"
    assert (len(pages.steps), len(history.steps)) == (1, 1)
    assert history.undo().primitive == MOVES["left"]
    assert (pages.steps, gate.observe().commanded_pose) == ([], pytest.approx(HOME))


def test_hardware_that_was_halted_goes_back_from_where_it_came_to_rest():
    gate = fake(simulated=False)
    history = History(gate)
    gate.watch(lambda time_s: gate.halt("enough") if time_s > 0.2 else None)
    step = make(gate, history, MOVES["left"])
    assert step.outcome.stopped_after_s
    gate.connect()
    assert 0 < gate.observe().tcp_pose[1] < 0.03
    assert history.undo() is None
    assert history.refusal == "The way back was stopped."
    gate.watch(None)
    gate.connect()
    assert history.undo() is not None
    assert max(distance(gate.observe().tcp_pose, HOME)) < 1e-9


# In the loop


def test_a_person_takes_back_and_makes_again(tmp_path):
    journal = EpisodeStore(tmp_path).begin(Attempt("e", "pick", "go", 0, "web"))
    person = Person(
        "undo",
        "left 10 cm, close the gripper",
        "Take that back, please.",
        "redo",
        "undo",
        "undo the last step",
        "undo",
        "redo",
        "redo",
        "redo",
        "done",
    )
    episode, gate = teach(person, journal=journal)
    left, close = "move the arm to the left by ten centimeters", "close the gripper"
    assert phrases(episode) == [left, close]
    assert {step.supervision for step in episode.steps} == {"left 10 cm, close the gripper"}
    assert person.heard == [
        "I did not move. There is nothing to undo.",
        "I did not move. There is nothing to undo.",
        "I did not move. There is nothing to redo.",
    ]
    stored = EpisodeStore(tmp_path).load("e")
    assert phrases(stored) == phrases(episode)
    assert [entry["did"] for entry in stored.meta["undone"]] == [close, close, left]
    assert gate.simulation.time_s == 1.0


def test_an_undo_without_a_history_is_a_refusal():
    gate = fake()
    person = Person(*["undo"] * 9)
    agent = SpokenAgent(person, GrammarInterpreter(VOCABULARY))
    episode = run_episode(agent, gate, Attempt("e", "", "go", 0, "web", 9))
    assert episode.meta == {"end": "refused", "reason": "Nothing can be taken back here."}
    assert len(person.heard) == 5


@pytest.mark.parametrize("word", ["undo", "redo"])
@pytest.mark.parametrize("simulated", [True, False])
def test_who_never_stops_taking_back_ends_as_refused(word, simulated):
    gate = fake(simulated=simulated)
    person = Person("left 5 cm", "undo", *[word] * (2 * MAX_REFUSALS))
    person.sentences[2:2] = ["left 5 cm"] * (word == "redo")  # after a step nothing is redone
    episode, _ = teach(person, gate)
    assert episode.meta == {"end": "refused", "reason": f"There is nothing to {word}."}
    assert len(person.sentences) == MAX_REFUSALS
    assert len(person.heard) == MAX_REFUSALS


def test_what_names_no_step_is_a_refusal():
    class Silent(SpokenAgent):
        def decide(self, observation):
            return Move(())

    agent = Silent(Person(), GrammarInterpreter(VOCABULARY))
    episode = run_episode(agent, fake(), Attempt("e", "", "go", 0, "web"))
    assert episode.meta == {"end": "refused", "reason": "No step was named."}


def test_a_discarded_episode_leaves_nothing(tmp_path):
    store = EpisodeStore(tmp_path)
    journal = store.begin(Attempt("e", "pick", "go", 0, "web"))
    episode, gate = teach(Person("left 5 cm", "discard the episode"), journal=journal)
    assert (episode.meta["end"], episode.success, gate.state) == ("discarded", None, "ready")
    assert (store.ids(), store.unfinished()) == ((), ())


def test_after_a_stop_a_person_decides_how_to_go_on():
    asked = []
    person = Person("left 5 cm", "stop", "up 5 cm", "halt!")

    def go_on(reason):
        asked.append(reason)
        return len(asked) == 1

    gate, pages = fake(), Pages()
    episode, _ = teach(person, gate, journal=pages, go_on=go_on)
    assert asked == ["“stop”", "“halt!”"]
    assert len(episode.steps) == 2
    assert episode.meta == {"end": "stopped", "reason": "“halt!”"}
    assert pages.end == (None, "stopped")
    assert gate.state == "stopped"


def test_a_halt_in_motion_drops_the_rest_of_the_sentence():
    gate = fake()
    asked = []

    def press(time_s):
        if time_s > 0.7 and not asked:
            gate.halt("the big red button")

    gate.watch(press)
    person = Person("left 5 cm, up 5 cm, right 5 cm", "undo", "up 1 cm", "done")
    episode, _ = teach(person, gate, go_on=lambda reason: asked.append(reason) or True)
    assert asked == ["the big red button"]
    assert phrases(episode) == [
        "move the arm to the left by five centimeters",
        "raise the arm up by one centimeter",
    ]
    assert gate.simulation.time_s == 1.0


def test_a_halt_wins_over_who_is_still_thinking():
    gate = fake()

    def left_after_a_halt():
        gate.halt("in the meantime")
        return "left 5 cm"

    asked = []
    person = Person(left_after_a_halt, "up 5 cm", left_after_a_halt)
    episode, _ = teach(person, gate, go_on=lambda r: not asked.append(r) and len(asked) < 2)
    assert asked == ["in the meantime"] * 2
    assert phrases(episode) == ["raise the arm up by five centimeters"]


def test_a_halt_while_the_step_is_shown_ends_the_episode_where_nobody_can_decide():
    gate = fake()
    person = Person("left 5 cm", "up 5 cm")
    episode, _ = teach(person, gate, see=lambda step: gate.halt("enough"))
    assert episode.meta == {"end": "stopped", "reason": "enough"}
    assert len(episode.steps) == 1


def test_an_episode_goes_on_after_a_crash(tmp_path):
    store, gate = EpisodeStore(tmp_path), fake()
    journal = store.begin(Attempt("e", "pick", "go", 0, "web"))

    def crash():
        raise SystemError("power cut")

    with pytest.raises(SystemError):
        teach(Person("left 5 cm", "up", "undo", "close the gripper", crash), gate, journal=journal)
    journal.close()
    journal, gate = store.resume_journal("e"), fake()
    history = History(gate, journal)
    history.replay()
    episode, _ = teach(Person("up 1 cm", "undo", "done"), gate, history, journal)
    assert phrases(episode) == [
        "move the arm to the left by five centimeters",
        "close the gripper",
    ]
    stored = store.load("e")
    assert phrases(stored) == phrases(episode)
    assert stored.meta["resumed"] == 1
    assert len(stored.meta["undone"]) == 2
    assert all(step.observation.images["front"].shape == (8, 8, 3) for step in stored.steps)


def test_a_journal_that_cannot_be_written_takes_nothing_back():
    class Full(Pages):
        def retract(self):
            raise StoreError("full")

    gate, pages = fake(), Full()
    history = History(gate, pages)
    make(gate, history, MOVES["left"])
    with pytest.raises(StoreError):
        history.undo()
    assert len(history.steps) == 1
    assert gate.simulation.time_s == 0.5


def test_refused_steps_after_it_go_with_an_undone_step():
    gate, pages = fake(), Pages()
    history = History(gate, pages)
    for name in ("left", "into the table"):
        step = make(gate, history, MOVES[name])
    assert isinstance(step.outcome, Outcome)
    assert step.outcome.refused
    assert history.undo().index == 0
    assert (pages.steps, history.steps) == ([], ())


@pytest.mark.parametrize("simulated", [True, False])
def test_replaying_an_episode_cuts_short_what_was_cut_short(simulated):
    gate = fake()
    asked = []

    def press(time_s):
        if time_s > 0.2 and not asked:
            gate.halt("enough")

    gate.watch(press)
    person = Person("left 10 cm", "close the gripper", "up 5 cm", "done")
    episode, _ = teach(person, gate, go_on=lambda reason: not asked.append(reason))
    assert [step.outcome.stopped_after_s is not None for step in episode.steps] == [1, 0, 0]
    again = replay(episode, fake(simulated=simulated))
    assert len(again.deviations) == 3
    assert again.max_position_m < 1e-9
