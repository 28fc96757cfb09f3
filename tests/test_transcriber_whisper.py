"""The Whisper transcriber with a stand-in for the package that is not installed here."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from cliprt.errors import UsageError
from cliprt.testing import check_transcriber
from cliprt.transcribers.audio import RATE_HZ
from cliprt.transcribers.whisper import WhisperTranscriber

SPEECH = np.full(RATE_HZ, 5000, np.int16)


@pytest.fixture
def package(monkeypatch):
    """A package with the same calls; its model hears what the test says."""
    module = ModuleType("faster_whisper")
    module.__spec__ = SimpleNamespace(name="faster_whisper")
    module.built, module.segments, module.asked = [], [], []

    class WhisperModel:
        def __init__(self, name, **options):
            module.built.append((name, options))
            if name == "absent":
                raise RuntimeError("no such model")

        def transcribe(self, samples, **options):
            assert samples.dtype == np.float32
            assert np.abs(samples).max() <= 1
            module.asked.append((options["language"], bool(options["initial_prompt"])))
            return iter(module.segments), None

    module.WhisperModel = WhisperModel
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    return module


def _said(text, no_speech_prob=0.0, avg_logprob=-0.1):
    return SimpleNamespace(text=text, no_speech_prob=no_speech_prob, avg_logprob=avg_logprob)


def test_free_speech_is_joined(package):
    package.segments = [_said(" Move the arm\n left."), _said("thank you", 0.9), _said(" Stop! ")]
    heard = WhisperTranscriber().transcribe(SPEECH, RATE_HZ)
    assert heard.text == "Move the arm left. Stop!"
    assert heard.confidence == pytest.approx(np.exp(-0.1))


def test_the_language_is_chosen_or_recognised(package):
    for options in ({}, {"model": "small"}, {"model": "small", "language": "ko"}):
        WhisperTranscriber(**options).transcribe(SPEECH, RATE_HZ)
    WhisperTranscriber(model="small", language="en").transcribe(SPEECH, RATE_HZ)
    assert package.asked == [(None, True), (None, False), ("ko", False), ("en", True)]


def test_nothing_is_downloaded_unasked(package):
    WhisperTranscriber().transcribe(SPEECH, RATE_HZ)
    WhisperTranscriber(model="m", download=True).transcribe(SPEECH, RATE_HZ)
    assert [options["local_files_only"] for _, options in package.built] == [True, False]


def test_the_model_is_loaded_once_and_only_for_sound(package):
    transcriber = WhisperTranscriber()
    transcriber.transcribe(np.zeros(RATE_HZ, np.int16), RATE_HZ)
    assert package.built == []
    for _ in range(2):
        transcriber.transcribe(SPEECH, RATE_HZ)
    assert len(package.built) == 1


def test_a_model_that_is_not_there_is_one_text(package):
    with pytest.raises(UsageError, match=r"'absent' cannot be loaded: no such model. Give its fol"):
        WhisperTranscriber(model="absent").warm_up()


def test_it_keeps_the_contract(package):
    check_transcriber(WhisperTranscriber())
