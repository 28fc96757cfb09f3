"""What can be said of a thing, or of two: one row of a table each.

A relation measures one number; it holds where that is at least, or at most, an amount.  To add one,
write a function that measures it (see `measures`) and add a row: it can be said, read and inferred
then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cliprt.goals import measures
from cliprt.goals.extent import bottom, gap, tilt, turn
from cliprt.goals.measures import Unit, View


@dataclass(frozen=True)
class Relation:
    """One thing that can be said.

    Attributes:
        measure: The number that decides; NaN where there is none, which is never enough.
        told: How it is said after "is", in English; ``{where}`` is the other thing.
        exact: The same with ``{amount}``; "" where no amount can be said.
        unit: Of the amount.
        usual: The amount where none is said.
        at_most: Whether the number has to be small.
        words: Other ways to say `told`, or `exact` with its ``{amount}`` left out, with commas.
    """

    measure: Callable[[View], float]
    told: str
    exact: str = ""
    unit: Unit = ""
    usual: float = 1.0
    at_most: bool = False
    words: str = ""

    @property
    def is_of_two(self) -> bool:
        """Whether it relates a thing to another."""
        return "{where}" in self.told

    def holds(self, view: View, amount: float | None = None) -> bool:
        """Whether it is so."""
        wanted = self.usual if amount is None else amount
        return self.measure(view) <= wanted if self.at_most else self.measure(view) >= wanted


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


_RIGHT_ANGLE = math.pi / 2

RELATIONS: dict[str, Relation] = {
    "in": Relation(
        measures.is_in,
        _("in the {where}"),
        words="inside, inside of, into, within, in the inside of",
    ),
    "on": Relation(measures.is_on, _("on the {where}"), words="onto, on top of, upon"),
    "under": Relation(
        measures.is_under,
        _("under the {where}"),
        words="underneath, below, beneath",
    ),
    "open": Relation(
        measures.opened,
        _("open"),
        _("at least {amount} open"),
        "share",
        0.5,
        words="opened, pulled out, drawn out, ajar",
    ),
    "closed": Relation(
        measures.opened,
        _("closed"),
        _("closed to within {amount}"),
        "share",
        0.05,
        True,
        words="shut, close, pushed in, down",
    ),
    "inked": Relation(
        measures.ink,
        _("written on"),
        _("written on with at least {amount}"),
        "m2",
        0.0001,
        words="inked, drawn on, marked, stamped, scribbled on, painted",
    ),
    "clean": Relation(
        measures.ink,
        _("clean"),
        _("clean except for {amount}"),
        "m2",
        0.0004,
        True,
        words="blank, wiped, erased, wiped clean",
    ),
    "upside down": Relation(
        lambda view: math.pi - tilt(view.one),
        _("upside down"),
        _("upside down to within {amount}"),
        "rad",
        math.radians(15),
        True,
        words="on its head, flipped over, face down, turned over",
    ),
    "lying": Relation(
        lambda view: abs(tilt(view.one) - _RIGHT_ANGLE),
        _("lying on its side"),
        _("lying on its side to within {amount}"),
        "rad",
        math.radians(30),
        True,
        words="lying, lies, lie, on its side, lies on its side, lying down, lies down, "
        "knocked over, tipped over, fallen over, fell over, fallen",
    ),
    "side by side": Relation(
        lambda view: abs(measures.further(0, 1)(view)),
        _("side by side with the {where}"),
        _("side by side with the {where} to within {amount}"),
        "m",
        0.03,
        True,
        words="level with, abreast of, abreast",
    ),
    "lined up": Relation(
        measures.off_line,
        _("lined up with the {where}"),
        _("lined up with the {where} to within {amount}"),
        "m",
        0.03,
        True,
        words="lined up, in line with, in line, in a row, in row, aligned with, aligned",
    ),
    "touching": Relation(
        measures.is_touching,
        _("touching the {where}"),
        words="touches, touch, touched, in contact with, against, leaning on, touched by",
    ),
    "above": Relation(
        measures.height_above,
        _("above the {where}"),
        _("at least {amount} above the {where}"),
        "m",
        0.005,
        words="over, hovering over, right above, higher up than",
    ),
    "near": Relation(
        lambda view: gap(view.one, view.other),
        _("near the {where}"),
        _("within {amount} of the {where}"),
        "m",
        0.05,
        True,
        words="next to, beside, alongside, close to, by, at, near to, nearby, close together, from",
    ),
    "in the middle of": Relation(
        measures.off_centre,
        _("in the middle of the {where}"),
        _("within {amount} of the middle of the {where}"),
        "m",
        0.02,
        True,
        words="on middle of, at middle of, over middle of, in centre of, in center of, "
        "centred on, centered on",
    ),
    "turned": Relation(
        lambda view: turn(view.before, view.one),
        _("turned"),
        _("turned by at least {amount}"),
        "rad",
        math.radians(30),
        words="rotated, spun, twisted",
    ),
    "lifted": Relation(
        lambda view: bottom(view.one) - bottom(view.before),
        _("lifted"),
        _("lifted by at least {amount}"),
        "m",
        0.05,
        words="raised, in air, up",
    ),
    "held": Relation(
        measures.is_held,
        _("held"),
        words="in hand, in gripper, grasped, gripped, picked up, between fingers",
    ),
    "left of": Relation(
        measures.further(1, 1),
        _("left of the {where}"),
        _("at least {amount} left of the {where}"),
        "m",
        0.02,
        words="to left of, on left of, on left side of, left from",
    ),
    "right of": Relation(
        measures.further(1, -1),
        _("right of the {where}"),
        _("at least {amount} right of the {where}"),
        "m",
        0.02,
        words="to right of, on right of, on right side of, right from",
    ),
    "behind": Relation(
        measures.further(0, 1),
        _("behind the {where}"),
        _("at least {amount} behind the {where}"),
        "m",
        0.02,
        words="in back of, beyond, past, further away than, farther away than",
    ),
    "in front of": Relation(
        measures.further(0, -1),
        _("in front of the {where}"),
        _("at least {amount} in front of the {where}"),
        "m",
        0.02,
        words="in front, closer than, nearer than",
    ),
    "higher": Relation(
        measures.further(2, 1),
        _("higher than the {where}"),
        _("at least {amount} higher than the {where}"),
        "m",
        0.01,
    ),
    "lower": Relation(
        measures.further(2, -1),
        _("lower than the {where}"),
        _("at least {amount} lower than the {where}"),
        "m",
        0.01,
    ),
    "moved left": Relation(
        measures.moved(1, 1),
        _("moved to the left"),
        _("moved to the left by at least {amount}"),
        "m",
        0.03,
        words="moved left, further left, pushed to left",
    ),
    "moved right": Relation(
        measures.moved(1, -1),
        _("moved to the right"),
        _("moved to the right by at least {amount}"),
        "m",
        0.03,
        words="moved right, further right, pushed to right",
    ),
    "moved forward": Relation(
        measures.moved(0, 1),
        _("moved forward"),
        _("moved forward by at least {amount}"),
        "m",
        0.03,
        words="further forward, further away, pushed forward, pushed away",
    ),
    "moved back": Relation(
        measures.moved(0, -1),
        _("moved back"),
        _("moved back by at least {amount}"),
        "m",
        0.03,
        words="moved backward, further back, pulled back, moved closer",
    ),
    "moved": Relation(
        lambda view: math.dist(view.one.pose[:3], view.before.pose[:3]),
        _("moved"),
        _("moved by at least {amount}"),
        "m",
        0.03,
        words="moved away, displaced, shifted, somewhere else, driven, driven away, pushed, "
        "pulled, slid, rolled, gone, travelled, traveled, drove",
    ),
    "upright": Relation(
        lambda view: tilt(view.one),
        _("upright"),
        _("upright to within {amount}"),
        "rad",
        math.radians(15),
        True,
        words="standing, stands, stand, right way up, standing up, stands up, on its wheels",
    ),
}
"""Name -> relation, the most telling first: where several are so, the first is what was meant."""
