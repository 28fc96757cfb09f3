"""Whoever teaches at a terminal sees the robot."""

import io
import re

import numpy as np
import pytest
from fake_robot import FakeRobot
from PIL import Image

from cliprt.cli.main import main
from cliprt.errors import StoreError
from cliprt.recipe.schema import GateSection
from cliprt.runtime.gate import Gate
from cliprt.runtime.watch import LivePicture

SMALL = ["run", "--recipe", "tiny.yaml", "robot.image_size=32"]


@pytest.fixture
def seen_by_console(tmp_path, monkeypatch, capsys):
    """What `cliprt run --teleoperator console` shows in pictures, said line by line."""
    pytest.importorskip("pybullet")

    def seen_by_console(lines, *options):
        pictures = []

        class Keyboard(io.StringIO):
            def readline(self, *args):
                pictures.append(np.asarray(Image.open(tmp_path / "store" / "live.png")))
                return super().readline(*args)

        monkeypatch.setattr("sys.stdin", Keyboard("\n".join(lines) + "\n"))
        store = ["--store", str(tmp_path / "store")]
        assert main([*SMALL, "--teleoperator", "console", *store, *options]) == 0
        pictures.append(np.asarray(Image.open(tmp_path / "store" / "live.png")))
        return pictures, capsys.readouterr().err

    return seen_by_console


def test_a_person_sees_where_things_stand_before_every_sentence(seen_by_console, tmp_path):
    pictures = seen_by_console(["left 10 cm", "hm", "done", "yes"])[0]
    first, second, third, asked, last = pictures
    assert np.array_equal(third, asked), "nor does a doubt"
    assert first.shape[0] > 480
    assert first.shape[1] == 2 * 480, "scene and wrist, side by side"
    assert np.any(first[:480, :480] != second[:480, :480]), "the arm has moved"
    assert np.array_equal(second, third), "a question moves nothing"
    assert np.any(third[480:] != last[480:]), "the verdict is written under it"
    assert 'src="live.png"' in (tmp_path / "store" / "live.html").read_text()


def test_its_place_is_said_at_the_start(seen_by_console, tmp_path):
    said = seen_by_console(["done"])[1]
    page = tmp_path / "store" / "live.html"
    assert re.search(rf"See the robot in {re.escape(str(page))}", said)


def test_a_teacher_needs_no_picture_but_can_have_one(tmp_path, capsys):
    pytest.importorskip("pybullet")
    store = ["--store", str(tmp_path / "store")]
    assert main([*SMALL, *store]) == 0
    assert not list(tmp_path.rglob("*.html"))
    assert main([*SMALL, *store, "--look", str(tmp_path / "look.png")]) == 0
    assert Image.open(tmp_path / "look.png").width == 2 * 480


def test_a_picture_is_a_png(tmp_path, capsys):
    assert main([*SMALL, "--look", "live.jpg"]) == 2
    assert "--look is live.jpg. Allowed: a file that ends in .png." in capsys.readouterr().err


def test_a_robot_that_renders_nothing_shows_what_it_observes(tmp_path):
    with Gate(FakeRobot(), GateSection()) as robot:
        robot.connect()
        watched = LivePicture(robot, tmp_path / "new" / "live.png")
        watched.show(robot.observe(), "done")
    assert Image.open(tmp_path / "new" / "live.png").height > 480


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write .*live"):
        LivePicture(Gate(FakeRobot(), GateSection()), tmp_path / "file" / "live.png")
