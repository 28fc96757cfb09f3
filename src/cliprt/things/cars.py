"""A toy car that rolls on four wheels, and the mat on which it is parked."""

from __future__ import annotations

import math

from cliprt.robots.world import Body, Colour, Joint, Link, Part
from cliprt.things.interface import Thing
from cliprt.things.shapes import box

LENGTH_M, WIDTH_M, HEIGHT_M = 0.15, 0.11, 0.068
"""Over everything."""
MAT_LENGTH_M, MAT_WIDTH_M = 0.20, 0.16

AXLE_FRICTION_NM = 0.003
"""Of a car that is pushed to a place: it stops there."""

_WHEEL_RADIUS_M, _WHEEL_M = 0.020, 0.018
_BUMPER_M = 0.014
_BLACK: Colour = (0.08, 0.08, 0.09)
_GLASS: Colour = (0.55, 0.80, 0.95)
_LAMP: Colour = (0.98, 0.95, 0.70)


def car(name: str, colour: Colour, axle_friction_nm: float = 0.0) -> Body:
    """A car; its frame lies on the ground under its middle, it looks towards +x.

    Args:
        name: What the body is called.
        colour: Of its chassis.
        axle_friction_nm: What brakes each wheel; the more, the sooner a pushed car stops.
    """
    wheels = (
        _wheel(f"{end} {side} wheel", x, y, axle_friction_nm)
        for end, x in (("front", 0.043), ("rear", -0.043))
        for side, y in (("left", 1), ("right", -1))
    )
    return Body(name, (_chassis(colour), *wheels))


def parking_mat(name: str, colour: Colour) -> Body:
    """A mat too thin to be felt, with a white frame; its frame lies under its middle."""
    white: Colour = (0.96, 0.96, 0.96)
    parts = (
        box((MAT_LENGTH_M, MAT_WIDTH_M, 0.001), (0.0, 0.0, 0.0005), white, solid=False),
        box((MAT_LENGTH_M - 0.02, MAT_WIDTH_M - 0.02, 0.001), (0, 0, 0.001), colour, solid=False),
    )
    return Body(name, (Link("cloth", parts, 0.01),), fixed=True)


def _chassis(colour: Colour) -> Link:
    bumper_x = LENGTH_M / 2 - _BUMPER_M / 2
    parts = (
        box((LENGTH_M - 2 * _BUMPER_M, 0.068, 0.028), (0.0, 0.0, 0.028), colour),
        box((_BUMPER_M, WIDTH_M, 0.038), (bumper_x, 0.0, 0.031), colour),
        box((_BUMPER_M, WIDTH_M, 0.038), (-bumper_x, 0.0, 0.031), colour),
        box((0.062, 0.064, HEIGHT_M - 0.042), (-0.008, 0.0, 0.042 + 0.013), colour),
        box((0.064, 0.050, 0.014), (-0.008, 0.0, 0.055), _GLASS, solid=False),
        box((0.050, 0.066, 0.014), (-0.008, 0.0, 0.055), _GLASS, solid=False),
        *(box((0.002, 0.02, 0.01), (LENGTH_M / 2, s * 0.038, 0.03), _LAMP, False) for s in (1, -1)),
    )
    return Link("chassis", parts, 0.2, (0.0, 0.0, 0.025), friction=0.3)


def _wheel(name: str, x_m: float, side: int, friction_nm: float) -> Link:
    lying = (0.0, 0.0, 0.0, math.pi / 2, 0.0, 0.0)
    tyre = Part("cylinder", (_WHEEL_RADIUS_M, _WHEEL_M, 0.0), lying, _BLACK)
    hub = Part("cylinder", (_WHEEL_RADIUS_M / 2, _WHEEL_M + 0.002, 0.0), lying, _LAMP, solid=False)
    pose = (x_m, side * (WIDTH_M - _WHEEL_M) / 2, _WHEEL_RADIUS_M, 0.0, 0.0, 0.0)
    axle = Joint("hinge", pose, (0.0, 1.0, 0.0), friction=friction_nm, damping=2e-5)
    return Link(name, (tyre, hub), 0.015, joint=axle, friction=1.0)


CAR = Thing(
    ("car", "toy car"),
    lambda name, colour: car(name, colour, AXLE_FRICTION_NM),
    (0.88, 0.06, 0.06),
    frozenset({"held", "rolls"}),
    grasp=(-0.008, 0.0, 0.056, 0.0),
)

PARKING_MAT = Thing(
    ("parking mat", "car mat", "parking lot", "parking space"),
    parking_mat,
    (0.25, 0.35, 0.75),
)
