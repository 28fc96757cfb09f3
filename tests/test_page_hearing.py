"""The server's end of the microphone: bounded, never in the way, and stops at once."""

import json
import threading

import numpy as np
import pytest
from speech import SPEECH, chunks
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cliprt.errors import UsageError
from cliprt.page.hearing import LARGEST_CHUNK_BYTES, Microphone, microphone
from cliprt.transcribers.audio import RATE_HZ, load_wav
from cliprt.transcribers.pocketsphinx import PocketsphinxTranscriber

TRANSCRIBER = PocketsphinxTranscriber()


def test_what_was_said_is_read_on_release():
    ear = Microphone(TRANSCRIBER)
    for name in ("move_left", "close_gripper"):
        speech = load_wav(SPEECH / f"{name}.wav")
        assert not any([ear.hear(chunk) for chunk in chunks(speech)])
        heard = ear.release()
        assert (
            heard.text
            == {
                "move_left": "move left five centimeters",
                "close_gripper": "close the gripper",
            }[name]
        )
        assert heard.seconds == pytest.approx(len(speech) / RATE_HZ)


def test_a_stop_word_counts_while_the_button_is_held_and_once_a_sentence():
    ear = Microphone(TRANSCRIBER)
    found = [ear.hear(chunk) for chunk in chunks(load_wav(SPEECH / "stop.wav"))]
    assert sum(found) == 1
    assert ear.release().text == "stop"
    assert not any([ear.hear(chunk) for chunk in chunks(load_wav(SPEECH / "move_left.wav"))])


def test_what_was_forgotten_is_not_heard():
    ear = Microphone(TRANSCRIBER)
    ear.hear(load_wav(SPEECH / "close_gripper.wav").astype("<i2").tobytes()[:LARGEST_CHUNK_BYTES])
    ear.forget()
    assert ear.release().text == ""


@pytest.mark.parametrize("size", [1, LARGEST_CHUNK_BYTES + 2])
def test_strange_chunks_are_refused(size):
    with pytest.raises(UsageError, match=f"has {size} bytes. Allowed: an even number"):
        Microphone(TRANSCRIBER).hear(bytes(size))


def test_endless_speech_is_refused():
    ear = Microphone(TRANSCRIBER)
    second = bytes(2 * RATE_HZ)
    for _ in range(15):
        ear.hear(second)
    with pytest.raises(UsageError, match="longer than 15 seconds"):
        ear.hear(b"\0\0")


class _Page:
    """A tiny server with a microphone."""

    def __init__(self, transcriber=TRANSCRIBER):
        self.stops = []
        self.allowed = True

        async def endpoint(websocket):
            await microphone(
                websocket, transcriber, lambda _: self.allowed, lambda: self.stops.append(1)
            )

        self.client = TestClient(Starlette(routes=[WebSocketRoute("/microphone", endpoint)]))

    def connect(self):
        return self.client.websocket_connect("/microphone")


def _say(socket, name):
    for chunk in chunks(load_wav(SPEECH / f"{name}.wav")):
        socket.send_bytes(chunk)
    socket.send_text("end")


def test_a_browser_is_told_what_was_heard():
    with _Page().connect() as socket:
        for _ in range(2):
            _say(socket, "move_left")
            said = socket.receive_json()
            assert said["heard"] == "move left five centimeters"
            assert said["confidence"] > 0.9
            assert set(said) == {"heard", "alternatives", "confidence", "seconds"}


def test_stop_reaches_the_robot_before_the_button_is_released():
    page = _Page()
    with page.connect() as socket:
        for chunk in chunks(load_wav(SPEECH / "stop.wav")):
            socket.send_bytes(chunk)
        assert socket.receive_json() == {"stop": True}
        assert page.stops == [1]
        socket.send_text("end")
        assert socket.receive_json() == {"stop": True}
        assert socket.receive_json()["heard"] == "stop"


def test_who_may_not_speak_is_turned_away():
    page = _Page()
    page.allowed = False
    with pytest.raises(WebSocketDisconnect) as refused, page.connect() as socket:
        socket.receive_json()
    assert refused.value.code == 4403


def test_who_lost_the_controls_is_told():
    page = _Page()
    with page.connect() as socket:
        page.allowed = False
        _say(socket, "close_gripper")
        assert "you can watch" in socket.receive_json()["error"]
        page.allowed = True
        _say(socket, "close_gripper")
        assert socket.receive_json()["heard"] == "close the gripper"


def test_a_sentence_too_long_is_one_error_and_the_next_is_heard():
    with _Page().connect() as socket:
        for _ in range(20):
            socket.send_bytes(bytes(2 * RATE_HZ))
        socket.send_text("end")
        assert "longer than 15 seconds" in socket.receive_json()["error"]
        _say(socket, "close_gripper")
        assert socket.receive_json()["heard"] == "close the gripper"


def test_cancelled_and_strange_messages_are_ignored():
    with _Page().connect() as socket:
        socket.send_text("{'__class__': 1}")
        socket.send_bytes(load_wav(SPEECH / "move_left.wav").astype("<i2").tobytes()[:64000])
        socket.send_text("cancel")
        socket.send_bytes(b"")
        socket.send_text("end")
        assert socket.receive_json()["heard"] == ""


class _SlowTranscriber(PocketsphinxTranscriber):
    """Is done when somebody else has been answered, or never."""

    answered = threading.Event()

    def transcribe(self, speech, rate_hz):
        assert self.answered.wait(30)
        return super().transcribe(speech, rate_hz)


def test_the_page_does_not_wait_for_a_slow_transcriber():
    page = _Page(_SlowTranscriber())
    with page.connect() as slow, page.connect() as quick:
        slow.send_text("end")
        quick.send_bytes(b"1")
        assert "1 bytes" in quick.receive_json()["error"]
        _SlowTranscriber.answered.set()
        assert slow.receive_json()["heard"] == ""


class _BrokenTranscriber(PocketsphinxTranscriber):
    def warm_up(self):
        raise UsageError("the model <b>x</b> cannot be loaded")


def test_a_model_that_cannot_be_loaded_is_told_at_once():
    with _Page(_BrokenTranscriber()).connect() as socket:
        assert socket.receive_text() == json.dumps({"error": "the model <b>x</b> cannot be loaded"})
        assert np.isfinite(len(chunks(np.zeros(0, np.int16))))
