"""The offline transcriber on synthetic speech."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from speech import CHUNK, SENTENCES, SPEECH

from cliprt.transcribers.audio import LONGEST_S, RATE_HZ, load_wav
from cliprt.transcribers.pocketsphinx import PocketsphinxTranscriber

TRANSCRIBER = PocketsphinxTranscriber()
COMMANDS = sorted(set(SENTENCES) - {"out_of_scope"})


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_heard(name):
    heard = TRANSCRIBER.transcribe(load_wav(SPEECH / f"{name}.wav"), RATE_HZ)
    assert heard.text == SENTENCES[name][1]
    assert heard.confidence > 0.5
    assert heard.source == "pocketsphinx"
    assert len(heard.alternatives) <= 3


def test_other_speech_is_not_taken_for_a_command():
    heard = TRANSCRIBER.transcribe(load_wav(SPEECH / "out_of_scope.wav"), RATE_HZ)
    assert heard.text == ""


@pytest.mark.parametrize("gain", [0.05, 2.6])
def test_loud_and_quiet_speech_is_heard(gain):
    speech = load_wav(SPEECH / "move_left.wav") * gain
    clipped = np.clip(speech, -32768, 32767).astype(np.int16)
    assert TRANSCRIBER.transcribe(clipped, RATE_HZ).text == SENTENCES["move_left"][1]


def test_a_higher_rate_makes_no_difference():
    speech = np.repeat(load_wav(SPEECH / "rotate.wav"), 3)
    heard = TRANSCRIBER.transcribe(speech, 3 * RATE_HZ)
    assert heard.text == SENTENCES["rotate"][1]
    assert heard.seconds == pytest.approx(len(speech) / 3 / RATE_HZ)


def test_what_is_too_long_is_not_heard():
    speech = load_wav(SPEECH / "move_left.wav")
    long = np.resize(speech, int(LONGEST_S * RATE_HZ) + 1)
    assert TRANSCRIBER.transcribe(long, RATE_HZ).text == ""


def test_a_sentence_of_ones_own_can_be_heard():
    own = PocketsphinxTranscriber(sentences=["Call my mother  tomorrow", "fnord xyzzy"])
    heard = own.transcribe(load_wav(SPEECH / "out_of_scope.wav"), RATE_HZ)
    assert heard.text == SENTENCES["out_of_scope"][1]


def test_the_doubtful_is_left_out():
    sure = PocketsphinxTranscriber(least_confidence=1.0)
    heard = sure.transcribe(load_wav(SPEECH / "down.wav"), RATE_HZ)
    assert heard.text == ""
    assert heard.confidence < 1


def test_stop_is_spotted_within_half_a_second_of_its_end_and_in_nothing_else():
    spotter = TRANSCRIBER.spotter()
    spotted_s = {}
    for name in sorted(SENTENCES):
        speech = load_wav(SPEECH / f"{name}.wav")
        for start in range(0, len(speech), CHUNK):
            if spotter.feed(speech[start : start + CHUNK]):
                spotted_s[name] = (start + CHUNK) / RATE_HZ
                break
        spotter.end()
    assert set(spotted_s) == {"stop"}
    speech = load_wav(SPEECH / "stop.wav").astype(int)
    end_s = np.flatnonzero(np.abs(speech) > 500)[-1] / RATE_HZ
    assert spotted_s["stop"] < end_s + 0.5


def test_several_threads_hear_the_same():
    speech = load_wav(SPEECH / "close_gripper.wav")
    texts = []
    threads = [
        threading.Thread(target=lambda: texts.append(TRANSCRIBER.transcribe(speech, RATE_HZ).text))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [SENTENCES["close_gripper"][1]] * 4


def test_building_one_loads_no_model():
    code = (
        "import sys; from cliprt.transcribers.pocketsphinx import PocketsphinxTranscriber;"
        "PocketsphinxTranscriber(); print({'numpy', 'scipy', 'pocketsphinx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
