"""What a camera's configuration says of it: names, options, intrinsics, and mistakes in words."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from cliprt.errors import RobotError, UnknownNameError, UsageError
from cliprt_ur.cameras.build import build_camera, camera_problems
from cliprt_ur.cameras.interface import Camera
from cliprt_ur.cameras.intrinsics import Intrinsics, difference, parse_intrinsics
from cliprt_ur.cameras.realsense import to_intrinsics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.new("RGB", (40, 30)).save(tmp_path / "frame.png")
    return tmp_path


def _started(folder: Path, **options: object) -> Camera:
    camera = build_camera("scene", {"name": "images", "path": str(folder), **options})
    camera.start()
    return camera


def test_intrinsics_are_compared_as_far_as_known(folder: Path) -> None:
    wanted = {"width": 40, "height": 30, "fx": 50.0, "fy": 50.0, "cx": 20.0, "cy": 15.0}
    camera = _started(folder, intrinsics=wanted)
    camera.stop()
    (folder / "intrinsics.json").write_text('{"width": 40, "height": 30, "fx": 50.5, "cx": 20.2}')
    camera = _started(folder, intrinsics=wanted)
    assert camera.intrinsics == Intrinsics(40, 30, fx=50.5, cx=20.2)
    camera.stop()
    (folder / "intrinsics.json").write_text('{"width": 40, "height": 30, "fx": 61.0}')
    with pytest.raises(RobotError, match=r"its fx is 61\.0, not 50\.0 pixels \(within 0\.8\)"):
        _started(folder, intrinsics=wanted)
    (folder / "intrinsics.json").write_text("{")
    with pytest.raises(RobotError, match=r"intrinsics\.json cannot be read"):
        _started(folder)
    found = to_intrinsics(SimpleNamespace(width=4, height=3, fx=5, fy=6, ppx=2, ppy=1))
    assert found == Intrinsics(4, 3, 5, 6, 2, 1)
    assert difference(found, found) == ""


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"width": 64, "heigth": 48}, "c has no 'heigth'. Did you mean 'height'?"),
        ({"width": 64}, "c does not say 'height'. Say at least width and height."),
        ({"width": 64, "height": -1}, "c.height: got -1. Allowed: pixels, a number above 0."),
        ({"width": 64.5, "height": 48}, "c.width: got 64.5. Allowed: whole pixels."),
        ({"width": True, "height": 48}, "c.width: got True."),
    ],
)
def test_intrinsics_in_words(numbers: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_intrinsics("c", numbers)
    assert words in str(caught.value)


def test_names_and_options_are_checked() -> None:
    with pytest.raises(UnknownNameError, match=r"cameras\.scene has the name 'opencb'.*'opencv'\?"):
        build_camera("scene", {"name": "opencb"})
    with pytest.raises(UsageError, match=r"cameras\.scene\.devise: .*Did you mean 'device'\?"):
        build_camera("scene", {"name": "opencv", "devise": 0})
    with pytest.raises(UsageError, match=r"cameras\.scene: the camera 'images' needs the option"):
        build_camera("scene", {"name": "images"})
    assert camera_problems("scene", {"name": "opencv", "fps": 1, "device": 1.5}) == [
        (
            "cameras.scene.fps",
            "cameras.scene.fps: got 1. Allowed: a number, at least 5 and at most 240 or null.",
        ),
        ("cameras.scene.device", "cameras.scene.device: got 1.5. Allowed: a whole number or text."),
    ]
