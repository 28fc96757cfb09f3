"""``--recipe NAME key=value ...``: how every command that works from a recipe takes it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cliprt.recipe.schema import Recipe

DEFAULT = "finetune_novel"


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add ``--recipe`` and the overrides to a command."""
    parser.add_argument(
        "--recipe",
        default=DEFAULT,
        metavar="NAME",
        help=f"a recipe's name or file (default: {DEFAULT}; see: cliprt recipes ls)",
    )
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="key=value",
        help="change the recipe, e.g. trainer.max_steps=10 tasks=[pick]",
    )


def load_chosen(args: argparse.Namespace) -> Recipe:
    """The recipe that the command line asks for.

    Raises:
        RecipeError: It cannot be used; every mistake is listed.
    """
    from cliprt.recipe.load import load_recipe

    return load_recipe(args.recipe, args.overrides)
