"""The fields of RTDE: their names, their types, and what they say."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from cliprt_ur.testing.cabinet import PAUSED, PLAYING, POWER_OFF, Cabinet
from cliprt_ur.testing.registers import COUNT

FORMATS = {
    **{"DOUBLE": "d", "UINT64": "Q", "UINT32": "I", "INT32": "i", "UINT8": "B", "BOOL": "?"},
    **{"VECTOR3D": "3d", "VECTOR6D": "6d", "VECTOR6INT32": "6i", "VECTOR6UINT32": "6I"},
}
"""Each type as `struct` has it, big endian."""

JOINT_RUNNING, JOINT_POWER_OFF = 253, 239

MAIN_VOLTAGE_V, WARM_DEGREES = 48.0, 30.0

_SAFETY_MODES = {"safety_fault": 9, "emergency_stop": 7, "safeguard_stop": 5, "protective_stop": 3}

Reader = Callable[[Cabinet], Any]

_ZERO_6 = (0.0,) * 6


def _safety_mode(cabinet: Cabinet) -> int:
    return next((mode for stop, mode in _SAFETY_MODES.items() if stop in cabinet.stops), 1)


def _status_bits(cabinet: Cabinet) -> int:
    is_running = cabinet.runtime_state == PLAYING
    return (cabinet.robot_mode != POWER_OFF) | is_running << 1


def _joint_mode(cabinet: Cabinet) -> tuple[int, ...]:
    return (JOINT_POWER_OFF if cabinet.robot_mode == POWER_OFF else JOINT_RUNNING,) * 6


def _speed_scaling(cabinet: Cabinet) -> float:
    return cabinet.arm.rate if cabinet.runtime_state in (PLAYING, PAUSED) else 0.0


def _int_out(index: int, cabinet: Cabinet) -> int:
    return cabinet.registers.ints_out[index]


def _double_out(index: int, cabinet: Cabinet) -> float:
    return cabinet.registers.doubles_out[index]


def _constant(value: Any) -> Reader:
    return lambda _: value


def _all(type_name: str, names: str, read: Reader) -> dict[str, tuple[str, Reader]]:
    return {name: (type_name, read) for name in names.split()}


OUTPUTS: dict[str, tuple[str, Reader]] = {
    "timestamp": ("DOUBLE", lambda c: time.monotonic() - c.started_s),
    "actual_execution_time": ("DOUBLE", _constant(0.0)),
    **_all("VECTOR6D", "actual_q target_q", lambda c: c.arm.joints),
    **_all("VECTOR6D", "actual_qd target_qd", lambda c: c.arm.speeds),
    **_all("VECTOR6D", "actual_TCP_pose target_TCP_pose", lambda c: c.arm.pose()),
    "tcp_offset": ("VECTOR6D", lambda c: c.arm.tcp),
    **_all(
        "VECTOR6D",
        "target_qdd target_current target_moment actual_current actual_moment joint_control_output"
        " actual_TCP_speed target_TCP_speed actual_TCP_force ft_raw_wrench payload_inertia"
        " actual_current_as_torque",
        _constant(_ZERO_6),
    ),
    "joint_temperatures": ("VECTOR6D", _constant((WARM_DEGREES,) * 6)),
    "actual_joint_voltage": ("VECTOR6D", _constant((MAIN_VOLTAGE_V,) * 6)),
    **_all("DOUBLE", "actual_main_voltage actual_robot_voltage", _constant(MAIN_VOLTAGE_V)),
    **_all(
        "DOUBLE",
        "actual_momentum actual_robot_current standard_analog_input0 standard_analog_input1"
        " standard_analog_output0 standard_analog_output1",
        _constant(0.0),
    ),
    **_all(
        "VECTOR3D",
        "actual_tool_accelerometer elbow_position elbow_velocity",
        _constant((0.0,) * 3),
    ),
    "robot_mode": ("INT32", lambda c: c.robot_mode),
    "joint_mode": ("VECTOR6INT32", _joint_mode),
    **_all("INT32", "safety_mode safety_status", _safety_mode),
    "safety_status_bits": ("UINT32", lambda c: c.safety_bits),
    "robot_status_bits": ("UINT32", _status_bits),
    "runtime_state": ("UINT32", lambda c: c.runtime_state),
    "speed_scaling": ("DOUBLE", _speed_scaling),
    "target_speed_fraction": ("DOUBLE", lambda c: c.arm.slider),
    "payload": ("DOUBLE", lambda c: c.payload_kg),
    "payload_cog": ("VECTOR3D", lambda c: c.payload_centre_m),
    "actual_digital_output_bits": ("UINT64", lambda c: c.outputs),
    "actual_digital_input_bits": ("UINT64", lambda c: c.inputs),
    **_all("UINT32", "output_bit_registers0_to_31 output_bit_registers32_to_63", _constant(0)),
    **{f"output_int_register_{i}": ("INT32", partial(_int_out, i)) for i in range(COUNT)},
    **{f"output_double_register_{i}": ("DOUBLE", partial(_double_out, i)) for i in range(COUNT)},
}
"""What a client may listen to: name -> type and reader."""

BANKS = {"standard": 0, "configurable": 8, "tool": 16}
"""From which bit on a bank of digital outputs has its place."""

INPUTS: dict[str, str] = {
    "speed_slider_mask": "UINT32",
    "speed_slider_fraction": "DOUBLE",
    **{f"{bank}_digital_output{part}": "UINT8" for bank in BANKS for part in ("_mask", "")},
    **{f"standard_analog_output_{part}": "UINT8" for part in ("mask", "type")},
    **{f"standard_analog_output_{i}": "DOUBLE" for i in range(2)},
    "external_force_torque": "VECTOR6D",
    **{f"input_int_register_{i}": "INT32" for i in range(COUNT)},
    **{f"input_double_register_{i}": "DOUBLE" for i in range(COUNT)},
}
"""What a client may write: name -> type."""


class Recipe:
    """Some fields in a fixed order, packed together after a recipe's number."""

    def __init__(self, names: Sequence[str], types: Sequence[str]) -> None:
        """Every type must be one of `FORMATS`."""
        self.names = tuple(names)
        formats = [FORMATS[name] for name in types]
        self._struct = struct.Struct(">B" + "".join(formats))
        self._widths = [int(form[:-1] or 1) for form in formats]
        self._readers = [
            (OUTPUTS[name][1], width)
            for name, width in zip(names, self._widths, strict=True)
            if name in OUTPUTS
        ]

    def pack(self, number: int, cabinet: Cabinet) -> bytes:
        """What the fields, all of them outputs, say now."""
        values: list[Any] = [number]
        for read, width in self._readers:
            if width == 1:
                values.append(read(cabinet))
            else:
                values.extend(read(cabinet))
        return self._struct.pack(*values)

    def unpack(self, data: bytes) -> dict[str, Any]:
        """The values that a client wrote, by name.

        Raises:
            struct.error: They are not of this recipe.
        """
        values, found, at = self._struct.unpack(data), {}, 1
        for name, width in zip(self.names, self._widths, strict=True):
            found[name] = values[at] if width == 1 else values[at : at + width]
            at += width
        return found


def write_inputs(cabinet: Cabinet, values: dict[str, Any]) -> None:
    """Let what a client wrote take effect."""
    registers = cabinet.registers
    for name, value in values.items():
        kind, _, index = name.rpartition("_")
        if kind == "input_int_register":
            registers.ints_in[int(index)] = value
        elif kind == "input_double_register":
            registers.doubles_in[int(index)] = value
    if values.get("speed_slider_mask"):
        cabinet.arm.slider = min(max(values["speed_slider_fraction"], 0.0), 1.0)
        cabinet.record.note("inputs", {"slider": cabinet.arm.slider})
    for bank, shift in BANKS.items():
        mask = values.get(f"{bank}_digital_output_mask", 0) << shift
        if mask:
            told = values[f"{bank}_digital_output"] << shift
            cabinet.outputs = cabinet.outputs & ~mask | told & mask
            cabinet.record.note("inputs", {"outputs": cabinet.outputs})
    if "input_int_register_0" in values or "input_int_register_24" in values:
        cabinet.feed()
