"""Stores of strangers: nothing outside is touched, and no bad episode hides a good one."""

from __future__ import annotations

import io
import json
import os
import struct
import zlib

import numpy as np
import pytest
from data_samples import make_episode, make_step
from fuzzing import nothing_outside
from PIL import Image

from cliprt.cli import main
from cliprt.data.boundary import MOST_DEPTH, decode_picture, parse_json, read_plain
from cliprt.data.codec import check_pictures, seal, unseal
from cliprt.data.layout import HEADER, STEPS
from cliprt.data.store import EpisodeStore, find_store
from cliprt.errors import StoreError
from cliprt.types import Attempt

GOOD = "good"


@pytest.fixture
def outside(tmp_path):
    """What lies beside a store, and is none of its business."""
    home = tmp_path / "home"
    (home / "photos").mkdir(parents=True)
    (home / "diary.txt").write_text("dear diary\n")
    (home / "photos" / "0000-scene.png").write_bytes(b"holiday")
    return home


@pytest.fixture
def store(tmp_path, outside):
    store = EpisodeStore(tmp_path / "store", durable=False)
    store.write_episode(make_episode(GOOD))
    store.write_episode(make_episode("bad"))
    return store


def bad(store, parent="episodes"):
    return store.path / parent / "bad"


def unfinished(store):
    """The bad episode as a process that died left it."""
    (store.path / "journal").mkdir(exist_ok=True)
    bad(store).rename(bad(store, "journal"))
    return bad(store, "journal")


def rewrite(path, change):
    """Every record of a file, changed and sealed again, as a stranger's program may write it."""
    bodies = [unseal(line) for line in path.read_bytes().splitlines(keepends=True)]
    path.write_bytes(b"".join(seal(change(body)) for body in bodies))


def in_place_of(path, target):
    path.rename(path.with_name(f"{path.name}.before"))
    path.symlink_to(target)


def can_be_used(store, episode_id):
    check_pictures(store.load(episode_id).steps)
    return True


def empty_header(body):
    return {**body, "steps": 0}


def link_steps(store, outside):
    folder = unfinished(store)
    rewrite(folder / HEADER, empty_header)
    in_place_of(folder / STEPS, outside / "diary.txt")


def link_images(store, outside):
    folder = unfinished(store)
    rewrite(folder / HEADER, empty_header)
    (folder / STEPS).write_bytes(b"")
    in_place_of(folder / "images", outside / "photos")


def link_scratch_file(store, outside):
    folder = unfinished(store)
    (folder / f"{HEADER}.new").symlink_to(outside / "diary.txt")
    (folder / STEPS).write_bytes((folder / STEPS).read_bytes()[:-3])


def hard_link_steps(store, outside):
    folder = unfinished(store)
    (outside / "steps").write_bytes((folder / STEPS).read_bytes()[:-3])
    (folder / STEPS).unlink()
    os.link(outside / "steps", folder / STEPS)


def link_header(store, outside):
    in_place_of(bad(store) / HEADER, outside / "diary.txt")


def link_picture(store, outside):
    in_place_of(bad(store) / "images" / "0001-scene.png", outside / "photos" / "0000-scene.png")


def link_episode(store, outside):
    in_place_of(bad(store), outside / "photos")
    (store.path / "episodes" / "bad.before").rename(store.path / "elsewhere")


def link_quarantine(store, outside):
    (bad(store) / HEADER).unlink()
    (store.path / "quarantine").symlink_to(outside / "photos")


def link_journal(store, outside):
    (bad(store) / HEADER).unlink()
    (store.path / "journal").rmdir()
    (store.path / "journal").symlink_to(outside)


def link_lock(store, outside):
    (bad(store) / HEADER).unlink()
    (store.path / ".lock").unlink()
    (store.path / ".lock").symlink_to(outside / "new")


def pipe_steps(store, outside):
    (bad(store) / STEPS).unlink()
    os.mkfifo(bad(store) / STEPS)


def pipe_lock(store, outside):
    (bad(store) / HEADER).unlink()
    (store.path / ".lock").unlink()
    os.mkfifo(store.path / ".lock")


ATTACKS = [
    link_steps, link_images, link_scratch_file, hard_link_steps, link_header, link_picture,
    link_episode, link_quarantine, link_journal, link_lock, pipe_steps, pipe_lock,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_nothing_outside_a_store_is_touched(store, outside, attack, tmp_path, capsys):
    attack(store, outside)
    with nothing_outside(tmp_path, store.path):
        for action in (["ls"], ["show"], ["repair"], ["ls"], ["repair"]):
            ids = ["bad"] if action == ["show"] else []
            assert main(["episodes", *action, str(store.path), *ids]) in (0, 2)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert (outside / "diary.txt").read_text() == "dear diary\n"
    assert len(store.load(GOOD).steps) == 3
    assert "bad" not in store or can_be_used(store, "bad")
    assert any((store.path / "quarantine").iterdir()), "what was odd is set aside as it was"
    assert store.repair().quarantined == ()


def test_what_is_set_aside_takes_the_place_of_nothing(store, outside):
    link_quarantine(store, outside)
    (store.path / "quarantine.aside").write_text("precious")
    store.repair()
    assert (store.path / "quarantine.aside").read_text() == "precious"


@pytest.mark.parametrize("name", ["{0}/diary.txt", "../../../home/diary.txt", "images/..", "a\0b"])
def test_a_record_names_no_path(store, outside, tmp_path, name):
    name = name.format(outside)

    def point(step):
        return {**step, "images": {"scene": [name, zlib.crc32(b"dear diary\n")]}}

    rewrite(bad(store) / STEPS, point)
    with nothing_outside(tmp_path, store.path), pytest.raises(StoreError, match="not understand"):
        store.load("bad")
    assert store.repair().unknown == ("bad",)


def test_undo_removes_no_picture_of_another_step(store):
    """Two steps that name one file: the second one's retraction would have taken the first's."""
    folder = unfinished(store)
    first = zlib.crc32((folder / "images" / "0000-scene.png").read_bytes())
    rewrite(folder / STEPS, lambda s: {**s, "images": {"scene": ["images/0000-scene.png", first]}})
    with pytest.raises(StoreError, match="does not understand"):
        store.resume_journal("bad")
    assert (folder / "images" / "0000-scene.png").is_file()


SYSTEM = [".git", "@eaDir", "lost+found", "²", "$RECYCLE.BIN", "Thumbs.db", "CVS", ".#x", "a b"]


@pytest.mark.parametrize("parent", ["episodes", "journal", "."])
def test_an_editors_and_a_systems_folders_are_passed_over(store, parent, capsys):
    for name in SYSTEM:
        (store.path / parent / name).mkdir(exist_ok=True)
        (store.path / parent / name / "index").write_text("none of ours")
    (store.path / parent / ".DS_Store").write_text("none of ours")
    (bad(store) / "@eaDir").mkdir()
    (bad(store) / "images" / ".DS_Store").write_text("none of ours")
    assert store.ids() == ("bad", GOOD)
    assert store.unfinished() == ()
    report = store.repair()
    assert (report.whole, report.quarantined) == (("bad", GOOD), ())
    assert main(["episodes", "ls", str(store.path)]) == 0
    assert "2 episodes" in capsys.readouterr().out


def deep(levels):
    return json.loads("[" * levels + "]" * levels)


HEADERS = {
    "meta a list": {"meta": [1]},
    "recorded_at a number": {"recorded_at": 5},
    "task a list": {"task": ["pick"]},
    "steps a text": {"steps": "3"},
    "success a number": {"success": 1},
    "undone a text": {"meta": {"undone": "all"}},
    "undone without what": {"meta": {"undone": [{"until": 3}]}},
    "resumed a list": {"meta": {"resumed": []}},
    "meta very deep": {"meta": {"a": deep(MOST_DEPTH)}},
}
STEP_RECORDS = {
    "images a list": {"images": ["images/0000-scene.png"]},
    "images of texts": {"images": {"scene": "images/0000-scene.png"}},
    "a huge label": {"primitive": {"label": 10**30, "phrase": "p"}},
    "a negative label": {"primitive": {"label": -1, "phrase": "p"}},
    "a label that is none": {"primitive": {"label": "3", "phrase": "p"}},
    "a short motion": {"primitive": {"label": 3, "phrase": "p", "motion": [0.0]}},
    "a huge number": {"primitive": {"label": 3, "phrase": "p", "motion": [10**400] + [0] * 6}},
    "another gripper": {"primitive": {"label": 3, "phrase": "p", "gripper": "ajar"}},
    "a list": None,
    "supervision a number": {"supervision": 3},
    "index a text": {"index": "0"},
    "trace a list": {"trace": []},
}


@pytest.mark.parametrize(
    ("file", "change"),
    [(HEADER, c) for c in HEADERS.values()] + [(STEPS, c) for c in STEP_RECORDS.values()],
    ids=[*HEADERS, *STEP_RECORDS],
)
def test_a_checksum_is_no_proof_of_type(store, file, change, capsys, tmp_path):
    rewrite(bad(store) / file, lambda body: [] if change is None else {**body, **change})
    with pytest.raises(StoreError, match=rf"{file} is whole, but .*Update") as refused:
        store.load("bad")
    assert len(str(refused.value).splitlines()) == 1
    report = store.repair()
    assert (report.whole, report.unknown) == ((GOOD,), ("bad",))
    assert store.repair() == report
    for action in ([], ["bad"]):
        assert main(["episodes", "show" if action else "ls", str(store.path), *action]) in (0, 2)
    shards = tmp_path / "shards"
    assert main(["episodes", "export", str(store.path), "--shards", str(shards)]) == 0
    said = capsys.readouterr()
    assert "3 steps of 1 episodes" in said.out
    assert "left out: " in said.err
    assert "Traceback" not in said.err


def test_the_page_lists_and_begins_beside_a_bad_episode(store):
    from cliprt.page.episodes import list_episodes
    from cliprt.page.training_record import find_corrections
    from cliprt.page.tries import count_tries
    from cliprt.recipe.load import load_recipe
    from cliprt.stages.collect import find_taught
    from cliprt.stages.run_folder import RunFolder

    run = RunFolder(store.path.parent)
    store.path.rename(run.episodes)
    store = run.store()
    store.rename("bad", "bad-try-1")
    rewrite(run.episodes / "episodes" / "bad-try-1" / HEADER, lambda b: {**b, "meta": [1]})
    (run.episodes / "journal" / "gone").symlink_to("nowhere")
    recipe = load_recipe("tiny")
    assert [one.id for one in list_episodes(store) if one.damaged] == ["bad-try-1"]
    assert find_taught(recipe, run).all_ids == ()
    assert find_corrections(recipe, run) == ()
    assert not any(tries.tries for tries in count_tries(recipe, store, "key").values())


def test_json_is_bounded():
    assert parse_json(b"[1]") == [1]
    assert parse_json(b'"\\ud800x \\ud83d\\ude00"') == "?x \U0001f600", "half a character"
    for text in (b"[" * 100_000, b"[" * 100 + b"]" * 100, b"1" * 5000, b"\xff", b"", b" " * 2**23):
        with pytest.raises(ValueError, match=r"."):
            parse_json(text)


def huge_png(width, height):
    """The head of a picture that claims to be large."""
    start = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + start
    head = struct.pack(">I", len(start)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + head + bytes(100)


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n",
        huge_png(30_000, 30_000),
        b"BM" + bytes(100),
        b"",
    ],
    ids=["PostScript", "huge", "BMP", "empty"],
)
def test_bytes_do_not_choose_their_decoder(store, content, monkeypatch):
    ran = []
    monkeypatch.setattr("subprocess.check_call", lambda *args, **options: ran.append(args))
    with pytest.raises(ValueError, match="not a whole image"):
        decode_picture(content)
    picture = bad(store) / "images" / "0001-scene.png"
    picture.write_bytes(content)
    crc = zlib.crc32(content)
    rewrite(
        bad(store) / STEPS,
        lambda s: (
            s if s["index"] != 1 else {**s, "images": {"scene": [f"images/{picture.name}", crc]}}
        ),
    )
    with pytest.raises(StoreError, match=r"0001-scene\.png is whole, but .*not a whole image"):
        store.load("bad").steps[1].observation.images["scene"]
    assert store.repair().unknown == ("bad",), "it judges as who looks at the picture"
    assert ran == []


def test_no_file_is_read_that_is_larger_than_ours(store):
    os.truncate(bad(store) / HEADER, 200 * 2**30)  # a sparse one takes no place
    os.truncate(bad(store) / STEPS, 200 * 2**30)
    with pytest.raises(StoreError, match="it has more than 4194304 bytes"):
        store.load("bad")
    assert store.repair().quarantined == ("bad.1",)


def test_what_could_not_be_read_again_is_not_recorded(tmp_path):
    store = EpisodeStore(tmp_path)
    with pytest.raises(StoreError, match=r"takes \d+ bytes as JSON. Allowed: 4194304"):
        store.begin(Attempt("a", "", "", 0, "x", meta={"log": "x" * 5_000_000}))
    journal = store.begin(Attempt("a", "", "", 0, "x"))
    with pytest.raises(StoreError, match=r"dtype uint8.*at most 33554432 pixels"):
        journal.append(make_step(0, size=6000))
    journal.append(make_step(0))
    journal.commit(True)
    assert len(store.load("a").steps) == 1


def test_a_runs_store_is_no_link(store, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "episodes").symlink_to(store.path)
    with pytest.raises(StoreError, match="Links in it are not followed: name what they point to"):
        find_store(tmp_path / "run")
    assert find_store(tmp_path / "run" / "episodes").ids() == store.ids(), "a person named it"


def test_a_plain_file_is_read_within_its_folder_only(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"12345")
    assert read_plain(tmp_path / "a" / "b", 5, tmp_path) == b"12345"
    (tmp_path / "link").symlink_to("a")
    for path, text in (("a", "a is a folder"), ("link/b", "link is a link"), ("link", "a link")):
        with pytest.raises(OSError, match=text):
            read_plain(tmp_path / path, 5, tmp_path)
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_plain(tmp_path / "a" / "b", 4, tmp_path)
    with pytest.raises(OSError, match="No such file"):
        read_plain(tmp_path / "c", 4, tmp_path)


def test_an_ordinary_picture_is_decoded():
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    for kind, mode in (("PNG", "RGB"), ("PNG", "P"), ("PNG", "L"), ("JPEG", "RGB")):
        buffer = io.BytesIO()
        Image.fromarray(pixels).convert(mode).save(buffer, kind)
        assert decode_picture(buffer.getvalue()).shape == (4, 4, 3)


def test_a_report_shows_nothing_from_outside_its_run(tmp_path):
    from cliprt.evaluation.clips import load_clip
    from cliprt.evaluation.results import RunFacts

    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "secret.mp4").write_text("secret")
    (run / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    # what ffmpeg would take for a list of films, here or anywhere
    (run / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n")
    for path in (
        run / "../secret.mp4",
        tmp_path / "secret.mp4",
        run / "link.mp4",
        run / "list.mp4",
    ):
        assert load_clip(path, run) is None
    for name in ("../other/trials.jsonl", "/etc/passwd"):
        with pytest.raises(ValueError, match="is not within the run folder"):
            RunFacts.from_dict({"recipe": "r", "sources": {"trials": name}})


def test_a_run_folders_lock_is_no_link(outside, tmp_path):
    from cliprt.recipe.load import load_recipe
    from cliprt.stages.run_folder import open_run

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to(outside / "diary.txt")
    with pytest.raises(StoreError, match="cannot be written"):
        open_run(load_recipe("tiny"), tmp_path / "run")
    assert (outside / "diary.txt").read_text() == "dear diary\n"


def test_numbers_without_end_are_shown_and_left_out(store, tmp_path, capsys):
    """JSON as Python writes it has Infinity; a refused motion may honestly be so."""

    def endless(step):
        inf = float("inf")
        primitive = {**step["primitive"], "motion": [inf, 0, 0, 0, 0, 0, 0]}
        observation = {**step["observation"], "joints": [inf, 1e308], "tcp_pose": [inf] * 6}
        return {**step, "primitive": primitive, "observation": observation}

    rewrite(bad(store) / STEPS, endless)
    good = store.path / "episodes" / GOOD / STEPS
    rewrite(good, lambda s: {**endless(s), "primitive": s["primitive"]})
    assert store.repair().whole == ("bad", GOOD)
    assert main(["episodes", "show", str(store.path), "bad"]) == 0
    shards = tmp_path / "shards"
    assert main(["episodes", "export", str(store.path), "--shards", str(shards)]) == 0
    said = capsys.readouterr()
    assert "3 steps of 1 episodes" in said.out
    assert "bad, step 0 has a motion without end" in said.err
