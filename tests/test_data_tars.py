"""Tars: the bytes of WebDataset's own writer, whole or not at all, and swept when left behind."""

from __future__ import annotations

import fcntl
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.data.disk import beside, sweep
from cliprt.data.tars import write_tar

KEYS = st.text("abz019-_", min_size=1, max_size=130)
PARTS = st.dictionaries(st.sampled_from(("json", "scene.jpg", "wrist.png")), st.binary())


@given(samples=st.lists(st.tuples(KEYS, PARTS), max_size=5))
def test_a_tar_is_webdatasets_byte_for_byte(tmp_path_factory, samples):
    from webdataset import TarWriter

    folder = tmp_path_factory.mktemp("tars")
    digest = write_tar(folder / "a.tar", iter(samples))
    with (
        (folder / "b.tar").open("wb") as file,
        TarWriter(file, user="", group="", mtime=0, encoder=False) as tar,
    ):
        for key, parts in samples:
            tar.write({"__key__": key, **parts})
    data = (folder / "a.tar").read_bytes()
    assert data == (folder / "b.tar").read_bytes()
    assert digest == hashlib.sha256(data).hexdigest()
    assert not list(folder.glob("*.new"))


def test_what_fails_midway_leaves_what_was_there(tmp_path):
    def samples():
        yield "a", {"json": b"x"}
        raise RuntimeError("no more")

    (tmp_path / "a.tar").write_bytes(b"before")
    with pytest.raises(RuntimeError):
        write_tar(tmp_path / "a.tar", samples())
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar"]
    assert (tmp_path / "a.tar").read_bytes() == b"before"


def test_sweeping_takes_what_is_left_over_and_not_what_is_being_written(tmp_path):
    (tmp_path / "a.tar.12345678.new").write_bytes(b"of a killed process")
    (tmp_path / "kept.tar").write_bytes(b"")
    with beside(tmp_path / "b.tar") as file:
        sweep(tmp_path)
        file.write(b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar", "kept.tar"]


def test_a_file_that_is_swept_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    calls = []
    lock = fcntl.flock

    def swept_first(file, how):
        if not calls:
            calls.append(file)
            next(tmp_path.glob("*.new")).unlink()
        return lock(file, how)

    monkeypatch.setattr(fcntl, "flock", swept_first)
    with beside(tmp_path / "a.tar") as file:
        file.write(b"whole")
    assert (tmp_path / "a.tar").read_bytes() == b"whole"


def test_a_file_system_without_locks_is_written_to(tmp_path, monkeypatch):
    def none(file, how):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", none)
    with beside(tmp_path / "a.tar") as file:
        sweep(tmp_path)
        file.write(b"whole")
    assert (tmp_path / "a.tar").read_bytes() == b"whole"
