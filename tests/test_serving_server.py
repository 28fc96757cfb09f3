"""Real robots' protocols over real sockets: answered, refused in words, and never hung."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from served_policy import (
    HANG_S,
    PICTURE,
    VOCABULARY,
    Robot,
    propose,
    running,
    scored,
    served,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from cliprt.data.columns import Needs
from cliprt.policies.acting import Actor
from cliprt.policies.remote import RemotePolicy
from cliprt.protocols import openpi, vla_eval
from cliprt.protocols.arrays import Limits
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.serving.connection import Bounds
from cliprt.types import Observation, PlannedStep, Primitive, Proposal
from cliprt.vocabularies.interface import ActionVocabulary

POSE = (0.4, 0.0, 0.2, 0.0, 0.0, 0.0)
SMALL = Limits(most_bytes=20_000)


def hears_again(here):
    """The server lives and answers."""
    with Robot(here.address) as robot:
        return "actions" in robot.look()


def wait_for(condition):
    end_s = time.monotonic() + HANG_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that"
        time.sleep(0.01)


def test_openpis_frames_metadata_then_answers():
    with running(instruction="close the laptop") as here, Robot(here.address) as robot:
        assert robot.offer["protocol"] == "openpi"
        assert robot.offer["vocabulary"]["name"] == "clip_rt_58"
        assert robot.offer["observation"]["images"]["observation/scene"]["camera"] == "scene"
        answer = robot.look(7)
        best = VOCABULARY.primitives[7]
        assert answer["phrase"] == best.phrase
        assert answer["scores"].argmax() == 7
        assert answer["scores"].dtype == np.float64
        assert answer["actions"].shape == (1, 8)
        assert np.allclose(answer["actions"][0, :7], best.motion)
        assert answer["server_timing"]["infer_ms"] >= 0
        assert "actions" in robot.ask(observation={"scene": PICTURE})  # with the usual instruction
        assert robot.offer["echoes"] == "seq"
        assert robot.ask(observation={"scene": PICTURE}, seq=17)["seq"] == 17
        assert "seq" not in answer


def test_a_policy_with_motions_of_its_own_answers_with_all_of_them():
    steps = [PlannedStep(Primitive(None, "x", (0.01 * i,) + (0.0,) * 6, "open")) for i in range(3)]

    def policy(observations, instructions):
        return [Proposal(tuple(steps))] * len(instructions)

    chunks = served(policy, None, Needs(("scene",), (), 3))
    with running(chunks) as here:
        with Robot(here.address) as robot:
            assert robot.offer["horizon"] == 3
            assert robot.offer["vocabulary"] is None
            answer = robot.look()
            assert set(answer) == {"actions", "server_timing"}
            assert answer["actions"].dtype == np.float32
            assert np.allclose(answer["actions"][:, 0], [0.0, 0.01, 0.02])
        robot = VlaEvalRobot(here.address)
        rows = [robot.look().payload["actions"][0] for _ in range(4)]
        assert np.allclose(rows, [0.0, 0.01, 0.02, 0.0])
        assert here.server.metrics.decisions == 3
        robot.send("episode_start", {"task": {"name": "another"}})
        assert robot.look().payload["actions"][0] == 0.0
        assert here.server.metrics.decisions == 4
        robot.socket.close()


class VlaEvalRobot:
    """A client of vla-eval's protocol."""

    def __init__(self, address):
        self.socket, self.seq = connect(f"{address}/vla_eval", compression=None), 0

    def send(self, kind, payload, seq=None):
        self.seq += 1
        self.socket.send(vla_eval.write(vla_eval.Message(kind, payload, seq or self.seq, 1.0)))

    def hear(self):
        return vla_eval.read(self.socket.recv(HANG_S))

    def look(self, seq=None, **changed):
        seen = {"images": {"scene": PICTURE}, "task_description": "close the laptop"}
        self.send("observation", {**seen, **changed}, seq)
        return self.hear()


def test_vla_evals_frames_hello_then_an_action_for_each_observation():
    with running() as here:
        robot = VlaEvalRobot(here.address)
        robot.send("hello", vla_eval.hello())
        hello = robot.hear()
        assert (hello.kind, hello.seq) == ("hello", 1)
        assert hello.payload["model_server"] == "cliprt"
        assert hello.payload["vocabulary"]["name"] == "clip_rt_58"
        robot.send("episode_start", {"task": {"name": "laptop"}})
        for _ in range(3):
            action = robot.look()
            assert (action.kind, action.seq) == ("action", robot.seq)
            assert action.payload["actions"].shape == (8,)
        robot.send("episode_end", {"metrics": {"success": True}})
        error = robot.look(images={})
        assert (error.kind, error.seq) == ("error", robot.seq)
        assert "the observation has no 'images/scene'" in error.payload["error"]
        assert robot.look(seq=2).payload["error"].startswith("question 2 came after question")
        robot.send("hello", {"protocol_version": 9}, seq=100)
        assert "speaks version 9 of the protocol" in robot.hear().payload["error"]
        assert robot.look(seq=101).kind == "action"
        robot.socket.close()


def test_what_cannot_be_answered_is_said_and_the_conversation_goes_on():
    def policy(observations, instructions):
        if instructions[0] == "nan":
            return [Proposal(scores=np.full(58, np.nan))]
        if instructions[0] == "bug":
            raise KeyError("a secret of the server's")
        return propose(observations, instructions)

    with running(served(policy)) as here, Robot(here.address) as robot:
        robot.socket.send(b"\xa2\xff\xff")
        assert "is no MessagePack" in robot.hear()
        robot.socket.send("hello?")
        assert "is a text, not MessagePack" in robot.hear()
        assert "the observation has no 'observation/scene'" in robot.ask(prompt="x")
        assert "the policy answered with scores that are no numbers" in robot.look(prompt="nan")
        bug = robot.look(prompt="bug")
        assert bug == "the policy failed (KeyError); its server's terminal says where"
        assert "actions" in robot.look()
        metrics = here.ask("/metrics")[1]
        assert 'refused_total{why="message"} 1' in metrics
        assert 'refused_total{why="policy"} 2' in metrics


def test_a_client_of_nothing_but_nonsense_is_left():
    with running() as here, Robot(here.address) as robot:
        for _ in range(10):
            robot.socket.send(b"\xc1")
            assert "not spoken here" in robot.hear()
        with pytest.raises(ConnectionClosed, match="10 malformed messages in a row"):
            robot.hear()
        assert hears_again(here)


def test_32_robots_at_once_are_all_answered_each_for_itself():
    def ask(number, address):
        with Robot(address) as robot:
            together.wait(HANG_S)
            for _ in range(12):
                assert robot.look(number)["scores"].argmax() == number
                answers[number] += 1

    def slowly(observations, instructions):
        time.sleep(0.005)  # so that there always is a queue
        return propose(observations, instructions)

    answers, together = [0] * 32, threading.Barrier(32)
    with running(served(slowly), batch=8) as here:
        robots = [threading.Thread(target=ask, args=(i, here.address)) for i in range(32)]
        for robot in robots:
            robot.start()
        for robot in robots:
            robot.join(HANG_S)
        assert answers == [12] * 32
        assert here.server.metrics.decisions == 32 * 12
        assert here.server.metrics.passes < 32 * 12


def test_one_robot_too_many_is_told_and_lets_others_go_on():
    with running(bounds=Bounds(most_clients=2)) as here, Robot(here.address) as one:
        with Robot(here.address):
            with pytest.raises(InvalidStatus) as refused:
                Robot(here.address)
            assert refused.value.response.status_code == 503
            assert b"2 robots are connected" in refused.value.response.body
            assert "actions" in one.look()
        wait_for(lambda: here.server.metrics.clients == 1)
        assert hears_again(here)


def test_a_policy_that_takes_too_long_is_said_in_time():
    let_go = threading.Event()

    def policy(observations, instructions):
        if instructions[0] == "think":
            assert let_go.wait(HANG_S)
        return propose(observations, instructions)

    with running(served(policy), bounds=Bounds(answer_s=0.3)) as here:
        with Robot(here.address) as robot:
            assert "has not answered within 0.3 s" in robot.look(prompt="think")
            let_go.set()
            wait_for(lambda: "actions" in robot.look(3))
        assert 'refused_total{why="late"} ' in here.ask("/metrics")[1]


def raw(here, path="/"):
    """A socket after a websocket's upgrade, below any library."""
    wire = socket.create_connection(("127.0.0.1", here.port), HANG_S)
    wire.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b" 101 " in wire.recv(4096)
    return wire


def drained(wire):
    """Everything until the other side ends the connection."""
    content = b""
    with wire, suppress(ConnectionError):
        while part := wire.recv(1 << 16):
            content += part
    return content


def test_a_gigabyte_that_is_declared_is_refused_before_it_comes():
    with running() as here:
        wire = raw(here)
        wire.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 30) + b"\0\0\0\0")
        assert struct.pack(">H", 1009) in drained(wire)
        with Robot(here.address) as robot, pytest.raises(ConnectionClosed, match="1009"):
            robot.look(size=2000)
        assert hears_again(here)


def test_garbage_in_the_place_of_a_request_or_a_frame_ends_its_connection_alone():
    rng = np.random.default_rng(0)
    with running(bounds=Bounds(limits=SMALL)) as here, Robot(here.address) as robot:
        for _ in range(20):
            wire = socket.create_connection(("127.0.0.1", here.port), HANG_S)
            wire.sendall(rng.bytes(3000) + b"\r\n\r\n")
            drained(wire)
        for _ in range(20):
            wire = raw(here)
            wire.sendall(b"\xff" + rng.bytes(3000))
            drained(wire)
        assert "actions" in robot.look()


def test_a_connection_that_never_says_what_it_wants_is_ended():
    with running(bounds=Bounds(open_s=2.0)) as here:
        wire = socket.create_connection(("127.0.0.1", here.port), HANG_S)
        wire.sendall(b"GET / HTTP/1.1\r\n")
        drained(wire)
        assert hears_again(here)


def test_a_half_open_socket_is_noticed_and_its_place_is_free_again():
    """It upgrades and then neither speaks nor answers a ping, as after a pulled cable."""
    with running(bounds=Bounds(most_clients=1, silent_s=3.0)) as here, raw(here):
        wait_for(lambda: here.server.metrics.clients == 1)
        wait_for(lambda: here.server.metrics.clients == 0)
        assert hears_again(here)


class Talkative(ActionVocabulary):
    """So that few answers fill a socket."""

    name = "talkative"
    primitives = tuple(Primitive(i, f"{i}" * 40_000) for i in range(58))


def test_whoever_does_not_read_is_left_and_nobody_else_notices():
    """Its answers do not fit into its socket any more: the server keeps no memory for them."""
    question = openpi.write({"observation/scene": PICTURE, "prompt": "go"})
    frame = b"\x82\xfe" + struct.pack(">H", len(question)) + b"\0\0\0\0" + question
    bounds = Bounds(write_s=1.0)
    with (
        running(served(vocabulary=Talkative()), bounds=bounds) as here,
        raw(here) as wire,
        Robot(here.address) as robot,
    ):
        wire.settimeout(0.5)
        with suppress(OSError):
            for _ in range(2000):
                wire.sendall(frame)
        wait_for(lambda: here.server.metrics.refused["slow"] == 1)
        assert "actions" in robot.look()
        assert here.server.metrics.clients == 1


def test_a_robot_that_leaves_while_it_waits_is_forgotten():
    let_go = threading.Event()

    def policy(observations, instructions):
        if instructions[0] == "think":
            assert let_go.wait(HANG_S)
        return propose(observations, instructions)

    with running(served(policy)) as here:
        leaving = Robot(here.address)
        seen = {"observation/scene": PICTURE, "prompt": "think"}
        leaving.socket.send(openpi.write(seen))
        leaving.socket.socket.shutdown(socket.SHUT_RDWR)
        wait_for(lambda: here.server.metrics.clients == 0)
        let_go.set()
        assert hears_again(here)


def test_paths_health_and_metrics():
    with running() as here:
        assert here.ask("/healthz") == (200, "OK\n")
        assert here.ask("/health")[0] == 200
        code, text = here.ask("/elsewhere")
        assert code == 404
        assert "Robots ask at: /openpi, /vla_eval" in text
        with Robot(f"{here.address}/openpi") as robot:
            robot.look()
            assert here.metric("cliprt_serve_clients") == 1
        assert here.metric("cliprt_serve_decisions_total") == 1
        assert here.metric("cliprt_serve_passes_total") == 1
        assert here.metric("cliprt_serve_policy_bytes") == 1024
        assert here.metric('cliprt_serve_answer_seconds_bucket{le="+Inf"}') == 1
        assert here.metric("cliprt_serve_cpu_seconds_total") > 0


@pytest.mark.parametrize("protocol", ["openpi", "vla_eval"])
def test_our_own_robots_decide_by_a_served_policy_as_at_home(protocol):
    """The policy `remote` asks `cliprt serve`: scores come over whole, and loops are broken."""
    key = "observation/scene" if protocol == "openpi" else "images/scene"
    seen = Observation({"scene": PICTURE + 9}, POSE, POSE, (), "open", 0.0, 0.0)
    with running() as here:
        url = f"{here.address}/{protocol}"
        policy = RemotePolicy(VOCABULARY, url, protocol, images={key: "scene"}, deadline_s=HANG_S)
        far = PolicyAgent(Actor(policy), VOCABULARY)
        near = PolicyAgent(scored, VOCABULARY)
        for agent in (far, near):
            agent.start("close the laptop", 0, None, None)
        for _ in range(3):
            choices = [agent.decide(seen) for agent in (far, near)]
            assert choices[0] == choices[1]
            assert far.explanation == near.explanation
        assert here.server.metrics.decisions == 3


def test_connections_that_say_nothing_are_no_more_than_a_few():
    bounds = Bounds(most_clients=2, open_s=HANG_S)
    with running(bounds=bounds) as here, Robot(here.address) as robot:
        silent = [
            socket.create_connection(("127.0.0.1", here.port), HANG_S)
            for _ in range(bounds.most_connections)
        ]
        assert drained(silent.pop()) == b""  # one too many
        assert "actions" in robot.look()
        for wire in silent:
            wire.close()
        wait_for(lambda: here.ask("/healthz")[0] == 200)
