"""Every registered transcriber keeps the contract; a broken one is caught."""

from dataclasses import replace

import pytest

from cliprt.errors import MissingExtraError
from cliprt.registry import load, names
from cliprt.testing import check_transcriber
from cliprt.transcribers.interface import Heard, Transcriber


@pytest.mark.parametrize("name", names("transcriber"))
def test_registered_transcribers_conform(name):
    if name == "whisper":
        pytest.skip("its model is the user's own; test_transcriber_whisper.py has the rest")
    check_transcriber(load("transcriber", name)())


class _BrokenTranscriber(Transcriber):
    def __init__(self, fault):
        self.fault = fault

    def transcribe(self, speech, rate_hz):
        heard = Heard("", 0.0, (), 0.0, "broken")
        if self.fault == "raises":
            raise ZeroDivisionError(1 / rate_hz if rate_hz else "no rate")
        if self.fault == "mends" and len(speech):
            speech[0] = 1
        if self.fault == "rambles" and len(speech) < 60 * 16_000:
            return heard
        return {
            "invents": replace(heard, text="move left"),
            "rambles": replace(heard, text="move left"),
            "nameless": replace(heard, source=""),
            "too sure": replace(heard, confidence=1.5),
            "many": replace(heard, alternatives=("a", "b", "c", "d")),
            "twice": replace(heard, alternatives=("",)),
            "other": "move left",
        }.get(self.fault, heard)

    def spotter(self):
        return _JumpySpotter() if self.fault == "jumpy" else None


class _JumpySpotter:
    def feed(self, chunk):
        return len(chunk) > 0

    def end(self):
        pass


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("raises", "raised ZeroDivisionError"),
        ("mends", "changed the sound"),
        ("invents", "was heard 'move left'"),
        ("rambles", "too long a noise"),
        ("nameless", "has no source"),
        ("too sure", "confidence 1.5"),
        ("many", "more than 3 alternatives"),
        ("twice", "text twice"),
        ("other", "is a str"),
        ("jumpy", "heard a stop word"),
    ],
)
def test_broken_transcribers_are_caught(fault, text):
    with pytest.raises(AssertionError, match=text):
        check_transcriber(_BrokenTranscriber(fault))


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("pocketsphinx", "pocketsphinx", "speech"), ("whisper", "faster_whisper", "whisper")],
)
def test_what_to_install_is_said(monkeypatch, name, package, extra):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda n, *rest: None if n == package else real(n, *rest)
    )
    with pytest.raises(MissingExtraError, match=rf"pip install 'cliprt\[{extra}\]'"):
        load("transcriber", name)()
