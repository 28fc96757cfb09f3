"""A tall bottle: half full, so that it stands well, and tips over when pushed at its neck."""

from __future__ import annotations

from cliprt.robots.world import Body, Colour, Link, Part

RADIUS_M, HEIGHT_M = 0.032, 0.20
CENTRE_M = 0.065
"""Height of its centre of mass."""

_SHOULDER_M, _NECK_RADIUS_M, _CAP_M = 0.135, 0.015, 0.02
_LABEL: Colour = (0.95, 0.93, 0.85)
_CAP: Colour = (0.95, 0.75, 0.15)


def bottle(colour: Colour = (0.50, 0.12, 0.62)) -> Body:
    """An upright bottle of 20 cm; its frame lies under its middle."""
    neck_m = HEIGHT_M - _CAP_M - _SHOULDER_M
    parts = (
        _tube(RADIUS_M, 0.0, _SHOULDER_M, colour),
        Part("sphere", (RADIUS_M, 0.0, 0.0), (0.0, 0.0, _SHOULDER_M, 0.0, 0.0, 0.0), colour),
        _tube(_NECK_RADIUS_M, _SHOULDER_M, neck_m, colour),
        _tube(_NECK_RADIUS_M + 0.002, HEIGHT_M - _CAP_M, _CAP_M, _CAP),
        _tube(RADIUS_M + 0.0008, 0.055, 0.045, _LABEL, solid=False),
    )
    return Body("bottle", (Link("glass", parts, 0.15, (0.0, 0.0, CENTRE_M)),))


def _tube(
    radius_m: float, bottom_m: float, length_m: float, colour: Colour, solid: bool = True
) -> Part:
    middle = (0.0, 0.0, bottom_m + length_m / 2, 0.0, 0.0, 0.0)
    return Part("cylinder", (radius_m, length_m, 0.0), middle, colour, solid)
