"""The robot as a body: a UR5e in simple shapes, with a parallel gripper of 85 mm stroke.

Link lengths and masses are the public ones of the UR5e; the shapes and colours are our own.  The
gripper's frame is the flange: z out of it, fingers open along y.
"""

from __future__ import annotations

import math

from cliprt.robots.pybullet.kinematics import A2, A3, D1, D4, D5, D6
from cliprt.robots.world import Body, Colour, Joint, Link, Part, Vector
from cliprt.types import Pose

ARM_LINKS = ("shoulder", "upper_arm", "forearm", "wrist_1", "wrist_2", "wrist_3")
FINGER_LINKS = ("finger_left", "finger_right")
HAND_LINK = "wrist_3"

FINGER_TRAVEL_M = 0.0425
"""How far each finger moves; the opening is twice that."""

FINGER_THICKNESS_M = 0.018
"""From a finger's inner side to its outer one."""

FINGERTIP_M = 0.162
"""From the flange to the end of the fingers."""

_FINGER_BASE_M = 0.097
_FINGER_FRICTION = 1.2
_TURN = math.pi / 2

_STEEL: Colour = (0.80, 0.81, 0.83)
_CAP: Colour = (0.36, 0.55, 0.74)
_DARK: Colour = (0.21, 0.22, 0.25)
_PAD: Colour = (0.37, 0.38, 0.41)


def build_arm() -> Body:
    """The whole robot, bolted to the origin of the base frame."""
    return Body("robot", (*_arm_links(), *_finger_links()), fixed=True)


def _arm_links() -> tuple[Link, ...]:
    wrist = (
        _tube((0, 0, 0), 0.042, 0.11, _STEEL),
        _tube((0, 0, 0.06), 0.040, 0.012, _CAP, solid=False),
    )
    return (
        Link(
            "base",
            (
                _tube((0, 0, 0.05), 0.075, 0.10, _STEEL),
                _tube((0, 0, 0.006), 0.095, 0.012, _DARK, solid=False),
            ),
            mass=4.0,
        ),
        _link(
            "shoulder",
            "base",
            (0, 0, D1, 0, 0, math.pi),
            3.7,
            _tube((0, 0, 0), 0.06, 0.15, _STEEL),
            _tube((0, 0.07, 0), 0.057, 0.02, _CAP, tilt=_TURN, solid=False),
        ),
        _link(
            "upper_arm",
            "shoulder",
            (0, 0, 0, _TURN, 0, 0),
            8.393,
            _tube((0, 0, 0.138), 0.06, 0.15, _STEEL),
            _tube((0, 0, 0.220), 0.057, 0.016, _CAP, solid=False),
            _bar((A2 / 2, 0, 0.138), 0.048, -A2, _STEEL),
            _tube((A2, 0, 0.138), 0.055, 0.13, _STEEL),
            _tube((A2, 0, 0.210), 0.052, 0.016, _CAP, solid=False),
            centre=(A2 / 2, 0.0, 0.138),
        ),
        _link(
            "forearm",
            "upper_arm",
            (A2, 0, 0, 0, 0, 0),
            2.275,
            _bar((A3 / 2, 0, 0.007), 0.040, -A3, _STEEL),
            _tube((A3, 0, 0.03), 0.045, 0.11, _STEEL),
            _tube((A3, 0, -0.03), 0.043, 0.014, _CAP, solid=False),
            centre=(A3 / 2, 0.0, 0.007),
        ),
        _link("wrist_1", "forearm", (A3, 0, D4, 0, 0, 0), 1.219, *wrist),
        _link("wrist_2", "wrist_1", (0, -D5, 0, _TURN, 0, 0), 1.219, *wrist),
        _link(
            HAND_LINK,
            "wrist_2",
            (0, D6, 0, -_TURN, 0, 0),
            0.9,
            _tube((0, 0, -0.022), 0.0375, 0.045, _CAP),
            _tube((0, 0, 0.02), 0.0375, 0.04, _DARK),
            _block((0, 0, 0.066), (0.048, 0.10, 0.056), _DARK),
            _block((0.055, 0, 0.045), (0.06, 0.022, 0.008), _DARK, solid=False),
            _block((0.088, 0, 0.036), (0.024, 0.07, 0.022), _STEEL, solid=False),
            centre=(0.0, 0.0, 0.035),
        ),
    )


def _finger_links() -> tuple[Link, ...]:
    return tuple(
        Link(
            name,
            (
                _block((0, side * 0.012, 0.018), (0.024, 0.012, 0.045), _DARK),
                _block((0, side * 0.004, 0.044), (0.022, 0.008, 0.042), _PAD),
            ),
            mass=0.08,
            centre=(0.0, 0.0, 0.03),
            joint=Joint(
                "slide",
                (0, 0, _FINGER_BASE_M, 0, 0, 0),
                (0, side, 0),
                lower=0.0,
                upper=FINGER_TRAVEL_M,
            ),
            parent=HAND_LINK,
            friction=_FINGER_FRICTION,
        )
        for name, side in zip(FINGER_LINKS, (1.0, -1.0), strict=True)
    )


def _link(
    name: str,
    parent: str,
    origin: Pose,
    mass: float,
    *parts: Part,
    centre: Vector = (0.0, 0.0, 0.0),
) -> Link:
    """A link that turns about the z axis of its origin, which is in its parent's frame."""
    hinge = Joint("hinge", origin, (0, 0, 1), lower=-2 * math.pi, upper=2 * math.pi)
    return Link(name, parts, mass, centre, hinge, parent)


def _tube(
    at: Vector,
    radius: float,
    length: float,
    colour: Colour,
    tilt: float = 0.0,
    solid: bool = True,
) -> Part:
    """A cylinder along z, or along y with a quarter turn of tilt."""
    return Part("cylinder", (radius, length, 0), (*at, tilt, 0, 0), colour, solid)


def _bar(at: Vector, radius: float, length: float, colour: Colour) -> Part:
    """A cylinder along x."""
    return Part("cylinder", (radius, length, 0), (*at, 0, _TURN, 0), colour)


def _block(at: Vector, size: Vector, colour: Colour, solid: bool = True) -> Part:
    return Part("box", size, (*at, 0, 0, 0), colour, solid)
