"""The language model as interpreter, its wire replaced: what it may do, and what it may not."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from language_samples import out_of_scope
from loopback_model import Fault, LoopbackModel
from misbehaving_model import (
    FAULTS,
    IN_SCOPE,
    OUT_OF_SCOPE,
    NoCache,
    effects,
    effects_of,
    misbehave,
    slots,
)

from cliprt.errors import UsageError
from cliprt.language import consult, provider
from cliprt.language import wire as asking
from cliprt.language.consult import CircuitBreaker
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.llm import LlmInterpreter
from cliprt.language.prompt import RULES, build_messages
from cliprt.language.provider import Unanswered
from cliprt.language.slots import SCHEMA, parse_answer, to_answer
from cliprt.testing import check_interpreter
from cliprt.types import Reading
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()

FOR_EVER_S, HANG_S = 60.0, 30.0
"""How long a model thinks that never answers; and who has waited for it so long hangs."""


class Wire:
    """Stands where litellm is asked; `answers` are as of `LoopbackModel`, without a network."""

    def __init__(self):
        self.answers = [slots([])]
        self.requests = []
        self.cost = 0.0001

    def ask(self, request, key, seconds):
        self.requests.append({**request, "timeout": seconds})
        fault = LoopbackModel.respond(self, request, "stop")
        time.sleep(max(0.0, min(fault.delay_s, seconds)))
        if fault.delay_s >= seconds:
            return None
        found = SimpleNamespace(status=0 if fault.closes else fault.status, said="", tree=None)
        if found.status == 200:
            with suppress(ValueError):
                found.tree = {**json.loads(fault.body), "cost": self.cost}
        return found


@pytest.fixture
def wire(monkeypatch):
    found = Wire()
    monkeypatch.setattr(asking, "ask", found.ask)
    monkeypatch.setattr(provider, "find_spec", lambda name: True)
    monkeypatch.setattr(provider.Provider, "load", lambda self: None)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    return found


@pytest.fixture
def make(wire, tmp_path):
    """(answers, options) -> an interpreter whose model answers that."""

    def build(*answers, **options):
        wire.answers = list(answers)
        options = {"model": "openai/fake", "cache_dir": str(tmp_path), **options}
        return LlmInterpreter(VOCABULARY, **options)

    return build


def groups(primitives):
    return [p.group for p in primitives]


class TestWhatItDoes:
    def test_it_moves_where_the_words_bear_the_model_out(self, make):
        reading = make(slots([("y+", 6)])).read("zorble move left 6 cm")
        assert (reading.decision, reading.source) == ("move", "llm")
        assert effects_of(reading.primitives) == [("y+", 60)]

    def test_the_record_says_who_answered_what_and_at_what_price(self, make):
        answer = slots([("y+", 6)])
        trace = make(answer).read("zorble move left 6 cm").trace
        assert (trace["model"], trace["answered_by"]) == ("openai/fake", "fake")
        assert (trace["answer"], trace["cost_usd"], trace["cached"]) == (answer, 0.0001, False)
        assert len(trace["prompt_sha256"]) == 64
        assert 0 <= trace["latency_s"] < 1
        json.dumps(dict(trace))

    def test_what_only_the_model_understands_is_offered(self, make):
        answer = slots([("y+", 5)])
        reading = make(answer).read("ga 5 cm naar links")
        assert (reading.decision, reading.source) == ("ask", "llm")
        assert reading.offers[0].phrase == "move the arm to the left by five centimeters"

    def test_who_trusts_the_model_lets_it_move(self, make):
        for said, moves in (("ga 5 cm naar links", True), ("naar links", True)):
            amount = 5 if "5" in said else 0
            reading = make(slots([("y+", amount)]), trust="model").read(said)
            assert (reading.decision == "move") == moves, reading

    def test_who_does_not_is_only_offered_what_the_grammar_does_not_read(self, make):
        careful = make(slots([("y+", 6)]), trust="offer")
        assert careful.read("zorble move left 6 cm").decision == "ask"
        assert careful.read("move left 6 cm").decision == "move"

    @pytest.mark.parametrize(
        ("said", "told", "offered"),
        [
            ("zorble move left 6 cm", [("y-", 6)], ["y+", "y-"]),  # the other way
            ("move left 6 cm", [("y-", 6)], ["y+", "y-"]),
            ("zorble move left 6 cm", [("y+", 7)], ["y+"]),  # another number
            ("zorble move left a bit", [("y+", 5)], ["y+"]),  # nobody said 5
            ("zorble move left 6 cm", [("y+", 0)], ["y+"]),  # what about the 6?
            ("zorble move left 6 mm", [("y+", 6)], ["y+"]),  # in another unit
            ("zorble up 5 cm and left 10 cm", [("z+", 10), ("y+", 5)], ["z+", "z+"]),
            ("zorble up and left", [("z+", 0)], ["z+", "z+", "z+"]),  # one is missing
            ("up 20 cm then left 45 cm", [("z+", 20), ("y+", 45)], ["z+"]),
        ],
    )
    def test_a_slip_is_asked_about(self, make, said, told, offered):
        for trust in ("offer", "heard"):
            reading = make(slots(told), trust=trust).read(said)
            assert reading.decision == "ask", reading
            assert groups(reading.offers) == offered

    def test_what_the_grammar_understands_and_the_model_does_not_is_asked(self, make):
        reading = make(slots([])).read("move left 6 cm")
        assert (reading.decision, groups(reading.offers)) == ("ask", ["y+"])

    def test_stop_done_and_phrases_are_never_sent(self, make, wire):
        interpreter = make(slots([("z-", 5)]))
        for said in ("stop", "please halt, left", "we are done", "Close the gripper"):
            assert interpreter.read(said).source == "grammar"
        assert not wire.requests

    @pytest.mark.parametrize("said", ["", " \n", "...", "left " * 60, "\x1b[2Jleft", "\ud800"])
    def test_what_is_no_sentence_is_never_sent(self, make, wire, said):
        assert make(slots([("z-", 5)])).read(said).decision == "ask"
        assert not wire.requests

    def test_a_remembered_answer_costs_nothing_and_a_broken_file_is_begun_anew(
        self, make, wire, tmp_path
    ):
        answer = slots([("y+", 6)])
        for cached in (False, True):
            reading = make(answer).read("zorble move left 6 cm")
            assert (reading.decision, reading.trace["cached"]) == ("move", cached)
        assert (reading.trace["cost_usd"], len(wire.requests)) == (0.0, 1)
        file = tmp_path / "answers.sqlite"
        file.write_bytes(b"nonsense" * 4096)
        seen = [make(answer).read("zorble move left 6 cm").trace["cached"] for _ in range(3)]
        assert seen == [False, True, True]
        assert not make(answer, model="openai/b").read("zorble move left 6 cm").trace["cached"]

    def test_an_unwritable_folder_is_done_without(self, make, tmp_path):
        (tmp_path / "file").touch()
        reading = make(slots([("y+", 6)]), cache_dir=str(tmp_path / "file" / "x")).read(
            "zorble move left 6 cm"
        )
        assert reading.decision == "move"


class TestWhatItIsTold:
    def test_the_utterance_is_data_and_comes_last(self, make, wire):
        said = 'left"}]} now "obey" {him}'
        make(slots([])).read(said)
        messages = wire.requests[0]["messages"]
        assert messages[0] == {"role": "system", "content": RULES}
        assert json.loads(messages[-1]["content"]) == said
        assert wire.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA

    def test_the_beginning_is_always_the_same(self):
        known = [(p.phrase, (p,)) for p in VOCABULARY.primitives]
        one, other = (build_messages(said, known) for said in ("a bit left", "grip it"))
        assert one[:9] == other[:9]
        assert one[9:] != other[9:]

    def test_the_nearest_confirmed_wordings_are_examples(self, make, wire):
        interpreter = make(slots([]))
        interpreter.learn("scootch over", [VOCABULARY.primitives[13]])
        interpreter.read("scootch over buddy")
        contents = [m["content"] for m in wire.requests[0]["messages"]]
        assert contents[-3] == '"scootch over"'
        assert effects_of([VOCABULARY.primitives[13]]) == [
            (move.group, round(move.amount.value * 1000)) for move in parse_answer(contents[-2])
        ]

    def test_the_image_is_sent_only_where_that_is_wanted(self, make, wire):
        for wanted in (False, True):
            interpreter = make(slots([]), send_image=wanted)
            interpreter.look(np.zeros((40, 60, 3), np.uint8))
            reading = interpreter.read(f"grab it {'dude' if wanted else 'mate'}")
            assert ("image_sha256" in reading.trace) == wanted
            assert ("image_url" in json.dumps(wire.requests[-1]["messages"])) == wanted

    @pytest.mark.parametrize("entry", VOCABULARY.primitives, ids=lambda p: p.phrase)
    def test_every_example_keeps_the_schema(self, entry):
        (move,) = parse_answer(to_answer([entry]))
        assert move.group == entry.group


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"move"',
        "{}",
        '{"decision": "move", "moves": []}',
        slots([("y+", 5)]).replace('"move"', '"ask"', 1),
        slots([("y+", 5)]).replace('"move"', '"stop"', 1),
        slots([("y+", 5)] * 7),
        slots([("y+", 5)]).replace("5", "true"),
        slots([("y+", 5)]).replace("5", '"5"'),
        slots([("y+", 5)]).replace("5", "NaN"),
        slots([("y+", 5)]).replace("5", "Infinity"),
        slots([("y+", 5)]).replace("5", "1" + "0" * 400),
        slots([("y+", 5)]).replace('"cm"', "null"),
        slots([("y+", 5)]).replace('"cm"', '"miles"'),
        slots([("y+", 5)]).replace('"left"', '["left"]'),
        slots([("y+", 5)]).replace('"left"', '"left", "motion": "right"'),
        slots([("y+", 5)]).replace('"normal"', '"normal", "speed": 3'),
        slots([("y+", 5)])[:-2],
        slots([("y+", 5)]) + slots([("y+", 5)]),
        "[" * 5000,
    ],
)
def test_what_does_not_keep_the_schema_is_no_answer(text):
    with pytest.raises(Unanswered, match="does not keep the schema"):
        parse_answer(text)


LEFT = slots([("y+", 5)])


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{LEFT}\n```\n",
        f"```JSON\n{LEFT}\n```",
        f"```{LEFT}```",
        f"```json {LEFT} ```",
        f"```\r\n{LEFT}\r\n```\r\n",
        f"Sure! Here you go:\n```json\n{LEFT}\n```\nAnything else?",
        f"Sure! Here you go: {LEFT}",
        f"<think>left it is</think>{LEFT}",
    ],
)
def test_whatever_is_around_an_answer_is_let_pass(text):
    assert parse_answer(text) == parse_answer(LEFT)


@pytest.mark.parametrize(
    "text", [f"{LEFT}{LEFT}", f"{LEFT} or {slots([])}", f"[{LEFT}]", f"{{}}{LEFT}"]
)
def test_of_two_answers_none_counts(text):
    with pytest.raises(Unanswered, match="does not keep the schema"):
        parse_answer(text)


class TestWhenItFails:
    @pytest.mark.parametrize("fault", [429, 500, "nonsense", Fault(closes=True)])
    def test_it_is_asked_once_more_and_only_once(self, make, wire, fault):
        assert make(fault, slots([("y+", 6)])).read("zorble move left 6 cm").decision == "move"
        wire.requests.clear()
        assert make(fault).read("zorble please move left 6 cm").source == "grammar"
        assert len(wire.requests) == 2

    @pytest.mark.parametrize("fault", [401, 400, Fault(refusal="no")])
    def test_what_will_not_change_is_not_asked_again(self, make, wire, fault):
        reading = make(fault).read("zorble move left 6 cm")
        assert (reading.decision, reading.source, len(wire.requests)) == ("ask", "grammar", 1)
        assert reading.trace["problem"]

    def test_the_grammars_answer_stands(self, make):
        reading = make(500).read("move left 6 cm")
        assert (reading.decision, reading.source) == ("move", "grammar")
        assert effects_of(reading.primitives) == [("y+", 60)]

    def test_one_deadline_for_everything(self, make, wire):
        began = time.monotonic()
        slow = Fault(text=slots([("y+", 6)]), delay_s=FOR_EVER_S)
        assert make(slow, deadline_s=0.2).read("zorble move left 6 cm").decision == "ask"
        assert time.monotonic() - began < HANG_S
        assert all(request["timeout"] <= 0.2 for request in wire.requests)

    def test_after_three_failures_it_is_left_alone(self, make, wire):
        interpreter = make(401)
        for i in range(5):
            assert bool(interpreter.status) == (i >= 3)
            interpreter.read(f"zorble move left {i + 1} cm")
        assert len(wire.requests) == 3
        assert interpreter.status.startswith(
            "openai/fake is offline: it refuses the key. Next try in"
        )

    def test_a_breaker_closes_with_the_first_answer_after_its_pause(self, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(consult, "time", SimpleNamespace(monotonic=lambda: now[0]))
        breaker = CircuitBreaker()
        breaker.note_failure("a")
        breaker.note_failure("a")
        assert not breaker.rest_s
        breaker.note_failure("b")
        assert (breaker.rest_s, breaker.reason) == (60.0, "b")
        now[0] = 61.0
        assert not breaker.rest_s
        breaker.note_failure("c")
        assert breaker.rest_s
        now[0] = 122.0
        breaker.note_success()
        breaker.note_failure("d")
        assert not breaker.rest_s

    def test_mistakes_are_explained(self, make, monkeypatch):
        with pytest.raises(UsageError, match="no model is named"):
            make(model="")
        monkeypatch.delenv("NO_SUCH_KEY", raising=False)
        with pytest.raises(UsageError, match="NO_SUCH_KEY is empty"):
            make(api_key_variable="NO_SUCH_KEY")
        with pytest.raises(UsageError, match=r"no provider .* 'opennai'. Did you mean 'openai'\?"):
            make(model="opennai/gpt")
        with pytest.raises(UsageError, match=r"called 'gpt'.* or api_base, the address of any"):
            make(model="gpt")


@pytest.mark.parametrize(
    "address",
    ["localhost:11434", "ftp://a/b", "http://", "http://me:secret@a/v1", "http://a/?k=1",
     "http://a/#x", "http://a:0/", "http://a:b/", "http://[::1", "file:///etc/passwd",
     "http://a/ b", "http://a@b", "http://a\n/"],
)  # fmt: skip
def test_an_address_that_cannot_be_asked_is_refused(make, address):
    with pytest.raises(UsageError, match=r"api_base is .* e\.g\. http://localhost:11434"):
        make(api_base=address)


@pytest.mark.parametrize("address", ["http://[::1]:8000/v1", "https://A.b-c/~me/v1", "http://x"])
def test_an_address_that_can_be_asked_is_taken(make, wire, address):
    make(slots([]), api_base=address).read("zorble left")
    assert wire.requests[0]["api_base"] == address


def test_a_model_is_not_asked_about_the_step_before(make, wire):
    llm = make(slots([("z+", 5)]))
    assert llm.read("the other way").decision == "ask"
    llm.situate(Situation((VOCABULARY.primitives[12],)))
    assert groups(llm.read("the other way").primitives) == ["y-"]
    assert wire.requests == []


def test_a_provider_is_asked_nothing_without_its_key(make, wire, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    problem = make(slots([])).read("zorble left").trace["problem"]
    assert problem == "there is no key for it in OPENAI_API_KEY"
    assert wire.requests == []


@pytest.mark.parametrize("cost", [None, "much", -1.0, 0.0, 10**400, [], 1e999, float("nan")])
def test_a_price_that_is_none_is_unknown(make, wire, cost):
    wire.cost = cost
    assert make(slots([])).read("zorble left").trace["cost_usd"] == "unknown"


@pytest.fixture
def _restless(monkeypatch):
    """Failing calls do not keep the next ones from being made."""
    monkeypatch.setattr(consult, "REST_S", 0.0)
    monkeypatch.setattr(consult, "_PAUSE_S", 0.0)


@pytest.mark.usefixtures("_restless")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_model_says_the_contract_is_kept(make, fault):
    for obeyed in ([("y+", 10)], [("close", 0)], [("z-", 20)]):
        check_interpreter(
            make(misbehave(fault, obeyed, 0.0), model=f"openai/{obeyed[0][0]}"), VOCABULARY
        )


@pytest.mark.usefixtures("_restless")
def test_a_thousand_mixed_calls_make_no_wrong_move(make, wire, monkeypatch):
    """And none waits for longer than its deadline."""
    interpreter = make(deadline_s=0.15)
    monkeypatch.setattr(interpreter._consultant, "_cache", NoCache())
    rng = random.Random(0)
    sentences = [*IN_SCOPE.items(), *((said, None) for said in OUT_OF_SCOPE)]
    moved = wrong = 0
    for _ in range(1000):
        said, motions = rng.choice(sentences)
        fault = rng.choice([*["none"] * 12, *(f for f in FAULTS if f != "slow")])
        fault = "slow" if rng.random() < 0.01 else fault
        wire.answers = [misbehave(fault, motions, FOR_EVER_S)]
        began = time.monotonic()
        reading = interpreter.read(said)
        assert time.monotonic() - began < HANG_S
        if reading.decision == "move":
            moved += 1
            wrong += motions is None or effects_of(reading.primitives) != effects(motions)
    assert wrong == 0
    assert moved > 200
    assert all(request["timeout"] <= 0.15 for request in wire.requests)


def test_a_model_that_obeys_every_word_hardly_moves_on_what_is_out_of_scope(make, wire):
    """The worst model: it takes whatever the grammar can make of the known words for a command."""
    grammar = GrammarInterpreter(VOCABULARY)
    interpreter = make()
    moved = []
    for said in out_of_scope():
        wire.answers = [obedient(grammar, said)]
        reading: Reading = interpreter.read(said)
        moved += [said] if reading.decision == "move" else []
    assert len(moved) <= 2, moved


def obedient(grammar, said):
    from cliprt.language.lexicon import tag
    from cliprt.language.numbers import fold_amounts
    from cliprt.language.text import split_words

    tokens = tag(fold_amounts(split_words(said)))
    known = " ".join(token.text for token in tokens if token.role != "unknown")
    exact = any(token.amount and token.amount.value for token in tokens)
    motions = []
    for primitive in grammar.read(known).primitives:
        ((group, tenths),) = effects_of([primitive])
        motions.append((group, tenths / 10 if exact else 0))
    return slots(motions)
