"""Every number a controller tells has a sentence, and the sentence says what a person does."""

import pytest

from cliprt_ur.driver.words import (
    MODE_NAMES,
    STATUS_NAMES,
    again,
    mode_words,
    program_words,
    safety_words,
)


@pytest.mark.parametrize("bits", [1 << n for n in range(2, 11)])
def test_every_safety_bit_says_who_holds_the_arm_and_what_helps(bits):
    words = safety_words(bits)
    assert words == safety_words(bits | 1), "a bit that holds the arm counts more than normal"
    assert ". " in words
    assert not words.endswith(".")


def test_the_cause_is_told_before_its_consequence():
    assert "protective stop" in safety_words(1 << 2 | 1 << 10)
    assert "emergency stop" in safety_words(1 << 6 | 1 << 7 | 1 << 10)
    assert "fault" in safety_words(1 << 9 | 1 << 7)


def test_a_well_arm_has_no_words():
    assert safety_words(1) == safety_words(2) == safety_words(3) == ""
    assert mode_words(7) == program_words(2) == again("") == ""


def test_what_nobody_knows_is_said_too():
    assert "bits 0x0" in safety_words(0)
    assert "mode 42" in mode_words(42)


@pytest.mark.parametrize("mode", [mode for mode in MODE_NAMES.values() if mode != 7])
def test_every_other_mode_says_what_to_do(mode):
    assert ". " in mode_words(mode)


@pytest.mark.parametrize(
    ("state", "words"), [(0, "was stopped"), (1, "was stopped"), (3, "paused"), (4, "paused")]
)
def test_a_program_that_does_not_run_was_stopped_or_paused(state, words):
    assert words in program_words(state)
    assert again(program_words(state)).endswith(". Then go on.")


def test_the_dashboard_names_what_the_bits_say():
    assert {name for name, bits in STATUS_NAMES.items() if not safety_words(bits)} == {
        "NORMAL",
        "REDUCED",
    }
