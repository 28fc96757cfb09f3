"""The two ends together: a policy that we serve decides for our robot as it does at home."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
import torch
from served_policy import VOCABULARY, running

from cliprt.policies.acting import Actor
from cliprt.policies.checkpoint import load_policy, save_policy
from cliprt.policies.remote import RemotePolicy
from cliprt.recipe.build import build_policy
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import RuntimeSection
from cliprt.runtime.choices import GiveUp, Move
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.serving.observing import choose_keys
from cliprt.serving.served import load_served
from cliprt.types import Observation

POSE = (0.4, 0.1, 0.3, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("policy")
    recipe = load_recipe("tiny", ["encoder.image_size=32"])
    save_policy(build_policy(recipe, VOCABULARY), asdict(recipe), VOCABULARY, folder)
    return folder


@pytest.mark.parametrize(
    ("protocol", "key", "path"),
    [("openpi", "observation/wrist", ""), ("vla_eval", "images/wrist", "/vla_eval")],
)
def test_choices_and_their_explanations_are_those_of_home(checkpoint, protocol, key, path):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(4)]
    home = Actor(load_policy(checkpoint, VOCABULARY))
    served = load_served(checkpoint, RuntimeSection(device="cpu"))
    assert choose_keys(protocol, served.needs).images == {"wrist": key}
    with running(served) as here:
        url = f"{here.address}{path}"
        far = Actor(RemotePolicy(VOCABULARY, url, protocol, deadline_s=60.0, images={key: "wrist"}))
        agents = [PolicyAgent(actor, VOCABULARY, temperature=2.0) for actor in (home, far)]
        for agent in agents:
            agent.start("close the laptop", 0, None, None)
        for picture in pictures * 3:  # the breaker takes another every time
            seen = Observation({"wrist": picture}, POSE, POSE, (), "open", 0.08, 0.0)
            first, second = (agent.decide(seen) for agent in agents)
            assert isinstance(first, Move | GiveUp)
            assert first == second
            assert agents[0].explanation == agents[1].explanation
        assert here.server.metrics.decisions == 12
