"""What can be heard is what the interpreter understands, and the other way round."""

import random

import pytest

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.stops import is_stop
from cliprt.transcribers.commands import (
    FINAL,
    STOPS,
    accepts,
    command_links,
    hearable,
)
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
LINKS = command_links()


def _some_step(rng, links):
    leads = {}
    for link in links:
        leads.setdefault(link.source, []).append(link)
    place, words = "step", []
    while place != FINAL:
        ways = leads[place]
        link = rng.choices(ways, [way.weight for way in ways])[0]
        words += link.words
        place = link.target
    return " ".join(words)


def test_nearly_everything_that_can_be_heard_is_acted_on():
    interpreter = GrammarInterpreter(VOCABULARY)
    rng = random.Random(0)
    said = {_some_step(rng, LINKS) for _ in range(1500)}
    single = [text for text in said if not {"and", "then"} & set(text.split())]
    asked = [text for text in single if interpreter.read(text).decision == "ask"]
    taken_back = [text for text in asked if {"undo", "redo", "discard", "take"} & set(text.split())]
    assert len(single) > 500
    assert len(asked) - len(taken_back) <= 0.04 * len(single), asked


def test_every_phrase_of_the_vocabulary_can_be_heard():
    deaf = [
        entry.phrase
        for entry in VOCABULARY.primitives
        if not accepts(LINKS, entry.phrase.replace("fourty", "forty"))
    ]
    assert deaf == []


@pytest.mark.parametrize(
    "sentence",
    [
        "stop",
        "left",
        "a bit more to the left",
        "raise the arm",
        "lower it a little",
        "rotate the wrist fifteen degrees clockwise",
        "could you open the gripper please",
        "move up ten centimeters and then left five centimeters and close the gripper",
        "undo that",
        "i am done",
    ],
)
def test_common_sentences_can_be_heard(sentence):
    assert accepts(LINKS, sentence)


@pytest.mark.parametrize(
    "sentence", ["", "move", "the left", "close the laptop", "stop left", "left left", "by five"]
)
def test_others_cannot(sentence):
    assert not accepts(LINKS, sentence)


def test_every_stop_stops():
    assert all(map(is_stop, STOPS))
    assert all(accepts(LINKS, stop) for stop in STOPS)


def test_further_sentences_are_heard_word_for_word():
    links = command_links(["close the laptop"])
    assert accepts(links, "close the laptop")
    assert not accepts(links, "close the laptop please")


def test_words_without_a_pronunciation_are_left_out():
    links = hearable(LINKS, lambda word: word != "gripper")
    assert not accepts(links, "open the gripper")
    assert accepts(links, "open the hand")
