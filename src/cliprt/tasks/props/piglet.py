"""Piglet: a small standing pig, pink with a purple striped jumper."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

HEIGHT_M, RADIUS_M = 0.095, 0.025

_STRIPE: Colour = (0.45, 0.10, 0.45)
_BLACK: Colour = (0.08, 0.06, 0.05)


def piglet(skin: Colour = (0.98, 0.45, 0.68)) -> Body:
    """A pig of 9.5 cm, weighted so that it stays put; its frame lies under it, it looks to -x."""
    snout: Colour = (0.9 * skin[0], 0.7 * skin[1], 0.8 * skin[2])
    solid = (
        _tube(RADIUS_M, 0.0, 0.05, skin),
        _ball(0.026, (0.0, 0.0, 0.068), skin),
    )
    seen = (
        *(_tube(RADIUS_M + 0.0008, z, 0.008, _STRIPE, solid=False) for z in (0.010, 0.028)),
        *(_ball(0.010, (0.004, side * 0.019, 0.088), skin, False) for side in (-1, 1)),
        *(_ball(0.008, (-0.006, side * 0.026, 0.036), skin, False) for side in (-1, 1)),
        *(_ball(0.0035, (-0.023, side * 0.010, 0.075), _BLACK, False) for side in (-1, 1)),
        _ball(0.009, (-0.022, 0.0, 0.065), snout, False),
    )
    return Body("piglet", (Link("pig", (*solid, *seen), 0.6, (0.0, 0.0, 0.02)),))


def _tube(
    radius_m: float, bottom_m: float, length_m: float, colour: Colour, solid: bool = True
) -> Part:
    middle = (0.0, 0.0, bottom_m + length_m / 2, 0.0, 0.0, 0.0)
    return Part("cylinder", (radius_m, length_m, 0.0), middle, colour, solid)


def _ball(radius_m: float, centre: Vector, colour: Colour, solid: bool = True) -> Part:
    return Part("sphere", (radius_m, 0.0, 0.0), (*centre, 0.0, 0.0, 0.0), colour, solid)
