"""How fast episodes leave and come in, by every form that is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from cliprt.data.store import EpisodeStore
from cliprt.formats.interface import Format
from cliprt.recipe.build import construct
from cliprt.recipe.schema import Component
from cliprt.registry import names
from cliprt.stages.bench.rows import Measured, cpu_clock
from cliprt.types import Episode, GripperState, Motion, Observation, Outcome, Primitive, Step

SIZE_PX = 224
EPISODES, STEPS = 8, 25


def measure_formats(observation: Observation) -> Iterator[Measured]:
    """Write a frame, and read one; a form that reads reads what it has written.

    Args:
        observation: Whose first picture, at `SIZE_PX` and moving on, the episodes hold.
    """
    image = next(iter(observation.images.values()))
    picture = np.array(Image.fromarray(image).resize((SIZE_PX, SIZE_PX)))
    with tempfile.TemporaryDirectory() as folder:
        store = EpisodeStore(Path(folder) / "episodes", durable=False)
        for number in range(EPISODES):
            store.write_episode(_episode(number, observation, picture))
        for name in names("format"):
            form: Format = construct("format", Component(name))
            to = Path(folder) / name
            if type(form).write is not Format.write:
                yield _a_frame(f"write a frame as {name}", partial(_write, form, store, to))
                if type(form).read is not Format.read:
                    yield _a_frame(f"read a frame of {name}", partial(_read, form, to))


def _a_frame(what: str, call: Callable[[], None]) -> Measured:
    """Done once: what is written is not written over."""
    start = cpu_clock()
    call()
    return Measured(what, (cpu_clock() - start) / (EPISODES * STEPS))


def _write(form: Format, store: EpisodeStore, to: Path) -> None:
    form.write([store.load(episode_id) for episode_id in store.ids()], to)


def _read(form: Format, path: Path) -> None:
    for episode in form.read(path, _to_primitive):
        if isinstance(episode, Episode):
            for step in episode.steps:
                dict(step.observation.images)


def _to_primitive(motion: Motion, gripper: GripperState | None) -> Primitive:
    return Primitive(None, "", motion, gripper)


def _episode(number: int, observation: Observation, picture: np.ndarray) -> Episode:
    motion: Motion = (0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0)
    pose = observation.tcp_pose
    steps = tuple(
        Step(
            index,
            replace(
                observation,
                images={"scene": np.roll(picture, 4 * index + number, axis=1)},
                time_s=float(index),
            ),
            "",
            Primitive(None, f"move the arm, {index % 4}", motion),
            Outcome(motion, None, pose, pose, observation.joints),
            "bench",
        )
        for index in range(STEPS)
    )
    return Episode(f"e-{number}", "", "move the arm", 0, "bench", steps, True)
