"""List, show, copy and validate recipes."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from pathlib import Path

from cliprt.cli.output import add_format, emit, note
from cliprt.errors import RecipeError, UsageError

EXAMPLE = """\
cliprt recipes validate finetune_novel trainer.max_steps=10
cliprt recipes cp finetune_novel my_recipe.yaml"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``ls | cat | cp | validate | allow`` and what each takes."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="ls|cat|cp|validate|allow"
    )
    listing = actions.add_parser("ls", help="names of all recipes, and what they are for")
    add_format(listing)
    show = actions.add_parser("cat", help="print a recipe")
    show.add_argument("name", metavar="NAME")
    show.add_argument(
        "--resolved",
        action="store_true",
        help="with everything filled in: what it extends, interpolations, defaults",
    )
    copy = actions.add_parser("cp", help="copy a recipe, to change it")
    copy.add_argument("name", metavar="NAME")
    copy.add_argument("destination", metavar="DEST", type=Path)
    validate = actions.add_parser("validate", help="check recipes; every mistake is listed")
    validate.add_argument("items", nargs="+", metavar="NAME|key=value")
    add_format(validate)
    allowed = actions.add_parser("allow", help="allow a recipe what it does outside, for good")
    allowed.add_argument("name", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says."""
    does = {"ls": _list, "cat": _show, "cp": _copy, "validate": _validate, "allow": _allow}
    return does[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from cliprt.recipe.find import first_sentence, known_recipes, shown_path

    rows = [
        {
            "name": name,
            "path": shown_path(path),
            "about": first_sentence(path.read_text(encoding="utf-8", errors="replace")),
        }
        for name, path in known_recipes().items()
    ]
    emit(rows, args.format, "\n".join(_wrapped(rows)))
    return 0


def _wrapped(rows: list[dict[str, str]]) -> list[str]:
    """Names, and what they are: on a terminal in lines as wide as it, else in one line each."""
    first = max((len(row["name"]) for row in rows), default=0) + 2
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    return [
        textwrap.fill(
            row["about"],
            max(width, first + 20),
            initial_indent=f"{row['name']:<{first}}",
            subsequent_indent=" " * first,
            break_long_words=False,
        )
        for row in rows
    ]


def _show(args: argparse.Namespace) -> int:
    from cliprt.recipe.find import find_recipe
    from cliprt.recipe.load import load_recipe, to_yaml

    if args.resolved:
        print(to_yaml(load_recipe(args.name)), end="")
    else:
        print(find_recipe(args.name).read_text(encoding="utf-8", errors="replace"), end="")
    return 0


def _copy(args: argparse.Namespace) -> int:
    from cliprt.recipe.find import SUFFIX, find_recipe, shown_path

    source = find_recipe(args.name)
    target = args.destination / source.name if args.destination.is_dir() else args.destination
    if target.suffix != SUFFIX:
        target = target.with_name(target.name + SUFFIX)
    if target.exists():
        raise UsageError(f"{target} exists already and is not overwritten. Choose another name.")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}. Create it: mkdir -p {target.parent}")
    shutil.copyfile(source, target)
    note(f"copied to {shown_path(target)}; run it with: cliprt fit --recipe {shown_path(target)}")
    return 0


def _validate(args: argparse.Namespace) -> int:
    from cliprt.recipe.load import read_recipe
    from cliprt.recipe.together import check_warmup
    from cliprt.recipe.word import in_words

    overrides = [item for item in args.items if "=" in item]
    chosen = [item for item in args.items if "=" not in item]
    if not chosen:
        raise UsageError("no recipe given. Say which: cliprt recipes validate NAME [key=value ...]")
    results = []
    for name in chosen:
        try:
            recipe, found = read_recipe(name, overrides, counts_typed=True)
            check_warmup(recipe)
            results.append({"recipe": name, "problems": [], "outside": list(found)})
        except RecipeError as error:
            results.append({"recipe": name, "problems": list(error.problems), "outside": []})
    if args.format == "json":
        emit(results, "json", "")
        return 2 if any(result["problems"] for result in results) else 0
    for result in results:
        if not result["problems"]:
            print(f"{result['recipe']}: ok")
            if result["outside"]:
                print(in_words(result["recipe"], result["outside"]))
    problems = [problem for result in results for problem in result["problems"]]
    if problems:
        raise RecipeError(dict.fromkeys(problems))
    return 0


def _allow(args: argparse.Namespace) -> int:
    from cliprt.recipe.load import read_recipe
    from cliprt.recipe.word import allow, in_words

    found = read_recipe(args.name)[1]
    if not found:
        note(f"{args.name} does nothing outside that would have to be allowed")
        return 0
    allow(found)
    note(f"allowed from now on: {in_words(args.name, found)}")
    return 0
