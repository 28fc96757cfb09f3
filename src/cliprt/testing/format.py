"""The contract of a form of episodes, as code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cliprt.data.store import EpisodeStore
from cliprt.errors import CliprtError, StoreError
from cliprt.formats.interface import Format
from cliprt.geometry import apply_motion
from cliprt.types import (
    NO_MOTION,
    Episode,
    GripperState,
    Motion,
    Observation,
    Outcome,
    Pose,
    Primitive,
    Step,
)

SIZE_PX = 32
_HOME: Pose = (0.4, 0.0, 0.3, 0.0, 3.0, 0.0)
_LEFT: Motion = (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0)


def check_format(form: Format, folder: Path, path: Path | None = None) -> None:
    """Write episodes, read what was written or lies at `path`, and store that.

    Args:
        form: Built.
        folder: Empty; what is written is left there.
        path: Something of the form to read; None = what `form` itself has written.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    writes = type(form).write is not Format.write
    reads = type(form).read is not Format.read
    assert writes or reads, "it neither writes nor reads"
    if writes:
        _check_written(form, folder)
        path = path or folder / "written"
    if reads:
        assert path is not None, "there is nothing to read: give a path"
        _check_read(form, path, folder)


def sample_episodes() -> tuple[Episode, ...]:
    """Three episodes of four steps, seen by two cameras; the last step closes the gripper."""
    return tuple(_episode(number) for number in range(3))


def _check_written(form: Format, folder: Path) -> None:
    episodes = sample_episodes()
    written = form.write(episodes, folder / "written")
    assert written.facts.get("episodes") == len(episodes), "the facts do not say how many episodes"
    assert json.loads(json.dumps(written.facts)) == written.facts, "the facts are no JSON values"
    assert written.text, "there is no text for people"
    assert any((folder / "written").iterdir()), "the folder is empty"
    before = _content(folder / "written")
    try:
        form.write(episodes, folder / "written")
    except CliprtError:
        assert _content(folder / "written") == before, "what was there has changed"
    else:
        raise AssertionError("it writes over what is there")


def _check_read(form: Format, path: Path, folder: Path) -> None:
    found = list(form.read(path, _to_primitive))
    assert found, "there is no episode"
    store = EpisodeStore(folder / "stored", durable=False)
    for episode in found:
        assert isinstance(episode, Episode | StoreError), f"{episode!r:.60} is no episode"
        if isinstance(episode, Episode):
            indices = [step.index for step in episode.steps]
            assert indices == list(range(len(indices))), f"{episode.id}: steps {indices}"
            assert indices, f"{episode.id} has no step"
            assert episode.id not in store, f"two episodes are called {episode.id}"
            store.write_episode(episode)
            for step in store.load(episode.id).steps:
                assert step.primitive.phrase, f"{episode.id}: a step was not given to_primitive's"
    again = [e.id if isinstance(e, Episode) else "" for e in form.read(path, _to_primitive)]
    assert again == [e.id if isinstance(e, Episode) else "" for e in found], "the order is another"


def _to_primitive(motion: Motion, gripper: GripperState | None) -> Primitive:
    return Primitive(None, "a motion", motion, gripper)


def _content(folder: Path) -> list[tuple[str, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted((str(path), path.stat().st_mtime_ns) for path in files)


def _episode(number: int) -> Episode:
    steps = tuple(_steps(number))
    instruction = "close the laptop" if number else "pick the cube"
    return Episode(f"e-{number}", "pick", instruction, number, "test", steps, True)


def _steps(number: int) -> Iterator[Step]:
    pose = _HOME
    for index in range(4):
        gripper: GripperState | None = "closed" if index == 3 else None
        motion = NO_MOTION if gripper else _LEFT
        after = apply_motion(pose, motion)
        image = np.full((SIZE_PX, SIZE_PX, 3), 40 + 20 * number, np.uint8)
        image[4 * index : 4 * index + 8, 8:24] = (200, 60 * index, 90)
        images = {"scene": image, "wrist": image[::-1].copy()}
        yield Step(
            index,
            Observation(images, pose, pose, (0.1,) * 6, "open", 0.08, 1.5 * index),
            "to the left" if index == 1 else "",
            Primitive(3, "close the gripper" if gripper else "move the arm", motion, gripper),
            Outcome(motion, gripper, after, after, (0.1,) * 6),
            "test",
        )
        pose = after
