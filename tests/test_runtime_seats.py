"""Asked where they sit, people answer once, and what they had said is done."""

import io
import re

import pytest
from fake_robot import FakeRobot

from cliprt.language.choosing import choose_place
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.tables import languages
from cliprt.language.telling import say
from cliprt.language.text import about
from cliprt.language.viewpoint import ANSWERS, CAMERAS
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet.backend import PyBulletBackend
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.teleoperators.console import ConsoleTeleoperator
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
FACING = ANSWERS["facing"]


class Person(Teleoperator):
    """Says sentences, then that it is done."""

    is_person = True

    def __init__(self, *said):
        self.said = list(said)
        self.heard = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        return self.said.pop(0) if self.said else "done"

    def hear(self, message, offers=()):
        self.heard.append((message, offers))


class Machine(Person):
    is_person = False


def run(speaker, interpreter=None, backend=FakeRobot):
    """An episode, and what the arm did: (cm forward, cm left), what was said."""
    with Gate(backend(), GateSection()) as gate:
        agent = SpokenAgent(speaker, interpreter or GrammarInterpreter(VOCABULARY))
        episode = run_episode(agent, gate, Attempt("e", "", "go", 0, "console"))
    steps = [
        ([round(100 * x, 6) for x in s.primitive.motion[:2]], s.supervision) for s in episode.steps
    ]
    return episode, steps


def test_a_person_is_asked_once_and_need_not_say_it_again():
    person = Person("to my right 3 cm", FACING.upper(), "toward me 2 cm", "right 1 cm")
    _, steps = run(person)
    assert steps == [
        ([0, 3], "to my right 3 cm"),
        ([2, 0], "toward me 2 cm"),
        ([0, -1], "right 1 cm"),
    ]
    ((question, choices),) = person.heard
    assert "where you are" in question
    assert choices == tuple(ANSWERS.values())


def test_who_sits_somewhere_else_is_asked_again_and_told_that_it_is_remembered():
    person = Person(
        "toward me 2 cm", FACING, "I sit somewhere else", ANSWERS["behind"], "toward me 2 cm"
    )
    _, steps = run(person)
    assert [step for step, _ in steps] == [[2, 0], [-2, 0]]
    assert person.heard[-1][0] == "I will remember that. What should the arm do?"
    person = Person("zu mir 2 cm", "das zweite")
    assert run(person)[1] == [([2, 0], "zu mir 2 cm")]


@pytest.mark.parametrize(
    "answer", ["2", "Opposite the robot", "I sit opposite the robot.", "the second one"]
)
def test_where_one_sits_may_be_answered_by_number_or_in_short(answer):
    person = Person("toward me 2 cm", answer)
    assert run(person)[1] == [([2, 0], "toward me 2 cm")]
    assert len(person.heard) == 1


def test_where_one_does_not_sit_is_no_answer():
    person = Person("toward me 2 cm", "I am not behind the robot", "done")
    assert run(person)[1] == []


@pytest.mark.parametrize(
    "said", ["change seats", "I moved", "I'm on the other side", "I sit behind the robot"]
)
def test_who_changes_seats_is_asked_where_to(said):
    person = Person(said, "3", "done")
    run(person)
    assert person.heard[0] == ("Where are you now?", tuple(ANSWERS.values()))
    assert person.heard[1][0] == "I will remember that. What should the arm do?"


@pytest.mark.parametrize("language", languages())
def test_every_place_has_a_short_name(language):
    for known in (ANSWERS, CAMERAS):
        names = [say(name, language) for name in known.values()]
        for i, name in enumerate(names):
            short = re.split(r"\s*[:,：，、]", name)[0]
            assert choose_place(short, [[one] for one in names]) == i


def test_something_else_may_be_said_instead_of_an_answer():
    person = Person("toward me 2 cm", "left 1 cm", FACING, "toward me 2 cm", "done")
    _, steps = run(person)
    assert steps == [([0, 1], "left 1 cm")]
    assert len(person.heard[-1][1]) == 5


def test_who_looks_at_a_picture_that_nobody_knows_is_asked_where_its_camera_is():
    person = Person(
        "to my right 3 cm", "the fifth one", CAMERAS["facing"], "right on the screen 1 cm"
    )
    _, steps = run(person)
    assert [step for step, _ in steps] == [[0, 3], [0, 1]]
    assert [len(choices) for _, choices in person.heard] == [5, 4]


def test_an_answer_that_cannot_be_kept_is_told_and_the_move_is_made(tmp_path):
    file = tmp_path / "seats.yaml"
    interpreter = GrammarInterpreter(VOCABULARY, seats=str(file))
    file.write_text("[]]")
    person = Person("toward me 2 cm", FACING, "away from me 2 cm")
    _, steps = run(person, interpreter)
    assert [step for step, _ in steps] == [[2, 0], [-2, 0]]
    assert person.heard[-1][0].startswith("I will not remember that: the file stays as it is.")


def test_who_is_no_person_is_told_once_to_say_it_otherwise():
    machine = Machine("toward me 2 cm", "forward 2 cm")
    _, steps = run(machine)
    assert steps == [([2, 0], "forward 2 cm")]
    assert machine.heard == [("Say it as the robot sees it: left, right, forward or back.", ())]
    machine = Machine("toward me 2 cm", "to my left 2 cm", "forward 2 cm")
    episode, steps = run(machine)
    assert (episode.meta["end"], steps) == ("gave_up", [])


def test_at_the_terminal_the_answers_have_numbers(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("to my right 3 cm\n2\n"))
    _, steps = run(ConsoleTeleoperator())
    assert [step for step, _ in steps] == [[0, 3]]
    assert f"2  {FACING}" in capsys.readouterr().err


def test_of_the_simulated_robot_the_picture_is_known():
    person = Person(
        "toward me 5 cm", ANSWERS["picture"], "move the arm forward by five centimeters"
    )
    _, steps = run(person, backend=PyBulletBackend)
    assert [step for step, _ in steps] == [[5, 0]]
    (_, choices), (reason, offers) = person.heard
    assert choices == tuple(ANSWERS.values())
    assert "between two of my ways" in reason
    assert offers[0] == "move the arm forward by five centimeters"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("answer", [*ANSWERS.values(), *CAMERAS.values()])
def test_an_answer_is_nothing_else(answer, language):
    said = say(answer, language)
    assert about(said) == "arm"
    assert GrammarInterpreter(VOCABULARY).read(said).decision == "ask"
    known = {say(one, language) for one in (*ANSWERS.values(), *CAMERAS.values())}
    assert len(known) == len(ANSWERS) + len(CAMERAS)
