"""The table from above, as values that ``table.js`` draws, and little pictures of things."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cliprt.page.names import say_name
from cliprt.page.seen_above import Outline, seen_above
from cliprt.page.translate import Translator
from cliprt.scenes.placed import Placed
from cliprt.scenes.room import FIELD, TABLE, make
from cliprt.scenes.scene import Scene
from cliprt.things.catalogue import COLOURS
from cliprt.things.interface import Thing


def draw_map(scene: Scene, _: Translator) -> dict[str, Any]:
    """What ``table.js`` draws; lengths in metres, base frame."""
    things = []
    for placed, (x, y, turn_deg), (low, high), height in zip(
        scene.things, scene.spots, scene.sizes, scene.heights, strict=True
    ):
        outlines = _outlines(placed)
        things.append(
            {
                "label": _(say_name(placed.name)),
                "at": (x, y),
                "turn": turn_deg,
                "height": height,
                "size": (high[1] - low[1], high[0] - low[0]),
                "halo": (0, 0) if placed.on else placed.within_m,
                "shapes": [{"points": o.points, "colour": o.colour} for o in outlines],
            }
        )
    return {"table": TABLE, "field": FIELD, "things": things}


def _outlines(placed: Placed) -> tuple[Outline, ...]:
    colour = COLOURS[placed.colour] if placed.colour else placed.kind.colour
    return _drawn(placed.kind, colour, tuple(sorted(placed.state.items())))


@lru_cache(maxsize=256)
def _drawn(
    thing: Thing, colour: tuple[float, float, float], state: tuple[tuple[str, float], ...]
) -> tuple[Outline, ...]:
    return seen_above(make(thing, thing.name, colour, dict(state)))


def draw_icon(thing: Thing) -> str:
    """A little picture, SVG: numbers and colours only, whoever made the thing."""
    outlines = _drawn(thing, thing.colour, ())
    corners = [point for outline in outlines for point in outline.points]
    (x0, y0), (x1, y1) = (map(pick, zip(*corners, strict=True)) for pick in (min, max))
    size = 1100 * max(x1 - x0, y1 - y0)
    left, top = -500 * (y0 + y1) - size / 2, -500 * (x0 + x1) - size / 2
    polygons = "".join(
        f'<polygon points="{_points(outline)}" fill="{outline.colour}"/>' for outline in outlines
    )
    box = f"{left:.0f} {top:.0f} {size:.0f} {size:.0f}"
    return f'<svg class="icon" viewBox="{box}" aria-hidden="true">{polygons}</svg>'


def _points(outline: Outline) -> str:
    return " ".join(f"{-1000 * y:.0f},{-1000 * x:.0f}" for x, y in outline.points)
