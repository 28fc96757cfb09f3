"""Cameras through OpenCV, recorded images and RealSense: pictures, ages, endings, words."""

import http.server
import io
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cliprt.errors import MissingExtraError, RobotError
from cliprt_ur.cameras.build import build_camera
from cliprt_ur.cameras.interface import Camera

HOST = "127.42.5.1"


class Stream:
    """A network camera on a loopback address: pictures that redden, until told otherwise."""

    def __init__(self) -> None:
        self.mode = "going"  # or "silent", "cut", "mute" (never answers a newcomer)
        stream = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                while stream.mode == "mute":
                    time.sleep(0.05)
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
                self.end_headers()
                red = 0
                while stream.mode != "cut":
                    if stream.mode == "going":
                        red = min(red + 2, 250)
                        self._send(_jpeg(red))
                    time.sleep(0.03)

            def _send(self, jpeg: bytes) -> None:
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # listeners come and go

        self._server = Server((HOST, 0), Answer)
        self.address = f"http://{HOST}:{self._server.server_port}/stream"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def stop(self) -> None:
        self.mode = "cut"
        self._server.shutdown()
        self._server.server_close()


def _jpeg(red: int) -> bytes:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :, 0] = red
    picture[10:30, 10:30] = 200
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "JPEG", quality=95)
    return data.getvalue()


@pytest.fixture
def stream() -> Iterator[Stream]:
    running = Stream()
    yield running
    running.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2, 10):
        Image.new("RGB", (40, 30), (number, 0, 0)).save(tmp_path / f"frame{number}.png")
    return tmp_path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, (64, 48))
    for number in range(8):
        writer.write(np.full((48, 64, 3), (0, 0, 20 * number), np.uint8))
    writer.release()
    return path


def _started(**options: object) -> Camera:
    camera = build_camera("scene", options)
    camera.start()
    return camera


def _failure(camera: Camera, limit_s: float = 60.0) -> tuple[str, float]:
    """What a camera says when its pictures stop, and after how long [s]."""
    begun = time.monotonic()
    while time.monotonic() < begun + limit_s:
        try:
            camera.picture()
        except RobotError as error:
            return str(error), time.monotonic() - begun
        time.sleep(0.01)
    raise AssertionError("pictures went on")


def _reds(camera: Camera, seconds: float) -> list[int]:
    """The reds of the pictures that were shown, each once, in order."""
    seen: list[int] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        red = int(camera.picture()[0, 0, 0])
        if red not in seen[-1:]:
            seen.append(red)
        time.sleep(0.005)
    camera.stop()
    return seen


def test_a_network_camera_gives_its_newest_picture_at_once(stream: Stream) -> None:
    camera = _started(name="opencv", device=stream.address, width=64, height=48)
    first = camera.picture()
    assert (first.shape, first.dtype) == ((48, 64, 3), np.uint8)
    took = []
    for _ in range(100):
        begun = time.perf_counter()
        camera.picture()
        took.append(time.perf_counter() - begun)
        time.sleep(0.005)
    assert statistics.median(took) < 0.02  # who waited for the next picture would take 0.03
    assert int(camera.picture()[0, 0, 0]) > int(first[0, 0, 0]), "red comes first, and grows"
    camera.stop()


@pytest.mark.parametrize(
    ("mode", "words"), [("silent", "has given no picture for 0."), ("cut", "no pictures any more")]
)
def test_an_unplugged_camera_says_so_within_a_second(stream: Stream, mode: str, words: str) -> None:
    camera = _started(name="opencv", device=stream.address)
    stream.mode = mode
    text, after_s = _failure(camera)
    assert words in text
    assert "the camera 'scene' (OpenCV device http" in text
    assert after_s < 30.0
    begun = time.monotonic()
    camera.stop()
    camera.stop()
    assert time.monotonic() - begun < 30.0
    stream.mode = "going"
    camera.start()
    assert camera.picture().any()
    camera.stop()
    with pytest.raises(RobotError, match="was not started"):
        camera.picture()


def test_a_stream_that_never_answers_is_no_hang(stream: Stream) -> None:
    stream.mode = "mute"
    begun = time.monotonic()
    with pytest.raises(RobotError, match=r"cannot be opened\. Check its address"):
        _started(name="opencv", device=stream.address)
    assert time.monotonic() - begun < 30.0


def test_nothing_leaks(stream: Stream, folder: Path) -> None:
    threads, files = threading.active_count, lambda: len(os.listdir("/proc/self/fd"))
    for device in ({"name": "opencv", "device": stream.address}, _images(folder)):
        camera = build_camera("scene", device)
        camera.start()
        camera.stop()
        before = files()
        for _ in range(10):
            camera.start()
            camera.stop()
        stream.mode = "cut"
        _until(lambda: threads() <= 3)
        assert files() <= before + 2
        stream.mode = "going"


def _until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.02)


def _images(path: Path, **options: object) -> dict[str, object]:
    return {"name": "images", "path": str(path), **options}


def test_a_video_file_plays_once_at_its_rate(video: Path) -> None:
    camera = _started(name="opencv", device=str(video))
    begun = time.monotonic()
    text, _ = _failure(camera)
    assert "has ended" in text
    assert time.monotonic() - begun > 0.2
    camera.stop()


def test_recorded_images_come_in_order_and_again(folder: Path) -> None:
    assert _reds(_started(**_images(folder, rate_hz=20)), 0.4)[:4] == [1, 2, 10, 1]


def test_recorded_images_end_where_told(folder: Path) -> None:
    camera = _started(**_images(folder, rate_hz=20, loops=False))
    text, _ = _failure(camera)
    assert "has no more pictures" in text
    assert "cameras.scene.loops: true" in text
    camera.stop()


def test_a_video_works_as_recorded_images(video: Path) -> None:
    seen = _reds(_started(**_images(video, rate_hz=40)), 0.5)
    assert len(seen) > 8
    assert max(seen) > 120


def test_an_episodes_frames_of_one_camera(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name, red in (("0000-scene", 1), ("0000-wrist", 100), ("0001-wrist", 120)):
        Image.new("RGB", (40, 30), (red, 0, 0)).save(tmp_path / "images" / f"{name}.png")
    camera = build_camera("wrist", _images(tmp_path, rate_hz=20))
    camera.start()
    assert set(_reds(camera, 0.3)) == {100, 120}
    with pytest.raises(RobotError, match=r"has those of scene, wrist. Say which: cameras.top.cam"):
        build_camera("top", _images(tmp_path)).start()
    other = build_camera("top", _images(tmp_path, camera="scene"))
    other.start()
    assert _reds(other, 0.1) == [1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "opencv", "device": "/dev/video77"}, "is not there: no /dev/video77. This mach"),
        (
            {"name": "opencv", "device": "{video}", "width": 99},
            "64 x 48 pixels, not with width: 99",
        ),
        ({"name": "opencv", "device": "{video}", "exposure": 5}, "does not take exposure: 5"),
        ({"name": "opencv", "device": "{junk}"}, "cannot be opened. Check that it is a video."),
        ({"name": "images", "path": "{junk}"}, "holds no picture. Correct cameras.scene.path."),
        (
            {"name": "images", "path": "/nowhere"},
            "there is no /nowhere. Correct cameras.scene.path",
        ),
        ({"name": "images", "path": "{empty}"}, "holds no .bmp, .jpeg, .jpg, .png, .webp."),
        ({"name": "images", "path": "{torn}"}, "is no whole picture"),
        (
            {"name": "opencv", "device": "{video}", "intrinsics": {"width": 64, "height": 40}},
            "not the one that was commissioned: its pictures are 64 x 48, not 64 x 40 pixels",
        ),
    ],
)
def test_words_at_the_start(
    tmp_path: Path, video: Path, options: dict[str, object], words: str
) -> None:
    places = {"video": video, "junk": tmp_path / "junk", "empty": tmp_path / "empty"}
    places["torn"] = tmp_path / "torn"
    (tmp_path / "junk").write_bytes(b"no picture at all")
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "a.png").write_bytes(_jpeg(9)[:100])
    filled = {k: v.format(**places) if isinstance(v, str) else v for k, v in options.items()}
    camera = build_camera("scene", filled)
    begun = time.monotonic()
    with pytest.raises(RobotError) as caught:
        camera.start()
    assert words in str(caught.value)
    assert time.monotonic() - begun < 30.0
    with pytest.raises(RobotError, match="was not started"):
        camera.picture()


@pytest.mark.skipif(Path("/dev/video0").exists(), reason="there is a camera")
def test_no_camera_at_all() -> None:
    with pytest.raises(RobotError, match=r"no /dev/video0\. This machine has: no video device"):
        _started(name="opencv")


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        port = trial.getsockname()[1]
    with pytest.raises(RobotError, match="Check its address, its power and the network"):
        _started(name="opencv", device=f"http://{HOST}:{port}/")


@pytest.mark.parametrize(
    ("options", "module"),
    [
        ({"name": "opencv"}, "cv2"),
        ({"name": "images", "path": "{video}"}, "cv2"),
        ({"name": "realsense"}, "pyrealsense2"),
    ],
)
def test_a_missing_library_is_one_line(
    monkeypatch: pytest.MonkeyPatch, video: Path, options: dict[str, str], module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    filled = {key: value.format(video=video) for key, value in options.items()}
    extra = "realsense" if module == "pyrealsense2" else "opencv"
    with pytest.raises(MissingExtraError, match=rf"pip install cliprt-ur\[{extra}\]$") as caught:
        _started(**filled)
    assert "\n" not in str(caught.value)
