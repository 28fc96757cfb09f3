"""Stages 7 and 8: the box that the pinch point never leaves, and a slow drive to its corners."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from cliprt.types import Pose
from cliprt_ur.check.commissioning import Commissioning, LeftEarlyError, why_not_whole
from cliprt_ur.config import Limits
from cliprt_ur.frames import base_turn_rad, to_base, to_user

TOUR_M_S = 0.10
LONGEST_M = 0.20
"""A drive to a corner is made of pieces, so that each is looked at shortly before it is made."""

LEAST_EDGE_M, WIDEST_M = 0.05, 2.0
AROUND_M = ((-0.15, -0.25, 0.0), (0.15, 0.25, 0.25))
"""A box around a pose; its floor is where the tool is, since nobody knows what is below."""

Corner = tuple[float, float, float]


def check_workspace(visit: Commissioning) -> None:
    """Choose the box: the one so far, around the tool, by hand, or by numbers.

    Raises:
        LeftEarlyError: The person leaves.
    """
    visit.say("  No motion leaves the box: keep table, walls and people out of it. Nothing moves.")
    limits = visit.config.limits
    place = _place(visit)
    visit.say(f"  The tool is at {_cm(place)}")
    visit.say(f"  The box so far {box_text(limits.lower, limits.upper)}")
    options = ("keep", "around", "hand", "numbers")
    visit.say(
        "  keep: that box. around: one around the tool, no lower than it is now.\n"
        "  hand: drive the tool to two corners yourself. numbers: type the corners."
    )
    answer = visit.answers.choose(
        "Which box?", options, unattended="keep" if is_within(place, limits) else "around"
    )
    if answer == "around":
        _put_box(visit, *box_around(place))
    elif answer == "hand":
        _drive_by_hand(visit)
    elif answer == "numbers":
        _ask_box(visit)
    limits = visit.config.limits
    visit.say(f"  The box is now {box_text(limits.lower, limits.upper)}")
    if not is_within(place, limits):
        visit.say("  The tool is outside of it now: from there only motions back in are allowed.")


def check_corners(visit: Commissioning) -> None:
    """Drive slowly to the eight corners, if the person wants to see that.

    Raises:
        LeftEarlyError: The person leaves.
    """
    visit.say(
        "  The arm can show you the box: it drives to its upper corners at"
        f" {min(TOUR_M_S, visit.config.limits.speed_m_s) * 100:g} cm/s, and down at each."
    )
    if not visit.is_true("Shall it?"):
        visit.say("  Not driven. What the arm cannot reach is refused when it is asked for.")
        return
    seen: dict[str, bool] = {}
    while True:
        link = visit.take_control(TOUR_M_S)
        if not is_within(_place(visit), visit.config.limits):
            visit.ask_again(
                "the tool is outside of the box. On the pendant: switch to Local (top right), open"
                " Move, drive it in, and switch back to Remote."
            )
            continue
        visit.ask_leave()
        trouble = _drive(visit, link.look().pose, seen)
        if not trouble:
            break
        visit.ask_again(trouble)
    if missed := [name for name, is_reached in seen.items() if not is_reached]:
        visit.say(f"  Out of reach: {', '.join(missed)}. Motions to there will be refused.")
        if not visit.is_true("Keep this box all the same?"):
            visit.put(
                "arm.stages", [name for name in visit.config.arm.stages if name != "workspace"]
            )
            visit.save()
            raise LeftEarlyError("choose another box.")
    else:
        visit.say("  All eight corners can be reached.")


def is_within(place: Corner, limits: Limits) -> bool:
    """Whether a place of the user's frame is in the box."""
    return all(lo <= x <= hi for lo, x, hi in zip(limits.lower, place, limits.upper, strict=True))


def box_around(place: Corner) -> tuple[list[float], list[float]]:
    """A box around a place, its corners at whole millimetres outwards [m]."""
    low, high = AROUND_M
    lower = [math.floor((x + d) * 1000) / 1000 for x, d in zip(place, low, strict=True)]
    upper = [math.ceil((x + d) * 1000) / 1000 for x, d in zip(place, high, strict=True)]
    return lower, upper


def box_text(lower: list[float], upper: list[float]) -> str:
    """A box in centimetres, one axis after another."""
    spans = [f"{100 * a:.1f} to {100 * b:.1f}" for a, b in zip(lower, upper, strict=True)]
    return f"x {spans[0]}, y {spans[1]}, z {spans[2]} cm (forward, left, up)"


def tour(
    place: Corner, lower: list[float], upper: list[float], done: Collection[str] = ()
) -> list[tuple[str, Corner]]:
    """Where the drive goes: name and place, user's frame; names are empty in between.

    Straight up first, around at the top, straight down and up at every corner, and back: inside
    the box a straight line between two of its points stays in it.

    Args:
        place: Where the tool is.
        lower, upper: Corners of the box.
        done: Names of corners; where both of a column are, it is left out.
    """
    near, right, low = lower
    far, left, top = upper
    columns = {
        "near right": (near, right),
        "far right": (far, right),
        "far left": (far, left),
        "near left": (near, left),
    }
    above = (place[0], place[1], top)
    ways: list[tuple[str, Corner]] = [("", above)]
    for name, (x, y) in columns.items():
        if not {f"{name} top", f"{name} bottom"} <= set(done):
            ways += [(f"{name} top", (x, y, top)), (f"{name} bottom", (x, y, low))]
            ways += [("", (x, y, top))]
    return [*ways, ("", above), ("", place)]


def _drive(visit: Commissioning, start: Pose, seen: dict[str, bool]) -> str:
    """What ended the drive, "" if nothing did; notes in `seen` which corners can be reached."""
    turn_rad = base_turn_rad(visit.config.frame.base_rotation_deg)
    x, y, z, *rotation = to_user(start, turn_rad)
    place: Corner = (x, y, z)
    limits = visit.config.limits
    for name, corner in tour(place, limits.lower, limits.upper, seen):
        refused = None
        for point in stops(place, corner):
            result = visit.travel(start, to_base((*point, *rotation), turn_rad), None)
            start, refused = result.telemetry.pose, result.refused
            if result.trouble or result.stopped_after_s is not None:
                return why_not_whole(result)
            if refused:
                break
            place = point
        if name:
            seen[name] = not refused
            visit.say(f"  {name}: {refused or 'reached'}")
    return ""


def stops(start: Corner, end: Corner) -> list[Corner]:
    """Points on a straight line, `LONGEST_M` apart at most, up to its end."""
    line = np.linspace(start, end, max(2, math.ceil(math.dist(start, end) / LONGEST_M) + 1))
    return [(float(x), float(y), float(z)) for x, y, z in line[1:]]


def _drive_by_hand(visit: Commissioning) -> None:
    visit.say(
        "  On the pendant: switch to Local (top right), open Move, and drive or freedrive the tool."
    )
    while True:
        first = _corner(visit, "lowest, nearest corner on your right")
        second = _corner(visit, "highest, farthest corner on your left")
        lower = [math.ceil(min(a, b) * 1000) / 1000 for a, b in zip(first, second, strict=True)]
        upper = [math.floor(max(a, b) * 1000) / 1000 for a, b in zip(first, second, strict=True)]
        edge_m, axis = min((b - a, axis) for a, b, axis in zip(lower, upper, "xyz", strict=True))
        if edge_m >= LEAST_EDGE_M:
            break
        visit.say(
            f"  Both corners are only {edge_m * 100:.1f} cm apart in {axis}."
            f" Allowed: {LEAST_EDGE_M * 100:g} cm and more. Once more, please."
        )
    _put_box(visit, lower, upper)
    visit.say("  Switch the pendant back to Remote (top right).")
    visit.answers.ask("Press Enter when it is.")


def _ask_box(visit: Commissioning) -> None:
    lower, upper = visit.config.limits.lower, visit.config.limits.upper
    visit.put("limits.upper", [WIDEST_M] * 3)  # so that the present one is not in the way
    for key, question, present in (
        ("limits.lower", "Lowest corner, x y z [m]?", lower),
        ("limits.upper", "Highest corner, x y z [m]?", upper),
    ):
        visit.put(key, visit.ask_numbers(question, key, present))


def _corner(visit: Commissioning, name: str) -> Corner:
    visit.answers.ask(f"Drive the tool to the {name}, then press Enter.")
    place = _place(visit)
    visit.say(f"  Measured: {_cm(place)}")
    return place


def _put_box(visit: Commissioning, lower: list[float], upper: list[float]) -> None:
    visit.put("limits.lower", lower)
    visit.put("limits.upper", upper)


def _place(visit: Commissioning) -> Corner:
    """Where the pinch point is measured, user's frame [m]."""
    turn_rad = base_turn_rad(visit.config.frame.base_rotation_deg)
    x, y, z, *_ = to_user(visit.look().pose, turn_rad)
    return x, y, z


def _cm(place: Corner) -> str:
    x, y, z = (100 * value for value in place)
    return f"x {x:.1f}, y {y:.1f}, z {z:.1f} cm"
