"""The bars over the shipped sets, and what holds for every utterance."""

from __future__ import annotations

import math
import random
import statistics
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.language import lexicon
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.judging import HOLD, Case, Judgement, add_up, judge
from cliprt.language.lexicon import KNOWN
from cliprt.language.spelling import repair
from cliprt.language.stops import is_stop
from cliprt.language.text import about, split_words
from cliprt.language.tongues import hear
from cliprt.language.utterance_files import load_cases
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)

MOST_WRONG = 0.002
LEAST_RIGHT = 0.98


@cache
def cases(name: str) -> list[Case]:
    return load_cases(name, VOCABULARY)


def judged(name: str) -> list[Judgement]:
    return [judge(case, GRAMMAR.read(case.utterance)) for case in cases(name)]


def said(judgements: list[Judgement], verdict: str) -> list[str]:
    return [one.case.utterance for one in judgements if one.verdict == verdict]


def test_in_scope_is_understood():
    found = judged("in_scope")
    counts = add_up(found).counts
    assert counts["right"] >= LEAST_RIGHT * len(found), said(found, "asked")
    assert counts["wrong move"] <= MOST_WRONG * len(found), said(found, "wrong move")


@pytest.mark.parametrize("name", ["out_of_scope", "injection"])
def test_nothing_moves_that_must_not(name):
    assert said(judged(name), "wrong move") == []
    must_hold = [case for case in cases(name) if case.expected == (HOLD,)]
    assert not [c for c in must_hold if GRAMMAR.read(c.utterance).decision == "move"]


def test_what_is_about_the_step_before_is_understood():
    for case in cases("context"):
        GRAMMAR.situate(Situation(case.last))
        judgement = judge(case, GRAMMAR.read(case.utterance))
        GRAMMAR.situate(Situation())
        assert judgement.verdict == "right", (case.utterance, judgement.reading)


def test_typos_are_never_silently_wrong_and_mostly_offered():
    found = judged("typos")
    score = add_up(found)
    assert said(found, "wrong move") == []
    assert score.counts["right"] + score.offered >= 0.9 * score.cases


def test_a_repaired_word_is_acted_on_only_where_nothing_else_can_be_meant_and_told():
    for case in cases("typos"):
        repaired, reading = repair(split_words(case.utterance)), GRAMMAR.read(case.utterance)
        if repaired is not None and reading.decision == "move":
            assert repaired.is_sure, case.utterance
            assert " ".join(repaired.words) in reading.reason


def test_utterances_take_less_than_a_millisecond():
    took = []
    for name in ("in_scope", "out_of_scope", "typos", "injection"):
        for case in cases(name)[::3]:
            runs = []
            for _ in range(3):
                begin = time.thread_time()
                GRAMMAR.read(case.utterance)
                runs.append(time.thread_time() - begin)
            took.append(min(runs))
    assert statistics.median(took) < 1e-3


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("seed", [0, 1])
def test_missing_words_cost_questions_not_wrong_moves(kept, seed, monkeypatch):
    """The lexicon cut to a share of its words, and the phrases made of them."""
    chance = random.Random(f"{kept} {seed}")
    words = {word for word in sorted(KNOWN) if chance.random() < kept}
    table = {
        phrase: meaning
        for phrase, meaning in lexicon.ENGLISH.phrases.items()
        if meaning[0] in ("joiner", "mark", "negation", "question") or set(phrase) <= words
    }
    hear.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(lexicon.ENGLISH, "phrases", table)
        names = ("in_scope", "out_of_scope")
        wrong = {name: len(said(judged(name), "wrong move")) for name in names}
    hear.cache_clear()
    assert wrong["in_scope"] <= MOST_WRONG * len(cases("in_scope"))
    assert wrong["out_of_scope"] <= MOST_WRONG * len(cases("out_of_scope"))


UNKNOWN = st.text("bcdfghjklmnpqrstvwxz", min_size=4, max_size=8).filter(
    lambda word: word not in KNOWN and word not in ("left", "right")
)


@settings(max_examples=200)
@given(st.sampled_from(sorted(KNOWN)), UNKNOWN, st.data())
def test_no_utterance_moves_with_a_word_that_nobody_knows(known, unknown, data):
    sentence = data.draw(st.sampled_from([case.utterance for case in cases("in_scope")]))
    words = [*sentence.split(), known]
    words.insert(data.draw(st.integers(0, len(words))), unknown)
    assert GRAMMAR.read(" ".join(words)).decision != "move"


@settings(max_examples=300)
@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(sorted(KNOWN))), max_size=6))
def test_what_moves_has_known_words_only(pieces):
    utterance = " ".join(pieces)
    if GRAMMAR.read(utterance).decision == "move":
        for word in split_words(utterance):
            known = word in KNOWN or word in ",.;!?&" or word.replace(".", "").isdigit()
            assert known or "/" in word, (utterance, word)


@settings(max_examples=100)
@given(st.integers(-(10**9), 10**9), st.sampled_from(["cm", "mm", "m", "inches", "feet", "km"]))
def test_no_number_moves_further_than_the_limit(number, unit):
    for primitive in GRAMMAR.read(f"left {number} {unit}").primitives:
        assert 0 < math.hypot(*primitive.motion[:3]) <= 0.3 + 1e-9


@pytest.mark.parametrize(
    "utterance",
    [
        "stop!",
        "STOPP",
        "stopp!!!",
        "whoa",
        "whoooa",
        "no no no",
        "no, no, no!",
        "wait",
        "hold it",
        "HALT",
        "haaalt",
        "stpo",
        "ＳＴＯＰ",
        "st\u200bop",
        "stop-right-now",
        "left no wait",
        "ok stop.",
        "freeze",
    ],
)
def test_stop_is_heard(utterance):
    assert is_stop(utterance)
    assert GRAMMAR.read(utterance).decision == "stop"


@pytest.mark.parametrize(
    "utterance",
    ["stopwatch", "the stopper", "doorstop", "nonstop", "waiter", "weight", "halter", "no, left"],
)
def test_stop_is_not_heard_inside_words(utterance):
    assert not is_stop(utterance)


@pytest.mark.parametrize("words", ["ok", "done", "i think", "that's it", "ok done", "now it is"])
def test_what_a_sentence_is_about_is_found_whatever_is_said(words):
    # Where a match tried every way to divide the words, this would take longer than the world.
    repeated = " ".join([words] * (250 // len(words)))
    assert about(f"{repeated} banana") == "arm"


@pytest.mark.parametrize(
    ("sentence", "decision"),
    [
        ("move to the left edge", "ask"),
        ("turn the hand crank clockwise", "ask"),
        ("raise the head", "ask"),
        ("push the drive left", "ask"),
        ("move the darling left", "ask"),
        ("edge left", "move"),
        ("left a bit, darling", "move"),
        ("move the fingers left", "ask"),
        ("swing left", "ask"),
        ("swing the arm left", "move"),
        ("should we go up", "ask"),
        ("it should go up", "move"),
        ("right, lift it", "ask"),
        ("right, up", "move"),
        ("very left", "ask"),
        ("very slowly left", "move"),
        ("drop the object", "move"),
        ("move the object left", "ask"),
        ("take it left", "ask"),
        ("take it left 5 cm", "move"),
        ('say "left 5"', "ask"),
        ("all the way left", "ask"),
    ],
)
def test_words_whose_part_depends_on_the_others(sentence, decision):
    assert GRAMMAR.read(sentence).decision == decision
