"""Films: motion in the robot's time, with what was said; elsewhere one frame a step."""

from functools import partial

import imageio.v3 as iio
import numpy as np
import pytest
from fake_robot import FakeRobot
from PIL import Image

from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.recipe.schema import GateSection
from cliprt.registry import load
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.runtime.company import NOBODY
from cliprt.runtime.explanation import explain, explain_step
from cliprt.runtime.film import LONGEST_GIF_S, Film, _to_gif
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.plan_agent import PlanAgent
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.runtime.record import Record
from cliprt.runtime.video import BARS, LINE_PX, NO_BAR, VideoRecorder, draw_frame, to_bars
from cliprt.types import (
    NO_MOTION,
    Attempt,
    Plan,
    PlannedStep,
    Primitive,
    Proposal,
)
from cliprt.vocabularies.grid import ClipRt58Vocabulary

PLUGINS = {".mp4": {"plugin": "FFMPEG"}, ".gif": {}}
LEFT = Primitive(0, "move the arm to the left by ten centimeters", (0, 0.1, 0, 0, 0, 0, 0))
STEPS = tuple(
    PlannedStep(Primitive(None, "", motion, gripper))
    for motion, gripper in (
        (LEFT.motion, None),
        ((0, 0, -0.2, 0, 0, 0, 0), None),
        (NO_MOTION, "closed"),
    )
)


class RenderingRobot(FakeRobot):
    """Renders how far it is to the left, in grey."""

    def render(self, width, height, camera="scene"):
        return np.full((height, width, 3), int(500 * self.tcp_pose[1]), dtype=np.uint8)


def film_three_steps(gate, path, **options):
    with VideoRecorder(path, gate, size_px=64, title="Go left", **options) as recorder:
        episode = run_episode(
            PlanAgent(Plan("e", "p", "std", (PlannedStep(LEFT),) * 3)),
            gate,
            Attempt("e", "", "go", 0, "std", 9),
            company=recorder,
        )
        recorder.add(gate.observe(), "done")
    return recorder, episode


def connect(robot):
    gate = Gate(robot, GateSection())
    gate.connect()
    return gate


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_without_a_renderer_a_step_is_a_frame(tmp_path, suffix):
    path = tmp_path / "films" / f"a{suffix}"
    recorder, _ = film_three_steps(connect(FakeRobot()), path)
    frames = iio.imread(path, **PLUGINS[suffix])
    assert frames.shape[0] == 4
    assert recorder.starts == [0, 1, 2]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_motion_is_filmed_in_the_robots_time(tmp_path):
    robot = RenderingRobot()
    gate, path = connect(robot), tmp_path / "a.gif"
    recorder, _ = film_three_steps(gate, path)
    starts, shades = recorder.starts, iio.imread(path)[:, 10, 10, 0].astype(int)
    # Each step begins with the state before it, and its caption is to be read for a second.
    assert np.diff([*starts, len(shades) - 15]).tolist() == [15, 15, 15]
    np.testing.assert_allclose(shades[starts], [0, 50, 100], atol=3)
    np.testing.assert_allclose(shades[-15:], 150, atol=3)
    assert (np.diff(shades) >= -3).all()
    distinct = {shade // 4 for shade in shades.tolist()}
    assert len(distinct) >= 15 * robot.simulation.time_s
    with Image.open(path) as gif:
        durations_ms = [gif.seek(i) or gif.info["duration"] for i in range(gif.n_frames)]
    assert sum(durations_ms) == pytest.approx(1000 * len(shades) / 15, abs=10)


def test_a_film_changes_nothing_that_is_measured_or_seen(tmp_path):
    """The same scene, taught once with a film and once without."""
    pytest.importorskip("pybullet")

    def teach(robot, folder, film=None):
        prepare_scene(task, robot, 3)
        episode = run_episode(
            PlanAgent(Plan("e", "p", "std", STEPS)),
            robot,
            Attempt("e", "", "go", 3, "std", 9),
            task=task,
            record=Record(EpisodeStore(folder).begin(Attempt("e", "", "go", 3, "std", 9))),
            company=film or NOBODY,
        )
        kept = EpisodeStore(folder).load("e")
        images = [one for s in kept.steps for one in s.observation.images.values()]
        return [(s.outcome, s.observation.joints) for s in episode.steps], images

    task = load("task", "pick")()
    with Gate(PyBulletBackend(image_size=32), GateSection()) as robot:
        alone, seen_alone = teach(robot, tmp_path / "alone")
        prepare_scene(task, robot, 3)
        with VideoRecorder(tmp_path / "a.mp4", robot, size_px=32) as film:
            filmed, seen_filmed = teach(robot, tmp_path / "filmed", film)
            motion_s = robot.simulation.time_s
    frames = iio.imread(tmp_path / "a.mp4", plugin="FFMPEG")
    assert filmed == alone
    np.testing.assert_array_equal(seen_filmed, seen_alone)
    assert len(frames) >= 15 * motion_s


def test_who_watched_before_goes_on_and_halts_a_filmed_motion_at_once(tmp_path):
    pytest.importorskip("pybullet")
    with Gate(PyBulletBackend(image_size=32), GateSection()) as robot:
        world = robot.simulation
        world.clear(0)
        stop_s, told = world.time_s + 0.3, []

        def watch(time_s):
            told.append(time_s)
            if time_s >= stop_s and robot.state == "moving":
                robot.halt("Esc")

        robot.watch(watch)
        with VideoRecorder(tmp_path / "a.mp4", robot, size_px=32) as film:
            outcome = robot.execute((0.0, 0.3, 0, 0, 0, 0, 0), None)
            film.add(robot.look_only(), "stopped")
        assert outcome.stopped_after_s == pytest.approx(0.3, abs=1 / 60)
        assert world.time_s <= stop_s + 0.1
        assert robot.watcher is watch
        before = len(told)
        robot.connect()
        robot.execute((0.0, -0.05, 0, 0, 0, 0, 0), None)
        assert len(told) > before


def test_a_gif_ends_and_an_mp4_does_not(tmp_path):
    for name, length in (("a.gif", LONGEST_GIF_S), ("a.mp4", LONGEST_GIF_S + 5)):
        film = Film(tmp_path / name, 1)
        for shade in range(LONGEST_GIF_S + 5):
            film.add(np.full((16, 16, 3), shade, np.uint8))
        film.close()
        assert film.length == LONGEST_GIF_S + 5
        assert iio.imread(film.path, **PLUGINS[film.path.suffix]).shape[0] == length


def test_a_film_that_cannot_be_written_is_an_error_in_words(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    film = Film(tmp_path / "a.mp4", 1)
    film.add(np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(StoreError, match=r"cannot write .*a\.mp4: Is a directory"):
        film.close()
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]
    with pytest.raises(OSError, match=r"ffmpeg failed: .*No such file"):
        _to_gif(tmp_path / "none.mkv")


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
