"""The numbers that conditions are about: what a thing, or two, measure in the facts.

Directions are those of the page's map, seen from behind the robot: left = y+, far = x+.  What is so
or not measures 1 or 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cliprt.errors import UsageError, did_you_mean
from cliprt.goals.extent import bottom, is_over, middle, share_sunk, top
from cliprt.goals.facts import Facts, Placement

Unit = Literal["", "m", "rad", "share", "m2"]
"""Of an amount: length, angle, share of a joint's way, area; "" where there is nothing to say."""

HAND, TABLE = "hand", "table"
"""What can be spoken of beside the things."""

_FINGERTIP_M = 0.012
"""From the pinch point down to the fingertips."""
_THIN_M = 0.005
"""Height up to which a thing is a mark on the table: what is on it stands on the table as well."""
_RESTING_M = 0.008
"""How far from the top of a thing another can be and still rest on it."""
_SUNK_M, _WITHIN = 0.002, 0.8
"""How far below the rim a thing in another reaches, and how much of that is inside."""


@dataclass(frozen=True)
class View:
    """What a relation is asked about.

    Attributes:
        facts: Now.
        start: When the episode began.
        what, where: Names of things, or `HAND` or `TABLE`; ``where`` is "" for a relation of one.
        part: The link meant, of a thing that opens; "" = whichever.
        unit: In which the number is wanted.
    """

    facts: Facts
    start: Facts
    what: str
    where: str = ""
    part: str = ""
    unit: Unit = ""

    @property
    def one(self) -> Placement:
        """The thing that is spoken of."""
        return placement(self.facts, self.what)

    @property
    def other(self) -> Placement:
        """What it is related to."""
        return placement(self.facts, self.where)

    @property
    def before(self) -> Placement:
        """The thing at the start."""
        return placement(self.start, self.what)


def placement(facts: Facts, name: str) -> Placement:
    """Where something is.

    Raises:
        UsageError: There is no such thing.
    """
    if name in facts.things:
        return facts.things[name]
    if name == HAND:
        touched = frozenset(n for n, thing in facts.things.items() if "robot" in thing.touches)
        upright = (*facts.hand[:3], 0.0, 0.0, 0.0)
        return Placement(upright, (0.0, 0.0, -_FINGERTIP_M), (0.0, 0.0, 0.0), touches=touched)
    if name == TABLE:
        return Placement((0.0,) * 6, (-9.0, -9.0, -1.0), (9.0, 9.0, 0.0))
    known = [*facts.things, HAND, TABLE]
    raise UsageError(
        f"nothing on the table is called {name!r}.{did_you_mean(name, known)} There are:"
        f" {', '.join(known)}. Say the goal with one of these"
    )


def _yes(is_so: bool) -> float:
    return 1.0 if is_so else 0.0


def _touches(view: View) -> bool:
    return {HAND: "robot"}.get(view.where, view.where) in view.one.touches


def _is_thin(thing: Placement) -> bool:
    return top(thing) - bottom(thing) <= _THIN_M


def _rests(view: View) -> bool:
    """Whether the table does not carry it but for a mark on the table, and the hand let it go."""
    on_table = TABLE in view.one.touches and not _is_thin(view.other)
    return not (on_table or view.one.held)


def is_on(view: View) -> float:
    """Whether it rests on the other, or on a mark on the table, and was let go."""
    if view.where == TABLE:
        return _yes(TABLE in view.one.touches and not view.one.held)
    near = abs(bottom(view.one) - top(view.other)) <= _RESTING_M
    return _yes(_rests(view) and is_over(view.one, view.other) and (near or _touches(view)))


def is_in(view: View) -> float:
    """Whether what lies below the rim of the other is inside it, and was let go."""
    if _is_thin(view.other):
        return is_on(view)
    within = share_sunk(view.one, view.other, _SUNK_M) >= _WITHIN
    return _yes(within and _rests(view))


def is_under(view: View) -> float:
    """Whether it lies lower than the other, within its footprint."""
    lower = middle(view.one)[2] < middle(view.other)[2]
    return _yes(bool(lower) and is_over(view.one, view.other))


def height_above(view: View) -> float:
    """From the top of the other up to its lowest point [m]; -inf where it is not over it."""
    is_so = is_over(view.one, view.other)
    return bottom(view.one) - top(view.other) if is_so else -math.inf


def further(axis: int, sign: int) -> Callable[[View], float]:
    """How much further along a base axis its middle is than the other's [m]."""
    return lambda view: sign * float(middle(view.one)[axis] - middle(view.other)[axis])


def moved(axis: int, sign: int) -> Callable[[View], float]:
    """How far it was moved along a base axis [m]."""
    return lambda view: sign * (view.one.pose[axis] - view.before.pose[axis])


def off_centre(view: View) -> float:
    """How far its middle is from that of the other, seen from above [m]."""
    return math.hypot(further(0, 1)(view), further(1, 1)(view))


def off_line(view: View) -> float:
    """How far two are from standing in one line, across the table or along it."""
    return min(abs(further(0, 1)(view)), abs(further(1, 1)(view)))


def opened(view: View) -> float:
    """How far its widest open joint is from shut [share, m or rad]; of the hand, 1 or 0."""
    if view.what == HAND:
        return _yes(view.facts.gripper == "open")
    joints = [j for link, j in view.one.joints.items() if view.part in ("", link)]
    if view.unit in ("m", "rad"):
        return max((j.opened for j in joints if j.slides == (view.unit == "m")), default=math.nan)
    return max((j.opened / j.range for j in joints), default=math.nan)


def ink(view: View) -> float:
    """How much ink it shows [m^2]."""
    area = view.one.ink_m2
    return math.nan if area is None else area


def is_touching(view: View) -> float:
    """Whether two touch."""
    return _yes(_touches(view))


def is_held(view: View) -> float:
    """Whether it is between the closed fingers."""
    return _yes(view.one.held)
