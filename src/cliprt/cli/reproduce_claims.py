"""``cliprt reproduce --profile claims``: decide the paper's claims over training seeds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cliprt.cli.output import emit, note
from cliprt.errors import UsageError


def run(args: argparse.Namespace, out: Path) -> int:
    """Print the plan, run what is missing of it, and write claims.json, results.md and the rest."""
    from cliprt.stages.claims import find_claims, tell_plan

    claims = find_claims(args.only)
    work = ("data.workers", "data.engine")  # who does it changes nothing
    overrides = [one for one in args.overrides if not one.startswith(work)]
    if args.seeds is not None and args.seeds < 1:
        raise UsageError(f"--seeds {args.seeds} trains nothing: give 1 or more, or leave it away")
    if args.suite:
        raise UsageError(
            "the claims have tasks of their own: leave --suite away, or change them: tasks=[...]"
        )
    plan = list(tell_plan(claims, overrides, args.seeds))
    if args.list:
        emit({"profile": args.profile, "plan": plan}, args.format, "\n".join(plan))
        return 0
    print("\n".join(plan), file=sys.stderr, flush=True)
    return _make(args, out, overrides)


def _make(args: argparse.Namespace, out: Path, overrides: list[str]) -> int:
    from cliprt.stages.claim_results import save_claims
    from cliprt.stages.claim_runs import gather_arms, run_claims
    from cliprt.stages.claims import find_claims
    from cliprt.stages.portion import parse_portion

    portion = parse_portion(args.shard)
    run_claims(find_claims(args.only), args.runs, args.overrides, args.seeds, portion)
    if not portion.is_whole:
        facts = {"portion": str(portion), "runs": str(args.runs)}
        emit(facts, args.format, "This portion's seeds are there; without --shard: the page of all")
        return 0
    results = save_claims(gather_arms(args.runs, overrides), overrides, out)
    note(f"written to {out / 'results.md'} and {out / 'claims.json'}")
    lines = [
        f"{row['claim']}: {row['ours']:+.1f} points ({row['interval'][0]:+.1f} to"
        f" {row['interval'][1]:+.1f}), p = {row['p']:.2g}, {len(row['training_seeds'])} of"
        f" {row['planned_seeds']} seeds: {row['verdict']}"
        for row in results["rows"]
    ]
    emit(results, args.format, "\n".join(lines))
    return 0
