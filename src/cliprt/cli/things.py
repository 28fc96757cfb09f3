"""List what can stand on the table: what it is called, how large it is, and what it can do."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format, emit, note

if TYPE_CHECKING:
    from cliprt.things.interface import Thing

EXAMPLE = """\
cliprt things
cliprt things cup "toy cars" --pictures things"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``[NOUN ...] --pictures FOLDER``."""
    parser.add_argument("nouns", nargs="*", metavar="NOUN", help="only these (default: all)")
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="write a picture of each, and things.png with all of them",
    )
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print the things, and draw them if a folder is named."""
    from cliprt.things.catalogue import all_things, find_thing, left_out

    for problem in left_out():
        note(f"left out: {problem}")
    found = [find_thing(noun) for noun in args.nouns] or list(all_things().values())
    things = {thing.name: thing for thing in found}
    if args.pictures:
        draw(things, args.pictures)
    rows = [facts(thing) for thing in things.values()]
    emit(rows, args.format, "\n".join(_table(rows)))
    return 0


def facts(thing: Thing) -> dict[str, Any]:
    """What there is to say about a thing, JSON values."""
    from cliprt.things.bounds import bounds
    from cliprt.things.catalogue import package_of

    lower, upper = bounds(thing.build(thing.name, thing.colour))
    return {
        "name": thing.name,
        "nouns": list(thing.nouns[1:]),
        "size_cm": [round(100 * (b - a), 1) for a, b in zip(lower, upper, strict=True)],
        "can": sorted(thing.can),
        "package": package_of(thing),
    }


def draw(things: dict[str, Thing], folder: Path) -> None:
    """Write a picture of each thing, and one with all of them, into a folder.

    Raises:
        UsageError: The folder cannot be written.
    """
    from PIL import Image

    from cliprt.errors import UsageError
    from cliprt.registry import load
    from cliprt.runtime.thing_pictures import contact_sheet, picture_of

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with load("robot", "pybullet")(cameras=(), shadows=True) as robot:
            pictures = {name: picture_of(thing, robot) for name, thing in things.items()}
        for name, picture in pictures.items():
            Image.fromarray(picture).save(folder / f"{name.replace(' ', '_')}.png")
        contact_sheet(pictures).save(folder / "things.png")
    except OSError as error:
        raise UsageError(
            f"no pictures can be written into {folder}: {error.strerror or error}. Name a folder"
            " that may be written: --pictures FOLDER"
        ) from error
    note(f"{len(pictures)} pictures in {folder}, all of them in {folder / 'things.png'}")


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """The rows below a heading, each column as wide as its widest cell."""
    cells = [("thing", "size [cm]", "can be, or does", "package", "also called")]
    for row in rows:
        size = " x ".join(f"{edge:g}" for edge in row["size_cm"])
        can, nouns = (", ".join(row[key]) or "-" for key in ("can", "nouns"))
        cells.append((row["name"], size, can, row["package"], nouns))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
