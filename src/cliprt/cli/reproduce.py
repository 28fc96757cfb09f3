"""``cliprt reproduce``: make the paper's tables, decide its claims, or check figures."""

from __future__ import annotations

import argparse
from pathlib import Path

from cliprt.cli import reproduce_claims
from cliprt.cli.output import add_format, emit, note
from cliprt.cli.recipe_arguments import add_shard

EXAMPLE = "cliprt reproduce --profile quick --suite novel"

DIFFERENT = 1
"""Exit code of a check that found figures that are not so."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--profile",
        default="full",
        choices=("full", "quick", "brief", "tiny", "claims"),
        help="size (default: full); claims: what the paper claims, decided over training seeds",
    )
    parser.add_argument(
        "--suite", action="append", choices=("common", "novel"), help="which tasks (default: both)"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="which models, or claims (default: all)",
    )
    parser.add_argument("--list", action="store_true", help="what would be run, and for how long")
    parser.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help="of --profile claims: the first N training seeds, for now (default: all planned)",
    )
    parser.add_argument(
        "--check",
        type=float,
        metavar="FRACTION",
        help="run a random share of the trials again and compare them with results.json",
    )
    parser.add_argument("--seed", type=int, default=0, help="of what --check picks (default: 0)")
    parser.add_argument(
        "--out", type=Path, help="folder of the tables (default: docs, else runs/reproduce)"
    )
    parser.add_argument(
        "--runs",
        type=Path,
        default=Path("runs/reproduce"),
        metavar="DIR",
        help="where episodes and policies are kept (default: runs/reproduce)",
    )
    add_shard(parser)
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes of the recipes of both suites"
    )
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Make what is missing and write results.md and results.json, or list, or check."""
    from cliprt.stages.models import SUITES

    suites = [suite for suite in SUITES if suite in (args.suite or SUITES)]
    docs = Path("docs")
    out = args.out or (docs if docs.is_dir() else args.runs)
    if args.profile == "claims" and args.check is None:
        return reproduce_claims.run(args, args.out or (args.runs if args.overrides else out))
    if args.list:
        return _list(args, suites)
    if args.check is not None:
        return _check(args, out)
    return _make(args, suites, out)


def _make(args: argparse.Namespace, suites: list[str], out: Path) -> int:
    from cliprt.stages.models import check_models
    from cliprt.stages.portion import parse_portion
    from cliprt.stages.reproduce import open_parts, reproduce
    from cliprt.stages.tabulate import PAGE, RESULTS, Request, save_results
    from cliprt.stages.waiting import UnfinishedError

    check_models(args.only)
    portion = parse_portion(args.shard)
    request = Request(args.profile, tuple(args.overrides))
    results, left = {}, {}
    asked = args.only, args.profile, args.runs, args.overrides, portion
    for suite in suites:
        open_parts(suite, *asked)  # all at once: other portions see that somebody is at it
    for suite in suites:
        try:
            made = reproduce(suite, *asked)
        except UnfinishedError as error:
            left[suite] = str(error)
            continue
        if made and portion.is_whole:
            results = save_results(request, made, out)
            note(f"{suite}: written to {out / PAGE}")
    if not portion.is_whole:
        lines = [f"{suite}: {left.get(suite, 'all trials are there')}" for suite in suites]
        facts = {"portion": str(portion), "runs": str(args.runs), "unfinished": left}
        emit(facts, args.format, "\n".join(lines))
        return 0
    emit(results, args.format, f"Tables: {out / PAGE}, trial by trial: {out / RESULTS}")
    return 0


def _list(args: argparse.Namespace, suites: list[str]) -> int:
    from dataclasses import asdict

    from cliprt.stages.estimates import estimate
    from cliprt.stages.models import check_models, find_models
    from cliprt.stages.parts import build_parts

    check_models(args.only)
    parts = [
        part
        for suite in suites
        for model in find_models(args.only, suite)
        for part in build_parts(model, suite, args.profile, args.overrides)
    ]
    rows = [asdict(one) for one in estimate(parts)]
    lines = ["suite   model          taught  generated  training steps  trials  minutes"]
    lines += [
        f"{r['suite']:<7} {r['model']:<13} {r['taught']:7,} {r['generated']:10,}"
        f" {r['training_steps']:15,} {r['trials']:7,} {r['minutes']:8.1f}"
        for r in rows
    ]
    minutes = round(sum(row["minutes"] for row in rows), 1)
    lines.append(f"About {minutes:.0f} minutes on this machine, less what was finished before.")
    emit({"profile": args.profile, "minutes": minutes, "rows": rows}, args.format, "\n".join(lines))
    return 0


def _check(args: argparse.Namespace, out: Path) -> int:
    from cliprt.evaluation.files import load_json
    from cliprt.stages.recheck import recheck
    from cliprt.stages.tabulate import RESULTS

    found = recheck(load_json(out / RESULTS), args.runs, args.check, args.seed)
    text = [
        *found.differences,
        f"{found.trials} of {found.of} trials run again, {len(found.differences)} differences",
    ]
    data = {"trials": found.trials, "of": found.of, "differences": list(found.differences)}
    emit(data, args.format, "\n".join(text))
    return DIFFERENT if found.differences else 0
