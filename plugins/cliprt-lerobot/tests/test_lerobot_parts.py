"""The writer's mathematics against numpy; frames at their moments."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cliprt.errors import StoreError
from cliprt_lerobot.language import event_rows, motion_rows
from cliprt_lerobot.stats import QUANTILES, Levels
from cliprt_lerobot.video import VideoWriter, can_hold, read_frames


@given(arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(3), st.just(2), st.just(3))))
def test_levels_are_those_of_every_pixel(images):
    one, other = Levels(), Levels()
    for number, image in enumerate(images):
        assert (one if number % 2 else other).add(image) is image
    other.join(one)
    found, pixels = other.stats(), images.reshape(-1, 3) / 255
    assert found["count"] == [len(images)]
    for name, wanted in {
        "min": pixels.min(0),
        "max": pixels.max(0),
        "mean": pixels.mean(0),
        "std": pixels.std(0),
        **{name: np.quantile(pixels, share, axis=0) for name, share in QUANTILES.items()},
    }.items():
        assert np.ravel(found[name]) == pytest.approx(wanted, abs=1e-7), name


@given(st.lists(st.sampled_from(["", "up", "left"]), max_size=20), st.integers(1, 30))
def test_at_every_frame_its_phrase_is_the_last_that_began(phrases, fps):
    rows = motion_rows(phrases, fps)
    for index, phrase in enumerate(phrases):
        begun = [row["content"] for row in rows if row["timestamp"] <= index / fps]
        assert (begun[-1] if begun else "") == phrase
    times = [row["timestamp"] for row in rows]
    assert times == sorted(set(times))


def test_who_says_nothing_has_no_row():
    assert [len(rows) for rows in event_rows(["", "left", "left", ""])] == [0, 1, 1, 0]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "v.mp4"
    with VideoWriter(path, 4, 16, 32) as writer:
        for level in range(0, 240, 10):
            writer.add(np.full((16, 32, 3), level, np.uint8))
    return path


@given(st.lists(st.integers(0, 23), min_size=1, max_size=8))
def test_frames_are_found_at_their_moments(video, numbers):
    numbers = sorted(numbers)
    frames = list(read_frames(video, video.parent, [n / 4 for n in numbers]))
    assert [round(float(frame.mean()) / 10) for frame in frames] == numbers


def test_moments_without_a_frame_are_told(video, tmp_path):
    assert list(read_frames(video, video.parent, [])) == []
    with pytest.raises(StoreError, match=r"there is no frame at 0\.100 s"):
        list(read_frames(video, video.parent, [0.1]))
    with pytest.raises(StoreError, match=r"it ends before 6\.000 s"):
        list(read_frames(video, video.parent, [0.0, 6.0]))
    (tmp_path / "v.mp4").write_bytes(video.read_bytes()[:200])
    with pytest.raises(StoreError, match="cannot be read"):
        list(read_frames(tmp_path / "v.mp4", tmp_path, [0.0]))
    (tmp_path / "link.mp4").symlink_to(video)
    with pytest.raises(StoreError, match="is a link, not a file"):
        list(read_frames(tmp_path / "link.mp4", tmp_path, [0.0]))
    assert len(list(read_frames(tmp_path / "link.mp4", None, [0.0]))) == 1
    assert not can_hold(15, 16)


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=4))
def test_an_altered_video_is_frames_or_an_error(video, tmp_path_factory, changes):
    data = bytearray(video.read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path_factory.getbasetemp() / "altered.mp4"
    path.write_bytes(data)
    frames = []
    with suppress(StoreError):
        frames += read_frames(path, path.parent, [0.0, 3.0])
    assert len(frames) <= 2
