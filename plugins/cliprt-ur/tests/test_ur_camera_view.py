"""Whether a moved camera is noticed, and one that stands still is not blamed for what moved."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from cliprt.errors import RobotError
from cliprt.geometry import rotation_matrix
from cliprt.registry import load
from cliprt.robots.interface import RobotBackend
from cliprt.robots.world import Light
from cliprt_ur.cameras.build import build_camera
from cliprt_ur.cameras.view import (
    check_recognisable,
    check_view,
    compare_views,
    load_view,
    save_view,
)

TASKS = ("close_laptop", "stamp", "hide_pooh", "pick")


@pytest.fixture(scope="module")
def robot() -> Iterator[RobotBackend]:
    pytest.importorskip("pybullet")
    with load("robot", "pybullet")(cameras=(), image_size=16) as running:
        yield running


def _arrange(robot: RobotBackend, seed: int) -> None:
    """Another task's things, another light, the arm elsewhere."""
    chance = np.random.default_rng(seed)
    world = robot.simulation
    assert world is not None
    world.clear(seed)
    load("task", TASKS[seed % len(TASKS)])().reset(world, chance)
    lamp = (float(chance.uniform(-1, 2)), float(chance.uniform(-2, 2)), 2.0)
    world.set_light(Light(lamp, float(chance.uniform(0.5, 1.3)), float(chance.uniform(0.3, 0.8))))
    x, y, z = (float(v) for v in chance.uniform((0.3, -0.3, 0.2), (0.6, 0.3, 0.4)))
    world.move_home((x, y, z, *world.tcp_pose[3:]))


def _moved(name: str, axis: int, angle_deg: float = 0.0, shift_m: float = 0.0):
    """One of the cell's cameras, turned about and shifted along its right, up or view axis."""
    from cliprt.robots.pybullet.cameras import CAMERAS

    camera = CAMERAS[name]
    eye, target, up = (np.array(v, float) for v in (camera.eye, camera.target, camera.up))
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    axes = np.array([right, np.cross(right, forward), forward])
    turn = rotation_matrix(axes[axis] * math.radians(angle_deg))
    shift = axes[axis] * shift_m
    ahead = turn @ (target - eye)
    return replace(
        camera,
        eye=tuple(eye + shift),
        target=tuple(eye + ahead + shift),
        up=tuple(turn @ axes[1]),
    )


def _shots(robot: RobotBackend, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]):
    from cliprt.robots.pybullet.cameras import CAMERAS

    pictures = {}
    for key, camera in changes.items():
        with monkeypatch.context() as patch:
            patch.setitem(CAMERAS, "scene", camera)
            pictures[key] = robot.render(192, 144, "scene")
    return pictures


def test_what_moves_in_front_is_no_moved_camera(
    robot: RobotBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cliprt.robots.pybullet.cameras import CAMERAS

    changes: dict[str, object] = {"same": CAMERAS["scene"], "swapped": CAMERAS["overview"]}
    for axis in range(3):
        for sign in (-1, 1):
            changes[f"turned {axis} {sign}"] = _moved("scene", axis, angle_deg=sign * 8)
            changes[f"shifted {axis} {sign}"] = _moved("scene", axis, shift_m=sign * 0.10)
    _arrange(robot, 100)
    commissioned = robot.render(192, 144, "scene")
    _arrange(robot, 1)
    shots = _shots(robot, monkeypatch, changes)
    same = [key for key, shot in shots.items() if compare_views(commissioned, shot).is_same]
    # A camera that comes nearer along its own axis hardly changes its picture.
    assert [key for key in same if "shifted 2" not in key] == ["same"]


def _clutter(seed: int, size: tuple[int, int] = (160, 120)) -> np.ndarray:
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", size, (120, 120, 120))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = chance.integers(0, size[0]), chance.integers(0, size[1])
        w, h = chance.integers(5, 40, 2)
        draw.rectangle((x, y, x + w, y + h), fill=tuple(chance.integers(0, 256, 3).tolist()))
    return np.asarray(image)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.4, 1.4), st.integers(-20, 20))
def test_brightness_and_contrast_hardly_count(seed: int, gain: float, offset: int) -> None:
    picture = _clutter(seed)
    other = np.clip(picture * gain + offset, 0, 255).astype(np.uint8)
    assert compare_views(picture, other).is_same


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(-16, 16), st.integers(-16, 16))
def test_a_shift_is_noticed_and_told(seed: int, right: int, down: int) -> None:
    larger = _clutter(seed, (260, 220))
    picture, other = larger[50:170, 50:210], larger[50 - down :, 50 - right :][:120, :160]
    match = compare_views(picture, other)
    far = max(abs(right), abs(down))
    assert match.is_same or far > 2, "two pixels of these are one small one"
    assert not match.is_same or far < 8
    if far >= 8:
        words = match.where
        assert ("left" if right > 0 else "right") in words or abs(right) <= 4
        assert ("up" if down > 0 else "down") in words or abs(down) <= 4


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_two_places_are_not_the_same(seed: int) -> None:
    assert not compare_views(_clutter(seed), _clutter(seed + 1)).is_same


def test_words_say_how_it_was_moved() -> None:
    large = _clutter(3, (240, 180))
    commissioned = large[30:150, 40:200]
    with pytest.raises(RobotError) as caught:
        check_view("scene", "v.png", commissioned, large[30:150, 56:216])
    assert "fits better 10 % further right (similarity" in str(caught.value)
    assert "compare with v.png" in str(caught.value)
    assert "renew that picture: cliprt ur check" in str(caught.value)
    turned = np.asarray(Image.fromarray(large).rotate(9, Image.Resampling.BILINEAR))
    with pytest.raises(RobotError, match="turned by 9 degrees"):
        check_view("scene", "v.png", commissioned, turned[30:150, 40:200])
    with pytest.raises(RobotError, match="is another camera's, or of another place"):
        check_view("scene", "v.png", commissioned, _clutter(4))
    with pytest.raises(RobotError, match="gives 120 x 120 pixels, but gave 160 x 120"):
        check_view("scene", "v.png", commissioned, commissioned[:, :120])
    check_view("scene", "v.png", commissioned, commissioned[::2, ::2])


def test_views_are_kept_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "new" / "scene.png"
    save_view(_clutter(1), path)
    assert np.array_equal(load_view("scene", path), _clutter(1))
    assert [p.name for p in path.parent.iterdir()] == ["scene.png"]
    with pytest.raises(RobotError, match=r"cannot be written \(.*choose another folder"):
        save_view(_clutter(1), path / "below" / "it.png")
    with pytest.raises(RobotError, match=r"cameras\.scene\.view: .* is not there\. Take it anew"):
        load_view("scene", tmp_path / "none.png")
    (tmp_path / "torn.png").write_bytes(path.read_bytes()[:200])
    with pytest.raises(RobotError, match="is no picture"):
        load_view("scene", tmp_path / "torn.png")
    check_recognisable("scene", _clutter(1))
    with pytest.raises(RobotError, match="shows hardly any edges"):
        check_recognisable("scene", np.full((90, 120, 3), 17, np.uint8))


@pytest.mark.parametrize(
    "content", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", b"\x89PNG\r\n\x1a\n", b""]
)
def test_a_picture_does_not_choose_its_decoder(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[object] = []
    monkeypatch.setattr("subprocess.check_call", lambda *args, **options: ran.append(args))
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(RobotError, match="is no picture"):
        load_view("scene", tmp_path / "a.png")
    assert not ran


def test_a_camera_starts_only_with_the_commissioned_view(tmp_path: Path) -> None:
    (tmp_path / "now").mkdir()
    Image.fromarray(_clutter(1)).save(tmp_path / "now" / "a.png")
    save_view(_clutter(1), tmp_path / "same.png")
    save_view(_clutter(2), tmp_path / "other.png")
    options = {"name": "images", "path": str(tmp_path / "now")}
    camera = build_camera("scene", {**options, "view": str(tmp_path / "same.png")})
    camera.start()
    assert camera.picture().shape == (120, 160, 3)
    camera.stop()
    camera = build_camera("scene", {**options, "view": str(tmp_path / "other.png")})
    with pytest.raises(RobotError, match="does not see what it saw when it was commissioned"):
        camera.start()
    with pytest.raises(RobotError, match="was not started"):
        camera.picture()
    camera = build_camera("scene", {**options, "view": str(tmp_path / "none.png")})
    with pytest.raises(RobotError, match="is not there"):
        camera.start()
