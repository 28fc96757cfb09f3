"""Every registered interpreter keeps the contract; a broken one is caught."""

from dataclasses import replace
from importlib.util import find_spec

import pytest

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Interpreter
from cliprt.registry import load, names
from cliprt.testing.interpreter import check_interpreter
from cliprt.types import Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary

VOCABULARY = ClipRt58Vocabulary()


@pytest.mark.parametrize("name", names("interpreter"))
@pytest.mark.parametrize("vocabulary", [VOCABULARY, Oxe50Vocabulary()], ids=lambda v: v.name)
def test_registered_interpreters_conform(name, vocabulary, tmp_path):
    options = {}
    if name == "llm":
        if find_spec("litellm") is None:
            pytest.skip("needs litellm: pip install 'cliprt[llm]'")
        # nobody listens at this port: what it does without its model is the contract too
        options = {"api_base": "http://127.0.0.1:9/v1", "cache_dir": str(tmp_path)}
    check_interpreter(load("interpreter", name)(vocabulary, **options), vocabulary)


class BrokenInterpreter(Interpreter):
    """The grammar with one fault."""

    def __init__(self, fault):
        self.fault = fault
        self.grammar = GrammarInterpreter(VOCABULARY)

    def read(self, utterance):
        if self.fault == "raises" and not utterance.isascii():
            raise ValueError("ascii only")
        reading = self.grammar.read(utterance)
        if self.fault == "repairs" and "drawer" in utterance:
            reading = self.grammar.read("close the gripper")
            return replace(reading, utterance=utterance)
        if self.fault == "invents" and reading.decision == "ask":
            return replace(reading, offers=(Primitive(99, "dance", group="dance"),))
        return {
            "deaf": replace(reading, decision="ask", primitives=(), reason="what?"),
            "strips": replace(reading, utterance=utterance.strip()),
            "silent": replace(reading, source=""),
            "half": replace(reading, primitives=()),
        }.get(self.fault, reading)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("raises", "raised ValueError"),
        ("repairs", "must not move"),
        ("invents", "not in the vocabulary"),
        ("deaf", "must stop, not ask"),
        ("strips", "does not keep the utterance"),
        ("silent", "has no source"),
        ("half", "decided 'move' with 0 primitives"),
    ],
)
def test_broken_interpreters_are_caught(fault, text):
    with pytest.raises(AssertionError, match=text):
        check_interpreter(BrokenInterpreter(fault), VOCABULARY)
