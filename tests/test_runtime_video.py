"""Films: one frame a step, with what was said, whatever the size of the pictures."""

from functools import partial

import imageio.v3 as iio
import numpy as np
import pytest
from fake_robot import FakeRobot

from cliprt.recipe.schema import GateSection
from cliprt.runtime.agents import PlanAgent
from cliprt.runtime.explanation import explain, explain_step
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.runtime.video import BARS, LINE_PX, NO_BAR, VideoRecorder, draw_frame, to_bars
from cliprt.types import Attempt, Plan, PlannedStep, Primitive, Proposal
from cliprt.vocabularies.grid import ClipRt58Vocabulary

LEFT = Primitive(0, "move the arm to the left by ten centimeters", (0, 0.1, 0, 0, 0, 0, 0))


class RenderingRobot(FakeRobot):
    """Renders how far it is to the left, in grey."""

    def render(self, width, height, camera="scene"):
        return np.full((height, width, 3), int(500 * self.tcp_pose[1]), dtype=np.uint8)


@pytest.mark.parametrize(
    ("robot", "suffix"), [(FakeRobot, ".mp4"), (FakeRobot, ".gif"), (RenderingRobot, ".gif")]
)
def test_an_episode_becomes_a_film(tmp_path, robot, suffix):
    gate = Gate(robot(), GateSection())
    gate.connect()
    path = tmp_path / "films" / f"a{suffix}"
    with VideoRecorder(path, gate, size_px=64, title="Go left") as recorder:
        run_episode(
            PlanAgent(Plan("e", "p", "std", (PlannedStep(LEFT),) * 3)),
            gate,
            Attempt("e", "", "go", 0, "std", 9),
            company=recorder,
        )
        recorder.add(gate.observe(), "done")
    frames = iio.imread(path, plugin="FFMPEG" if suffix == ".mp4" else None)
    assert frames.shape[0] == 4
    if robot is RenderingRobot:  # each frame is the state before its step
        np.testing.assert_allclose(frames[:, 10, 10, 0], [0, 50, 100, 150], atol=3)


def test_no_steps_make_no_file(tmp_path):
    with VideoRecorder(tmp_path / "a.mp4"):
        pass
    assert not list(tmp_path.iterdir())


def test_frames_have_one_even_size_and_show_the_words():
    pictures = [np.zeros((9, 9, 3), np.uint8), np.zeros((30, 40, 3), np.uint8)]
    colour = (255, 0, 0)
    empty = draw_frame(pictures, [("", colour)], 65)
    full = draw_frame(pictures, [("very long words " * 40, colour)], 65)
    assert empty.shape == full.shape
    assert all(edge % 2 == 0 for edge in full.shape[:2])
    assert (full != empty).any()
    assert draw_frame([], [("nothing to see", colour)], 64).shape[1] == 64


def test_a_policys_film_shows_what_it_weighed_up(tmp_path):
    gate = Gate(FakeRobot(), GateSection())
    gate.connect()
    agent = PolicyAgent(lambda *_: Proposal(scores=np.arange(58.0)), ClipRt58Vocabulary())
    path = tmp_path / "a.gif"
    with VideoRecorder(path, size_px=480, explain=partial(explain_step, agent)) as recorder:
        run_episode(agent, gate, Attempt("e", "", "go", 0, "clip_rt", 2), company=recorder)
        recorder.add(gate.observe(), "Success")
    frames = iio.imread(path)
    below = frames[:, -BARS * LINE_PX :]
    assert frames.shape[0] == 3
    assert (below[0] != below[2]).any(), "the last frame shows no decision"
    assert (below[2] == below[2, 0, 0]).all()


def test_bars_are_as_long_as_their_shares():
    def length(share):
        bars = [(share, "up"), NO_BAR, NO_BAR]
        frame = draw_frame([], [], 480, bars).astype(int)
        return (np.abs(frame - (150, 190, 255)).sum(axis=2) == 0).sum()

    assert (
        draw_frame([], [], 480, [NO_BAR] * 3).shape == draw_frame([], [], 480, [(1, "a")] * 3).shape
    )
    assert length(0.0) < length(0.5) < length(1.0)
    assert to_bars(None) == (NO_BAR,) * 3
    (first, *_) = to_bars(explain([1.0, 0.0], [LEFT, LEFT]))
    assert first == (pytest.approx(0.731, abs=1e-3), LEFT.phrase)
