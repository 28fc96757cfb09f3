"""``cliprt teach``: a page in the browser, in which a person teaches by typing or speaking.

Without a recipe it is ``teach``: two easy tasks.
"""

from __future__ import annotations

import argparse
import importlib.util

from cliprt.cli.output import note
from cliprt.cli.recipe_arguments import add_recipe_arguments, choose_recipe, open_recipe
from cliprt.errors import MissingExtraError, UsageError

EXAMPLE = """
cliprt teach
cliprt teach finetune_novel 'tasks=[close_laptop]' --out runs/laptop
cliprt teach --console
cliprt teach --behind https://robots.example.org/arm/
"""

RECIPE = "teach"
"""The recipe that is meant where none is named."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_recipe_arguments(parser, RECIPE)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve at (default: 127.0.0.1, this machine only); for any other a link"
        " with a one-time token is printed",
    )
    parser.add_argument("--port", type=int, default=8080, help="default: 8080; 0 = a free one")
    parser.add_argument(
        "--behind",
        metavar="URL",
        help="the page's public address, where a reverse proxy stands before it; a link with a"
        " one-time token is printed",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument(
        "--console", action="store_true", help="teach in this terminal instead, e.g. over ssh"
    )


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C; everything taught is kept."""
    if args.console:
        from cliprt.cli.stages import collect

        args.recipe, args.overrides = choose_recipe(args, RECIPE)
        args.overrides, args.confirm = [*args.overrides, "teleoperator=console"], None
        return collect.run(args)
    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port is {args.port}. Allowed: 0 to 65535, e.g. --port 8080")
    if importlib.util.find_spec("nicegui") is None:
        raise MissingExtraError(
            "the page needs NiceGUI, which is not installed. Type: pip install 'cliprt[page]'."
            " Or teach in this terminal: add --console"
        )
    from cliprt.page.behind import parse_address

    public = parse_address(args.behind) if args.behind is not None else None
    recipe, folder = open_recipe(args, default=RECIPE, with_own=False)
    from cliprt.page.server import serve

    try:
        serve(recipe, folder, args.host, args.port, not args.no_browser, note, public)
    except KeyboardInterrupt:
        note(f"The robot is at rest. What was taught, and what is unfinished, is in {folder.path}.")
        raise
    return 0
