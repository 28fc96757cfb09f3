"""What a configuration may say: the allowed range of every number, and how they fit together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliprt.errors import PluginError
from cliprt.types import Limit
from cliprt_ur import registered
from cliprt_ur.config import UrConfig

MOST_STOPPING_S = 0.07
"""An arm at full speed must be able to rest within this time."""


@dataclass(frozen=True)
class Rule:
    """One value of the configuration.

    Attributes:
        about: What it is, for the comment in the file.
        unit: Of its numbers; "" where there is none.
        limit: What each of its numbers may be.
        count: How many numbers; None = one, not a list.
    """

    about: str
    unit: str = ""
    limit: Limit | None = None
    count: int | None = None


_COORDINATE = Limit(-2.0, 2.0)

RULES = {
    "host": Rule("address of the controller"),
    "arm.serial": Rule("of the arm; another arm at this address is refused"),
    "arm.polyscope": Rule("version of its software when it was checked"),
    "arm.checked": Rule("when it was commissioned; empty = it is not moved"),
    "arm.stages": Rule("of an unfinished check, those that are done"),
    "frame.base_rotation_deg": Rule(
        "from your frame (x forward, y left) to the arm's Base", "degrees", Limit(-360, 360)
    ),
    "frame.tcp": Rule("flange to pinch point: x y z, rotation vector", "m, rad", None, 6),
    "payload.mass_kg": Rule("gripper and cables", "kg", Limit(0, 30)),
    "payload.centre_m": Rule("its centre of gravity, from the flange", "m", Limit(-0.5, 0.5), 3),
    "limits.lower": Rule("lowest corner of the box, your frame", "m", _COORDINATE, 3),
    "limits.upper": Rule("highest corner of the box", "m", _COORDINATE, 3),
    "limits.max_step_m": Rule("longest single motion", "m", Limit(0, 1.0, low_open=True)),
    "limits.max_step_deg": Rule("largest single turn", "degrees", Limit(0, 180, low_open=True)),
    "limits.max_tilt_deg": Rule("of the tool from straight down", "degrees", Limit(0, 180)),
    "limits.speed_m_s": Rule("of the pinch point", "m/s", Limit(0, 1.0, low_open=True)),
    "limits.acceleration_m_s2": Rule("to begin and to end", "m/s2", Limit(0, 5, low_open=True)),
    "limits.deceleration_m_s2": Rule("when it is stopped", "m/s2", Limit(0.5, 50)),
    "link.rate_hz": Rule("of telemetry", "Hz", Limit(50, 500)),
    "link.watchdog_hz": Rule("the arm stops after one period of silence", "Hz", Limit(5, 50)),
    "link.connect_timeout_s": Rule("for each port", "s", Limit(0.1, 30)),
    "link.start_timeout_s": Rule("for the client to be ready", "s", Limit(1, 60)),
    "gripper": Rule("name, and its options"),
    "cameras": Rule("name in observations: kind of camera and its options"),
    "black_box": Rule("folder for the last seconds before a fault"),
}
"""Key -> what it is and may be."""


def find_mistakes(config: UrConfig) -> list[tuple[str, str]]:
    """Everything wrong with a configuration: (key, text with what is allowed)."""
    mistakes = [mistake for key, rule in RULES.items() for mistake in _judge(config, key, rule)]
    broken = {key for key, _ in mistakes}
    for keys, judge in _TOGETHER.items():
        if not broken.intersection(keys):
            mistakes += judge(config)
    return mistakes


def value_at(config: UrConfig, key: str) -> Any:
    """The value of a dotted key, e.g. ``"limits.speed_m_s"``."""
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _judge(config: UrConfig, key: str, rule: Rule) -> Iterator[tuple[str, str]]:
    value = value_at(config, key)
    if rule.count is None:
        if isinstance(value, (int, float)):
            yield from ((key, text) for text in _judge_number(value, rule))
        return
    if len(value) != rule.count:
        yield key, f"has {len(value)} numbers. Allowed: {rule.count} [{rule.unit}]."
        return
    for index, number in enumerate(value):
        yield from ((f"{key}[{index}]", text) for text in _judge_number(number, rule))


def _judge_number(number: float, rule: Rule) -> Iterator[str]:
    if not math.isfinite(number):
        yield f"{number} is no finite number. Give one in {rule.unit}."
    elif rule.limit is not None and not rule.limit.allows(number):
        yield f"{number:g} {rule.unit}. Allowed: {rule.limit} {rule.unit}."


def _judge_host(config: UrConfig) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(r"[A-Za-z0-9_.:\-]+", config.host):
        yield "host", f"{config.host!r}. Allowed: a name or address such as 192.168.1.20."


def _judge_checked(config: UrConfig) -> Iterator[tuple[str, str]]:
    if config.arm.checked:
        try:
            datetime.fromisoformat(config.arm.checked)
        except ValueError:
            yield (
                "arm.checked",
                f"{config.arm.checked!r} is no date. Leave it to: cliprt ur check {config.host}",
            )


def _judge_tcp(config: UrConfig) -> Iterator[tuple[str, str]]:
    *position, rx, ry, rz = config.frame.tcp
    if (length := math.hypot(*position)) > 1.0:
        yield "frame.tcp", f"lies {length:g} m from the flange. Allowed: 1 m at most; give metres."
    if (angle := math.hypot(rx, ry, rz)) > math.pi + 1e-6:
        yield (
            "frame.tcp",
            f"turns by {angle:g} rad. Allowed: at most pi; give radians, not degrees.",
        )


def _judge_box(config: UrConfig) -> Iterator[tuple[str, str]]:
    for index, axis in enumerate("xyz"):
        low, high = config.limits.lower[index], config.limits.upper[index]
        if low >= high:
            yield (
                f"limits.lower[{index}]",
                f"{axis} {low:g} m is not below the upper corner's {high:g} m. Swap or mend them.",
            )


def _judge_stopping(config: UrConfig) -> Iterator[tuple[str, str]]:
    limits = config.limits
    if (time_s := limits.speed_m_s / limits.deceleration_m_s2) > MOST_STOPPING_S + 1e-9:
        least = math.ceil(limits.speed_m_s / MOST_STOPPING_S * 10) / 10
        yield (
            "limits.deceleration_m_s2",
            f"{limits.deceleration_m_s2:g} m/s2 needs {time_s * 1000:.0f} ms to stop the arm from"
            f" {limits.speed_m_s:g} m/s. Allowed: {MOST_STOPPING_S * 1000:.0f} ms;"
            f" give {least:g} m/s2 or more, or a lower speed_m_s.",
        )


def _judge_gripper(config: UrConfig) -> Iterator[tuple[str, str]]:
    yield from _judge_plugin("gripper", "gripper", config.gripper)


def _judge_cameras(config: UrConfig) -> Iterator[tuple[str, str]]:
    for name, options in config.cameras.items():
        key = f"cameras.{name}"
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            yield key, "is no name for a camera. Allowed: letters, digits and _, e.g. wrist."
        yield from _judge_plugin("camera", key, options)


_TOGETHER: Mapping[tuple[str, ...], Any] = {
    ("host",): _judge_host,
    ("arm.checked",): _judge_checked,
    tuple(["frame.tcp", *(f"frame.tcp[{i}]" for i in range(6))]): _judge_tcp,
    tuple(
        [f"limits.{side}{i}" for side in ("lower", "upper") for i in ("", "[0]", "[1]", "[2]")]
    ): _judge_box,
    ("limits.speed_m_s", "limits.deceleration_m_s2"): _judge_stopping,
    ("gripper",): _judge_gripper,
    ("cameras",): _judge_cameras,
}
"""Rules about several values: looked at where each of them is in order by itself."""


def _judge_plugin(
    kind: registered.Kind, key: str, options: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """A gripper or camera: it is installed, and its options are ones it has."""
    try:
        for where, text in registered.problems(kind, key, options):
            yield where, text.removeprefix(f"{where}: ")
    except PluginError as error:
        yield key, str(error)
