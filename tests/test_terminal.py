"""No file, model or server steers the terminal; what people read stays as it is."""

from __future__ import annotations

import io
import json
import logging
import sys
from dataclasses import replace

import pytest
from data_samples import make_episode, make_step
from hypothesis import given
from hypothesis import strategies as st

from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.terminal import clean, cleaned_streams

EVIL = "\x1b[2J\x1b]0;title\x07\x9b1A\u202egpj\x7f\x00"
SIGNS = set(EVIL) - set("[2J]0;title1Agpj")


@given(st.text())
def test_a_clean_text_steers_nothing_and_is_clean(text):
    cleaned = clean(text.replace("\r", ""))
    assert not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in cleaned)
    assert clean(cleaned) == cleaned
    assert clean("ä \t\n é … 日本 😀\r\n") == "ä \t\n é … 日本 😀\r\n"


@pytest.fixture
def store(tmp_path):
    step = replace(make_step(0, refused=f"no {EVIL}"), supervision=EVIL)
    step = replace(step, primitive=replace(step.primitive, phrase=EVIL), source=EVIL)
    episode = replace(make_episode("a", 0), steps=(step,), task=EVIL, instruction=EVIL, source=EVIL)
    store = EpisodeStore(tmp_path / "store", durable=False)
    store.write_episode(replace(episode, meta={"origin": EVIL, EVIL: EVIL}))
    return store


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_in_a_store_reaches_the_terminal(store, form, capsys):
    for action in (["ls", store.path], ["show", store.path, "a"], ["show", store.path, EVIL]):
        main(["episodes", *map(str, action), "--format", form])
        said = capsys.readouterr()
        assert not SIGNS & set(said.out + said.err)
        assert "u001b[2J" in said.out or said.err.startswith("cliprt: '\\x1b[2J")
    if form == "json":
        main(["episodes", "ls", str(store.path), "--format", "json"])
        assert json.loads(capsys.readouterr().out)[0]["task"] == EVIL, "programs get all of it"


def test_neither_do_errors_and_logs(tmp_path, capsys):
    assert main(["episodes", "ls", str(tmp_path / EVIL.replace("\0", ""))]) == 2
    assert main([EVIL]) == 2
    with cleaned_streams():
        record = logging.makeLogRecord({"msg": f"a model said {EVIL}", "levelno": logging.ERROR})
        logging.lastResort.handle(record)
        sys.stderr.writelines([EVIL])
    said = capsys.readouterr()
    assert not SIGNS & set(said.out + said.err)
    assert said.err.count("\\u001b[2J") == 3


def test_a_person_at_the_terminal_is_told_nothing_that_steers(capsys):
    from cliprt.teleoperators.console import ConsoleTeleoperator

    person = ConsoleTeleoperator()
    person.hear(EVIL, (EVIL,))
    assert not SIGNS & set(capsys.readouterr().err)


def test_the_streams_are_the_same_in_all_else(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    with cleaned_streams():
        assert sys.stdout.encoding == "utf-8"
        assert not sys.stdout.isatty()
        print("\rbar")
        from rich.console import Console

        Console(force_terminal=True).print("[red]red[/red]")
        sys.stdout.flush()
    assert sys.stdout is stream
    written = stream.buffer.getvalue().decode()
    assert written.startswith("\rbar\n\x1b[31mred")
