"""What the controller tells in numbers, as sentences that say what a person does.

Numbers as RTDE has them: safety status bits, robot mode and runtime state.
"""

from __future__ import annotations

from cliprt_ur.driver.messages import Telemetry

NORMAL, REDUCED = 1 << 0, 1 << 1
PROTECTIVE, RECOVERY, SAFEGUARD = 1 << 2, 1 << 3, 1 << 4
SYSTEM_EMERGENCY, ROBOT_EMERGENCY, EMERGENCY = 1 << 5, 1 << 6, 1 << 7
VIOLATION, FAULT, STOPPED_FOR_SAFETY = 1 << 8, 1 << 9, 1 << 10

RUNNING_MODE = 7
PLAYING, RESUMING = 2, 5

AGAIN = "Then connect again."

_SAFETY = (
    (
        FAULT | VIOLATION,
        "the arm's safety system reports a fault. Read it on the pendant and clear its cause,"
        " restart the safety system there and switch the arm on.",
    ),
    (
        ROBOT_EMERGENCY | SYSTEM_EMERGENCY | EMERGENCY,
        "the arm is in emergency stop. See that nobody is in danger, release the red button, and"
        " on the pendant switch the arm on and start it.",
    ),
    (
        SAFEGUARD,
        "the arm is in safeguard stop: a door, a light curtain or a scanner has stopped it. Leave"
        " the guarded space and reset the safeguard.",
    ),
    (
        PROTECTIVE,
        "the arm is in protective stop: it met something, or a limit of its joints. Find the cause"
        " and take it away, wait five seconds, and press Enable Robot on the pendant.",
    ),
    (
        RECOVERY,
        "the arm is in recovery mode: it is outside its safety limits. Move it back by hand with"
        " the pendant.",
    ),
    (
        STOPPED_FOR_SAFETY,
        "the arm's safety system has stopped it. Read the reason on the pendant and clear it.",
    ),
)

_MODES = {
    -1: "is without its controller. Wait until it has started",
    0: "is disconnected. Check the cable between arm and control box",
    1: "waits for its safety configuration. Confirm it on the pendant",
    2: "is starting. Wait until it has",
    3: "is switched off. On the pendant press ON, then START",
    4: "is switched on, but not started. On the pendant press START",
    5: "stands with its brakes on. On the pendant press START",
    6: "can be pushed by hand. Let go of the freedrive button",
    8: "is updating its firmware. Wait until it has",
}

_MODE_NAMES = {
    "NO_CONTROLLER": -1,
    "DISCONNECTED": 0,
    "CONFIRM_SAFETY": 1,
    "BOOTING": 2,
    "POWER_OFF": 3,
    "POWER_ON": 4,
    "IDLE": 5,
    "BACKDRIVE": 6,
    "RUNNING": 7,
    "UPDATING_FIRMWARE": 8,
}

_STATUS_NAMES = {
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

LOCAL_MODE = (
    "the arm is in local mode: somebody has it at the pendant. Choose Remote Control at the top"
    f" right of the pendant. {AGAIN}"
)

PROGRAM_STOPPED = (
    "the control program was stopped, at the pendant or by another computer. See who did it and"
    f" why. {AGAIN}"
)

PROGRAM_PAUSED = (
    f"the control program was paused at the pendant. Press stop there, see why. {AGAIN}"
)


def safety_trouble(bits: int) -> str:
    """Why the safety system lets nothing move; "" where it does."""
    for mask, sentence in _SAFETY:
        if bits & mask:
            return f"{sentence} {AGAIN}"
    return "" if bits & (NORMAL | REDUCED) else f"the arm's safety status is unknown. {AGAIN}"


def mode_trouble(mode: int) -> str:
    """Why the arm cannot move for its robot mode; "" where it can."""
    if mode == RUNNING_MODE:
        return ""
    return f"the arm {_MODES.get(mode, f'is in the unknown mode {mode}')}. {AGAIN}"


def arm_trouble(telemetry: Telemetry) -> str:
    """Why the arm itself cannot move, whoever has control; "" where it can."""
    return safety_trouble(telemetry.safety_bits) or mode_trouble(telemetry.robot_mode)


def program_trouble(runtime_state: int) -> str:
    """Why the control program on the controller executes nothing; "" where it runs."""
    if runtime_state in (PLAYING, RESUMING):
        return ""
    return PROGRAM_STOPPED if runtime_state in (0, 1) else PROGRAM_PAUSED


def told_mode_trouble(answer: str) -> str:
    """The same of the dashboard's answer to ``robotmode``, e.g. ``"Robotmode: IDLE"``."""
    name = answer.rpartition(":")[2].strip().upper()
    return mode_trouble(_MODE_NAMES[name]) if name in _MODE_NAMES else ""


def told_safety_trouble(answer: str) -> str:
    """The same of its answer to ``safetystatus``, e.g. ``"Safetystatus: NORMAL"``."""
    name = answer.rpartition(":")[2].strip().upper()
    return safety_trouble(_STATUS_NAMES.get(name, STOPPED_FOR_SAFETY)) if name else ""
