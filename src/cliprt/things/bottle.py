"""A tall bottle."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link
from cliprt.things.interface import Thing
from cliprt.things.shapes import ball, tube

RADIUS_M, HEIGHT_M = 0.032, 0.20
CENTRE_M = 0.065
"""Height of its centre of mass."""
_SHOULDER_M, _NECK_RADIUS_M, _CAP_M = 0.135, 0.015, 0.02
_LABEL: Colour = (0.95, 0.93, 0.85)
_CAP: Colour = (0.95, 0.75, 0.15)


def bottle(name: str, colour: Colour) -> Body:
    """A bottle of 20 cm, half full, so that it stands well; its frame lies under its middle."""
    neck_m = HEIGHT_M - _CAP_M - _SHOULDER_M
    parts = (
        tube(RADIUS_M, 0.0, _SHOULDER_M, colour),
        ball(RADIUS_M, (0.0, 0.0, _SHOULDER_M), colour),
        tube(_NECK_RADIUS_M, _SHOULDER_M, neck_m, colour),
        tube(_NECK_RADIUS_M + 0.002, HEIGHT_M - _CAP_M, _CAP_M, _CAP),
        tube(RADIUS_M + 0.0008, 0.055, 0.045, _LABEL, solid=False),
    )
    return Body(name, (Link("glass", parts, 0.15, (0.0, 0.0, CENTRE_M)),))


BOTTLE = Thing(
    ("bottle", "flask", "water bottle"),
    bottle,
    (0.50, 0.12, 0.62),
    frozenset({"held"}),
    grasp=(0.0, 0.0, HEIGHT_M - 0.025, 0.0),
)
