"""From the arms of claims to ``claims.json``, the pictures, and the page of all results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from cliprt import __version__
from cliprt.evaluation.claims_page import CLAIMS_FILE, ArmRow, ClaimRow, load_claims
from cliprt.evaluation.claims_picture import draw_claim
from cliprt.evaluation.files import save_json, save_text
from cliprt.evaluation.paired_seeds import decide
from cliprt.stages.claims import CLAIMS, Claim
from cliprt.stages.models import CLAIMS as SUITE
from cliprt.stages.reproduce import Prepared
from cliprt.stages.tabulate import Request, describe_machine, save_results


def save_claims(arms: Sequence[Prepared], overrides: Sequence[str], out: Path) -> dict[str, Any]:
    """Write claims.json, a picture each, and the results' page; claims that were not run stay.

    Raises:
        StoreError: The folder cannot be written.
    """
    found = [decide_claim(claim, arms, overrides) for claim in CLAIMS]
    made = {row.claim: row for row in found if row}
    made = {row.claim: row for row in load_claims(out, __version__)} | made
    rows = [made[claim.name] for claim in CLAIMS if claim.name in made]
    results = {
        "version": __version__,
        "command": f"cliprt reproduce --profile {SUITE}",
        "machine": describe_machine(),
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "rows": [row.to_dict() for row in rows],
    }
    save_json(results, out / CLAIMS_FILE)
    for row in rows:
        save_text(draw_claim(row), out / row.picture)
    save_results(Request(SUITE, tuple(overrides)), arms, out)
    return results


def decide_claim(
    claim: Claim, arms: Sequence[Prepared], overrides: Sequence[str] = ()
) -> ClaimRow | None:
    """What the arms that are there say of a claim; None where no seed has both deciding arms."""
    sums = {arm.model: _sum_by_seed(arms, arm.model) for arm in claim.arms}
    first, second = sums[claim.first], sums[claim.second]
    seeds = sorted(first.keys() & second.keys())[: claim.seeds]
    if not seeds:
        return None
    trials = first[seeds[0]][1]
    found = decide([first[seed][0] - second[seed][0] for seed in seeds], trials)
    return ClaimRow(
        claim=claim.name,
        title=claim.title,
        says=claim.says,
        paper=claim.paper,
        paper_says=claim.paper_says,
        ours=100 * found.mean,
        interval=(100 * found.interval[0], 100 * found.interval[1]),
        p=found.p,
        training_seeds=tuple(seeds),
        planned_seeds=claim.seeds,
        trials=2 * trials * len(seeds),
        verdict=found.verdict if len(seeds) >= claim.seeds else "not shown",
        command=Request(SUITE, tuple(overrides)).command("--only", claim.name),
        first=claim.first,
        second=claim.second,
        arms=tuple(
            ArmRow(
                arm.model,
                arm.label,
                arm.series,
                tuple(sums[arm.model]),
                tuple(good / of for good, of in sums[arm.model].values()),
            )
            for arm in claim.arms
        ),
        overrides=tuple(overrides),
    )


def _sum_by_seed(arms: Sequence[Prepared], model: str) -> dict[int, tuple[int, int]]:
    """Training seed -> successes and trials of a model, over all its policies."""
    sums: dict[int, tuple[int, int]] = {}
    for arm in arms:
        if arm.part.model.name == model:
            good, of = sums.get(arm.part.recipe.seed, (0, 0))
            trials = arm.trials
            good += sum(trial.success for trial in trials)
            sums[arm.part.recipe.seed] = good, of + len(trials)
    return dict(sorted(sums.items()))
