"""Round things, heavy below so that they do not roll away by themselves."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import ball, tube

RADIUS_M = 0.025


def toy_ball(name: str, colour: Colour) -> Body:
    """A ball of 5 cm, heavy below; its frame lies under its middle."""
    middle = (0.0, 0.0, RADIUS_M)
    return Body(name, (Link("ball", (ball(RADIUS_M, middle, colour),), 0.05, (0, 0, 0.015)),))


def apple(name: str, colour: Colour) -> Body:
    """A ball with a stalk; its frame lies under its middle."""
    middle = (0.0, 0.0, RADIUS_M)
    stalk = tube(0.0025, 2 * RADIUS_M - 0.002, 0.012, (0.35, 0.22, 0.10), solid=False)
    return Body(name, (Link("apple", (ball(RADIUS_M, middle, colour), stalk), 0.1, (0, 0, 0.015)),))


BALL = Thing(
    ("ball", "toy ball"),
    toy_ball,
    (0.95, 0.80, 0.10),
    frozenset({"held", "rolls"}),
    grasp=(0.0, 0.0, RADIUS_M, 0.0),
)

APPLE = Thing(
    ("apple", "fruit"),
    apple,
    (0.80, 0.10, 0.12),
    frozenset({"held"}),
    grasp=(0.0, 0.0, RADIUS_M, 0.0),
)
