"""Conversations without sockets: whatever is said, each message gets one answer, in its words."""

from __future__ import annotations

import asyncio

import msgpack
import numpy as np
import pytest
from fuzzing import damaged, fuzz
from hypothesis import given
from hypothesis import strategies as st

from cliprt.data.columns import Needs
from cliprt.errors import ServerError
from cliprt.protocols import openpi, vla_eval
from cliprt.protocols.arrays import USUAL, Limits
from cliprt.serving.observing import choose_keys, read_observation
from cliprt.serving.session import MOST_MALFORMED, TooMuchNonsense, talk_openpi, talk_vla_eval

NEEDS = Needs(("scene",), ("joints", "gripper"))
PICTURE = np.zeros((4, 4, 3), np.uint8)
STATE = np.array([0.1, 0.2, 1.0])


class Heard:
    """The other side: what it said, and what it heard."""

    def __init__(self, frames):
        self.said, self.heard = frames, []

    async def frames(self):
        for frame in self.said:
            yield frame

    async def send(self, frame):
        self.heard.append(frame)


def talk(protocol, frames, limits=USUAL):
    """What is heard for these frames, by a policy that moves along x by the first joint."""
    keys = choose_keys(protocol, NEEDS)

    async def ask(fields):
        seen, instruction = read_observation(fields, keys)
        if instruction == "fail":
            raise ServerError("the policy failed")
        rows = np.zeros((2, 8), np.float32)
        rows[0, 0] = seen.joints[0]
        return {"actions": rows}

    line = Heard(frames)
    conversation = talk_openpi if protocol == "openpi" else talk_vla_eval
    asyncio.run(conversation(line, {"policy": "toy"}, ask, limits))
    return line.heard


def question(**changed):
    seen = {"observation/scene": PICTURE, "observation/state": STATE, "prompt": "go"}
    return openpi.write({**seen, **changed})


def message(kind, number, **payload):
    return vla_eval.write(vla_eval.Message(kind, payload, number, 1.0))


def observed(number, **changed):
    seen = {"images": {"scene": PICTURE}, "state": STATE, "task_description": "go"}
    return message("observation", number, **{**seen, **changed})


def test_errors_stand_in_the_place_of_their_answers():
    heard = talk("openpi", [question(), question(prompt="fail"), question(seq=5)])
    assert openpi.read(heard[0])["policy"] == "toy"
    assert openpi.read(heard[1])["actions"][0, 0] == np.float32(0.1)
    assert heard[2] == "the policy failed"
    assert openpi.read(heard[3])["seq"] == 5
    frames = [observed(1), observed(2), observed(3, task_description="fail"), observed(4)]
    answers = [vla_eval.read(frame) for frame in talk("vla_eval", frames)]
    assert [(a.kind, a.seq) for a in answers] == [
        ("action", 1),
        ("action", 2),
        ("error", 3),
        ("action", 4),
    ]
    assert [a.payload["actions"][0] for a in answers if a.kind == "action"] == [
        np.float32(0.1),
        0.0,  # the rest of the first answer
        np.float32(0.1),
    ]


def test_a_question_that_was_asked_already_is_not_answered_again():
    answers = [vla_eval.read(frame) for frame in talk("vla_eval", [observed(2), observed(2)])]
    assert [a.kind for a in answers] == ["action", "error"]
    assert answers[1].payload["error"] == "question 2 came after question 2"


def test_patience_ends_after_so_many_malformed_messages_in_a_row():
    nonsense = [b"\xc1"] * (MOST_MALFORMED - 1)
    for protocol, sense in (("openpi", question()), ("vla_eval", observed(1))):
        talk(protocol, [*nonsense, sense, *nonsense])
        with pytest.raises(TooMuchNonsense, match="10 malformed messages in a row"):
            talk(protocol, [*nonsense, b"\xc1", sense])


@fuzz
def test_fuzz_conversations(go_on):
    """Each message is answered once: a map of actions, or an error in words of one line."""
    asked = {"openpi": question(seq=1), "vla_eval": observed(7)}
    limits = Limits(most_bytes=4000, most_items=200)

    @given(st.sampled_from(sorted(asked)), st.data())
    def check(protocol, data):
        frame = data.draw(damaged(asked[protocol]))
        answers = talk(protocol, [frame, asked[protocol].decode("latin-1")], limits)
        answers = answers[1:] if protocol == "openpi" else answers
        assert 1 <= len(answers) <= 2  # vla-eval's start and end of an episode are not answered
        for answer in answers:
            told = answer if isinstance(answer, str) else str(msgpack.unpackb(answer))
            assert "Traceback" not in told
            assert "\n" not in told

    go_on(check)
