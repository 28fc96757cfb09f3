"""Look at a robot data set (RLDS), turn it into training shards, and check them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format, emit, note
from cliprt.errors import UsageError

if TYPE_CHECKING:
    from cliprt.engines.interface import Engine

EXAMPLE = """\
cliprt data inspect rlds/viola --picture viola.png
cliprt data inspect rlds/my_robot --set my_robot --sets my_sets.yaml
cliprt data convert rlds/viola --to oxe
cliprt data convert rlds/viola rlds/kuka --rule reference --to released --shard 3/10 workers=4
cliprt data verify oxe"""

ACTIONS = {
    "inspect": "what a data set holds, which sets it fits, and what the rules make of it",
    "convert": "write its steps as training shards, one tar for each of its shards",
    "verify": "check converted shards against what was written",
}
"""Action -> one line of help."""

CONVERT = """\
Write the steps of RLDS data sets as training shards: what the arm did becomes a sentence, by one of
two rules; the image becomes a JPEG of 224 px. The tars of a set are in OUT/<set>, one for each of
its shards, byte for byte the same whoever makes them. Interrupt it at any time: the same command
goes on. Shards that are damaged or missing are named, the others go on. With --shard i/n, n
machines that share OUT convert one portion each."""

VERIFY = """\
Check every tar against its sidecar and the manifest: checksums, counts, labels and keys. DIR is
the folder of one set, or the one above with several."""

LEFT = 1
"""Exit code where shards could not be converted, or are not as they were written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions, and what each takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
    adds = {"inspect": _add_inspect, "convert": _add_convert, "verify": _add_verify}
    for action, text in ACTIONS.items():
        one = actions.add_parser(
            action,
            help=text,
            description={"convert": CONVERT, "verify": VERIFY}.get(action, text),
            epilog=_example_of(action),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        adds[action](one)
        add_format(one)


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says; 1 where something is left to do or wrong."""
    return {"inspect": _inspect, "convert": _convert, "verify": _verify}[args.action](args)


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="the data set's folder")
    _add_set(parser)
    parser.add_argument(
        "--records",
        type=_natural,
        default=20,
        metavar="N",
        help="episodes looked at (default: 20)",
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw frames with what the rules say of them"
    )


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", help="folders of data sets")
    _add_set(parser)
    parser.add_argument(
        "--rule",
        choices=("observed", "reference"),
        default="observed",
        help="observed (default): how the arm was seen to move within a second; reference: as"
        " CLIP-RT's authors released it",
    )
    parser.add_argument("--to", type=Path, required=True, metavar="OUT", help="written to")
    parser.add_argument("--split", default="train", metavar="NAME", help="default: train")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the sentences drawn (default: 0)"
    )
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="one portion of N")
    _add_engine(parser)


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="DIR", type=Path, help="what convert wrote")
    _add_engine(parser)


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", default="", metavar="NAME", help="default: the data set's name")
    parser.add_argument("--sets", type=Path, metavar="FILE", help="sets of your own (YAML)")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "\n".join(
        (
            str(parser.epilog),
            "",
            "key=value: workers=N processes (default: one per core), engine=NAME or",
            "engine='{name: NAME, option: value}' (default: local).",
        )
    )
    parser.set_defaults(overrides=[])


def _inspect(args: argparse.Namespace) -> int:
    from cliprt.cli.data_told import tell_inspected
    from cliprt.stages.inspect_data import inspect_data

    if args.picture:
        from cliprt.stages.data_sheet import check_ending

        check_ending(args.picture)
    facts = inspect_data(args.path, args.set, args.sets, args.records)
    emit(facts, args.format, tell_inspected(facts))
    for problem in facts["problems"]:
        note(problem)
    if args.picture:
        from cliprt.stages.data_sheet import save_sheet

        save_sheet(args.path, args.picture, args.set, args.sets)
        note(f"wrote {args.picture}")
    return 0


def _convert(args: argparse.Namespace) -> int:
    from cliprt.cli.data_told import tell_converted
    from cliprt.stages.convert import convert
    from cliprt.stages.convert_plan import plan_conversion
    from cliprt.stages.portion import parse_portion

    paths = [Path(word) for word in args.paths if not _is_override(word)]
    args.overrides += filter(_is_override, args.paths)
    if not paths:
        raise UsageError("no data set was named. Type: cliprt data convert FOLDER --to OUT")
    portion = parse_portion(args.shard)
    engine = _build_engine(args.overrides)
    plans = plan_conversion(paths, args.to, args.rule, args.set, args.sets, args.split, args.seed)
    made = convert(plans, engine, portion)
    sets = [one.to_dict() for one in made]
    emit({"portion": str(portion), "sets": sets}, args.format, "\n".join(map(tell_converted, sets)))
    for one in sets:
        for problem in one["problems"]:
            note(f"{one['set']}: {problem}")
    left = sum(len(one.left) for one in made)
    if left:
        note(f"{left} shards are left; mend them (download them again), and type the same command")
    return LEFT if left else 0


def _verify(args: argparse.Namespace) -> int:
    from cliprt.cli.data_told import tell_verified
    from cliprt.stages.verify_shards import verify

    facts = verify(args.path, _build_engine(args.overrides))
    emit(facts, args.format, tell_verified(facts))
    return LEFT if facts["problems"] else 0


def _build_engine(overrides: list[str]) -> Engine:
    """What runs the jobs, said as a recipe's ``data.workers`` and ``data.engine`` are."""
    from cliprt.recipe.build import build_engine
    from cliprt.recipe.find import shipped_recipe
    from cliprt.recipe.load import load_recipe

    words = [word.removeprefix("data.") for word in overrides]
    for word in words:
        key = word.partition("=")[0].partition(".")[0]
        if key not in ("workers", "engine"):
            raise UsageError(f"{key!r:.80} cannot be set here. Allowed: workers=N, engine=NAME.")
    return build_engine(load_recipe(shipped_recipe("tiny"), [f"data.{word}" for word in words]))


def _natural(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is no number of episodes, such as 20")
    return int(text)


def _is_override(word: str) -> bool:
    return "=" in word and not Path(word).exists()


def _example_of(action: str) -> str:
    lines = [line for line in EXAMPLE.splitlines() if line.startswith(f"cliprt data {action}")]
    return "example:\n" + "\n".join(f"  $ {line}" for line in lines)
