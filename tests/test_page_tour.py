"""The six hints of a first teaching: what a person did is not told to them."""

from __future__ import annotations

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.telling import Told, tell
from cliprt.page.messages import Became, DoneStep, Started, Stepped, Undone
from cliprt.page.session import Session
from cliprt.page.tour import HINTS, find_done, next_hint
from cliprt.vocabularies.grid import ClipRt58Vocabulary

INTERPRETER = GrammarInterpreter(ClipRt58Vocabulary())


def teach(*sentences):
    session = Session({"pick": 10}, {})
    session.apply(Started("pick-1", "pick", "pick the cube", 0))
    for index, sentence in enumerate(sentences):
        (primitive,) = INTERPRETER.read(sentence).primitives
        step = DoneStep(index, sentence, Told(tell(primitive), primitive))
        session.apply(Stepped(step))
    return session


def test_each_example_does_what_its_hint_says_and_no_more_is_left_in_the_end():
    done = set()
    for hint in HINTS[:4]:
        assert next_hint(done) is hint
        done |= find_done(teach(hint.example))
    session = teach("down")
    session.apply(Undone(0))
    done |= find_done(session)
    assert next_hint(done) is HINTS[-1]
    session.apply(Became("stopped", "STOP was pressed"))
    assert next_hint(done | find_done(session)) is None


def test_whoever_does_more_at_once_is_told_less():
    assert find_done(teach("down 5 cm")) == {"way", "amount"}
    assert find_done(teach("5 cm runter", "un poco a la izquierda")) == {"way", "amount", "small"}
    assert find_done(teach("그리퍼를 닫아 줘")) == {"gripper"}


def test_what_was_refused_stopped_or_not_asked_for_shows_no_more_than_it_does():
    (step,) = teach("down 5 cm").steps
    for changed, done in (
        ({"refused": "too far"}, set()),
        ({"supervision": ""}, set()),
        ({"stopped": True}, {"way", "amount", "stop"}),
    ):
        session = teach()
        values = {"supervision": step.supervision, **changed}
        session.apply(Stepped(DoneStep(0, phrase=step.phrase, **values)))
        assert find_done(session) == done
