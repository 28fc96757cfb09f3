"""The gate over the real simulator: adversarial motions never bring the arm out of its box."""

import math

import numpy as np
import pytest

from cliprt.recipe.schema import GateSection
from cliprt.runtime.gate import Gate
from cliprt.runtime.limits import ESCAPE_M

pytest.importorskip("pybullet")

LIMITS = GateSection()
POISON = (math.nan, math.inf, -math.inf, 10**400, "0.1", None, True, 2j)


def adversarial_motion(rng):
    motion = [float(x) for x in (*rng.normal(0, 0.15, 3), *rng.normal(0, 0.4, 4))]
    kind = rng.integers(8)
    if kind == 0:
        motion[rng.integers(7)] = POISON[rng.integers(len(POISON))]
    elif kind == 1:
        motion = motion[: rng.integers(7)]
    elif kind == 2:
        return ("up", None, 7, object(), {})[rng.integers(5)]
    elif kind < 6:
        motion = [*(float(x) for x in rng.choice([-0.2, -0.05, 0.0, 0.05, 0.2], 3)), 0, 0, 0, 0]
    return motion


def test_a_thousand_motions_stay_inside_and_every_refusal_has_a_reason():
    from cliprt.robots.pybullet import PyBulletBackend

    rng = np.random.default_rng(0)
    executed = refused = 0
    with Gate(PyBulletBackend(cameras=(), speed_m_s=1.0, turn_rad_s=3.0), LIMITS) as gate:
        for number in range(1000):
            if number % 100 == 0:
                gate.simulation.clear(number)
            gripper = (None, "open", "closed", "ajar")[rng.choice(4, p=(0.85, 0.05, 0.05, 0.05))]
            before = gate.simulation.commanded_pose
            outcome = gate.execute(adversarial_motion(rng), gripper)
            assert gate.state == "ready", gate.reason
            lowest = np.array(LIMITS.lower) - ESCAPE_M
            highest = np.array(LIMITS.upper) + ESCAPE_M
            assert (lowest <= gate.simulation.tcp_pose[:3]).all()
            assert (gate.simulation.tcp_pose[:3] <= highest).all()
            if outcome.refused:
                refused += 1
                assert len(outcome.refused) > 15
                assert gate.simulation.commanded_pose == before
            else:
                executed += 1
    assert executed > 150
    assert refused > 150
