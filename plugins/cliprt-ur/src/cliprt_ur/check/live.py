"""The arm as it is at this moment, in words, read without taking control of it."""

from __future__ import annotations

import math

from cliprt_ur.check.outputs import Value, read_outputs
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.words import REDUCED, mode_words, safety_words
from cliprt_ur.frames import base_turn_rad, to_user

PROGRAM = ("stopping", "stopped", "running", "pausing", "paused", "resuming")


def read_live(config: UrConfig) -> dict[str, str]:
    """What the arm tells of itself now: name -> words with units.

    Raises:
        RobotError: It does not answer.
    """
    told = read_outputs(
        config.host,
        config.link.connect_timeout_s,
        ("actual_TCP_pose", *_WORDS),
    )
    live = {word: say(told[name]) for name, (word, say) in _WORDS.items() if name in told}
    if "actual_TCP_pose" in told:
        turn_rad = base_turn_rad(config.frame.base_rotation_deg)
        x, y, z, *_ = to_user(told["actual_TCP_pose"], turn_rad)
        live["tool"] = f"forward {x:.3f}, left {y:.3f}, up {z:.3f} m"
    return live


def _robot_mode(value: Value) -> str:
    return mode_words(int(value[0])) or "running"


def _safety(value: Value) -> str:
    bits = int(value[0])
    return safety_words(bits) or ("reduced" if bits & REDUCED else "normal")


def _program(value: Value) -> str:
    state = int(value[0])
    return PROGRAM[state] if 0 <= state < len(PROGRAM) else f"state {state}"


def _numbers(value: Value) -> str:
    return ", ".join(f"{number:.3f}" for number in value)


def _joints(value: Value) -> str:
    return ", ".join(f"{round(math.degrees(angle), 1) + 0.0:.1f}" for angle in value) + " degrees"


_WORDS = {
    "robot_mode": ("arm", _robot_mode),
    "safety_status_bits": ("safety", _safety),
    "runtime_state": ("program", _program),
    "target_speed_fraction": ("speed slider", lambda value: f"{value[0]:.0%}"),
    "tcp_offset": ("tool centre", lambda value: f"{_numbers(value[:3])} m from the flange"),
    "payload": ("payload", lambda value: f"{value[0]:.3g} kg"),
    "actual_q": ("joints", _joints),
}
