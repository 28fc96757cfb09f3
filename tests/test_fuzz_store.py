"""Thousands of spoilt stores: load and repair agree, and nothing outside is touched."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from corruption import make_template, nothing_opened, spoil
from fuzzing import fuzz, nothing_outside, only_refusals
from hypothesis import given
from hypothesis import strategies as st

from cliprt.cli import main
from cliprt.data.codec import check_pictures
from cliprt.data.store import EpisodeStore
from cliprt.errors import CliprtError


@pytest.fixture
def whole(tmp_path):
    """A folder in memory where there is one: repair waits for the disk at every move."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def template(tmp_path):
    root = tmp_path / "template"
    make_template(root)
    return root


def can_be_used(store: EpisodeStore, episode_id: str) -> bool:
    """Whether every picture of an episode can be looked at."""
    with only_refusals():
        try:
            check_pictures(store.load(episode_id).steps)
        except CliprtError:
            return False
    return True


def check_store(root: Path) -> None:
    """What must hold of any store."""
    store = EpisodeStore(root / "store", durable=False)
    usable = {i for i in store.ids() if can_be_used(store, i)}
    assert usable <= {header.id for header in store.headers()}
    store.unfinished()
    report = store.repair()
    assert set(report.whole) == usable, "load and repair agree"
    brought_back = {*report.recovered, *report.completed}
    assert {i for i in store.ids() if can_be_used(store, i)} == usable | brought_back
    again = store.repair()
    assert set(again.whole) == usable | brought_back
    assert (again.quarantined, again.recovered, again.completed) == ((), (), ())
    assert (again.unknown, again.remarks) == (report.unknown, report.remarks)
    assert set(store.ids()) - set(again.whole) <= set(again.unknown)


@fuzz
def test_fuzz_any_store_is_read_or_refused(go_on, template, whole):
    @given(st.integers(0, 2**32))
    def check(seed):
        root = whole / "x"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        spoil(seed, root)
        with nothing_outside(whole, root / "store"), nothing_opened(root / "home"):
            check_store(root)

    go_on(check)


@fuzz
def test_fuzz_the_commands_refuse_in_words(go_on, template, whole, capsys):
    @given(st.integers(0, 2**32))
    def check(seed):
        root = whole / "x"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        spoil(seed, root)
        store, shards = str(root / "store"), str(root / "shards")
        with nothing_outside(whole, root), nothing_opened(root / "home"):
            for action in ("ls", "show", "export", "repair", "ls"):
                more = {"show": ["other-1"], "export": ["--shards", shards]}.get(action, [])
                assert main(["episodes", action, store, *more]) in (0, 2)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert "\x1b" not in said.out + said.err

    go_on(check)
