"""Agents: the policy's best primitive, each at most once per place; and what people say."""

import numpy as np
import pytest
from fake_robot import FakeRobot

from cliprt.errors import CheckpointError, StoreError
from cliprt.language.asking import HELP, READY
from cliprt.language.chain import ChainInterpreter
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.text import about
from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.choices import Discard, Finish, Halt, Move, Redo, Undo
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.teleoperators.console import ConsoleTeleoperator
from cliprt.teleoperators.interface import Teleoperator
from cliprt.teleoperators.script import ScriptTeleoperator
from cliprt.types import Attempt, PlannedStep, Primitive, Proposal, Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
LABELS = {p.phrase: p.label for p in VOCABULARY.primitives}
LEFT = LABELS["move the arm to the left by ten centimeters"]
RIGHT = LABELS["move the arm to the right by ten centimeters"]
DOWN = LABELS["lower the arm by twenty centimeters"]
CLOSE = LABELS["close the gripper"]


def scores(**best):
    values = np.zeros(58)
    for phrase, value in best.items():
        values[{"left": LEFT, "right": RIGHT, "down": DOWN, "close": CLOSE}[phrase]] = value
    return values


def oscillating(observation, instruction):
    """Left from the right, right from the left: an endless loop."""
    if observation.tcp_pose[1] > 0.05:
        return scores(right=2, close=1)
    return scores(left=2, down=1)


def run(score, max_steps=8, **options):
    agent = PolicyAgent(lambda *seen: Proposal(scores=score(*seen)), VOCABULARY, **options)
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    episode = run_episode(agent, gate, Attempt("e", "", "go", 0, "clip_rt", max_steps))
    return agent, gate, episode, [s.primitive.label for s in episode.steps]


def test_loops_are_broken():
    _, _, _, labels = run(oscillating, max_steps=5)
    # at the start, left of it, start again: left was tried, so down; and so on
    assert labels == [LEFT, RIGHT, DOWN, LEFT, RIGHT]
    _, _, _, labels = run(oscillating, break_loops=False)
    assert labels == [LEFT, RIGHT] * 4


def test_a_refused_primitive_is_not_tried_again_at_that_place():
    def down(observation, instruction):
        return scores(down=2, left=1)

    _, _, episode, labels = run(down, max_steps=4)
    assert labels == [DOWN, DOWN, LEFT, DOWN]
    assert [bool(s.outcome.refused) for s in episode.steps] == [False, True, False, True]
    _, _, episode, _ = run(down, break_loops=False, max_steps=40)
    assert episode.meta["end"] == "refused"


def test_the_gripper_state_is_part_of_the_place():
    _, _, _, labels = run(lambda observation, _: scores(close=2, left=1), max_steps=3)
    assert labels == [CLOSE, CLOSE, LEFT]


def test_a_new_episode_forgets_the_old_places():
    agent, gate, _, labels = run(lambda *_: scores(close=2, left=1), max_steps=1)
    episode = run_episode(agent, gate, Attempt("e", "", "go", 0, "p", 1))
    assert [s.primitive.label for s in episode.steps] == labels == [CLOSE]


def test_minus_infinity_forbids():
    values = np.full(58, -np.inf)
    values[LEFT] = -3.0
    _, _, episode, labels = run(lambda *_: values, max_steps=60)
    assert set(labels) == {LEFT}
    assert episode.meta["end"] == "gave_up" or len(labels) == 60
    values[LEFT] = -np.inf
    _, _, episode, labels = run(lambda *_: values)
    assert (labels, episode.meta["end"]) == ([], "gave_up")


def test_the_policy_hears_the_instruction_and_sees_the_observation():
    seen = []

    def score(observation, instruction):
        seen.append((observation.images["front"].shape, instruction))
        return list(scores(left=1))

    run(score, max_steps=1)
    assert seen == [((8, 8, 3), "go")]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.zeros(50), r"shape \(50,\); expected 58 numbers"),
        (np.full(58, np.nan), "that hold NaN"),
    ],
)
def test_bad_scores_are_explained(values, text):
    with pytest.raises(CheckpointError, match=text):
        run(lambda *_: values)


def own_motions(*heights_m):
    """A policy that asks for these motions up at a time."""
    steps = (PlannedStep(Primitive(None, "its own", (0, 0, z, 0, 0, 0, 0))) for z in heights_m)
    return Proposal(tuple(steps))


def test_all_motions_of_a_proposal_are_made_before_the_next():
    asked = []

    def propose(observation, instruction):
        asked.append(observation.tcp_pose[2])
        return own_motions(0.01, 0.02)

    agent = PolicyAgent(propose, VOCABULARY)
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    episode = run_episode(agent, gate, Attempt("e", "", "go", 0, "chunks", 4))
    assert [s.primitive.motion[2] for s in episode.steps] == [0.01, 0.02] * 2
    assert np.diff(asked).tolist() == pytest.approx([0.03])
    assert agent.explanation is None
    assert agent.probabilities is None


@pytest.mark.parametrize("proposal", [Proposal(), own_motions(np.nan)])
def test_no_motion_at_all_is_explained(proposal):
    agent = PolicyAgent(lambda *_: proposal, VOCABULARY)
    with pytest.raises(CheckpointError, match="expected one or more motions of finite numbers"):
        agent.decide(None)


# What people say

HALF_SAID = "move it a tad leftish"


class Speaker(Teleoperator):
    """Says the given sentences; keeps what it hears."""

    def __init__(self, *sentences, is_person=True):
        self.sentences = list(sentences)
        self.is_person = is_person
        self.heard = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        return self.sentences.pop(0)

    def hear(self, message, offers=()):
        self.heard.append((message, offers))


class Pupil(GrammarInterpreter):
    """Half understands one sentence; remembers what was confirmed."""

    def __init__(self):
        super().__init__(VOCABULARY)
        self.learned = []

    def read(self, utterance):
        if utterance != HALF_SAID:
            return super().read(utterance)
        offers = (VOCABULARY.primitives[LEFT], VOCABULARY.primitives[RIGHT])
        return Reading(utterance, "ask", offers=offers, trace={"model": "m"})

    def learn(self, utterance, primitives):
        self.learned.append((utterance, tuple(p.phrase for p in primitives)))


def decide(speaker, interpreter):
    with FakeRobot() as robot:
        return SpokenAgent(speaker, interpreter).decide(robot.observe())


def test_a_picked_offer_confirms_what_was_said():
    pupil = Pupil()
    offers = [offer.phrase for offer in pupil.read(HALF_SAID).offers]
    choice = decide(Speaker(HALF_SAID, offers[1].upper()), pupil)
    assert [step.primitive.phrase for step in choice.steps] == [offers[1]]
    assert choice.trace == {"model": "m", "confirmed": HALF_SAID}
    assert pupil.learned == [(HALF_SAID, (offers[1],))]


def test_only_what_the_picked_offer_answers_is_learned():
    pupil = Pupil()
    offers = [offer.phrase for offer in pupil.read(HALF_SAID).offers]
    decide(Speaker("gibberish", HALF_SAID, offers[0]), pupil)
    assert pupil.learned == [(HALF_SAID, (offers[0],))]


@pytest.mark.parametrize(
    ("sentences", "is_person"),
    [
        ([HALF_SAID, "close the gripper"], True),  # said otherwise, not picked
        (["close the gripper"], True),  # nothing was asked
        ([HALF_SAID, 0], False),  # nobody confirms a simulated speaker
    ],
)
def test_nothing_is_learned_otherwise(sentences, is_person):
    pupil = Pupil()
    offers = [offer.phrase for offer in pupil.read(HALF_SAID).offers]
    said = [offers[s] if isinstance(s, int) else s for s in sentences]
    choice = decide(Speaker(*said, is_person=is_person), pupil)
    assert isinstance(choice, Move)
    assert "confirmed" not in choice.trace
    assert pupil.learned == []


def test_what_cannot_be_kept_is_told_and_the_move_is_made():
    class Full(Pupil):
        def learn(self, utterance, primitives):
            raise StoreError("the disk is full")

    offers = [offer.phrase for offer in Full().read(HALF_SAID).offers]
    speaker = Speaker(HALF_SAID, offers[0])
    assert isinstance(decide(speaker, Full()), Move)
    assert speaker.heard[-1] == ("I will not remember what you meant: the disk is full", ())


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("undo", Undo()),
        ("Undo that!", Undo()),
        ("oops, take that back", Undo()),
        ("could you please undo the last step", Undo()),
        ("no, undo", Undo()),
        ("redo", Redo()),
        ("I am done.", Finish(reason="the task is finished")),
        ("please stop", Halt("“please stop”")),
        ("Redo the last move.", Redo()),
        ("undo the undo", Redo()),
        ("discard", Discard()),
        ("throw this episode away", Discard()),
        ("please discard the whole recording", Discard()),
    ],
)
def test_the_words_of_a_session_never_reach_the_interpreter(words, choice):
    class Deaf(GrammarInterpreter):
        def read(self, utterance):
            raise AssertionError("nobody should ask")

    assert decide(Speaker(words), Deaf(VOCABULARY)) == choice


@pytest.mark.parametrize(
    "words",
    [
        "go back",
        "move back",
        "reverse",
        "put it back",
        "oops",
        "cancel the episode",
        "stop, undo",
        "undo " * 100,
        "undo and move left",
        "discard the cup",
        "",
    ],
)
def test_other_words_are_about_the_arm_or_stop_it(words):
    assert about(words) in ("arm", "stop")


def test_no_phrase_of_the_vocabulary_is_a_word_of_the_session():
    said = [primitive.phrase for primitive in VOCABULARY.primitives]
    assert {about(sentence) for sentence in said} == {"arm"}


def test_stop_comes_first():
    assert decide(Speaker("stop, undo"), Pupil()) == Halt("“stop, undo”")


# Questions and answers

SLIP = "left blorp"
OFFERED = tuple(f"move the arm to the left by {n} centimeter{s}" for n, s in
                (("ten", "s"), ("five", "s"), ("one", "")))  # fmt: skip


def ask_and_answer(*sentences, is_person=True):
    """(what is decided, the questions with their offers)."""
    speaker = Speaker(*sentences, is_person=is_person)
    return decide(speaker, ChainInterpreter(VOCABULARY)), speaker.heard


@pytest.mark.parametrize(
    ("sentences", "phrase", "said"),
    [
        ((SLIP, "the second one"), OFFERED[1], OFFERED[1]),
        (("left 10 cm blorp", "yes"), OFFERED[0], OFFERED[0]),
        (
            ("turn the gripper 90 degrees", "clockwise"),
            "rotate the gripper ninety degrees clockwise",
            "turn the gripper 90 degrees clockwise",
        ),
        (("move left 5", "cm"), OFFERED[1], "move left 5 cm"),
        ((SLIP, "5 cm"), OFFERED[1], "left blorp 5 cm"),
        ((SLIP, "no", "left 5 cm"), OFFERED[1], "left 5 cm"),
    ],
)
def test_one_question_is_enough(sentences, phrase, said):
    choice, heard = ask_and_answer(*sentences)
    assert ([s.primitive.phrase for s in choice.steps], choice.supervision) == ([phrase], said)
    assert len(heard) == len(sentences) - 1


def test_an_offer_is_told_picked_and_made_with_the_number_that_was_said():
    choice, heard = ask_and_answer("left 4 cm blorp", "MOVE the arm to the left by 4 cm")
    question = "I understood 'left 4 cm', but not 'blorp'. Shall I?"
    assert heard == [(question, ("move the arm to the left by 4 cm",))]
    (step,) = choice.steps
    assert (step.primitive.motion[1], step.primitive.label) == (0.04, LABELS[OFFERED[1]])
    assert choice.trace["confirmed"] == "left 4 cm blorp"


def test_what_is_learned_is_the_whole_sentence_not_the_piece():
    chain = ChainInterpreter(VOCABULARY)
    choice = decide(Speaker(SLIP, "5", "yes"), chain)
    assert choice.trace["confirmed"] == "left blorp 5"
    assert chain.read("left blorp 5").primitives == (choice.steps[0].primitive,)
    assert chain.read("5").decision == "ask"


def test_the_same_thing_is_not_asked_twice():
    _, heard = ask_and_answer(SLIP, SLIP, "close the gripper")
    assert [offers for _, offers in heard] == [OFFERED, ()]
    _, heard = ask_and_answer(SLIP, "no", SLIP, "close the gripper")
    assert [message for message, _ in heard][1:] == [
        "All right. Say it in other words.",
        "I still do not get it. One small step, e.g. 'left 5 cm'?",
    ]


def test_an_answer_is_as_good_the_second_time():
    _, heard = ask_and_answer("thanks", "nice", "help", "what can I say?", "close the gripper")
    assert [message for message, _ in heard] == [READY, READY, HELP, HELP]
    _, heard = ask_and_answer("a bit more", "the other way", "close the gripper")
    assert len({message for message, _ in heard}) == 1


def test_a_stop_an_undo_and_a_whole_sentence_are_no_answers():
    assert ask_and_answer("turn the gripper", "stop")[0] == Halt("“stop”")
    assert ask_and_answer("turn the gripper", "undo")[0] == Undo()
    choice, _ = ask_and_answer("turn the gripper", "move up")
    assert choice.supervision == "move up"


def test_a_yes_to_several_offers_moves_nothing():
    choice, heard = ask_and_answer(SLIP, "yes", "close the gripper")
    assert choice.supervision == "close the gripper"
    assert len(heard) == 2


def test_an_answer_outlives_no_decision():
    speaker = Speaker("turn the gripper", "move up", "clockwise", "close the gripper")
    agent = SpokenAgent(speaker, ChainInterpreter(VOCABULARY))
    with FakeRobot() as robot:
        agent.decide(robot.observe())
        choice = agent.decide(robot.observe())
    assert choice.supervision == "close the gripper"


def test_at_a_terminal_the_missing_piece_or_a_number_answers(monkeypatch, capsys):
    typed = iter(["turn the gripper", "clockwise", "left 4 cm blorp", "y"])
    console = ConsoleTeleoperator()
    monkeypatch.setattr(console._console, "input", lambda prompt: next(typed))
    agent = SpokenAgent(console, ChainInterpreter(VOCABULARY))
    with FakeRobot() as robot:
        choices = [agent.decide(robot.observe()) for _ in range(2)]
    assert choices[0].supervision == "turn the gripper clockwise"
    assert choices[1].steps[0].primitive.motion[1] == 0.04
    assert "1  move the arm to the left by 4 cm" in capsys.readouterr().err


def test_a_script_may_answer_with_a_piece():
    script = ScriptTeleoperator(sentences=["move left 5", "cm"])
    script.start("", 0, None, None)
    choice = decide(script, ChainInterpreter(VOCABULARY))
    assert (choice.supervision, choice.steps[0].primitive.motion[1]) == ("move left 5 cm", 0.05)
