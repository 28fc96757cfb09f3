"""The server's frames: what it answers real clients, and what it refuses."""

import asyncio
import contextlib
import queue
import threading

import frames
import msgpack
import numpy as np
import pytest
from frames import MalformedFrameError, pack, unpack
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cliprt.policies.acting import Actor
from cliprt.types import Observation
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt_openvla.policy import OpenVlaPolicy

POSE = (0.4, 0.1, 0.3, 0.0, 0.0, 0.0)
PICTURE = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
SEEN = Observation({"scene": PICTURE, "wrist": PICTURE}, POSE, POSE, (), "open", 0.08, 0.0)
METRIC = {"columns": ["x", "y", "z", "roll", "pitch", "yaw", "gripper"]}
METADATA = {"model": "openvla", "actions": {**METRIC, "gripper": "open_above", "threshold": 0.5}}


@contextlib.contextmanager
def served(answer, metadata=METADATA, key=""):
    """The address of a server that answers with `answer`, in a thread."""
    loop, ready = asyncio.new_event_loop(), queue.Queue()
    serving = frames.serve_forever(answer, metadata, "127.0.0.1", 0, key, ready.put)
    task = loop.create_task(serving)

    def run():
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield ready.get(timeout=60)
    loop.call_soon_threadsafe(task.cancel)
    thread.join(60)


def forth(observation):
    """5 cm per letter of the instruction; closes."""
    if observation["prompt"] == "wrong":
        raise ValueError("'observation/image' has to be a picture")
    return np.array([[0.05 * len(observation["prompt"]), 0, 0, 0, 0, 0, 0.01]])


def test_the_policy_asks_it_and_moves_by_what_it_says():
    with served(forth) as url:
        actor = Actor(OpenVlaPolicy(ClipRt58Vocabulary(), url))
        for words, metres in (("Go", 0.1), ("Back", 0.2)):
            (step,) = actor(SEEN, words).steps
            assert step.primitive.motion == pytest.approx((metres, 0, 0, 0, 0, 0, 0))
            assert step.primitive.gripper == "closed"


def test_pictures_and_state_of_the_other_model_are_sent():
    asked = []

    def answer(observation):
        asked.append(observation)
        return np.tile([0.01, 0, 0, 0, 0, 0, 1.0], (8, 1))

    with served(answer, {**METADATA, "model": "openvla-oft"}) as url:
        policy = OpenVlaPolicy(ClipRt58Vocabulary(), url, model="openvla-oft")
        assert len(Actor(policy)(SEEN, "Go").steps) == 8
        wrong = OpenVlaPolicy(ClipRt58Vocabulary(), url)
        with pytest.raises(Exception, match="says model: 'openvla-oft' of itself"):
            Actor(wrong)(SEEN, "Go")
    assert np.array_equal(asked[0]["observation/wrist_image"], PICTURE)
    assert asked[0]["observation/state"].round(6).tolist() == pytest.approx([*POSE, 1, 0.08])


def test_openpis_client_is_answered_and_told_what_is_wrong():
    with served(forth) as url, connect(url) as socket:
        assert unpack(socket.recv())["model"] == "openvla"
        socket.send(pack({"prompt": "Go", "seq": 7}))
        answer = unpack(socket.recv())
        assert (answer["actions"].shape, answer["actions"].dtype) == ((1, 7), np.float32)
        assert answer["seq"] == 7
        for bad in (pack({"prompt": "wrong"}), b"\xc1", b"\x93", "words"):
            socket.send(bad)
            assert isinstance(socket.recv(), str)
        socket.send(pack({"prompt": "Go"}))
        assert "actions" in unpack(socket.recv()), "it goes on"


@pytest.mark.parametrize("sent", [None, "Bearer x", f"Basic {'k' * 16}"])
def test_without_the_key_nobody_is_let_in(sent):
    headers = {"Authorization": sent} if sent else {}
    with served(forth, key="k" * 16) as url:
        with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
            pass
        assert refused.value.response.status_code == 401
        for kind in ("Api-Key", "Bearer"):
            headers = {"Authorization": f"{kind} {'k' * 16}"}
            with connect(url, additional_headers=headers) as socket:
                assert unpack(socket.recv())["model"] == "openvla"


def test_a_page_in_a_browser_may_not_ask():
    with served(forth) as url:
        with pytest.raises(InvalidStatus) as refused, connect(url, origin="https://example.org"):
            pass
        assert refused.value.response.status_code == 403


def test_more_clients_than_it_has_room_for_are_sent_away(monkeypatch):
    monkeypatch.setattr(frames, "MOST_CLIENTS", 1)
    with served(forth) as url, connect(url) as socket:
        socket.recv()
        with pytest.raises(InvalidStatus) as refused, connect(url):
            pass
        assert refused.value.response.status_code == 503


def array(**fields):
    plain = {b"__ndarray__": True, b"data": b"\0" * 8, b"dtype": "<f4", b"shape": [2]}
    return {"a": {**plain, **{key.encode(): value for key, value in fields.items()}}}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (array(dtype="|O"), "is not spoken here"),
        (array(dtype="|V8"), "is not spoken here"),
        (array(shape=[3]), "cannot have 8 bytes"),
        (array(shape=[-2]), "cannot have the shape"),
        (array(shape=[1 << 40]), "cannot have the shape"),
        (array(shape=[1] * 9), "cannot have the shape"),
        (array(data="text"), "is not spoken here"),
        ([1], "no map whose keys are texts"),
        ({1: 2}, "no map whose keys are texts"),
        ({"a": [0] * 1001}, "no MessagePack"),
    ],
)
def test_what_cannot_be_is_refused(value, message):
    with pytest.raises(MalformedFrameError, match=message):
        unpack(msgpack.packb(value))


def test_what_is_packed_comes_back():
    value = {"a": np.arange(6, dtype=np.uint8).reshape(2, 3), "b": {"c": [1, "x", None, 0.5]}}
    back = unpack(pack(value))
    assert np.array_equal(back.pop("a"), value.pop("a"))
    assert back == value
    nested = {"a": 1}
    for _ in range(2000):
        nested = {"a": nested}
    with pytest.raises(MalformedFrameError):
        unpack(b"\x81\xa1a" * 100_000 + b"\x01")
