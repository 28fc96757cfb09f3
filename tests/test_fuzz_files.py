"""Shards, raw episodes and recordings that no honest program wrote: read, or refused in words."""

from __future__ import annotations

import io
import json
import tarfile
import wave
from contextlib import suppress

from data_samples import RAW_LEFT, make_episode, make_step, write_raw_step
from fuzzing import altered, damaged, fuzz, nothing_outside, only_refusals
from hypothesis import example, given
from hypothesis import strategies as st

from cliprt.data.boundary import decode_picture, parse_json
from cliprt.data.codec import check_pictures, to_png
from cliprt.data.columns import Needs
from cliprt.data.raw import survey_raw_episodes
from cliprt.data.shards import write_shards
from cliprt.registry import load
from cliprt.sources.shards import ShardsSource
from cliprt.transcribers.audio import parse_wav

VOCABULARY = load("vocabulary", "clip_rt_58")()
PNG = to_png(make_step(0).observation.images["scene"])


def read_rows(path):
    rows = ShardsSource(str(path)).open(Needs(("scene",), ("joints",), 2), VOCABULARY)
    for index in range(len(rows)):
        rows.read(index)


@fuzz
def test_fuzz_a_tar(go_on, tmp_path):
    (path,) = write_shards([make_episode("a")], ("scene",), tmp_path / "in")
    content = path.read_bytes()
    with tarfile.open(path) as tar:
        heads = [content[m.offset : m.offset_data + 512] for m in tar.getmembers()]

    @given(damaged(content, content[: len(content) // 2] + content[-1024:], b"".join(heads)))
    def check(data):
        path.write_bytes(data)
        with nothing_outside(tmp_path, tmp_path / "in"), only_refusals():
            read_rows(path)

    go_on(check)


@fuzz
def test_fuzz_a_sample(go_on, tmp_path):
    (path,) = write_shards([make_episode("a", 1)], ("scene",), tmp_path)
    with tarfile.open(path) as tar:
        facts = json.load(tar.extractfile("00000000.json"))

    @given(altered(facts))
    @example({**facts, "state": {"\x1f": []}})
    def check(value):
        with tarfile.open(path, "w") as tar:
            for name, data in (("0.json", json.dumps(value).encode()), ("0.scene.png", PNG)):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        with only_refusals():
            read_rows(path)

    go_on(check)


@fuzz
def test_fuzz_an_index(go_on, tmp_path):
    (path,) = write_shards([make_episode("a")], ("scene",), tmp_path)
    read_rows(path)
    index = path.with_name(f"{path.name}.index")
    content = index.read_bytes()

    @given(damaged(content))
    def check(data):
        index.write_bytes(data)
        with only_refusals():
            read_rows(path)

    go_on(check)


@fuzz
def test_fuzz_raw_episodes(go_on, tmp_path):
    folder = tmp_path / "task_0" / "episode_0"
    write_raw_step(folder, "1", RAW_LEFT)
    path = write_raw_step(folder, "2", RAW_LEFT)
    record, png = json.loads(path.read_text()), path.with_suffix(".png").read_bytes()

    other = altered(record).map(json.dumps).map(str.encode)

    @given(other | damaged(path.read_bytes()), st.just(png) | damaged(png))
    def check(data, picture):
        path.write_bytes(data)
        path.with_suffix(".png").write_bytes(picture)
        with nothing_outside(tmp_path, folder), only_refusals():
            episodes, bad = survey_raw_episodes(tmp_path)
            assert len(episodes) + len(bad) == 1
            for episode in episodes:
                check_pictures(episode.steps)

    go_on(check)


@fuzz
def test_fuzz_pictures_and_json(go_on):
    @given(damaged(PNG, b'{"a": [1, 2.5e3, "\\u00e4", null]}'))
    def check(data):
        for read in (decode_picture, parse_json):
            with suppress(ValueError):
                read(data)

    go_on(check)


@fuzz
def test_fuzz_a_recording(go_on):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as made:
        made.setparams((1, 2, 16_000, 0, "NONE", ""))
        made.writeframes(bytes(640))

    @given(damaged(buffer.getvalue()))
    def check(data):
        with only_refusals():
            parse_wav(data)

    go_on(check)
