"""Stores that a disk, a person or a stranger spoilt: one for each number, always the same."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from data_samples import make_episode, make_step
from fuzzing import NASTY_NUMBERS, NASTY_TEXT

from cliprt.data.codec import unseal
from cliprt.data.store import EpisodeStore
from cliprt.types import Attempt

NAMES = [".git", "@eaDir", "lost+found", "²", "Thumbs.db", "a b", "\x1b[2J", "-x", "ü", "x" * 200]
PICTURES = [b"", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", b"BM" + bytes(60), b"GIF89a"]
VALUES: list[Any] = [*NASTY_TEXT, *NASTY_NUMBERS, None, True, [], {}, [[]], {"a": []}]
LONGEST_S = 300


def make_template(root: Path) -> None:
    """A store with two committed episodes and one left unfinished, and what lies beside it."""
    store = EpisodeStore(root / "store", durable=False)
    store.write_episode(make_episode("good", 2))
    store.write_episode(make_episode("other-1", 3))
    journal = store.begin(Attempt("left-2", "pick", "pick it", 1, "teacher"))
    for index in range(3):
        journal.append(make_step(index))
    journal.close()
    home = root / "home"
    (home / "photos").mkdir(parents=True)
    (home / "diary.txt").write_text("dear diary\n")
    (home / "photos" / "0000-scene.png").write_bytes(b"holiday")


def spoil(seed: int, root: Path) -> None:
    """Spoil the store in `root` in one to four ways; nothing beside it."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        with suppress(Exception):  # there may be nothing left to spoil
            rng.choice(_WAYS)(rng, root / "store", root / "home")


def _any(rng: random.Random, store: Path, kind: str = "any") -> Path:
    found = [p for p in sorted(store.rglob("*")) if "quarantine" not in p.parts]
    if kind == "file":
        found = list(filter(_is_small_file, found))
    elif kind == "folder":
        found = [p for p in found if p.is_dir() and not p.is_symlink()]
    return rng.choice(found)


def _is_small_file(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size < 2**20


def _change_bytes(rng: random.Random, store: Path, home: Path) -> None:
    path = _any(rng, store, "file")
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 5)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(data)


def _cut(rng: random.Random, store: Path, home: Path) -> None:
    path = _any(rng, store, "file")
    os.truncate(path, rng.randrange(path.stat().st_size + 1))


def _add_bytes(rng: random.Random, store: Path, home: Path) -> None:
    path = _any(rng, store, "file")
    with path.open("ab") as file:
        file.write(rng.choice([b"\n", b"{", b"\0" * 100, path.read_bytes()[-300:]]))


def _grow(rng: random.Random, store: Path, home: Path) -> None:
    os.truncate(_any(rng, store, "file"), rng.choice([2**31, 2**38]))


def _remove(rng: random.Random, store: Path, home: Path) -> None:
    path = _any(rng, store)
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _replace(rng: random.Random, store: Path, home: Path) -> None:
    """Something else stands where a file or a folder was."""
    path = _any(rng, store)
    moved = path.with_name(f"{path.name}~")
    if rng.random() < 0.5:
        path.rename(moved)
    else:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    _put(rng, path, home)


def _put(rng: random.Random, path: Path, home: Path) -> None:
    targets = [home, home / "photos", home / "diary.txt", home / "new", Path("/dev/zero"), path]
    what = rng.randrange(9)
    if what < 5:
        path.symlink_to(rng.choice([*targets, home / "photos" / "0000-scene.png"]))
    elif what == 5:
        os.mkfifo(path)
    elif what == 6:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    elif what == 7:
        path.mkdir()
    else:
        path.write_bytes(b"")


def _put_at_the_top(rng: random.Random, store: Path, home: Path) -> None:
    name = rng.choice(["quarantine", ".scratch", ".lock", "episodes", "journal", "quarantine"])
    path = store / name
    if os.path.lexists(path):
        path.rename(store / f"{name}~")
    _put(rng, path, home)


def _put_beside(rng: random.Random, store: Path, home: Path) -> None:
    folder = _any(rng, store, "folder")
    names = [*NAMES, "episode.json.new", "0009-scene.png", "new-1", ".DS_Store"]
    _put(rng, folder / rng.choice(names), home)


def _add_folder(rng: random.Random, store: Path, home: Path) -> None:
    folder = _any(rng, store, "folder") / rng.choice(NAMES)
    folder.mkdir()
    (folder / rng.choice(["index", "episode.json", "steps.jsonl"])).write_bytes(b"x")


def _rename(rng: random.Random, store: Path, home: Path) -> None:
    path = _any(rng, store)
    path.rename(path.with_name(rng.choice([*NAMES, "good", "left-2", "images", "x-1"])))


def _share(rng: random.Random, store: Path, home: Path) -> None:
    """A file has another name outside."""
    path = _any(rng, store, "file")
    (home / "shared").write_bytes(path.read_bytes()[: rng.choice([-3, None])])
    path.unlink()
    os.link(home / "shared", path)


def _move_or_copy(rng: random.Random, store: Path, home: Path) -> None:
    first, second = rng.sample(["episodes", "journal"], 2)
    source = rng.choice(sorted((store / first).iterdir()))
    target = store / second / rng.choice([source.name, "good", "x-1"])
    if rng.random() < 0.5:
        source.rename(target)
    elif all(p.is_dir() or _is_small_file(p) for p in source.rglob("*")):
        shutil.copytree(source, target, symlinks=True)


def seal(body: object) -> bytes:
    """As a stranger seals: whatever it is."""
    text = json.dumps(body, separators=(",", ":")).encode()
    return b'{"crc32":"%08x","body":' % zlib.crc32(text) + text + b"}\n"


def _records(rng: random.Random, store: Path, names: str) -> tuple[Path, list[Any]]:
    path = rng.choice(sorted(p for p in store.rglob(names) if _is_small_file(p)))
    return path, [unseal(line) for line in path.read_bytes().splitlines(keepends=True)]


def _say(rng: random.Random, store: Path, home: Path) -> None:
    """A whole record that says something else."""
    path, bodies = _records(rng, store, rng.choice(["episode.json", "steps.jsonl"]))
    row = rng.randrange(len(bodies))
    bodies[row] = _other(rng, bodies[row])
    path.write_bytes(b"".join(map(seal, bodies)))


def _other(rng: random.Random, value: Any) -> Any:
    if rng.random() < 0.1 or not isinstance(value, dict | list) or not value:
        return rng.choice([*VALUES, json.loads("[" * 70 + "]" * 70)])
    if isinstance(value, dict):
        key = rng.choice(list(value))
        left = {k: v for k, v in value.items() if k != key}
        if rng.random() < 0.2:
            return left
        return {**left, key: _other(rng, value[key])}
    place = rng.randrange(len(value))
    return [_other(rng, x) if i == place else x for i, x in enumerate(value)]


def _paint(rng: random.Random, store: Path, home: Path) -> None:
    """A picture of another kind, with the checksum that its step has."""
    path, bodies = _records(rng, store, "steps.jsonl")
    body = rng.choice(bodies)
    camera, (name, _) = rng.choice(list(body["images"].items()))
    picture = path.parent / name
    if _is_small_file(picture):
        content = rng.choice([*PICTURES, picture.read_bytes()[:60]])
        picture.write_bytes(content)
        body["images"][camera] = [name, zlib.crc32(content)]
        path.write_bytes(b"".join(map(seal, bodies)))


_WAYS = [
    _change_bytes, _cut, _add_bytes, _grow, _remove, _replace, _replace, _put_at_the_top,
    _put_beside, _add_folder, _rename, _share, _move_or_copy, _say, _say, _say, _paint,
]  # fmt: skip

_watched: list[tuple[Path, list[str]]] = []


def _see(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        folder, opened = _watched[-1]
        if path.startswith((f"{folder}/", "/dev/zero")):
            opened.append(path)


sys.addaudithook(_see)


@contextmanager
def nothing_opened(folder: Path) -> Iterator[None]:
    """This process opens nothing in a folder, by whatever name; and ends within `LONGEST_S`."""
    opened: list[str] = []
    _watched.append((folder.resolve(), opened))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        _watched.pop()
    assert not opened
