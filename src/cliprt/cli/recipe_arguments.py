"""What every command that works on a recipe takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format

if TYPE_CHECKING:
    from cliprt.recipe.schema import Recipe
    from cliprt.stages.run_folder import RunFolder


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """``--recipe``, overrides, ``--out`` and ``--format``."""
    parser.add_argument("--recipe", required=True, help="a file, or the name of a shipped recipe")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes, e.g. trainer.max_steps=500"
    )
    parser.add_argument("--out", type=Path, help="run folder (default: runs/<recipe's name>)")
    add_format(parser)


def add_confirm(parser: argparse.ArgumentParser) -> None:
    """``--confirm`` and ``--no-confirm``; None in the namespace where neither was given."""
    parser.add_argument(
        "--confirm",
        action=argparse.BooleanOptionalAction,
        help="show every move in words and wait for Enter (default: on hardware)",
    )


def read_allowed(recipe: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """A recipe, once a person has allowed what it does outside; asked once, if at a terminal.

    Raises:
        RecipeError: It cannot be used.
        UsageError: They have not.
    """
    from cliprt.recipe.load import read_recipe
    from cliprt.recipe.word import allow, check_allowed, in_words, is_allowed

    loaded, found = read_recipe(recipe, overrides)
    if sys.stdin.isatty() and not is_allowed(found):
        from cliprt.runtime.confirm import ask_terminal

        answer = ask_terminal(f"{in_words(recipe, found)}\nAllow this from now on? y / n > ")
        if answer.strip().lower() in ("y", "yes"):
            allow(found)
            return loaded
    check_allowed(recipe, found)
    return loaded


def open_recipe(
    args: argparse.Namespace, check: Callable[[Recipe, RunFolder], None] | None = None
) -> tuple[Recipe, RunFolder]:
    """The recipe that the arguments name, and its run folder, if `check` does not raise."""
    from cliprt.stages.run_folder import RUNS, RunFolder, open_run

    recipe = read_allowed(args.recipe, args.overrides)
    if check:
        check(recipe, RunFolder(args.out or RUNS / recipe.name))
    return recipe, open_run(recipe, args.out)
