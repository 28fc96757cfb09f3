"""Every robot of ours keeps the contract; a broken one is caught."""

import math
from dataclasses import replace

import numpy as np
import pytest

from cliprt.registry import entries, load
from cliprt.testing.robot import check_robot

pytest.importorskip("pybullet")


@pytest.mark.parametrize("name", [e.name for e in entries("robot") if e.package == "cliprt"])
def test_registered_robots_conform(name):
    check_robot(load("robot", name)(image_size=32))


class FaultyRobot(load("robot", "pybullet")):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        super().__init__(image_size=16)
        self.fault = fault

    def observe(self):
        if self.fault == "silent" and self._world is None:
            return None
        seen = super().observe()
        if self.fault == "grey":
            images = {name: image.mean(axis=2) for name, image in seen.images.items()}
            return replace(seen, images=images)
        if self.fault == "blind":
            return replace(seen, images={})
        if self.fault == "fist":
            return replace(seen, gripper_opening_m=0.0)
        return seen

    def execute(self, motion, gripper):
        if self.fault == "raise" and len(motion) != 7:
            raise ValueError("seven!")
        if self.fault == "clip":
            motion = tuple(np.nan_to_num(motion)) if len(motion) == 7 else motion
        outcome = super().execute(motion, gripper)
        if self.fault == "off":
            return replace(outcome, measured=(9.0, *outcome.measured[1:]))
        if self.fault == "lie" and any(map(math.isnan, motion)):
            return replace(outcome, refused=None)
        return outcome


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("blind", "but the cameras are"),
        ("grey", "images are uint8"),
        ("fist", "openings measured the wrong way"),
        ("off", "mm beside the target"),
        ("raise", "refused, not raised"),
        ("clip", "was not refused"),
        ("lie", "was not refused"),
        ("silent", "after stop"),
    ],
)
def test_faulty_robots_are_caught(fault, text):
    with pytest.raises(AssertionError, match=text):
        check_robot(FaultyRobot(fault))
