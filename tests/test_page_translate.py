"""The page says everything in each of its languages, and each tab in its own."""

from __future__ import annotations

import ast
import importlib.util
import pickle
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.remarks import Count, Remark
from cliprt.language.telling import LOCALES, Told
from cliprt.language.text import about
from cliprt.page.tour import HINTS
from cliprt.page.translate import LANGUAGES, Translator, translator_for
from cliprt.vocabularies.grid import ClipRt58Vocabulary

ROOT = Path(__file__).resolve().parents[1]
OTHERS = [language for language in LANGUAGES if language != "en"]
LEAST_TEXTS = {"PAGE": 200, "REPLIES": 90}
CATALOGUES = [
    *(("PAGE", language) for language in OTHERS),
    *(("REPLIES", path.parts[-3]) for path in sorted(LOCALES.glob("*/*/cliprt.po"))),
]


@pytest.fixture(scope="module")
def catalogues():
    """The tool that makes them."""
    pytest.importorskip("babel")
    place = importlib.util.spec_from_file_location(
        "catalogues", ROOT / "docs" / "make" / "catalogues.py"
    )
    tool = importlib.util.module_from_spec(place)
    place.loader.exec_module(tool)
    return tool


@pytest.mark.parametrize(("name", "language"), CATALOGUES)
def test_every_text_is_in_every_catalogue_and_nothing_else(catalogues, name, language):
    domain = getattr(catalogues, name)
    shipped, texts = catalogues.load(language, domain), catalogues.collect(domain)
    wanted = {message.id for message in texts if message.id}
    assert len(wanted) > LEAST_TEXTS[name]
    assert {message.id for message in shipped if message.id} == wanted, "run: make texts"
    made = catalogues.to_po(catalogues.update(language, texts, domain), domain)
    path = catalogues.path_of(language, "po", domain)
    assert made == path.read_text(encoding="utf-8"), "run: make texts"
    assert catalogues.to_mo(shipped) == path.with_suffix(".mo").read_bytes()


@pytest.mark.parametrize(("name", "language"), CATALOGUES)
def test_every_text_is_translated_with_the_same_values(catalogues, name, language):
    shipped = catalogues.load(language, getattr(catalogues, name))
    for message in shipped:
        if message.id:
            assert catalogues.is_said(message.string), message.id
            assert not message.fuzzy, message.id
            wanted, said = map(forms, (message.id, message.string))
            assert values_of(said[-1]) == values_of(wanted[-1]), message.id
            for form in said[:-1]:  # "the one episode" need not say the number
                assert {*values_of(form), COUNT} == {*values_of(wanted[-1]), COUNT}, message.id
    assert all(len(m.string) == shipped.num_plurals for m in shipped if m.id and m.pluralizable)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_for_who_sits_somewhere_else_says_what_is_understood(language):
    said = Translator(language)("I sit somewhere else")
    reading = GrammarInterpreter(ClipRt58Vocabulary()).read(said)
    assert (reading.language, len(reading.answers)) == (language, 5)


COUNT = ("count", "")


def forms(text):
    return (text,) if isinstance(text, str) else text


def values_of(pattern):
    return sorted((name, how) for _, name, how, _ in Formatter().parse(pattern) if name)


SHOWN = {
    **dict.fromkeys(("button", "label", "notify", "say"), 0),
    **dict.fromkeys(("Asked", "Trouble", "Halt", "halt", "tell"), 0),
    **dict.fromkeys(("Tag", "Badge", "Became", "_add"), 1),
}
"""What shows or tells a text -> where it takes it."""

NAMED = {"aria_label", "title", "placeholder", "alt"}
OWN_NAMES = {"cliprt", "cliprt teach"}


@pytest.mark.parametrize(
    "path", sorted((LOCALES.parent / "page").rglob("*.py")), ids=lambda p: p.stem
)
def test_what_a_person_reads_is_marked(path):
    """A text that nobody marked would stay English in every language."""
    calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
    shown = [k.value for call in calls for k in call.keywords if k.arg in NAMED]
    for call in calls:
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        shown += call.args[SHOWN[name] : SHOWN[name] + 1] if name in SHOWN else []
    words = [text for node in shown for text in plain_texts(node) if any(map(str.isalpha, text))]
    assert [text for text in words if text not in OWN_NAMES] == []


def plain_texts(node):
    """Texts that an expression may be without being marked."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*plain_texts(one), *plain_texts(other))
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from plain_texts(part)


def test_a_text_is_said_with_its_values_and_parts():
    german = Translator("de")
    assert german("Undo") == "Rückgängig"
    assert german("no such text {n}") == "no such text {n}"
    assert german("") == ""
    assert german("{done} of {wanted}", done=3, wanted=10) == "3 von 10"
    assert german(Count("{count} step", "{count} steps", 1)) == "1 Schritt"
    assert german(Count("{count} step", "{count} steps", 0)) == "0 Schritte"
    told = Remark("{told} ({why})", told="x", why=Remark("STOP was pressed"))
    assert german(told) == "x (STOPP wurde gedrückt)"
    assert Translator("en")(told) == told == "x (STOP was pressed)"
    assert Translator("ko")(Count("{count} step", "{count} steps", 1)) == "1단계"


@given(st.text(), st.sampled_from(sorted(LANGUAGES)))
def test_what_people_say_goes_through_unchanged(said, language):
    """Braces and all; between processes too."""
    line = pickle.loads(pickle.dumps(Remark("Task: {task}", task=said)))
    assert line == f"Task: {said}"
    assert Translator(language)(line).endswith(said)
    step = Count("{how}, {count} step", "{how}, {count} steps", 2, how=said)
    again = pickle.loads(pickle.dumps(step))
    assert (again, again.many, again.values) == (step, step.many, step.values)


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "ko-KR", "ko"),
        ("", "fr, ES;q=0.7", "es"),
        ("", "fr", "en"),
        ("", "", "en"),
        ("", "dex,*;q=0.1", "en"),
        ("cliprt_language=ko", "de", "ko"),
        ("cliprt_language=../../etc", "de", "de"),
        ("a=b; cliprt_language=es; c=d", "", "es"),
    ],
)
def test_a_browser_gets_the_language_it_chose_or_asks_for(cookie, accepted, language):
    requests = pytest.importorskip("starlette.requests")
    headers = [(b"cookie", cookie.encode()), (b"accept-language", accepted.encode())]
    browser = requests.HTTPConnection({"type": "http", "headers": headers})
    assert translator_for(browser).language == language


def test_what_is_compiled_is_shipped():
    """The page needs nothing but the standard library to read it."""
    assert sorted(path.parts[-3] for path in LOCALES.glob("*/*/cliprt_page.mo")) == sorted(OTHERS)
    assert "*.mo" not in (ROOT / ".gitignore").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_is_read_as_the_english_one(language):
    """What the page suggests to say is understood, and means the same in each language."""
    pytest.importorskip("nicegui")
    from cliprt.page.views.talk import EXAMPLES

    vocabulary = ClipRt58Vocabulary()
    hinted = [hint.example for hint in HINTS if hint.example]
    assert about(Translator(language)(hinted.pop())) == "undo"
    for example in (*EXAMPLES, *hinted):
        wanted = GrammarInterpreter(vocabulary).read(example)
        read = GrammarInterpreter(vocabulary).read(Translator(language)(example))
        assert (read.decision, read.primitives) == ("move", wanted.primitives), read


def test_a_motion_is_told_in_the_language_of_the_tab():
    vocabulary = ClipRt58Vocabulary()
    for primitive in vocabulary.primitives:
        told = pickle.loads(pickle.dumps(Told(primitive.phrase, primitive)))
        assert Translator("en")(told) == told == primitive.phrase
        for language in OTHERS:
            read = GrammarInterpreter(vocabulary).read(Translator(language)(told))
            assert read.primitives == (primitive,)
    stopped = Remark("I stopped in the middle of: {step}", step=told)
    assert primitive.phrase not in Translator("ko")(stopped)
    unsaid = replace(primitive, group="", phrase="a dance")
    assert Translator("ko")(Told("exactly so", unsaid)) == "exactly so"
