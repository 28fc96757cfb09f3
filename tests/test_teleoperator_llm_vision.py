"""The model with eyes: what it is sent, what becomes of its answers, and that it may fail."""

import base64
import io
import json
import time

import numpy as np
import pytest
from fake_robot import FakeRobot
from loopback_model import LoopbackModel

from cliprt.errors import MissingExtraError, UsageError
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.provider import to_data_url
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.choices import GiveUp, Move
from cliprt.teleoperators.llm_vision import LlmVisionTeleoperator, to_sentence
from cliprt.vocabularies.grid import ClipRt58Vocabulary

HANG_S = 30.0

OFFERS = ("move the arm to the left by ten centimeters", "close the gripper")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("Close the gripper.", OFFERS[1]),
        (f'"{OFFERS[0]}"', OFFERS[0]),
        (" go up 3 cm ", "go up 3 cm"),
        ("```\ngo up 3 cm\n```", "go up 3 cm"),
        ("Sure!\nHere is what I would do:", ""),
        ("left " * 60, ""),
        ("", ""),
    ],
)
def test_an_answer_becomes_an_offer_a_sentence_or_nothing(answer, sentence):
    assert to_sentence(answer, OFFERS) == sentence


def test_large_images_are_sent_smaller():
    from PIL import Image

    url = to_data_url(np.full((200, 400, 3), 90, np.uint8), 100)
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert picture.size == (100, 50)


def test_without_litellm_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("cliprt.language.provider.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cliprt\[llm\]'"):
        LlmVisionTeleoperator()


@pytest.fixture(scope="module", autouse=False)
def _litellm():
    pytest.importorskip("litellm")


def decide(server, deadline_s=10.0, **options):
    """What the arm would do, the loopback model being asked about a fake robot's picture."""
    speaker = LlmVisionTeleoperator(
        "openai/fake", server.url, server.key_variable, deadline_s=deadline_s, **options
    )
    agent = SpokenAgent(speaker, GrammarInterpreter(ClipRt58Vocabulary()))
    with FakeRobot(image_px=16) as robot:
        agent.start("Pick up the 'red' cube", 0, None, None)
        speaker.hear("I am not sure. What should the arm do?", OFFERS)
        began = time.monotonic()
        choice = agent.decide(robot.observe())
    return choice, time.monotonic() - began


@pytest.mark.usefixtures("_litellm")
class TestWithAServer:
    def test_it_sees_the_picture_the_task_and_the_offers(self):
        with LoopbackModel("close the gripper") as server:
            choice, _ = decide(server)
        assert choice.steps[0].primitive.gripper == "closed"
        system, user = server.requests[0]["messages"]
        assert "one sentence" in system["content"]
        text, image = user["content"]
        asked = json.loads(text["text"])
        assert asked["task"] == "Pick up the 'red' cube"
        assert asked["offered"] == list(OFFERS)
        assert image["image_url"]["url"].startswith("data:image/jpeg;base64,")

    def test_a_sentence_of_its_own_is_read_like_everybodys(self):
        with LoopbackModel("move up 3 cm") as server:
            choice, _ = decide(server)
        assert choice.steps[0].primitive.motion[2] == pytest.approx(0.03)

    def test_nonsense_is_asked_back_once_more_and_never_moves(self):
        with LoopbackModel("banana", "move up 3 cm") as server:
            assert isinstance(decide(server)[0], Move)
            assert len(server.requests) == 2
        with LoopbackModel("move the banana 10 m") as server:
            assert isinstance(decide(server)[0], GiveUp)

    @pytest.mark.parametrize("answer", [500, 401, 429, None, "<html>log in</html>"])
    def test_a_server_that_fails_has_said_nothing(self, answer):
        with LoopbackModel(answer) as server:
            choice, took_s = decide(server, deadline_s=600)
        assert isinstance(choice, GiveUp)
        assert took_s < HANG_S

    def test_half_an_answer_is_none(self):
        with LoopbackModel("close the gripper", finish="length") as server:
            assert isinstance(decide(server)[0], GiveUp)

    def test_one_deadline_for_everything(self):
        with LoopbackModel("close the gripper", delay_s=60.0) as server:
            choice, took_s = decide(server, deadline_s=0.5)
        assert isinstance(choice, GiveUp)
        assert took_s < HANG_S

    def test_nobody_listens(self):
        with LoopbackModel("close the gripper") as server:
            pass
        assert isinstance(decide(server)[0], GiveUp)

    def test_mistakes_are_explained(self, monkeypatch):
        monkeypatch.delenv("NO_SUCH_KEY", raising=False)
        with pytest.raises(UsageError, match="NO_SUCH_KEY is empty"):
            LlmVisionTeleoperator(api_key_variable="NO_SUCH_KEY")
        with (
            LoopbackModel("left") as server,
            pytest.raises(UsageError, match="the camera 'rist', which is not there"),
        ):
            decide(server, cameras=("rist",))
