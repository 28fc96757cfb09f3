"""List, show, replay, repair, export and import recorded episodes.

PATH is a run folder, or the episode store in it.
"""

from __future__ import annotations

import argparse
import io
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli import exchange
from cliprt.cli.episode_told import tell_facts
from cliprt.cli.output import add_format, emit, note
from cliprt.cli.recipe_arguments import add_confirm, add_recipe, choose_recipe, read_allowed
from cliprt.errors import StoreError, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cliprt.data.layout import EpisodeHeader
    from cliprt.types import Episode, Step

EXAMPLE = """\
cliprt episodes ls runs/tiny
cliprt episodes show runs/tiny pick-0 --video pick-0.mp4
cliprt episodes show runs/tiny pick-0 --rerun pick-0.rrd
cliprt episodes replay runs/tiny pick-0
cliprt episodes replay runs/tiny pick-0 robot='{name: ur, host: 192.168.0.10}'
cliprt episodes repair runs/tiny
cliprt episodes export runs/tiny --shards shards
cliprt episodes export runs/tiny --format lerobot --to my_set
cliprt episodes import clip_rt_data/raw runs/authors"""

ACTIONS = {
    "ls": "every committed episode, one a line",
    "show": "one episode, step by step",
    "replay": "command an episode again, in the simulator or on an arm, and measure the deviations",
    "repair": "bring back what a killed process left, set aside what is damaged",
    "export": "write episodes in another form: training shards (WebDataset), a LeRobot data set",
    "import": "store episodes of another form: as CLIP-RT's authors published them, LeRobot's",
}
"""Action -> one line of help."""

VIDEO_RATE_HZ = 2
VIDEO_HEIGHT_PX = 288


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions, and what each takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
    for action, text in ACTIONS.items():
        one = actions.add_parser(
            action,
            help=text,
            description={"export": exchange.EXPORT, "import": exchange.IMPORT}.get(action, text),
            epilog=_example_of(action),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if action == "import":
            one.add_argument("raw", metavar="FROM", type=Path, help="what holds them")
        one.add_argument("path", metavar="PATH", type=Path, help="run folder or episode store")
        if action in ("show", "replay"):
            one.add_argument("id", metavar="ID", help="the episode's id, as ls shows it")
        if action == "show":
            one.add_argument("--video", type=Path, metavar="FILE.mp4", help="write its images too")
            one.add_argument("--rerun", type=Path, metavar="FILE.rrd", help="for the Rerun viewer")
        if action == "replay":
            add_recipe(one, "the run folder's")
            add_confirm(one)
        if action == "export":
            exchange.add_export(one)
        if action == "import":
            exchange.add_import(one)
        if action not in ("export", "import"):
            add_format(one)


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says."""
    does = {
        "ls": _list,
        "show": _show,
        "replay": _replay,
        "repair": _repair,
        "export": exchange.export_episodes,
        "import": exchange.import_episodes,
    }
    return does[args.action](args)


def _example_of(action: str) -> str:
    lines = [line for line in EXAMPLE.splitlines() if line.startswith(f"cliprt episodes {action}")]
    return "example:\n" + "\n".join(f"  $ {line}" for line in lines)


def _list(args: argparse.Namespace) -> int:
    from cliprt.data.store import find_store

    store = find_store(args.path)
    headers, bad = store.survey()
    table = _table("id", "task", "steps", "success", "source", "seed", "recorded", "origin")
    for h in headers:
        origin = str(h.meta.get("origin", "recovered" if h.meta.get("recovered") else ""))
        recorded = h.recorded_at[:16].replace("T", " ")
        table.add_row(
            h.id, h.task, str(h.steps), _yes_no(h.success), h.source, str(h.seed), recorded, origin
        )
    steps = sum(h.steps or 0 for h in headers)
    good = sum(h.success is True for h in headers)
    summary = f"{len(headers)} episodes, {steps} steps, {good} successful"
    emit([_header_facts(h) for h in headers], args.format, f"{_to_text(table)}{summary}")
    for error in bad.values():
        note(str(error))
    if store.unfinished():
        note(
            f"{len(store.unfinished())} more are being recorded or were left unfinished;"
            f" bring the latter back: cliprt episodes repair {args.path}"
        )
    return 0


def _show(args: argparse.Namespace) -> int:
    from cliprt.data.codec import to_record
    from cliprt.data.store import find_store

    store = find_store(args.path)
    episode, header = store.load(args.id), store.header(args.id)
    if args.video:
        write_video(episode, args.video)
        note(f"wrote {args.video}")
    if args.rerun:
        from cliprt.runtime.rerun_file import write_rerun

        write_rerun(episode, args.rerun)
        note(f"wrote {args.rerun}; look at it: rerun {args.rerun}")
    table = _table("step", "said", "primitive", "", "moved", "gripper")
    for s in episode.steps:
        mark = "refused" if s.outcome.refused else "" if s.train else "not learned from"
        gripper = s.outcome.gripper or s.observation.gripper
        table.add_row(str(s.index), s.supervision, s.primitive.phrase, mark, _moved(s), gripper)
    facts = _header_facts(header)
    lines = [*tell_facts(facts), _to_text(table).rstrip()]
    lines += [f"step {s.index}: {s.outcome.refused}" for s in episode.steps if s.outcome.refused]
    records = [to_record(s, {}) for s in episode.steps]
    for record, s in zip(records, episode.steps, strict=True):
        record["images"] = list(s.observation.images)
    emit({**facts, "steps": records}, args.format, "\n".join(lines))
    return 0


def _replay(args: argparse.Namespace) -> int:
    from cliprt.data.store import find_store
    from cliprt.recipe.build import build_robot, build_task
    from cliprt.recipe.schema import Component
    from cliprt.runtime.company import NOBODY
    from cliprt.runtime.confirm import attend, confirm_moves
    from cliprt.runtime.replay import distance_to_start, replay
    from cliprt.stages.skills import find_run, with_skills

    store = find_store(args.path)
    episode = store.load(args.id)
    name, overrides = choose_recipe(args, default="")
    recipe = read_allowed(name or _recipe_of(store.path), overrides)
    recipe = with_skills(recipe, find_run(store.path))
    component = next((t for t in recipe.tasks if t.key == episode.task), Component(episode.task))
    task = build_task(component) if episode.task else None
    with confirm_moves(args.confirm), build_robot(recipe) as robot:
        attendant = attend(robot, [step.primitive for step in episode.steps])
        scene = f"{episode.instruction or episode.id}, as it was when the episode began"
        if attendant and not attendant.arrange(scene):
            return 0
        start_m, start_rad = (
            distance_to_start(episode, robot) if robot.simulation is None else (0.0, 0.0)
        )
        if robot.simulation is None:
            note(
                f"The arm is {100 * start_m:.1f} cm and {math.degrees(start_rad):.1f} degrees from"
                " where the episode began."
            )
        result = replay(episode, robot, task, attendant or NOBODY)
    table = _table("step", "primitive", "off by", "turned by", "refused")
    for d in result.deviations:
        angle = f"{math.degrees(d.angle_rad):.2f} deg"
        table.add_row(
            str(d.index), d.phrase, f"{1000 * d.position_m:.2f} mm", angle, d.refused or ""
        )
    facts = {
        "id": episode.id,
        "robot": recipe.robot.name,
        "executed": result.executed,
        "reached": len(result.deviations),
        "max_position_m": result.max_position_m,
        "max_angle_rad": result.max_angle_rad,
        "success_then": episode.success,
        "success_now": result.success,
        "end": result.end,
        "reason": result.reason,
        "deviations": [vars(d) for d in result.deviations],
    }
    summary = (
        f"{len(result.deviations)} of {result.executed} steps, at most"
        f" {1000 * result.max_position_m:.2f} mm and {math.degrees(result.max_angle_rad):.2f} deg"
        f" off; success then: {_yes_no(episode.success)}, now: {_yes_no(result.success)}"
    )
    if len(result.deviations) < result.executed:
        summary += f"; ended by {result.end}{f' ({result.reason})' if result.reason else ''}"
    emit(facts, args.format, f"{_to_text(table)}{summary}")
    return 0


def _repair(args: argparse.Namespace) -> int:
    from cliprt.data.store import find_store

    store = find_store(args.path)
    report = store.repair()
    texts = {
        "recovered": "brought back up to the last whole step (success unknown)",
        "completed": "finished, nothing missing",
        "quarantined": f"set aside in {store.path / 'quarantine'}",
        "live": "being recorded right now, left alone",
        "unknown": "whole, but not understood, left alone",
    }
    lines = [f"{len(report.whole)} episodes are whole"]
    for key, text in texts.items():
        names: Sequence[str] = getattr(report, key)
        if names:
            lines.append(f"{len(names)} {text}: {', '.join(names)}")
    emit({key: list(names) for key, names in vars(report).items()}, args.format, "\n".join(lines))
    for remark in report.remarks:
        note(remark)
    return 0


def write_video(episode: Episode, path: Path) -> None:
    """What the cameras saw, side by side, two steps a second.

    Raises:
        UsageError: Not an .mp4 file, or an episode without images.
        StoreError: The file cannot be written.
    """
    import imageio.v3 as iio
    import numpy as np
    from PIL import Image

    if path.suffix != ".mp4":
        raise UsageError(f"{path} is not an .mp4 file; name one, e.g. --video {episode.id}.mp4")
    frames = []
    for step in episode.steps:
        pictures = []
        for pixels in step.observation.images.values():
            image = Image.fromarray(pixels)
            # The usual video formats want an even number of pixels.
            width = 2 * round(VIDEO_HEIGHT_PX * image.width / image.height / 2)
            pictures.append(np.asarray(image.resize((width, VIDEO_HEIGHT_PX))))
        if pictures:
            frames.append(np.hstack(pictures))
    if not frames:
        raise UsageError(f"episode {episode.id!r} has no images; leave --video out.")
    try:
        iio.imwrite(path, np.stack(frames), plugin="FFMPEG", fps=VIDEO_RATE_HZ, macro_block_size=2)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}. Choose another file.") from error


def _recipe_of(store: Path) -> Path:
    """That of the run whose store, or whose evaluation's store, it is."""
    parents = store.resolve().parents[:3]
    for folder in parents:
        if (folder / "recipe.yaml").is_file():
            return folder / "recipe.yaml"
    missing = parents[0] / "recipe.yaml"
    raise UsageError(f"there is no {missing}; name the robot's recipe with --recipe.")


def _header_facts(header: EpisodeHeader) -> dict[str, Any]:
    return {key: value for key, value in vars(header).items() if key != "writer_pid"}


def _moved(step: Step) -> str:
    """How far a step went, e.g. ``5.0 cm, 15 deg``."""
    from cliprt.geometry import distance

    metres, angle_rad = distance(step.observation.tcp_pose, step.outcome.measured)
    return f"{100 * metres:.1f} cm, {math.degrees(angle_rad):.0f} deg"


def _yes_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[value]


def _table(*columns: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in ("step", "steps", "seed") else "left")
    return table


def _to_text(table: RenderableType) -> str:
    """A table as text: as wide as the terminal, or as wide as it likes in a pipe."""
    from rich.console import Console

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 240
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, color_system=None, markup=False)
    console.print(table)
    return buffer.getvalue()
