"""What a controller's numbers mean, in sentences that say what a person does.

The numbers are RTDE's (Universal Robots, "RTDE guide"): `safety_status_bits`, `robot_mode`.
"""

from __future__ import annotations

NORMAL, REDUCED = 1, 2
RUNNING = 7
PLAYING = 2

_SAFETY = (
    (
        1 << 6 | 1 << 5 | 1 << 7,
        "the emergency stop is pressed. Make the cell safe, turn the button to release it, switch"
        " the arm on and release its brakes at the pendant",
    ),
    (
        1 << 2,
        "the arm is in a protective stop: it met a force or a limit. Look for the cause, free the"
        " arm, wait 5 s, and unlock it at the pendant",
    ),
    (
        1 << 4,
        "a safeguard stop holds the arm. Close the gate or leave the guarded zone",
    ),
    (
        1 << 3,
        "the arm is in recovery: it stands beyond a safety limit. Lead it back at the pendant",
    ),
    (
        1 << 8 | 1 << 9,
        "the controller reports a safety fault. Read its log at the pendant, restart the safety"
        " system, and switch the arm on",
    ),
    (
        1 << 10,
        "the controller stopped the arm for safety. Read its log at the pendant",
    ),
)
"""(bits, words); the first that matches tells the cause."""

_MODES = {
    -1: "there is no controller behind it",
    0: "the controller is disconnected from the arm",
    1: "the controller asks for a confirmation of the safety settings. Give it at the pendant",
    2: "the arm is starting. Wait a moment",
    3: "the arm's power is off. Switch it on and release its brakes at the pendant",
    4: "the arm is being switched on. Release its brakes at the pendant",
    5: "the arm's brakes are on. Release them at the pendant",
    6: "the arm is in backdrive. End that at the pendant",
    8: "the arm's firmware is being updated. Wait",
}


def safety_words(bits: int) -> str:
    """Why the safety system holds the arm; "" where it does not (normal or reduced)."""
    for mask, words in _SAFETY:
        if bits & mask:
            return words
    if not bits & (NORMAL | REDUCED):
        return f"the safety system is in no known state (bits {bits:#x}). Look at the pendant"
    return ""


def mode_words(robot_mode: int) -> str:
    """Why an arm in this mode does not move; "" where it is running."""
    if robot_mode == RUNNING:
        return ""
    return _MODES.get(
        robot_mode, f"the arm is in mode {robot_mode}, not running. Look at the pendant"
    )
