"""Pooh: a small sitting bear, yellow with a red shirt, and the blanket he sits on."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

HEIGHT_M, RADIUS_M = 0.045, 0.013

_FUR: Colour = (0.96, 0.72, 0.15)
_BLACK: Colour = (0.08, 0.06, 0.05)


def pooh(shirt: Colour = (0.85, 0.10, 0.10)) -> Body:
    """A bear of 4.5 cm; its frame lies under it, it looks towards -x."""
    solid = (
        Part("cylinder", (0.0125, 0.012, 0.0), (0.0, 0.0, 0.006, 0.0, 0.0, 0.0), _FUR),
        Part("cylinder", (0.012, 0.014, 0.0), (0.0, 0.0, 0.018, 0.0, 0.0, 0.0), shirt),
        _ball(0.0105, (0.0, 0.0, 0.0325), _FUR),
    )
    seen = (
        *(_ball(0.0042, (0.0, side * 0.0085, 0.041), _FUR, False) for side in (-1, 1)),
        *(_ball(0.0042, (-0.005, side * 0.0105, 0.0195), shirt, False) for side in (-1, 1)),
        *(_ball(0.0048, (-0.0085, side * 0.007, 0.0048), _FUR, False) for side in (-1, 1)),
        *(_ball(0.0016, (-0.0092, side * 0.004, 0.0360), _BLACK, False) for side in (-1, 1)),
        _ball(0.0045, (-0.0082, 0.0, 0.0300), (0.99, 0.85, 0.45), False),
        _ball(0.0018, (-0.0125, 0.0, 0.0312), _BLACK, False),
    )
    return Body("pooh", (Link("bear", (*solid, *seen), 0.03, (0.0, 0.0, 0.014)),))


def blanket(colour: Colour = (0.45, 0.62, 0.88)) -> Body:
    """A square of 12 cm, too thin to be felt; its frame lies under its middle."""
    cloth = Part("box", (0.12, 0.12, 0.001), (0, 0, 0.0005, 0, 0, 0), colour, solid=False)
    return Body("blanket", (Link("cloth", (cloth,), 0.01),), fixed=True)


def _ball(radius_m: float, centre: Vector, colour: Colour, solid: bool = True) -> Part:
    return Part("sphere", (radius_m, 0.0, 0.0), (*centre, 0.0, 0.0, 0.0), colour, solid)
