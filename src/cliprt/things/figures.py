"""Small toy animals that stand on the table."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import ball, tube

POOH_M, POOH_RADIUS_M = 0.045, 0.013
_FUR: Colour = (0.96, 0.72, 0.15)
_BLACK: Colour = (0.08, 0.06, 0.05)
PIGLET_M, PIGLET_RADIUS_M = 0.11, 0.030
_STRIPE: Colour = (0.45, 0.10, 0.45)


def pooh(name: str, shirt: Colour) -> Body:
    """A bear of 4.5 cm; its frame lies under it, it looks towards -x."""
    solid = (
        tube(0.0125, 0.0, 0.012, _FUR),
        tube(0.012, 0.011, 0.014, shirt),
        ball(0.0105, (0.0, 0.0, 0.0325), _FUR),
    )
    seen = (
        *(ball(0.0042, (0.0, side * 0.0085, 0.041), _FUR, False) for side in (-1, 1)),
        *(ball(0.0042, (-0.005, side * 0.0105, 0.0195), shirt, False) for side in (-1, 1)),
        *(ball(0.0048, (-0.0085, side * 0.007, 0.0048), _FUR, False) for side in (-1, 1)),
        *(ball(0.0016, (-0.0092, side * 0.004, 0.0360), _BLACK, False) for side in (-1, 1)),
        ball(0.0045, (-0.0082, 0.0, 0.0300), (0.99, 0.85, 0.45), False),
        ball(0.0018, (-0.0125, 0.0, 0.0312), _BLACK, False),
    )
    return Body(name, (Link("bear", (*solid, *seen), 0.03, (0.0, 0.0, 0.014)),))


def piglet(name: str, skin: Colour) -> Body:
    """A pig of 11 cm, weighted so that it stays put; its frame lies under it, it looks to -x."""
    snout: Colour = (0.9 * skin[0], 0.7 * skin[1], 0.8 * skin[2])
    solid = (
        tube(PIGLET_RADIUS_M, 0.0, 0.058, skin),
        ball(0.031, (0.0, 0.0, PIGLET_M - 0.031), skin),
    )
    seen = (
        *(tube(PIGLET_RADIUS_M + 0.0008, z, 0.009, _STRIPE, solid=False) for z in (0.012, 0.033)),
        *(ball(0.012, (0.005, side * 0.023, 0.102), skin, False) for side in (-1, 1)),
        *(ball(0.009, (-0.007, side * 0.031, 0.042), skin, False) for side in (-1, 1)),
        *(ball(0.004, (-0.027, side * 0.012, 0.087), _BLACK, False) for side in (-1, 1)),
        ball(0.011, (-0.026, 0.0, 0.075), snout, False),
    )
    return Body(name, (Link("pig", (*solid, *seen), 0.6, (0.0, 0.0, 0.02)),))


def teddy(name: str, fur: Colour) -> Body:
    """A bear of 10 cm; its frame lies under it, it looks to -x."""
    pale = (0.5 + fur[0] / 2, 0.5 + fur[1] / 2, 0.5 + fur[2] / 2)
    solid = (
        tube(0.024, 0.0, 0.052, fur),
        ball(0.024, (0.0, 0.0, 0.072), fur),
    )
    seen = (
        *(ball(0.009, (0.002, side * 0.020, 0.092), fur, False) for side in (-1, 1)),
        *(ball(0.010, (-0.010, side * 0.022, 0.038), fur, False) for side in (-1, 1)),
        *(ball(0.012, (-0.018, side * 0.015, 0.012), fur, False) for side in (-1, 1)),
        *(ball(0.0032, (-0.021, side * 0.009, 0.080), _BLACK, False) for side in (-1, 1)),
        ball(0.017, (-0.011, 0.0, 0.030), pale, False),
        ball(0.010, (-0.018, 0.0, 0.067), pale, False),
        ball(0.004, (-0.027, 0.0, 0.070), _BLACK, False),
    )
    return Body(name, (Link("bear", (*solid, *seen), 0.15, (0.0, 0.0, 0.03)),))


POOH = Thing(
    ("pooh", "winnie the pooh", "winnie"),
    pooh,
    (0.85, 0.10, 0.10),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.018, 0.0),
)

PIGLET = Thing(
    ("piglet", "pig"),
    piglet,
    (0.98, 0.45, 0.68),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.075, 0.0),
)

TEDDY = Thing(
    ("teddy", "teddy bear", "bear", "toy"),
    teddy,
    (0.62, 0.42, 0.24),
    frozenset({"held"}),
    grasp=(0.0, 0.0, 0.03, 0.0),
)
