"""Random motions through gate and arm: what is refused stays undone, what is done was allowed.

The controller's own record is the judge: what it began and where it ended, in its own Base frame.
"""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from ur_oracle import apart, in_users_frame, transform
from ur_wild import draw

from cliprt.errors import RobotError
from cliprt.runtime.gate import Gate
from cliprt_ur.backend import UrBackend
from cliprt_ur.config_file import save_config
from cliprt_ur.testing import LoopbackController

BATCH = 50
SAME_TARGET, SAME_REST = 1e-3, 0.05
"""Millimetres and degrees within which two poses are one."""

ROTATION_DEG = 90.0
LOWER, UPPER = (0.25, -0.40, 0.10), (1.10, 0.40, 0.60)
"""The box of the configuration: farther forward than the arm reaches."""

PLANE_Y_M = 0.20
"""A safety plane of the installation, inside the box."""

START_DEG = (-90.0, -60.0, 60.0, -90.0, -90.0, 0.0)
"""Near the end of its reach and near the plane, so that both have their say."""


@dataclass(frozen=True)
class GateLimits:
    """Of the recipe: tighter than the arm's on one side, wider on the others."""

    lower: tuple[float, float, float] = (0.0, -0.30, 0.0)
    upper: tuple[float, float, float] = (1.5, 1.0, 1.0)
    max_step_m: float = 0.5
    max_step_deg: float = 90.0
    min_interval_s: float = 0.0


class Tally:
    """What became of the motions so far, and every difference between us and the controller."""

    def __init__(self):
        self.counts = Counter()
        self.differences = []

    def compare(self, outcomes, events):
        """Hold a batch against the record of it: each motion begun is the next that was sent."""
        for outcome in outcomes:
            self.counts[verdict(outcome)] += 1
        sent = [o for o in outcomes if o.sent is not None and any(o.commanded)]
        begun = [e.data for e in events if e.kind == "motion_begin"]
        ended = [e.data for e in events if e.kind == "motion_end"]
        if [e["motion"] for e in begun] != [e["motion"] for e in ended]:
            self.differences.append(f"begun {begun}, but ended {ended}")
        for begin, end in zip(begun, ended, strict=False):
            while sent and not self._is_begun(sent[0], begin):
                self._miss(sent.pop(0))
            if not sent:
                self.differences.append(f"made what nobody sent: {begin}")
                break
            self._hold_against(sent.pop(0), begin, end)
        for outcome in sent:
            self._miss(outcome)

    def compare_places(self, commanded, state):
        """After a stop, motions must add up on where the arm really is."""
        real = in_users_frame(transform(state.pose), ROTATION_DEG)
        if max(apart(real, transform(commanded))) > SAME_REST:
            self.differences.append(f"goes on from {commanded}, but stands at {state.pose}")

    def _is_begun(self, outcome, begin):
        target = in_users_frame(transform(begin["target"]), ROTATION_DEG)
        return max(apart(target, transform(outcome.sent))) <= SAME_TARGET

    def _miss(self, outcome):
        """What was sent when the link was lost need not have arrived; anything else must have."""
        if not outcome.stopped_because:
            self.differences.append(f"said to be made, but never begun: {outcome}")

    def _hold_against(self, outcome, begin, end):
        target, rest = (
            in_users_frame(transform(pose), ROTATION_DEG) for pose in (begin["target"], end["end"])
        )
        if outcome.stopped_after_s is None:
            if max(apart(rest, transform(outcome.measured))) > SAME_REST:
                self.differences.append(f"{outcome} was measured elsewhere than it ended: {end}")
            if not end["reached"]:
                self.differences.append(f"{outcome} did not reach its end: {end}")
        for where, point in (("sent", target[:3, 3]), ("was", rest[:3, 3])):
            if not is_inside(point):
                self.differences.append(f"{where} outside the box: {point}")


def verdict(outcome):
    """Who said no, in a word."""
    if outcome.stopped_because:
        return "the arm stopped by itself"
    if outcome.refused is None:
        return "executed" if any(outcome.commanded) else "executed, no motion"
    for word in ("gripper", "motion", "step", "reach", "safety", "tilt"):
        if word in outcome.refused.lower():
            return f"refused: {word}"
    return "refused: workspace of the " + ("arm" if "the arm's" in outcome.refused else "gate")


def is_inside(point):
    """Whether the box of the configuration holds a point of the user's frame."""
    return all(a - 1e-5 <= x <= b + 1e-5 for a, x, b in zip(LOWER, point, UPPER, strict=True))


def go_on(gate):
    """Connect as a person would, who tries again where the computer was too busy."""
    for _ in range(4):
        try:
            return gate.connect()
        except RobotError as error:
            print(error)
    return gate.connect()


def run(count, seed, config, folder, time_scale):
    """So many random motions; returns the tally."""
    rng, tally = np.random.default_rng(seed), Tally()
    with LoopbackController(time_scale=time_scale) as controller:
        config.host, config.black_box = controller.host, str(folder / "black_box")
        config.frame.base_rotation_deg = ROTATION_DEG
        config.limits.lower, config.limits.upper = list(LOWER), list(UPPER)
        config.limits.max_tilt_deg = 50.0
        save_config(config, folder / "arm.yaml")
        controller.place([math.radians(angle) for angle in START_DEG])
        controller.add_plane("x", -1, -PLANE_Y_M)
        backend = UrBackend(controller.host, config=str(folder / "arm.yaml"))
        with Gate(backend, GateLimits()) as gate:
            for first in range(0, count, BATCH):
                controller.forget()
                outcomes = []
                for _ in range(min(BATCH, count - first)):
                    outcomes.append(gate.execute(*draw(rng)))
                    if outcomes[-1].stopped_because:
                        # A joint would have turned too fast, or this computer was too busy.
                        controller.clear()
                        go_on(gate)
                        tally.compare_places(gate.observe().commanded_pose, controller.state())
                    assert gate.state == "ready", gate.reason
                tally.compare(outcomes, controller.record())
    return tally


def check(tally, count):
    print(dict(tally.counts.most_common()))
    assert not tally.differences, f"{len(tally.differences)}: {tally.differences[:3]}"
    assert sum(tally.counts.values()) == count
    for what in ("executed", "refused: motion", "refused: step", "refused: gripper"):
        assert tally.counts[what] > 0, f"the mixture holds nothing that is {what}"


def test_some_random_motions(config, tmp_path):
    check(run(100, 1, config, tmp_path, time_scale=0.05), 100)


@pytest.mark.slow
def test_ten_thousand_random_motions(config, tmp_path):
    tally = run(10_000, 2, config, tmp_path, time_scale=0.05)
    check(tally, 10_000)
    for what in ("refused: reach", "refused: workspace of the arm", "refused: tilt"):
        assert tally.counts[what] > 0, f"the mixture holds nothing that is {what}"
