"""The rule `observed`: what the second after a step is called."""

from __future__ import annotations

import numpy as np
import pytest

from cliprt.geometry import apply_motion
from cliprt.oxe.observed import CLOSE, DROPPED, OPEN, observed_labels
from cliprt.vocabularies.grid import Oxe50Vocabulary

PRIMITIVES = Oxe50Vocabulary().primitives
HOME = (0.4, 0.1, 0.2, 0.3, -0.2, 2.5)


def test_close_and_open_are_those_of_the_vocabulary():
    assert (PRIMITIVES[CLOSE].gripper, PRIMITIVES[OPEN].gripper) == ("closed", "open")


@pytest.mark.parametrize("primitive", PRIMITIVES[:CLOSE], ids=lambda p: p.phrase)
def test_every_primitive_made_in_a_second_is_called_itself(primitive):
    for rate in (1, 10):
        done = [
            apply_motion(HOME, [number * min(1, step / rate) for number in primitive.motion])
            for step in range(2 * rate + 1)
        ]
        labels = observed_labels(done, np.ones(len(done)), rate)
        assert labels[0] == primitive.label
        assert set(labels[rate:]) == {DROPPED}
