"""An episode as a Rerun recording: what was seen, said, asked for and done, on one timeline.

Needs the package ``rerun-sdk``, which the extra ``rerun`` brings; the viewer is its too.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.data.codec import to_png
from cliprt.data.disk import replace_file, writing
from cliprt.errors import MissingExtraError, UsageError
from cliprt.geometry import apply_motion, rotation_matrix
from cliprt.types import Episode, Pose, Step

COLOURS = {"commanded": (120, 150, 255), "sent": (255, 200, 60), "measured": (80, 220, 120)}
REFUSED = (255, 90, 70)
THING = (200, 200, 200)
HAND_M = 0.04
"""Length of the arrows that show how the hand is turned."""

_LATEST_S = 2**63 // 10**9
"""Rerun counts nanoseconds."""

Logged = tuple[str, Any]
"""A place in the recording and what is shown there."""


def write_rerun(episode: Episode, path: Path) -> None:
    """Write an episode to a new file; open it with ``rerun FILE.rrd``.

    Each step is at its number on the timeline ``step``, and at the robot's clock on ``time``.

    Raises:
        MissingExtraError: Rerun is not installed.
        UsageError: Not an .rrd file, or one that is there already.
        StoreError: The file cannot be written, or an image of the episode cannot be read.
    """
    if path.suffix != ".rrd":
        raise UsageError(f"{path} is not an .rrd file; name one, e.g. --rerun {episode.id}.rrd")
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already, and is left as it is. Name another file.")
    rr = _rerun()
    recording = rr.RecordingStream("cliprt", recording_id=episode.id)
    stream = recording.binary_stream()  # rerun itself only logs that a disk is full
    recording.send_blueprint(_blueprint(rr, episode))
    for place, shown in _whole(rr, episode):
        recording.log(place, shown, static=True)
    for step in episode.steps:
        recording.set_time("step", sequence=step.index)
        if abs(step.observation.time_s) < _LATEST_S:  # a stranger's record may hold anything
            recording.set_time("time", duration=step.observation.time_s)
        for place, shown in _step(rr, step):
            recording.log(place, shown)
    with writing(path):
        replace_file(path, stream.read() or b"", durable=False)


def _rerun() -> Any:
    try:
        return importlib.import_module("rerun")
    except ImportError as error:
        raise MissingExtraError(
            f"a Rerun recording needs a package that is not installed ({error})."
            " Install it: pip install 'cliprt[rerun]'"
        ) from error


def _whole(rr: Any, episode: Episode) -> Iterator[Logged]:
    """What holds from beginning to end."""
    yield "world", rr.ViewCoordinates.RIGHT_HAND_Z_UP
    yield "about", rr.TextDocument(_about(episode), media_type="text/markdown")
    if things := _things(episode.meta.get("layout")):
        points = np.array([pose[:3] for pose in things.values()])
        yield (
            "world/things",
            rr.Points3D(points, labels=list(things), colors=THING, radii=0.01, show_labels=True),
        )
    joints = len(episode.steps[0].observation.joints) if episode.steps else 0
    if joints:
        yield "joints", rr.SeriesLines(names=[f"joint {n + 1}" for n in range(joints)])
    yield "gripper/opening", rr.SeriesLines(names="opening [cm]")
    yield "gripper/closed", rr.SeriesLines(names="closed")


def _about(episode: Episode) -> str:
    success = {True: "yes", False: "no", None: "nobody could say"}[episode.success]
    facts = {
        "task": episode.task,
        "success": success,
        "end": episode.meta.get("end"),
        "steps": len(episode.steps),
        "acted": episode.source,
    }
    lines = [f"- {name}: {value}" for name, value in facts.items() if value not in ("", None)]
    return "\n".join([f"# {episode.instruction or episode.id}", "", f"`{episode.id}`", "", *lines])


def _things(layout: Any) -> Mapping[str, Pose]:
    """Where things were at the start, as far as the record says so in numbers."""
    bodies = layout.get("bodies") if isinstance(layout, Mapping) else None
    if not isinstance(bodies, Mapping):
        return {}
    return {str(name): pose for name, pose in bodies.items() if _is_place(pose)}


def _is_place(pose: Any) -> bool:
    try:
        return bool(np.isfinite(np.asarray(pose[:3], dtype=float)).all()) and len(pose) >= 3
    except (TypeError, ValueError, OverflowError):
        return False


def _step(rr: Any, step: Step) -> Iterator[Logged]:
    seen, outcome = step.observation, step.outcome
    for camera, pixels in seen.images.items():
        yield (
            _camera(rr, camera),
            rr.EncodedImage(contents=to_png(pixels), media_type="image/png"),
        )
    target = apply_motion(seen.commanded_pose, outcome.commanded)
    yield "world/commanded", _way(rr, "commanded", seen.commanded_pose, target)
    if outcome.sent is not None:
        yield "world/sent", _way(rr, "sent", seen.commanded_pose, outcome.sent)
    yield "world/measured", _way(rr, "measured", seen.tcp_pose, outcome.measured)
    yield "world/measured/hand", _hand(rr, outcome.measured)
    yield "joints", rr.Scalars(list(outcome.joints or seen.joints))
    yield "gripper/opening", rr.Scalars(100 * seen.gripper_opening_m)
    yield "gripper/closed", rr.Scalars(float((outcome.gripper or seen.gripper) == "closed"))
    if step.supervision:
        yield "talk/said", rr.TextLog(f"“{step.supervision}”", level="INFO")
    train = "" if step.train else " (not learned from)"
    yield "talk/phrase", rr.TextLog(f"{step.primitive.phrase}{train}", level="DEBUG")
    if outcome.refused:
        yield "talk/refused", rr.TextLog(outcome.refused, level="ERROR")
        point = rr.Points3D([target[:3]], colors=REFUSED, radii=0.012, labels=[outcome.refused])
        yield "world/refused", point
    if outcome.stopped_because:
        yield "talk/stopped", rr.TextLog(outcome.stopped_because, level="WARN")


def _camera(rr: Any, name: str) -> str:
    return f"cameras/{rr.escape_entity_path_part(name)}"


def _way(rr: Any, kind: str, start: Pose, end: Pose) -> Any:
    """A straight line between two positions, as thick for what is measured as one sees best."""
    radius = 0.003 if kind == "measured" else 0.0015
    return rr.LineStrips3D([[start[:3], end[:3]]], colors=COLOURS[kind], radii=radius)


def _hand(rr: Any, pose: Pose) -> Any:
    axes = HAND_M * rotation_matrix(pose[3:]).T
    colours = [(255, 60, 60), (60, 255, 60), (80, 80, 255)]
    return rr.Arrows3D(vectors=axes, origins=[pose[:3]] * 3, colors=colours, radii=0.001)


def _blueprint(rr: Any, episode: Episode) -> Any:
    """The way there in 3D and the cameras above, what was said beside, the curves below."""
    rrb = importlib.import_module("rerun.blueprint")
    boundary = rrb.TimeRangeBoundary
    until_now = [
        rrb.VisibleTimeRange(name, start=boundary.infinite(), end=boundary.cursor_relative())
        for name in ("step", "time")
    ]
    cameras = list(episode.steps[0].observation.images) if episode.steps else []
    views = [rrb.Spatial2DView(origin=_camera(rr, name), name=name) for name in cameras]
    way = rrb.Spatial3DView(origin="world", name="the hand's way", time_ranges=until_now)
    above = [way, rrb.Grid(*views)] if views else [way]
    curves = rrb.Horizontal(
        rrb.TimeSeriesView(origin="joints", name="joints [rad]"),
        rrb.TimeSeriesView(origin="gripper", name="gripper"),
    )
    told = rrb.Vertical(
        rrb.TextDocumentView(origin="about", name="episode"),
        rrb.TextLogView(origin="talk", name="said and done"),
        row_shares=[1, 2],
    )
    seen = rrb.Vertical(rrb.Horizontal(*above), curves, row_shares=[3, 1])
    return rrb.Blueprint(rrb.Horizontal(seen, told, column_shares=[2, 1]), collapse_panels=True)
