"""Piglet: a small standing pig, pink with a purple striped jumper."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part, Vector

HEIGHT_M, RADIUS_M = 0.11, 0.030

_STRIPE: Colour = (0.45, 0.10, 0.45)
_BLACK: Colour = (0.08, 0.06, 0.05)


def piglet(skin: Colour = (0.98, 0.45, 0.68)) -> Body:
    """A pig of 11 cm, weighted so that it stays put; its frame lies under it, it looks to -x."""
    snout: Colour = (0.9 * skin[0], 0.7 * skin[1], 0.8 * skin[2])
    solid = (
        _tube(RADIUS_M, 0.0, 0.058, skin),
        _ball(0.031, (0.0, 0.0, HEIGHT_M - 0.031), skin),
    )
    seen = (
        *(_tube(RADIUS_M + 0.0008, z, 0.009, _STRIPE, solid=False) for z in (0.012, 0.033)),
        *(_ball(0.012, (0.005, side * 0.023, 0.102), skin, False) for side in (-1, 1)),
        *(_ball(0.009, (-0.007, side * 0.031, 0.042), skin, False) for side in (-1, 1)),
        *(_ball(0.004, (-0.027, side * 0.012, 0.087), _BLACK, False) for side in (-1, 1)),
        _ball(0.011, (-0.026, 0.0, 0.075), snout, False),
    )
    return Body("piglet", (Link("pig", (*solid, *seen), 0.6, (0.0, 0.0, 0.02)),))


def _tube(
    radius_m: float, bottom_m: float, length_m: float, colour: Colour, solid: bool = True
) -> Part:
    middle = (0.0, 0.0, bottom_m + length_m / 2, 0.0, 0.0, 0.0)
    return Part("cylinder", (radius_m, length_m, 0.0), middle, colour, solid)


def _ball(radius_m: float, centre: Vector, colour: Colour, solid: bool = True) -> Part:
    return Part("sphere", (radius_m, 0.0, 0.0), (*centre, 0.0, 0.0, 0.0), colour, solid)
