"""Where things are on a simulated table, and who names one is led there, step by step."""

import numpy as np
import pytest

from cliprt.language.chain import ChainInterpreter
from cliprt.recipe.schema import GateSection
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.surveying import survey
from cliprt.tasks.skill import SkillTask
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt
from cliprt.vocabularies.grid import ClipRt58Vocabulary

TABLE = [
    {"thing": "car", "colour": "red", "at": [0.5, 0.18], "within_m": [0, 0]},
    {"thing": "car", "colour": "blue", "at": [0.5, -0.2], "within_m": [0, 0]},
    {"thing": "trash can", "at": [0.5, 0.0], "within_m": [0, 0]},
]


class Person(Teleoperator):
    """Says sentences, takes the first offer for "", and is done where there is none."""

    is_person = True

    def __init__(self, *said):
        self.said = list(said)
        self.heard = []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        said = self.said.pop(0) if self.said else "done"
        return said or next(iter(self.heard[-1][1]), "done")

    def hear(self, message, offers=()):
        self.heard.append((message, offers))


class Pupil(ChainInterpreter):
    """Counts what it is to learn."""

    def __init__(self):
        super().__init__(ClipRt58Vocabulary())
        self.learned = []

    def learn(self, utterance, primitives):
        self.learned.append(utterance)


@pytest.fixture
def gate():
    with Gate(PyBulletBackend(image_size=32), GateSection()) as gate:
        prepare_scene(SkillTask("Try", scene=TABLE), gate, 0)
        yield gate


def test_of_a_table_it_is_known_where_what_is_called_so_is(gate):
    world, found = gate.simulation, survey(gate.simulation)
    hand = np.array(world.tcp_pose[:3])
    assert list(found)[:2] == ["red car", "blue car"]
    assert found["red car"] == found["red toy car"]
    assert found["trash can"] == found["bin"]
    assert found["trash can lid"] == found["trash can cover"]
    assert np.array(found["red car"][:2]) + hand[:2] == pytest.approx((0.5, 0.18), abs=0.02)
    assert 0 < hand[2] + found["red car"][2] < 0.1  # the hand is above it: down to its top


def test_of_hardware_nothing_is_known():
    assert survey(None) == {}


def test_who_takes_each_offer_comes_to_the_thing_and_nothing_is_learned(gate):
    person, pupil = Person("go to the car", "red car", *["", "go to the car"] * 12), Pupil()
    begun = survey(gate.simulation)["red car"]
    episode = run_episode(SpokenAgent(person, pupil), gate, Attempt("e", "", "go", 0, "console"))
    assert person.heard[0] == ("Which of them?", ("red car", "blue car"))
    assert person.heard[1][0].startswith("The red car is ")
    now = survey(gate.simulation)["red car"]
    assert len(episode.steps) < 12
    assert all(abs(after) <= abs(before) + 0.01 for before, after in zip(begun, now, strict=True))
    assert max(map(abs, now)) < 0.05
    assert pupil.learned == []
    assert episode.steps[0].trace == {"things": ["red car"], "confirmed": "go to the car"}


@pytest.mark.parametrize(
    ("thing", "has", "lacks"), [("laptop", "screen", "drawer"), ("cabinet", "drawer", "lid")]
)
def test_a_part_is_called_what_it_can_be(thing, has, lacks):
    task = SkillTask("Open it", [{"thing": thing}])
    with PyBulletBackend() as robot:
        task.reset(robot.simulation, np.random.default_rng(0))
        found = survey(robot.simulation)
    assert f"{thing} {has}" in found
    assert f"{thing} {lacks}" not in found
