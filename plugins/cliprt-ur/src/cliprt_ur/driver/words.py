"""What the controller tells in numbers, as sentences that say what a person does.

Numbers as RTDE has them: safety status bits, robot mode and runtime state.
"""

from __future__ import annotations

NORMAL, REDUCED = 1 << 0, 1 << 1
PROTECTIVE, RECOVERY, SAFEGUARD = 1 << 2, 1 << 3, 1 << 4
SYSTEM_EMERGENCY, ROBOT_EMERGENCY, EMERGENCY = 1 << 5, 1 << 6, 1 << 7
VIOLATION, FAULT, STOPPED_FOR_SAFETY = 1 << 8, 1 << 9, 1 << 10

RUNNING_MODE = 7
STOPPING, STOPPED, PLAYING, RESUMING = 0, 1, 2, 5

AGAIN = "Then go on."

_SAFETY = (
    (
        FAULT | VIOLATION,
        "the arm's safety system reports a fault. Read it at the pendant and clear its cause,"
        " restart the safety system there and switch the arm on",
    ),
    (
        ROBOT_EMERGENCY | SYSTEM_EMERGENCY | EMERGENCY,
        "the arm is in emergency stop. See that nobody is in danger, release the red button, and"
        " at the pendant switch the arm on and release its brakes",
    ),
    (
        SAFEGUARD,
        "the arm is in safeguard stop: a door, a light curtain or a scanner has stopped it. Leave"
        " the guarded zone and reset the safeguard",
    ),
    (
        PROTECTIVE,
        "the arm is in protective stop: it met a force, or a limit of its joints. Find the cause"
        " and take it away, wait 5 s, and unlock the arm at the pendant",
    ),
    (
        RECOVERY,
        "the arm is in recovery: it stands beyond a safety limit. Lead it back at the pendant",
    ),
    (
        STOPPED_FOR_SAFETY,
        "the arm's safety system has stopped it. Read the reason at the pendant and clear it",
    ),
)
"""(bits, words); the first that matches tells the cause."""

_MODES = {
    -1: "there is no controller behind the arm. Wait until it has started",
    0: "the controller is not connected to the arm. Check the cable between them",
    1: "the controller waits for its safety settings to be confirmed. Do so at the pendant",
    2: "the arm is starting. Wait until it has",
    3: "the arm's power is off. Switch it on and release its brakes at the pendant",
    4: "the arm is being switched on. Release its brakes at the pendant",
    5: "the arm's brakes are on. Release them at the pendant",
    6: "the arm can be pushed by hand. End that at the pendant",
    8: "the arm's firmware is being updated. Wait until it has",
}

MODE_NAMES = {
    "NO_CONTROLLER": -1,
    "DISCONNECTED": 0,
    "CONFIRM_SAFETY": 1,
    "BOOTING": 2,
    "POWER_OFF": 3,
    "POWER_ON": 4,
    "IDLE": 5,
    "BACKDRIVE": 6,
    "RUNNING": RUNNING_MODE,
    "UPDATING_FIRMWARE": 8,
}
"""Robot modes as the dashboard calls them."""

STATUS_NAMES = {
    "NORMAL": NORMAL,
    "REDUCED": REDUCED,
    "PROTECTIVE_STOP": PROTECTIVE,
    "RECOVERY": RECOVERY,
    "SAFEGUARD_STOP": SAFEGUARD,
    "AUTOMATIC_MODE_SAFEGUARD_STOP": SAFEGUARD,
    "SYSTEM_THREE_POSITION_ENABLING_STOP": SAFEGUARD,
    "SYSTEM_EMERGENCY_STOP": SYSTEM_EMERGENCY,
    "ROBOT_EMERGENCY_STOP": ROBOT_EMERGENCY,
    "VIOLATION": VIOLATION,
    "FAULT": FAULT,
}
"""Safety status as the dashboard calls it."""

LOCAL_MODE = (
    "the controller is in local control: somebody has the arm at the pendant. Press the button in"
    " its top right corner and choose Remote Control"
)

PROGRAM_STOPPED = (
    "the control program was stopped: at the pendant, by another computer, or by its watchdog since"
    " this one was too busy. See which it was"
)

PROGRAM_PAUSED = (
    "the control program was paused at the pendant. Press stop there, and see why it was paused"
)


def safety_words(bits: int) -> str:
    """Why the safety system holds the arm; "" where it does not (normal or reduced)."""
    for mask, words in _SAFETY:
        if bits & mask:
            return words
    if bits & (NORMAL | REDUCED):
        return ""
    return f"the safety system is in no known state (bits {bits:#x}). Look at the pendant"


def mode_words(robot_mode: int) -> str:
    """Why an arm in this mode does not move; "" where it is running."""
    if robot_mode == RUNNING_MODE:
        return ""
    unknown = f"the arm is in mode {robot_mode}, not running. Look at the pendant"
    return _MODES.get(robot_mode, unknown)


def program_words(runtime_state: int) -> str:
    """Why the control program on the controller executes nothing; "" where it runs."""
    if runtime_state in (PLAYING, RESUMING):
        return ""
    return PROGRAM_STOPPED if runtime_state in (STOPPING, STOPPED) else PROGRAM_PAUSED


def refusal_words(text: str) -> str:
    """What the client's library said when it was not let in, with what a person does."""
    if "already in use" in text:
        return (
            "the arm's registers are used by another computer, or by a fieldbus (PROFINET,"
            " EtherNet/IP, MODBUS). End the other program, or switch the fieldbus off at the"
            " pendant under Installation > Fieldbus"
        )
    return (
        f"the arm's controller did not give control: {text.strip().rstrip('.!')}. Look at the"
        " pendant for a message"
    )


def lost_words(how: str) -> str:
    """The link is lost, with what a person does."""
    return (
        f"the connection to the arm's controller is lost: {how.strip().rstrip('.!')}. Its watchdog"
        f" stops the arm. Check the network, and look at the arm. {AGAIN}"
    )


def again(words: str) -> str:
    """Words as sentences that end with what comes last; "" stays so."""
    return f"{words}. {AGAIN}" if words else ""
