"""Options, cameras, life cycle and silence of the simulated robot."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cliprt.errors import MissingExtraError, RecipeError, RobotError, UnknownNameError, UsageError
from cliprt.recipe.load import load_recipe
from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.pybullet import client as client_module
from cliprt.robots.world import Body, Link, Part

pytest.importorskip("pybullet")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"cameras": ("scen",)}, UnknownNameError, "Did you mean 'scene'"),
        ({"cameras": "scene"}, UsageError, "a list of names"),
        ({"renderer": "tinny"}, UnknownNameError, "Did you mean 'tiny'.*tiny, egl"),
        ({"image_size": 0}, UsageError, "image_size of the camera 'scene' is 0"),
        ({"image_size": 12.5}, UsageError, "whole number of pixels"),
        ({"image_size": True}, UsageError, "whole number of pixels"),
        ({"image_size": {"wrst": 64}}, UnknownNameError, "Did you mean 'wrist'"),
        ({"speed_m_s": 0}, UsageError, "speed_m_s is 0. Give a positive number"),
        ({"speed_m_s": "fast"}, UsageError, "speed_m_s is 'fast'"),
        ({"speed_m_s": 1.5}, UsageError, "speed_m_s is 1.5. Give at most 1"),
        ({"turn_rad_s": 4}, UsageError, "turn_rad_s is 4. Give at most 3.142"),
        ({"turn_rad_s": math.nan}, UsageError, "turn_rad_s is nan"),
    ],
)
def test_bad_options_are_explained_before_anything_starts(options, error, text):
    with pytest.raises(error, match=text):
        PyBulletBackend(**options)


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(client_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "cliprt\[sim\]".*3\.10 and 3\.11'):
        PyBulletBackend()


def test_egl_without_its_plugin_says_what_to_do(monkeypatch):
    found = client_module.importlib.util.find_spec
    monkeypatch.setattr(
        client_module.importlib.util,
        "find_spec",
        lambda name: None if name == "eglRenderer" else found(name),
    )
    with pytest.raises(RobotError, match="Use renderer: tiny"):
        PyBulletBackend(renderer="egl").connect()


def test_cameras_have_their_own_sizes_and_see_different_things():
    with PyBulletBackend(("wrist", "scene"), {"wrist": 48, "scene": 64}) as robot:
        images = robot.observe().images
        assert list(images) == ["wrist", "scene"]
        assert images["wrist"].shape == (48, 48, 3)
        assert images["scene"].shape == (64, 64, 3)
        film = robot.render(96, 54, "overview")
        assert film.shape == (54, 96, 3)
        assert film.std() > 20
        with pytest.raises(UnknownNameError, match="no camera is called 'side'"):
            robot.render(32, 32, "side")


def is_red(image):
    red = (image[..., 0] > 120) & (image[..., 1] < 60) & (image[..., 2] < 60)
    return np.argwhere(red)


def test_both_cameras_see_what_lies_under_the_gripper():
    part = Part("box", (0.04,) * 3, colour=(0.9, 0.05, 0.05))
    with PyBulletBackend(image_size=96) as robot:
        robot.simulation.add(Body("cube", (Link("cube", (part,)),)), (0.45, 0, 0.02, 0, 0, 0))
        images = robot.observe().images
        assert len(is_red(images["scene"])) > 20
        down, across = is_red(images["wrist"]).mean(axis=0) / 96
        assert 0.25 < down < 0.75
        assert 0.45 < across < 0.55
        # Left of the gripper (y+) is left in the wrist's picture, away from the base is up.
        robot.simulation.set_pose("cube", (0.45, 0.04, 0.02, 0, 0, 0))
        assert is_red(robot.observe().images["wrist"]).mean(axis=0)[1] / 96 < across - 0.05
        robot.simulation.set_pose("cube", (0.48, 0, 0.02, 0, 0, 0))
        assert is_red(robot.observe().images["wrist"]).mean(axis=0)[0] / 96 < down - 0.05


def test_shadows_change_the_picture():
    pictures = []
    for shadows in (False, True):
        with PyBulletBackend(("scene",), 64, shadows=shadows) as robot:
            pictures.append(robot.observe().images["scene"])
    assert (pictures[0] != pictures[1]).any()


def test_nothing_works_before_connect_or_after_stop_and_files_are_removed():
    robot = PyBulletBackend(image_size=16)
    with pytest.raises(RobotError, match=r"Call connect\(\) first"):
        robot.observe()
    robot.stop()
    robot.connect()
    folder = Path(robot.simulation._files.name)
    assert any(folder.iterdir())
    robot.stop()
    robot.stop()
    assert not folder.exists()
    with pytest.raises(RobotError, match=r"Call connect\(\) first"):
        robot.execute((0,) * 7, None)
    robot.connect()
    assert robot.observe().time_s == 0
    robot.stop()


def test_two_robots_do_not_disturb_each_other():
    with PyBulletBackend(cameras=()) as one, PyBulletBackend(cameras=()) as two:
        one.execute((0, 0, 0.05, 0, 0, 0, 0), None)
        assert two.simulation.tcp_pose[2] == pytest.approx(0.25, abs=1e-4)
        two.stop()
        assert one.simulation.tcp_pose[2] == pytest.approx(0.30, abs=1e-4)


def test_importing_the_contract_loads_no_simulator():
    code = (
        "import sys, cliprt.robots.world, cliprt.robots.interface, cliprt.robots.pybullet;"
        "print('pybullet' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("value", ["4", "fast", ".nan"])
@pytest.mark.parametrize("option", ["robot.speed_m_s", "robot.turn_rad_s"])
def test_a_recipe_is_told_the_same_limits(option, value):
    with pytest.raises(RecipeError, match=rf"{option}: got .* Allowed: a number"):
        load_recipe("tiny", [f"{option}={value}"])
