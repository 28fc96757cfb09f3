"""Stage 5: does the gripper open and close, and does it know?"""

from __future__ import annotations

from cliprt.types import GripperState
from cliprt_ur.check.commissioning import Commissioning


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
        visit.move(None, state)
        report = visit.look().gripper
        if not report.trouble:
            visit.say(f"  It says that its fingers are {report.opening_m * 1000:.0f} mm apart.")
            if visit.is_true(f"Did it {verb}?"):
                return
        visit.ask_again(
            report.trouble or "see its cable, its power, and the way it is set up in the file."
        )
