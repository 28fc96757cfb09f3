"""``cliprt teach``: a page on which anyone teaches the robot by talking."""

from __future__ import annotations

import argparse
from dataclasses import replace

from cliprt.cli.recipe_arguments import add_recipe_arguments, open_recipe

EXAMPLE = """\
cliprt teach --recipe teach.yaml
cliprt teach --recipe finetune_novel.yaml 'tasks=[stamp]' --port 0
cliprt teach --recipe teach.yaml --console"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to bind to; others than this machine need a key"
    )
    parser.add_argument("--port", type=int, default=8080, help="0 = any that is free")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--console", action="store_true", help="teach in this terminal instead")


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C, or ask in the terminal until enough is taught."""
    if args.console:
        from cliprt.recipe.schema import Component
        from cliprt.stages.collect import collect

        recipe, folder = open_recipe(args)
        collect(replace(recipe, teleoperator=Component("console")), folder)
        return 0
    from cliprt.page.server import check_installed, serve

    check_installed()
    recipe, folder = open_recipe(args)
    serve(recipe, folder, args.host, args.port, open_browser=not args.no_browser)
    return 0
