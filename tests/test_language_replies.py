"""Who speaks another language is answered in it."""

from __future__ import annotations

import re

import pytest
from fake_robot import FakeRobot

from cliprt.cli.main import main
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.remarks import Remark
from cliprt.language.tables import languages
from cliprt.language.telling import LOCALES, say, spoken, tell
from cliprt.language.utterance_files import load_cases
from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.choices import Move
from cliprt.runtime.gate import Gate
from cliprt.teleoperators.interface import Teleoperator
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)
ANSWERED = languages()[1:]
QUOTED = re.compile(r"'([^'{]+)'")
EXAMPLES = (
    "That takes several small steps: tell me the first one, e.g. 'forward 5 cm'.",
    "Tell me one small step at a time, e.g. 'a little to the left', 'down 5 cm' or"
    " 'close the gripper'.",
    "I did not get that. Tell me one small step, e.g. 'left 5 cm'.",
    "I only know small steps: tell me one to do now, e.g. 'up 5 cm'.",
)


class Person(Teleoperator):
    """Says what the test says, and keeps what it hears."""

    is_person = True

    def __init__(self, *sentences):
        self.sentences, self.heard = list(sentences), []

    def start(self, instruction, seed, task, world):
        pass

    def say(self, observation):
        return self.sentences.pop(0) if self.sentences else ""

    def hear(self, message, offers=()):
        self.heard.append((message, offers))


@pytest.mark.parametrize("language", ANSWERED)
@pytest.mark.parametrize("text", EXAMPLES)
def test_what_is_proposed_to_say_is_understood(language, text):
    english, said = QUOTED.findall(text), QUOTED.findall(say(text, language))
    assert len(said) == len(english)
    for one, other in zip(said, english, strict=True):
        assert GRAMMAR.read(one).primitives == GRAMMAR.read(other).primitives
        assert GRAMMAR.read(one).language == language


@pytest.mark.parametrize("language", ANSWERED)
def test_every_language_has_its_answers(language):
    assert (LOCALES / language / "LC_MESSAGES" / "cliprt.mo").exists(), "run: make texts"


def test_whatever_is_asked_is_asked_in_the_language():
    for case in load_cases("languages", VOCABULARY):
        reading = GRAMMAR.read(case.utterance)
        if reading.decision == "ask" and reading.language in ANSWERED:
            assert spoken(reading) == reading
            assert not re.search(r"\b(the|you|say|do not|which)\b", reading.reason), reading


def test_what_is_filled_in_is_said_in_the_language_too():
    remark = Remark("I did not move. {why}", why=Remark("Which way?"))
    assert say(remark, "de") == "Ich habe mich nicht bewegt. Wohin?"
    assert say(Remark("I did not move. {why}", why="Ä {x}"), "es") == "No me moví. Ä {x}"
    assert say("never translated", "ko") == "never translated"
    assert say("", "ko") == ""


@pytest.mark.parametrize(
    ("said", "question", "offer"),
    [
        ("dreh den Greifer 30 Grad", "Im Uhrzeigersinn oder gegen den Uhrzeigersinn?", 0),
        ("gira la pinza 30 grados", "¿En sentido horario o antihorario?", 1),
        ("tourne la pince de 30 degrés", "Dans le sens horaire ou antihoraire ?", 0),
        ("gira a pinça 30 graus", "No sentido horário ou anti-horário?", 1),
        ("그리퍼를 30도 돌려", "시계 방향인가요, 시계 반대 방향인가요?", 1),
        ("把夹爪转30度", "顺时针还是逆时针？", 1),
        ("グリッパーを30度回して", "時計回りですか、反時計回りですか？", 0),
        ("ग्रिपर को 30 डिग्री घुमाओ", "घड़ी की दिशा में या उल्टी दिशा में?", 1),
    ],
)
def test_offers_are_shown_and_chosen_in_the_language(said, question, offer):
    reading = GRAMMAR.read(said)
    person = Person(tell(reading.offers[offer], reading.language))
    agent = SpokenAgent(person, GRAMMAR)
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    choice = agent.follow(said, gate.observe())
    assert person.heard == [(question, tuple(tell(o, reading.language) for o in reading.offers))]
    assert isinstance(choice, Move)
    assert choice.steps[0].primitive == reading.offers[offer]
    assert choice.trace["confirmed"] == said


EPISODES = {
    "de": ["ein bisschen nach links", "noch 5 cm nach links", "10 cm runter", "20 cm nach vorne"],
    "es": ["un poco a la izquierda", "otros 5 cm a la izquierda", "baja 10 cm", "avanza 20 cm"],
    "ko": ["왼쪽으로 조금", "왼쪽으로 5센티 더", "아래로 10센티", "앞으로 20센티 가줘"],
}


@pytest.mark.parametrize(
    ("language", "last"), [("de", "noch 10 cm vor"), ("es", "10 cm más"), ("ko", "10센티 더")]
)
def test_the_laptop_is_closed_in_any_language(language, last, tmp_path, monkeypatch, capsys):
    pytest.importorskip("pybullet")
    monkeypatch.chdir(tmp_path)
    sentences = [*EPISODES[language], last]
    (tmp_path / "said.txt").write_text("\n".join(sentences), encoding="utf-8")
    script = "teleoperator={name: script, path: said.txt}"
    arguments = ["run", "--recipe", "teach.yaml", "--task", "close_laptop", "--seed", "0"]
    assert main([*arguments, "--teleoperator", "script", script]) == 0
    assert f"success after {len(sentences)} steps" in "".join(capsys.readouterr())
