"""The grammar on whole sets: how often right, and never a wrong move."""

from __future__ import annotations

import math
import statistics
import time

import pytest
from language_samples import everyday, out_of_scope

from cliprt.language.grammar import GrammarInterpreter
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)


def verdict(sentence: str, group: str, amount: int) -> str:
    """right, asks or wrong."""
    reading = GRAMMAR.read(sentence)
    if reading.decision == "ask":
        return "asks"
    if reading.decision != "move" or len(reading.primitives) != 1:
        return "wrong"
    (found,) = reading.primitives
    entry = VOCABULARY.primitives[found.label]
    straight = group[:-1] in ("x", "y", "z")
    size = max(map(abs, entry.motion))
    said = amount / 100 if straight else math.radians(amount)
    return "right" if found.group == group and math.isclose(size, said) else "wrong"


def test_everyday_sentences_are_understood():
    verdicts = {row[0]: verdict(*row) for row in everyday()}
    assert len(verdicts) > 300
    assert [said for said, v in verdicts.items() if v == "wrong"] == []
    asks = [said for said, v in verdicts.items() if v == "asks"]
    assert len(asks) <= 0.02 * len(verdicts), asks


def test_they_cover_the_whole_vocabulary():
    assert len({(group, amount) for _, group, amount in everyday()}) == 58


@pytest.mark.parametrize("sentence", out_of_scope())
def test_out_of_scope_sentences_do_not_move(sentence):
    reading = GRAMMAR.read(sentence)
    assert reading.decision == "ask", reading
    assert reading.reason


def test_any_unknown_word_keeps_every_sentence_from_moving():
    for sentence, _, _ in everyday():
        words = sentence.split()
        for i in (0, len(words) // 2, len(words)):
            spoilt = " ".join([*words[:i], "xyzzy", *words[i:]])
            assert GRAMMAR.read(spoilt).decision != "move", spoilt


def test_dont_keeps_every_sentence_from_moving():
    for sentence, _, _ in everyday():
        for refusal in ("don't", "do not", "never", "please don't"):
            reading = GRAMMAR.read(f"{refusal} {sentence}")
            assert reading.decision in ("ask", "stop"), reading
            assert reading.offers == ()


def test_stop_wins_over_every_sentence():
    for sentence, _, _ in everyday():
        for said in (f"stop, {sentence}", f"{sentence} no wait", f"{sentence}. STOOOP!"):
            assert GRAMMAR.read(said).decision == "stop", said


def test_a_sentence_takes_less_than_a_millisecond():
    took = []
    for sentence in [said for said, _, _ in everyday()] + out_of_scope():
        runs = []
        for _ in range(5):
            begin = time.thread_time()
            GRAMMAR.read(sentence)
            runs.append(time.thread_time() - begin)
        took.append((min(runs), sentence))
    assert statistics.median(seconds for seconds, _ in took) < 1e-3
    assert max(took)[0] < 2e-3, max(took)


def test_long_texts_are_asked_about_quickly():
    joined = "abcdefghijklmnopqrstuvwxyz" * 11
    for text in (
        joined,
        f"move {joined[:140]} {joined[5:140]}",
        "left " * 2000,
        "a" * 10_000,
        "1" * 10_000,
        "and then " * 1200,
        "," * 10_000,
        ",5" * 5_000,
        ".…—" * 3_000 + "x",
    ):
        begin = time.thread_time()
        assert GRAMMAR.read(text).decision == "ask"
        assert time.thread_time() - begin < 0.05
    assert GRAMMAR.read("left " * 2000 + "stop").decision == "stop"
