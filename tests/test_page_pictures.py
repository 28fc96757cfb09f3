"""What people answer is asked about pictures of this scene, as it is at that moment."""

from dataclasses import replace

import numpy as np
import pytest
from fake_robot import FakeRobot
from PIL import Image
from watched_desk import QUICK, WatchedDesk, decode

from cliprt.errors import UsageError
from cliprt.page import attempts
from cliprt.page.episodes import ENDS, THUMBNAIL_PX, draw_thumbnail
from cliprt.page.messages import (
    Asked,
    Begin,
    Configure,
    Confirm,
    Discard,
    Ended,
    GoOn,
    Halt,
    Proposed,
    Redo,
    Say,
    Started,
    Stepped,
    Trouble,
    Undo,
    Undone,
)
from cliprt.page.pictures import LiveView
from cliprt.recipe.schema import Component, GateSection
from cliprt.runtime.gate import Gate
from cliprt.tasks.close_laptop import CloseLaptopTask
from cliprt.types import Proposal


def to_and_fro(observation, instruction):
    """A policy that goes forward, left, up, back ... a little."""
    to_and_fro.calls += 1
    scores = np.zeros(58)
    scores[(4, 12, 20, 3)[to_and_fro.calls % 4]] = 9.0  # of one centimetre each
    return Proposal(scores=scores)


to_and_fro.calls = 0


def assert_true(looks, at_least):
    """Every picture was there, and no further from the truth than its own JPEG is."""
    assert len(looks) >= at_least
    for look in looks:
        assert look.difference is not None, f"{look.camera} is not shown with {look.event}"
        assert look.difference <= look.noise, f"{look.camera} with {look.event}"


def test_in_teaching(tmp_path):
    with WatchedDesk(QUICK, tmp_path) as person:
        person.until_state("idle")
        person.send(Say("left"))
        person.until(Asked)
        person.begin()
        person.send(Say("left 1 cm blorp"))
        person.until(Asked)
        person.say("left 1 cm, then down 2 cm")
        for request, done in ((Undo(), Undone), (Redo(), Stepped)):
            person.send(request)
            person.until(done)
        person.send(Configure(confirm=True))
        for sentence in ("close the gripper", "up 2 cm"):
            person.send(Say(sentence))
            person.until(Proposed)
            person.send(Confirm(True))
            person.until(Stepped)
        person.send(Configure(preview_s=0.0))
        person.send(Say("up 20 cm"))
        person.until_state("moving")
        person.send(Halt("a test"))
        person.until_state("stopped")
        person.send(Say("up"))
        person.until(Asked)
        person.send(GoOn())
        person.until_state("listening")
        person.send(Discard())  # the next scene looks different from this end
        person.until(Ended)
        person.begin()
        person.say("right 1 cm")
        assert_true(person.looks, 16)


def test_after_a_reload_in_tries_and_at_their_end(tmp_path):
    with WatchedDesk(QUICK, tmp_path) as person:
        person.begin()
        person.say("right 1 cm")
    with WatchedDesk(QUICK, tmp_path, actor=to_and_fro) as person:
        assert len(person.until(Started).steps) == 1
        person.until_state("listening")
        person.say("up 1 cm")
        person.send(Begin("close_laptop", checkpoint="policy", policy="toy"))
        for _ in range(2):
            assert person.until(Proposed).probability is not None
            person.until(Stepped)
        person.send(Say("left 1 cm"))  # a correction
        while person.until(Stepped).step.supervision != "left 1 cm":
            pass
        person.send(Discard())
        person.until(Ended)
        assert_true(person.looks, 10)


class Nudge(CloseLaptopTask):
    """Done as soon as the hand is a little to the left, and half a second later."""

    hold_s = 0.5

    def is_success(self, world):
        return world.commanded_pose[1] > 0.005


class Collapsing(CloseLaptopTask):
    """A task whose scene cannot be built."""

    def reset(self, world, rng):
        raise UsageError("there is no room for a laptop on this table")


def test_at_the_end_and_where_the_next_scene_cannot_be_built(tmp_path, monkeypatch):
    monkeypatch.setattr(attempts, "build_task", lambda component: Nudge())
    with WatchedDesk(QUICK, tmp_path) as person:
        person.begin()
        person.send(Say("up 2 cm, then left 10 cm, then forward 2 cm"))
        ended = person.until(Ended)
        assert ended.success
        store = person.desk._store
        small = decode(draw_thumbnail(store, ended.episode))[:, THUMBNAIL_PX:]
        shown = Image.fromarray(decode(person._shown["scene"].jpeg).astype(np.uint8))
        assert np.abs(small - shown.resize(small.shape[:2])).mean() < 5  # it shows the end
        (tmp_path / ENDS / f"{ended.episode}.jpg").write_bytes(b"none of ours")
        assert draw_thumbnail(store, ended.episode)
        monkeypatch.setattr(attempts, "build_task", lambda component: Collapsing())
        person.send(Begin("close_laptop"))
        assert "no room for a laptop" in person.until(Trouble).text
        person.send(Say("left"))
        monkeypatch.undo()
        person.begin()
        person.say("up 1 cm")
        assert_true(person.looks, 6)


class Bench(FakeRobot):
    """Hardware at which somebody moves things while nobody looks."""

    level = 0

    def observe(self):
        seen = super().observe()
        seen.images["front"][:] = self.level
        return seen


def test_hardware_is_looked_at_once_more_at_every_question():
    now, frames, arm = [0.0], [], Bench(simulated=False)
    with Gate(arm, GateSection()) as robot:
        view = LiveView(robot, frames.append, clock=lambda: now[0])
        for arm.level in (40, 80, 120):
            view.rest()
            now[0] += 0.01  # sooner than hardware at rest is looked at again
            arm.level += 20
            view.catch_up()
            assert decode(frames[-1].jpeg).mean() == pytest.approx(arm.level, abs=1)


@pytest.mark.slow
def test_on_the_loopback_arm(tmp_path):
    pytest.importorskip("cliprt_ur")
    options = {"image_size": 32, "speed_m_s": 1.0, "black_box": str(tmp_path)}
    recipe = replace(QUICK, robot=Component("ur_loopback", options))
    with WatchedDesk(recipe, tmp_path / "run") as person:
        person.begin()
        person.send(Configure(confirm=True))
        for request, done in ((Say("left 2 cm"), Stepped), (Say("up 1 cm"), Stepped)):
            person.send(request)
            person.until(Proposed)
            person.send(Confirm(True))
            person.until(done)
        person.send(Undo())
        person.until(Undone)
        person.send(Redo())
        person.until(Proposed)
        person.send(Confirm(True))
        person.until(Stepped)
        person.send(Discard())
        person.until(Ended)
        assert_true(person.looks, 8)
