"""Stage 5: does the gripper open and close, and does it know?"""

from __future__ import annotations

from cliprt.types import GripperState
from cliprt_ur.check.commissioning import Commissioning, why_not_whole


def check_gripper(visit: Commissioning) -> None:
    """Open and close it before the person's eyes.

    Raises:
        LeftEarlyError: The person leaves.
    """
    if visit.config.gripper["name"] == "none":
        visit.say("  No gripper is mounted; nothing to try.")
        return
    visit.say(
        "  The gripper opens, closes and opens again; one that was just switched on does so once"
        " by itself first. Keep your fingers out of it."
    )
    _try(visit, "open", "open")
    _try(visit, "closed", "close")
    _try(visit, "open", "open again")


def _try(visit: Commissioning, state: GripperState, verb: str) -> None:
    while True:
        visit.say(f"  The gripper will now {verb}.")
        visit.ask_leave()
        link = visit.take_control(with_gripper=True)
        result = visit.travel(link.look().pose, None, state)
        trouble = why_not_whole(result) or result.telemetry.gripper.trouble
        if not trouble:
            opening_m = result.telemetry.gripper.opening_m
            visit.say(f"  It says that its fingers are {opening_m * 1000:.0f} mm apart.")
            if visit.is_true(f"Did it {verb}?"):
                return
            trouble = "see its cable, its power, and which gripper the file names."
        visit.ask_again(trouble)
