"""Repeats and steps without a comma: left out or cut where the rest is understood whole."""

import pytest

from cliprt.language.grammar import GrammarInterpreter
from cliprt.vocabularies.grid import ClipRt58Vocabulary

GRAMMAR = GrammarInterpreter(ClipRt58Vocabulary())


def steps(utterance):
    reading = GRAMMAR.read(utterance)
    return [(p.group, p.motion) for p in reading.primitives]


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("lift it lift it lift it by 8 cm", "lift it by 8 cm"),
        ("go go go down 2 cm", "go down 2 cm"),
        ("up up up 5 cm", "up 5 cm"),
        ("let go let go let go", "let go"),
        ("to the right 13 cm then", "to the right 13 cm"),
        ("left 3cm up 2cm", "left 3cm, then up 2cm"),
        ("lift 5 cm open the hand", "lift 5 cm, then open the hand"),
        (
            "close your fingers tilt down 10 degrees and raise the arm 7 cm",
            "close your fingers, then tilt down 10 degrees, then raise the arm 7 cm",
        ),
    ],
)
def test_it_is_read_as_it_would_be_said_plainly(said, plain):
    assert steps(said) == steps(plain) != []


@pytest.mark.parametrize(
    "said",
    [
        *("come down, Tommy", "Tommy, come down", "let go, Emma", "go left, Emma"),
        *(
            "up 5 cm, zorblatt",
            "up 5 cm, the zorblatt",
            "up 5 cm, to zorblatt",
            "up 5 cm, not zorblatt",
        ),
        *("back a bit, zorblatt, 2 cm left", "up 5 cm, later", "up 5 cm, Tommy said"),
        *("up up up", "left left", "right then", "back then", "up next", "up 5 cm and"),
        "up 5 cm close to the cup",
        "left 5 cm up",
        "二十センチうしろへ下げて",
        "raise raise",
    ],
)
def test_it_asks_where_that_may_be_about_the_command(said):
    assert GRAMMAR.read(said).decision == "ask"
