"""Stage 4: which way is forward?  A small wiggle, and what the person saw of it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cliprt.types import Pose
from cliprt_ur.check.commissioning import Commissioning, LeftEarlyError, why_not_whole
from cliprt_ur.frames import base_turn_rad, to_base, to_user

WIGGLE_M = 0.02
ANGLES_DEG = {"forward": 0.0, "left": 90.0, "back": 180.0, "right": 270.0}
"""Directions as seen from behind the arm -> angle from forward, counted to the left."""

AXES = {
    "up": (0.0, 0.0, 1.0),
    "down": (0.0, 0.0, -1.0),
    "forward": (1.0, 0.0, 0.0),
    "back": (-1.0, 0.0, 0.0),
    "left": (0.0, 1.0, 0.0),
    "right": (0.0, -1.0, 0.0),
}
"""Directions in the user's frame."""

ANGLED = "other"


def check_directions(visit: Commissioning) -> None:
    """Wiggle up, forward and left until what is seen is what was said.

    Raises:
        LeftEarlyError: The person leaves, or the base does not stand upright.
    """
    visit.say(
        "  Stand behind the base, looking the way the arm is to work: that way is forward."
        f" The arm moves {WIGGLE_M * 100:g} cm at a time, at 2 cm/s, and after each answer the"
        " same way back. You say which way it went."
    )
    _check_up(visit)
    while True:
        while (seen := _wiggle(visit, "forward")) != "forward":
            turn_deg = _ask_angle(visit) if seen == ANGLED else ANGLES_DEG[seen]
            visit.put(
                "frame.base_rotation_deg",
                corrected_rotation_deg(visit.config.frame.base_rotation_deg, turn_deg),
            )
            visit.say(f"  Noted: {visit.config.frame.base_rotation_deg:g} degrees. Once more.")
        if _wiggle(visit, "left") == "left":
            visit.say(
                "  Directions agree: the base is turned by"
                f" {visit.config.frame.base_rotation_deg:g} degrees."
            )
            return
        visit.say("  That does not fit together with forward. Let us look at both again.")


def corrected_rotation_deg(assumed_deg: float, seen_deg: float) -> float:
    """The base's rotation [degrees, 0..360), when "forward" was seen at another angle.

    Args:
        assumed_deg: The rotation with which it moved forward.
        seen_deg: Where it went instead, from forward to the left.
    """
    return round(assumed_deg - seen_deg, 3) % 360.0


def direction_of(start: Pose, end: Pose) -> str:
    """The direction in the user's frame in which a pose has moved most."""
    moved = np.subtract(end[:3], start[:3])
    return max(AXES, key=lambda name: float(np.dot(AXES[name], moved)))


def _check_up(visit: Commissioning) -> None:
    while _wiggle(visit, "up") != "up":
        visit.say(
            "  Then the base does not stand upright, or the pendant believes it does not. Arms on"
            " walls and ceilings are not supported. See Installation > General > Mounting."
        )
        if not visit.is_true("Look again?", unattended="no"):
            raise LeftEarlyError("up is not up: the arm's mounting has to be set right first.")


def _wiggle(visit: Commissioning, direction: str) -> str:
    """Move one way, ask which way it was, move back; what the person saw."""
    turn_rad = base_turn_rad(visit.config.frame.base_rotation_deg)
    visit.say(f"  The arm will now move {WIGGLE_M * 100:g} cm {direction}, and later back.")
    before, after = visit.move(_by(direction, turn_rad))
    measured = direction_of(to_user(before, turn_rad), to_user(after, turn_rad))
    flat = ("forward", "back", "left", "right", "up", "down")
    options = (*flat, ANGLED) if direction == "forward" else flat
    seen = "again"
    while seen == "again":
        seen = visit.answers.choose("Which way did it move?", options, unattended=measured)
        if direction == "forward" and seen in ("up", "down"):
            visit.say("  It measured a level motion. Please choose a level direction.")
            seen = "again"
    if why := why_not_whole(visit.travel(after, before, None)):
        visit.say(f"  It is not back where it was: {why}")
    return seen


def _by(direction: str, turn_rad: float) -> Callable[[Pose], Pose]:
    """Base pose -> Base pose, a wiggle further in a direction of the user's frame."""
    step = np.array(AXES[direction]) * WIGGLE_M

    def target(start: Pose) -> Pose:
        x, y, z, *rotation = to_user(start, turn_rad)
        moved = np.array([x, y, z]) + step
        return to_base((*moved, *rotation), turn_rad)

    return target


def _ask_angle(visit: Commissioning) -> float:
    while True:
        answer = visit.answers.ask("By how many degrees to the left of forward did it go?")
        try:
            angle = float(answer)
        except ValueError:
            angle = math.nan
        if math.isfinite(angle):
            return angle
        visit.say("  Please give a number, such as 45; to the right it is -45.")
