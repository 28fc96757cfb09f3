"""``cliprt embeddings``: how policies arrange the phrases, as a picture and a number.

The number is the silhouette by displacement group on the raw features (cosine distance, -1 to 1):
near 1, phrases that move the arm the same way lie together. The picture (t-SNE) is for the eye.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit
from cliprt.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from cliprt.evaluation.embeddings import EmbeddingMap, Embeddings

EXAMPLE = "cliprt embeddings runs/clip_rt_std_novel runs/clip_rt_action_novel"

LARGEST_SEED = 2**32 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "policies",
        nargs="+",
        type=Path,
        metavar="POLICY",
        help="a run folder, or a checkpoint folder in it; several are drawn side by side",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("embeddings.png"),
        metavar="FILE",
        help=".png, .svg or .pdf (default: embeddings.png)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of t-SNE (default: 0)")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Draw the picture and print the silhouettes."""
    from cliprt.evaluation.embedding_panels import FORMATS, Panel, save_panels
    from cliprt.evaluation.embeddings import embed_phrases, project
    from cliprt.policies.checkpoint import load_vocabulary
    from cliprt.stages.run_folder import announce_policy, find_checkpoint

    if args.out.suffix not in FORMATS:
        hint = did_you_mean(args.out.suffix, FORMATS)
        raise UsageError(f"--out is {args.out}.{hint} Allowed: a file in {', '.join(FORMATS)}.")
    if not 0 <= args.seed <= LARGEST_SEED:
        raise UsageError(f"--seed is {args.seed}. Allowed: 0 to {LARGEST_SEED}.")
    checkpoints = [find_checkpoint(path) for path in args.policies]
    vocabulary = load_vocabulary(checkpoints[0])
    embedded = [embed_phrases(folder, vocabulary) for folder in checkpoints]
    for checkpoint in checkpoints:
        announce_policy(checkpoint)
    projections = [project(embeddings, args.seed) for embeddings in embedded]
    rows = [_facts(*each) for each in zip(checkpoints, embedded, projections, strict=True)]
    titles = [f"{row['recipe']}: {row['policy']}" for row in rows]
    save_panels([*map(Panel, titles, projections)], args.seed, args.out)
    facts = {
        "picture": str(args.out),
        "method": projections[0].method,
        "seed": args.seed,
        "phrases": len(embedded[0].phrases),
        "groups": len(set(embedded[0].groups)),
        "policies": rows,
    }
    emit(facts, args.format, f"{_table(rows)}\nPicture: {args.out}")
    return 0


def _facts(checkpoint: Path, embeddings: Embeddings, projection: EmbeddingMap) -> dict[str, Any]:
    from cliprt.evaluation.embeddings import silhouettes_by_group
    from cliprt.policies.description import load_description

    recipe = load_description(checkpoint)["recipe"]
    return {
        "checkpoint": str(checkpoint),
        "recipe": recipe.get("name", checkpoint.name),
        "policy": recipe["policy"]["name"],
        "width": int(embeddings.vectors.shape[1]),
        "silhouette": projection.silhouette,
        "silhouette_by_group": silhouettes_by_group(embeddings),
    }


def _table(rows: list[dict[str, Any]]) -> str:
    """One column per policy, one line per group and one for all."""
    columns = [{**row["silhouette_by_group"], "all": row["silhouette"]} for row in rows]
    width = max(len(row["policy"]) for row in rows) + 2
    first = max(map(len, columns[0])) + 2
    lines = [f"{'silhouette':<{first}}" + "".join(f"{row['policy']:>{width}}" for row in rows)]
    for group in columns[0]:
        shown = ["-" if c[group] is None else f"{c[group]:.2f}" for c in columns]
        lines.append(f"{group:<{first}}" + "".join(f"{value:>{width}}" for value in shown))
    return "\n".join(lines)
