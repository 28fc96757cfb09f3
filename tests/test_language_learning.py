"""What a person confirms is learned only where it means the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.chain import ChainInterpreter
from cliprt.language.learning import may_be_learned
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.language.wordings import Wording, save_wordings
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
BY_SIZE = {(p.group, round(100 * sum(map(abs, p.motion[:3])))): p for p in VOCABULARY.primitives}
LEFT, LEFT_5, RIGHT = BY_SIZE["y+", 1], BY_SIZE["y+", 5], BY_SIZE["y-", 1]
UP_5, UP_10 = BY_SIZE["z+", 5], BY_SIZE["z+", 10]
CLOSE = VOCABULARY.primitives[56]

WRAPPED = [
    "don't {x}",
    "never {x}",
    "{x}?",
    "if you see it, {x}",
    "{x} until it touches",
    "when I clap, {x}",
    "the {x}",
    "{x} the lid",
    "{x} my cup",
    "{x} toward me",
    "{x} in the picture",
    "{x} again",
    "{x} once more",
    "the other way, {x}",
    "is it better to {x}",
    "sorry, {x}",
    "zorble that, {x}",
    "the second one, {x}",
]


@given(st.sampled_from(VOCABULARY.primitives), st.sampled_from(WRAPPED))
def test_nothing_is_learned_that_depends_on_more_than_its_words(entry, wrapped):
    said = wrapped.format(x=entry.phrase)
    assert may_be_learned(said, (entry,))
    book = PhrasebookInterpreter(VOCABULARY)
    book.learn(said, [entry])
    assert not book.wordings


@given(
    st.sampled_from(VOCABULARY.primitives),
    st.sampled_from(["zorble {x}", "{x} blorp", "hup hup", "zorble, {x} please"]),
)
def test_words_that_nobody_knew_are_learned(entry, wrapped):
    assert may_be_learned(wrapped.format(x=entry.phrase), (entry,)) == ""


@pytest.mark.parametrize(
    ("said", "means", "why"),
    [
        ("zorble left", (LEFT,), ""),
        ("zorble left 5 cm", (LEFT_5,), ""),
        ("zorble left a bit", (LEFT_5,), ""),
        ("zorble left a lot", (LEFT_5,), ""),
        ("zorble left, then up 5 cm", (LEFT, UP_5), ""),
        ("zorble left 3 cm", (LEFT_5,), "another one"),
        ("left 5", (LEFT,), "another one"),
        ("zorble up a bit", (UP_10,), "less than that"),
        ("zorble up a hair", (UP_5,), "less than that"),
        ("zorble left", (RIGHT,), "another way"),
        ("lefft", (RIGHT,), "another way"),
        ("rihgt", (LEFT,), "another way"),
        ("close the laptop", (CLOSE,), "a thing"),
        ("grab the zorble", (CLOSE,), "a thing"),
        ("pick it up", (UP_5,), "something else"),
        ("a little zorble to my left", (LEFT,), "where somebody is"),
        ("same zorble but up", (UP_5,), "done before"),
        ("5", (LEFT_5,), "only a piece"),
        ("the gripper", (CLOSE,), "only a piece"),
        ("help me up", (UP_5,), "asks for help"),
    ],
)
def test_why_a_wording_is_not_learned(said, means, why):
    reason = may_be_learned(said, means)
    assert (why in reason) if why else reason == ""


def test_what_an_older_file_has_is_kept_and_asked_about(tmp_path):
    file = tmp_path / "book.yaml"
    rows = [
        Wording("don't zorble", (LEFT.phrase,)),
        Wording("zorble the lid", (LEFT.phrase,)),
        Wording("zorble it toward me", (LEFT.phrase,)),
        Wording("hup hup", (UP_5.phrase,)),
    ]
    save_wordings(file, VOCABULARY, rows)
    chain = ChainInterpreter(VOCABULARY, phrasebook=str(file))
    for row in rows[:3]:
        assert (chain.read(row.said).decision, chain.read(row.said).offers) == ("ask", ())
    assert chain.read("hup hup").primitives == (UP_5,)
    chain.learn("hop hop", [UP_5])
    book = PhrasebookInterpreter(VOCABULARY, str(file))
    assert {row.said for row in book.wordings} == {row.said for row in rows} | {"hop hop"}
