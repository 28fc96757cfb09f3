"""Whatever a policy's server does, the robot makes no move that was not asked for right now."""

from __future__ import annotations

import random

import pytest
from point_mass import PointRobot
from policy_server import ANSWERS, GREETINGS, SPOKEN, TELLTALE, PolicyServer, advised

from cliprt.errors import ServerError
from cliprt.policies.acting import Actor
from cliprt.policies.remote import RemotePolicy
from cliprt.recipe.schema import GateSection
from cliprt.runtime.company import Company
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.types import Attempt
from cliprt.vocabularies.grid import ClipRt58Vocabulary

pytest.importorskip("msgpack")

DEADLINE_S = 0.3


class RecordingRobot(PointRobot):
    """Notes where it was, and what it was told to do."""

    def __init__(self):
        super().__init__()
        self.made = []

    def execute(self, motion, gripper):
        self.made.append((self.simulation.commanded_pose[1], motion, gripper))
        return super().execute(motion, gripper)


class GoesOn(Company):
    """Somebody who looks, mends the server, and says go on, until all faults were dealt."""

    def __init__(self, server, robot, gate):
        self.server, self.robot, self.gate, self.reasons = server, robot, gate, []

    def go_on(self, reason):
        assert self.gate.state == "stopped"
        self.reasons.append((self.server.dealt[-1] if self.server.dealt else "", reason))
        if self.server.dealt and self.server.dealt[-1] == "restart":
            self.server.restart()
        return bool(self.server.plan)


def hears(actor, gate) -> bool:
    """Whether an honest server answers in time, which a busy machine may prevent."""
    try:
        return bool(actor(gate.observe(), "Fly").steps)
    except ServerError:
        return False


def judge(spoken: str, faults: int, seed: int) -> list[tuple[str, str]]:
    """Deal mixed faults between honest answers; (fault, reason) of every halt."""
    rng = random.Random(seed)
    kinds = [f for f in (*GREETINGS, *ANSWERS) if spoken != "openpi" or f not in TELLTALE]
    rng.shuffle(kinds)
    robot = RecordingRobot()
    with PolicyServer(spoken, late_s=2 * DEADLINE_S) as server:
        policy = RemotePolicy(
            ClipRt58Vocabulary(),
            server.url,
            "vla_eval" if spoken == "vla_eval" else "openpi",
            deadline_s=DEADLINE_S,
            images={"image": "top"},
            state={"state": ["commanded_pose"]},
        )
        gate = Gate(robot, GateSection((-1, -1, -1), (1, 1, 1)))
        gate.connect()
        actor = Actor(policy)
        while not hears(actor, gate):  # who it is first, it has to stay
            pass
        for i in range(faults):
            server.plan += [kinds[i % len(kinds)], *[""] * rng.randrange(2)]
        company = GoesOn(server, robot, gate)
        attempt = Attempt("a", "t", "Fly", 0, "remote", max_steps=2 * faults + 50)
        agent = PolicyAgent(actor, ClipRt58Vocabulary())
        episode = run_episode(agent, gate, attempt, company=company)
        assert not server.plan, "not all faults were dealt"
        assert len(robot.made) <= server.honest
    assert len(robot.made) >= 3
    wrong = [
        (y, motion)
        for y, motion, gripper in robot.made
        if motion != (0.0, advised(y), 0.0, 0.0, 0.0, 0.0, 0.0) or gripper
    ]
    assert not wrong
    assert [step.outcome.refused for step in episode.steps] == [None] * len(robot.made)
    return company.reasons


@pytest.mark.parametrize("spoken", SPOKEN)
def test_no_fault_of_a_server_moves_the_robot(spoken):
    """Each fault once."""
    reasons = judge(spoken, len(GREETINGS) + len(ANSWERS) - (2 if spoken == "openpi" else 0), 7)
    assert all("the policy's server ws://127.0.0.1:" in reason for _, reason in reasons)


@pytest.mark.parametrize("spoken", ["echoing", "vla_eval"])
def test_the_answer_to_a_question_on_another_line_is_no_answer(spoken):
    with PolicyServer(spoken) as server:
        server.plan += ["hang_up", "swapped"]
        protocol = "vla_eval" if spoken == "vla_eval" else "openpi"
        needs = {"images": {"image": "top"}, "state": {"state": ["commanded_pose"]}}
        policy = RemotePolicy(ClipRt58Vocabulary(), server.url, protocol, deadline_s=60.0, **needs)
        with PointRobot() as robot:
            seen = robot.observe()
        for complaint in ("hung up", "answers question"):
            with pytest.raises(ServerError, match=complaint):
                Actor(policy)(seen, "Fly")


@pytest.mark.slow
@pytest.mark.parametrize("spoken", SPOKEN)
def test_no_wrong_move_in_a_thousand_faults(spoken):
    """In each of the three ways to speak, mixed with honest answers."""
    judge(spoken, 1000, 11)
