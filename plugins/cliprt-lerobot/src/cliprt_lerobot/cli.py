"""Write into a LeRobot data set what the arm does, in words."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.errors import UsageError

if TYPE_CHECKING:
    from cliprt_lerobot.report import Report

HELP = "write motion phrases into a LeRobot data set"
EXAMPLE = """\
cliprt annotate recordings/pick --dry-run
cliprt annotate recordings/pick
cliprt annotate user/name --to annotated
cliprt annotate recordings/pick --pose 'observation.state[0:6]' --angles deg"""

_TURNS = ("euler", "rotation_vector", "quaternion", "quaternion_wxyz", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data set, and what may be said of it."""
    parser.add_argument(
        "path", metavar="PATH_OR_REPO", help="folder of the data set, or user/name on the Hub"
    )
    parser.add_argument("--to", type=Path, metavar="DIR", help="write a copy, leave it as it is")
    parser.add_argument(
        "--revision", default="", metavar="REV", help="of the Hub (default: newest)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be written")
    parser.add_argument(
        "--force", action="store_true", help="replace other phrases that cliprt has written"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    told = parser.add_argument_group("where names do not say it")
    told.add_argument("--pose", default="", metavar="KEY[a:b]", help="x, y, z, then the turn")
    told.add_argument("--turn", default="", choices=_TURNS, help="how the turn is written")
    told.add_argument("--gripper", default="", metavar="KEY[i]", help="the gripper's number")
    told.add_argument(
        "--gripper-open", default="", choices=("high", "low"), help="which numbers are open"
    )
    told.add_argument("--unit", default="m", choices=("m", "cm", "mm"), help="of x, y, z")
    told.add_argument("--angles", default="rad", choices=("rad", "deg"))
    told.add_argument(
        "--frame",
        default="x y z",
        metavar="AXES",
        help="its axes that point forward, left and up, e.g. --frame='-y x z'",
    )
    told.add_argument("--set", default="", metavar="NAME", help="a row that says all that")
    told.add_argument("--sets", default="", metavar="FILE", help="the YAML file it is in")


def run(args: argparse.Namespace) -> int:
    """Annotate, or tell what would be written."""
    from cliprt_lerobot.annotate import annotate, annotate_copy, foresee
    from cliprt_lerobot.naming import Told
    from cliprt_lerobot.places import NUMBERS, locate

    told = Told(**{field.name: getattr(args, field.name) for field in fields(Told)})
    found = locate(args.path, args.revision, NUMBERS if args.dry_run else ())
    if args.dry_run:
        report = foresee(found.root, told, args.force, found.linked)
    elif args.to is not None:
        report = annotate_copy(found.root, args.to, told, args.force, found.linked)
    elif found.linked:
        raise UsageError(
            f"{args.path} is in the cache of downloads, which other programs read too. Write a"
            " copy: --to DIR"
        )
    else:
        report = annotate(found.root, told, args.force)
    _tell(report, args)
    return 0


def _tell(report: Report, args: argparse.Namespace) -> None:
    if args.format == "json":
        examples = {e: [asdict(row) for row in rows] for e, rows in report.examples.items()}
        facts = {"dry_run": args.dry_run, **vars(report), "examples": examples}
        print(json.dumps(facts, indent=2))
        return
    print(report.pose)
    share = 100 * report.phrased / max(report.frames, 1)
    print(f"{report.phrased} of {report.frames} frames have a phrase ({share:.0f} %)")
    for phrase, count in report.histogram.most_common():
        print(f"  {count:>8}  {phrase}")
    for episode, rows in report.examples.items():
        said = "; ".join(f"{row.time_s:.2f} s {row.phrase or '(rests)'}" for row in rows)
        print(f"episode {episode}: {said} ...")
    for line in report.remarks:
        print(f"look: {line}")
    reasons: dict[str, list[str]] = {}
    for line in report.left_out:
        whose, _, reason = line.partition(": ")
        reasons.setdefault(reason, []).append(whose)
    for reason, episodes in islice(reasons.items(), 10):
        more = f" and {len(episodes) - 1} more" if len(episodes) > 1 else ""
        print(f"left out: {episodes[0]}{more}: {reason}")
    if len(reasons) > 10:
        print(f"left out: for {len(reasons) - 10} more reasons")
    done = "would be" if args.dry_run else "were"
    kept = report.fates["same"]
    print(f"{report.files} files {done} written; {kept} episodes have these phrases already")
