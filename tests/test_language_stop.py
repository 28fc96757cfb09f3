"""Whatever means stop, stops: in any spelling, at any place, however much else is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_samples import everyday

from cliprt.language.text import about, is_stop

WORDS = ["stop", "halt", "freeze", "wait", "hold still", "stand still", "whoa", "e-stop", "abort"]
SPELLINGS = [
    *("STOP", "Stop!", "stooop", "stoppp", "sstop", "stop.", "stopstop", "stop-stop", "stopnow"),
    *("freeeze", "freezzze", "freeeeezeee", "hold stilll", "hooold still", "waaait", "haaalt"),
    *("noooo", "noo", "NOOOOO!", "s t o p", "s.t.o.p.", "S-T-O-P", "st op", "stpo", "wiat"),
    *("stóp", "st\u0336o\u0336p\u0336", "ｓｔｏｐ", "st\u200bop", "that’s enough", "stop_it"),
    *("🛑", "✋", "✋🏽", "⛔", "⛔️", "⏹️", "⏸", "🖐", "🚫"),
]
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz ,.!?5", max_size=600)


def drawn_out(word: str, times: list[int]) -> str:
    """Each letter so many times."""
    return "".join(letter * times[i % len(times)] for i, letter in enumerate(word))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("sentence", ["{}", "left 5 cm {}", "{} left", "{}" + " and left" * 200])
def test_every_spelling_stops_everywhere(spelling, sentence):
    assert about(sentence.format(spelling)) == "stop"


@given(LETTERS, st.sampled_from([*WORDS, *SPELLINGS]), LETTERS)
def test_a_stop_word_wins_whatever_is_said_around_it(before, word, after):
    assert about(f"{before} {word} {after}") == "stop"


@given(st.sampled_from(WORDS), st.lists(st.integers(1, 6), min_size=1, max_size=9))
def test_drawn_out_letters_count_once(word, times):
    assert is_stop(drawn_out(word, times))


@pytest.mark.parametrize("length", [299, 300, 301, 302, 5_000, 100_000])
def test_no_length_hides_a_stop_word(length):
    assert is_stop("x" * (length - 5) + " stop")
    assert is_stop("stop " + "x" * (length - 5))
    assert not is_stop("left " * (length // 5))


@pytest.mark.parametrize(
    "sentence",
    [
        *("no", "nonstop", "stopwatch", "laptop", "the top", "noon", "hold on to it", "weight"),
        *("a step to the left", "unstoppable", "desktop", "histop", "note", "shalt", "exits"),
    ],
)
def test_letters_of_a_stop_word_alone_do_not_stop(sentence):
    assert not is_stop(sentence)


def test_no_everyday_sentence_stops():
    assert [said for said, _, _ in everyday() if is_stop(said)] == []
