"""Recorded rollouts as something to embed in a page: the video, its frames, and why each step."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from cliprt.data.boundary import MOST_IMAGE_BYTES, read_plain
from cliprt.evaluation.results import Trial
from cliprt.runtime.explanation import Explanation

MOST_STEPS = 16
"""Steps of a rollout that are shown."""

MOST_FRAMES = 10_000
BARS = 3
STRIP = 5
STRIP_SIZE_PX = 240
STEP_SIZE_PX = 176
LARGEST_BYTES = 8_000_000
"""Of all videos of a page together; those that no longer fit are shown by their frames only."""


@dataclass(frozen=True)
class Clip:
    """One rollout to look at.

    Attributes:
        video: ``data:`` address of the video; None if the page would become heavy by it.
        width, height: Of its frames [pixel].
        poster: ``data:`` address of its first frame, full size.
        strip: ``data:`` addresses of frames from the first to the last, evenly spaced.
        steps: ``data:`` addresses of what was seen before each step, small and without captions.
    """

    video: str | None
    width: int
    height: int
    poster: str
    strip: tuple[str, ...]
    steps: tuple[str, ...] = ()


def load_clip(path: Path, within: Path, steps: Sequence[int] = ()) -> Clip | None:
    """Read a video; None if it is not there or not whole (an evaluation that was cut off).

    Args:
        path: A film.
        within: The run folder; what lies elsewhere, or is a link, is none of its films.
        steps: The frames to give one by one: those with which a step begins.
    """
    try:
        content = read_plain(path, MOST_IMAGE_BYTES, within)
        last = sum(1 for _ in _read_frames(path)) - 1
        picks = sorted(set(np.linspace(0, last, STRIP).round().astype(int).tolist()))
        wanted = {*picks, *steps}
        frames = {i: frame for i, frame in enumerate(_read_frames(path)) if i in wanted}
    except (OSError, RuntimeError, ValueError):
        return None
    if last not in frames:
        return None
    strip = tuple(_to_jpeg(frames[i], STRIP_SIZE_PX) for i in picks)
    seen = tuple(_to_jpeg(_without_caption(frames[i]), STEP_SIZE_PX) for i in steps if i in frames)
    height, width = frames[0].shape[:2]
    poster = _to_jpeg(frames[0], max(height, width))
    return Clip(_data_uri("video/mp4", content), width, height, poster, strip, seen)


def _read_frames(path: Path) -> Iterator[np.ndarray]:
    """One by one: a film may be longer than the memory."""
    import imageio.v3 as iio

    # The format is named: ffmpeg knows some that make it read other files and addresses.
    return islice(iio.imiter(path, plugin="FFMPEG", input_params=["-f", "mp4"]), MOST_FRAMES)


def _without_caption(frame: np.ndarray) -> np.ndarray:
    """The picture: a film's frame is a square above lines of text, or wider than high."""
    return frame[: frame.shape[1]]


def _to_jpeg(frame: np.ndarray, size_px: int) -> str:
    from PIL import Image

    image = Image.fromarray(frame)
    image.thumbnail((size_px, size_px))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return _data_uri("image/jpeg", buffer.getvalue())


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@dataclass(frozen=True)
class Rollout:
    """A recorded trial."""

    trial: Trial
    clip: Clip


def lighten(rollouts: Iterable[Rollout]) -> Iterator[Rollout]:
    """The same, without the videos for which the page has no room."""
    left = LARGEST_BYTES
    for rollout in rollouts:
        size = len(rollout.clip.video or "")
        fits = size <= left
        left -= size if fits else 0
        yield rollout if fits else replace(rollout, clip=replace(rollout.clip, video=None))


@dataclass(frozen=True)
class Decision:
    """One step of a strip.

    Attributes:
        number: Counted from 1.
        picture: ``data:`` address of what was seen; "" if the film has no such frame.
        explanation: What the policy weighed up; None where a helper decided.
        done: What it settled on, if that is not the most probable primitive; else "".
    """

    number: int
    picture: str
    explanation: Explanation | None
    done: str


@dataclass(frozen=True)
class Strip:
    """The decisions of one trial, from the first; `left_out` more were taken."""

    trial: Trial
    decisions: tuple[Decision, ...]
    left_out: int


def decision_strips(rollouts: Iterable[Rollout]) -> list[Strip]:
    """A strip for the first explained rollout of each task."""
    strips: dict[str, Strip] = {}
    for rollout in rollouts:
        if rollout.trial.task not in strips and any(rollout.trial.decisions):
            strips[rollout.trial.task] = _strip(rollout)
    return list(strips.values())


def _strip(rollout: Rollout) -> Strip:
    explanations, pictures = rollout.trial.decisions, rollout.clip.steps
    decisions = tuple(
        Decision(
            number=index + 1,
            picture=pictures[index] if index < len(pictures) else "",
            explanation=explanation,
            done=_other_choice(explanation),
        )
        for index, explanation in enumerate(explanations[:MOST_STEPS])
    )
    return Strip(rollout.trial, decisions, len(explanations) - len(decisions))


def _other_choice(explanation: Explanation | None) -> str:
    chosen = explanation.chosen if explanation else None
    return chosen.phrase if chosen and chosen.rank > 1 else ""
