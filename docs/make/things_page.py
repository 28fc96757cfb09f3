"""Writes docs/things.md from the things themselves: ``python docs/make/things_page.py``.

Draws ``docs/media/things.png`` too, each thing in its usual colour (half a minute).
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from cliprt.cli.things import facts
from cliprt.registry import load
from cliprt.runtime.thing_pictures import contact_sheet, picture_of
from cliprt.things.catalogue import COLOURS, all_things, package_of
from cliprt.things.interface import Thing

DOCS = Path(__file__).resolve().parents[1]
PAGE, PICTURE = DOCS / "things.md", DOCS / "media" / "things.png"
FEW_COLOURS = 256

INTRODUCTION = """# The things

<!-- written by docs/make/things_page.py from the things; do not edit -->

{count} things can stand on the table of a scene, as many of each as you like, in any colour:
{colours}.
They are found by any of their nouns, one or several ("two toy cars"). `cliprt things` lists what is
installed, `cliprt things --pictures FOLDER` draws it; a mesh, a URDF or a few boxes of yours
[join them](extending.md#a-thing).

![All things in their usual colours](media/things.png)

*Held* things are taken from above: the tests lift each of them, in three places. *Opened* ones have
a lid or a drawer, *filled* ones are hollow, *poured* ones can be tipped over something; what
*draws* leaves its mark on what is *drawn on*. The size is that along the thing's own x (away from
the robot), y (to its left) and z.

| Thing | Also called | Size [cm] | Can be, or does |
|---|---|---|---|
"""


def main() -> None:
    """Draw the picture and rewrite the page."""
    with load("robot", "pybullet")(cameras=(), shadows=True) as robot:
        pictures = {name: picture_of(thing, robot) for name, thing in ours().items()}
    sheet = contact_sheet(pictures).quantize(FEW_COLOURS, dither=Image.Dither.NONE)
    sheet.save(PICTURE, optimize=True)
    PAGE.write_text(write(), encoding="utf-8")


def write() -> str:
    """The whole page."""
    things = ours()
    return INTRODUCTION.format(count=len(things), colours=", ".join(COLOURS)) + "".join(
        map(show, things.values())
    )


def ours() -> dict[str, Thing]:
    """The things that come with cliprt."""
    return {
        n: thing for n, thing in all_things().items() if package_of(thing).startswith("cliprt ")
    }


def show(thing: Thing) -> str:
    """One thing's row."""
    told = facts(thing)
    size = " x ".join(f"{edge:g}" for edge in told["size_cm"])
    return f"| {thing.name} | {', '.join(told['nouns'])} | {size} | {', '.join(told['can'])} |\n"


if __name__ == "__main__":
    main()
