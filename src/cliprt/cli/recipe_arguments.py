"""What every command that works on a recipe takes."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.cli.output import add_format
from cliprt.errors import RecipeError, UsageError

if TYPE_CHECKING:
    from cliprt.recipe.schema import Recipe
    from cliprt.stages.run_folder import RunFolder


def add_recipe_arguments(parser: argparse.ArgumentParser, default: str = "") -> None:
    """The recipe and its overrides, ``--out`` and ``--format``."""
    add_recipe(parser, default)
    parser.add_argument("--out", type=Path, help="run folder (default: runs/<recipe's name>)")
    add_format(parser)


def add_shard(parser: argparse.ArgumentParser) -> None:
    """``--shard``, read by :func:`cliprt.stages.portion.parse_portion`."""
    parser.add_argument(
        "--shard",
        default="1/1",
        metavar="I/N",
        help="do one portion of N of the jobs; other machines, or array tasks, that see the same"
        " folder do the others, at the same time or later",
    )


def add_recipe(parser: argparse.ArgumentParser, default: str = "") -> None:
    """The recipe, with or without ``--recipe``, and overrides; `choose_recipe` tells them apart."""
    otherwise = f" (default: {default})" if default else ""
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="RECIPE|key=value",
        help=f"a recipe: a file, or the name of a shipped one{otherwise}; and changes of it, e.g."
        " trainer.max_steps=500",
    )
    parser.add_argument("--recipe", help="the recipe, said in this way")


def choose_recipe(args: argparse.Namespace, default: str | None = None) -> tuple[str, list[str]]:
    """The recipe that was meant, and its overrides: what has no ``=`` is a recipe.

    Args:
        args: Of a parser with `add_recipe`; ``typed`` is the whole line.
        default: Where none was named; None = one has to be.

    Raises:
        UsageError: None was named, or several.
    """
    overrides = [word for word in args.overrides if "=" in word]
    named = [word for word in args.overrides if "=" not in word]
    if args.recipe is not None:
        named.insert(0, args.recipe)
    if len(named) > 1:
        again = shlex.join(word for word in args.typed if word not in named[1:])
        raise UsageError(
            f"{named[1]!r} is no change of the recipe {named[0]!r}. Allowed: one recipe, and"
            f" key=value. Type: {again}"
        )
    if not named and default is None:
        again = shlex.join([*args.typed, "--recipe", "finetune_novel"])
        raise UsageError(f"no recipe was named (all: cliprt recipes ls). Type for example: {again}")
    return named[0] if named else default or "", overrides


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
    args: argparse.Namespace,
    check: Callable[[Recipe, RunFolder], None] | None = None,
    default: str | None = None,
    with_own: bool = True,
) -> tuple[Recipe, RunFolder]:
    """The recipe that the arguments name, and its run folder, if `check` does not raise.

    Skills that people brought to the run are among its tasks, unless whoever asks looks them up.
    """
    from cliprt.recipe.load import with_places
    from cliprt.stages.portion import WHOLE, parse_portion
    from cliprt.stages.run_folder import RUNS, RunFolder, open_run
    from cliprt.stages.skills import with_skills

    portion = parse_portion(args.shard) if hasattr(args, "shard") else WHOLE
    chosen = choose_recipe(args, default)
    recipe = read_allowed(*chosen)
    run = RunFolder(args.out or RUNS / recipe.name)
    if with_own:
        recipe = with_skills(recipe, run)
    if check:
        try:
            check(recipe, run)
        except RecipeError as error:
            raise with_places(error, *chosen) from error
    return recipe, open_run(recipe, run.path, portion)
