"""The chain: who answers first, what is offered at the end, and that it is the grammar without."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_samples import everyday, out_of_scope
from misbehaving_model import slots

from cliprt.errors import MissingExtraError, RecipeError
from cliprt.language import provider
from cliprt.language.chain import ChainInterpreter
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.provider import Answer, Unanswered
from cliprt.language.similarity import most_similar, similarities
from cliprt.recipe.load import load_recipe
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
GRAMMAR = GrammarInterpreter(VOCABULARY)
CHAIN = ChainInterpreter(VOCABULARY)
LEFT = next(p for p in VOCABULARY.primitives if p.group == "y+")
RIGHT = next(p for p in VOCABULARY.primitives if p.group == "y-")
SENTENCES = [said for said, _, _ in everyday()] + out_of_scope() + ["stop", "we are done", "whoa"]


def groups(primitives):
    return [p.group for p in primitives]


def check_same_as_grammar(said: str) -> None:
    own, bare = CHAIN.read(said), GRAMMAR.read(said)
    if bare.decision != "ask" or bare.offers:
        assert own == bare
    else:
        assert (own.decision, own.primitives, own.reason) == ("ask", (), bare.reason)


def test_by_itself_it_reads_as_the_grammar():
    for said in SENTENCES:
        check_same_as_grammar(said)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(st.sampled_from(" ".join(SENTENCES).split()), max_size=8).map(" ".join),
    )
)
def test_by_itself_it_reads_any_text_as_the_grammar(said):
    check_same_as_grammar(said)


@pytest.mark.parametrize("said", ["rotat the gripr", "less", "astern five cm", "again, matey"])
def test_nothing_is_offered_for_looking_alike(said):
    assert (CHAIN.read(said).decision, CHAIN.read(said).offers) == ("ask", ())


def test_a_wording_that_was_confirmed_is_offered_where_all_its_words_occur():
    chain = ChainInterpreter(VOCABULARY)
    chain.learn("scootch over", [LEFT])
    reading = chain.read("scootch 4 cm over matey")
    assert [(offer.group, offer.motion[1]) for offer in reading.offers] == [("y+", 0.04)]
    assert chain.read("scootch the lamp").offers == ()
    assert groups(chain.read("scootch it over up zorble").offers) == ["z+"] * 3


@pytest.mark.parametrize(
    "said", ["don't go leftish", "hello robot", "", "!!", "x" * 400, "\x1blefft", "влево"]
)
def test_nothing_is_offered_against_what_was_said_or_without_likeness(said):
    assert CHAIN.read(said).offers == ()


def test_a_confirmed_wording_is_understood_from_then_on(tmp_path):
    file = str(tmp_path / "book.yaml")
    ChainInterpreter(VOCABULARY, phrasebook=file).learn("scootch over", [LEFT])
    again = ChainInterpreter(VOCABULARY, phrasebook=file)
    assert (again.read("Scootch over.").primitives, again.read("go up").source) == (
        (LEFT,),
        "grammar",
    )
    again.learn("stop now", [LEFT])
    assert again.read("stop now").decision == "stop"


def test_a_wording_says_how_far_but_not_silently_which_way():
    chain = ChainInterpreter(VOCABULARY)
    chain.learn("go left", [LEFT])
    reading = chain.read("go left")
    assert (reading.primitives, reading.source) == ((LEFT,), "phrasebook")
    chain = ChainInterpreter(VOCABULARY)
    chain.learn("go left", [RIGHT])
    assert groups(chain.read("go left").primitives) == ["y+"]  # nobody may learn that


def test_reading_is_quick():
    began = time.thread_time()
    for said in SENTENCES:
        CHAIN.read(said)
    assert (time.thread_time() - began) / len(SENTENCES) < 0.01


class TestWithAModel:
    @pytest.fixture(autouse=True)
    def _wire(self, monkeypatch):
        self.asked = []
        self.answer = slots([("y+", 6)])
        monkeypatch.setattr(provider.Provider, "ask", self.ask)
        monkeypatch.setattr(provider.Provider, "load", lambda self: None)
        monkeypatch.setattr(provider, "find_spec", lambda name: True)

    def ask(self, *request):
        self.asked.append(request)
        if self.answer is None:
            raise Unanswered("it cannot be reached")
        return Answer(self.answer, "fake")

    @pytest.fixture
    def chain(self, tmp_path):
        return ChainInterpreter(
            VOCABULARY,
            model="openai/fake",
            phrasebook=str(tmp_path / "book.yaml"),
            cache_dir=str(tmp_path),
        )

    def test_it_is_asked_last_and_least(self, chain):
        for said in ("stop", "done", "go left", "left 8 cm, then close the gripper"):
            assert chain.read(said).source == "grammar"
        chain.learn("hup hup", [LEFT])
        assert chain.read("hup hup").source == "phrasebook"
        assert not self.asked
        reading = chain.read("zorble move left 6 cm")
        assert (reading.decision, reading.source, len(self.asked)) == ("move", "llm", 1)

    def test_confirmed_wordings_are_its_examples(self, chain):
        chain.learn("scootch over", [LEFT])
        chain.read("scootch over matey")
        assert '"scootch over"' in [m["content"] for m in self.asked[0][0]]

    def test_offline_the_question_comes_with_offers(self, chain):
        self.answer = None
        assert chain.status == ""
        for said in ("go up zorble", "left zorble", "close zorble fingers"):
            reading = chain.read(said)
            assert (reading.decision, reading.source) == ("ask", "grammar")
            assert reading.offers
            assert reading.trace["problem"] == "it cannot be reached"
        assert chain.status.startswith("openai/fake is offline: it cannot be reached")


def test_without_litellm_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(provider, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cliprt\[llm\]'"):
        ChainInterpreter(VOCABULARY, model="ollama/qwen3")


def test_a_recipe_names_model_and_phrasebook(tmp_path):
    file = tmp_path / "r.yaml"
    line = "interpreter: {name: chain, model: ollama/qwen3, phrasebook: my.yaml, deadline_s: 3}"
    file.write_text(f"name: x\ntasks: [pick]\n{line}\n")
    recipe = load_recipe(str(file))
    assert dict(recipe.interpreter.options) == {
        "model": "ollama/qwen3",
        "phrasebook": "my.yaml",
        "deadline_s": 3.0,
    }
    file.write_text("name: x\ntasks: [pick]\ninterpreter: {name: chain, trust: hear}\n")
    with pytest.raises(RecipeError, match="Did you mean 'heard'"):
        load_recipe(str(file))
    file.write_text("name: x\ntasks: [pick]\n")
    assert load_recipe(str(file)).interpreter.name == "chain"


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_likeness_is_a_share(sentence, others):
    assert all(-1e-9 <= share <= 1 + 1e-9 for share in similarities(sentence, others))


def test_the_most_alike_come_first():
    phrases = [p.phrase for p in VOCABULARY.primitives]
    for i, phrase in enumerate(phrases):
        assert similarities(phrase, phrases)[i] == pytest.approx(1)
    assert most_similar("roll it", phrases, 1, str)[0].startswith("roll arm")
