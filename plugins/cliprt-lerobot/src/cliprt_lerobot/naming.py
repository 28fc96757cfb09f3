"""Which numbers of a data set are the hand's pose and the gripper, by their names or a person.

The names of a feature's numbers say it in most data sets: ``x, y, z, roll, pitch, yaw, gripper``,
``ee.x``, ``qx`` and so on.  What no name says is taken as most data sets have it: metres, radians,
the robot's base frame (x forward, y left, z up), and a gripper whose large numbers are open.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cliprt.errors import UsageError, did_you_mean
from cliprt_lerobot.hand import WIDTHS, Hand, Place, Turn
from cliprt_lerobot.layout import ACTION, STATE, Info

TURNS: Mapping[Turn, tuple[tuple[str, ...], ...]] = {
    "euler": (("roll", "pitch", "yaw"), ("euler_x", "euler_y", "euler_z")),
    "quaternion": (
        ("qx", "qy", "qz", "qw"),
        ("rx", "ry", "rz", "rw"),
        ("quat_x", "quat_y", "quat_z", "quat_w"),
    ),
    "rotation_vector": (
        ("rx", "ry", "rz"),
        ("wx", "wy", "wz"),
        ("axis_angle1", "axis_angle2", "axis_angle3"),
        ("axis_angle_x", "axis_angle_y", "axis_angle_z"),
        ("rotvec_x", "rotvec_y", "rotvec_z"),
    ),
}
"""How a turn is written -> what its numbers are called."""

METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
RADIANS = {"rad": 1.0, "deg": math.pi / 180}

_BEFORE = re.compile(
    r"^(?:(?:ee|eef|tcp|pose|pos|position|end_effector|hand|cartesian|state)[_ -])+"
)
_NO_STATE_OF_GRIPPER = ("rot", "force", "vel", "effort", "torque", "current")


@dataclass(frozen=True)
class Told:
    """What a person says of a data set; "" = find it.

    Attributes:
        pose: ``KEY[a:b]``: position, then turn.
        turn: How the turn is written.
        gripper: ``KEY[i]``.
        gripper_open: ``"high"`` or ``"low"``.
        unit, angles: Of lengths and angles.
        frame: Which of its axes are forward, left and up: ``"x y z"``.
        set, sets: Instead of all that, the row of a set, and the YAML file that it is in.
    """

    pose: str = ""
    turn: str = ""
    gripper: str = ""
    gripper_open: str = ""
    unit: str = "m"
    angles: str = "rad"
    frame: str = "x y z"
    set: str = ""
    sets: str = ""


def find_hand(info: Info, told: Told) -> Hand:
    """Where a data set keeps the hand's pose.

    Raises:
        UsageError: Its names do not say it, and nobody did.
    """
    position, turn, written = _told_pose(info, told) if told.pose else _named_pose(info, told)
    gripper = _told_place(info, "--gripper", told.gripper, (1,)) if told.gripper else None
    gripper = gripper or _named_gripper(info, position.key)
    opens = {"high": 1, "low": -1}.get(told.gripper_open)
    if opens is None:
        opens = -1 if gripper and "clos" in _name_at(info, gripper) else 1
    axes = _axes(told.frame)
    scales = METRES[told.unit], RADIANS[told.angles]
    return Hand(position, turn, written, gripper, opens, *scales, axes)


def _told_pose(info: Info, told: Told) -> tuple[Place, Place | None, Turn]:
    place = _told_place(info, "--pose", told.pose, (3, 6, 7))
    turn = told.turn or {3: "none", 6: "euler", 7: "quaternion"}[len(place.numbers)]
    written: Turn = next(known for known in WIDTHS if known == turn)
    if len(place.numbers) != 3 + WIDTHS[written]:
        raise UsageError(
            f"--pose {told.pose} has {len(place.numbers)} numbers, and --turn {turn} needs"
            f" {3 + WIDTHS[written]}. Allowed: position, then turn."
        )
    turns = Place(place.key, place.numbers[3:]) if WIDTHS[written] else None
    return Place(place.key, place.numbers[:3]), turns, written


def _told_place(info: Info, option: str, text: str, widths: tuple[int, ...]) -> Place:
    """``KEY``, ``KEY[i]`` or ``KEY[a:b]``."""
    match = re.fullmatch(r"([^\[\]]+)(?:\[(\d{1,6})(?::(\d{1,6}))?\])?", text)
    key = match[1] if match else text
    if key not in info.features:
        raise UsageError(
            f"{option} {text}: there is no feature {key!r}.{did_you_mean(key, info.features)}"
            f" Allowed: {', '.join(_numeric(info))}."
        )
    size = math.prod(info.features[key].shape)
    begin = int((match and match[2]) or 0)
    one = begin + 1 if match and match[2] else size
    numbers = tuple(range(begin, int(match[3]) if match and match[3] else one))
    if len(numbers) not in widths or not numbers or numbers[-1] >= size:
        allowed = " or ".join(map(str, widths))
        raise UsageError(
            f"{option} {text} names {len(numbers)} of the {size} numbers of {key!r}; it takes"
            f" {allowed} of them, e.g. {option} {key}[0:{max(widths)}]."
        )
    return Place(key, numbers)


def _named_pose(info: Info, told: Told) -> tuple[Place, Place | None, Turn]:
    for key in _numeric(info):
        words = [_word(name) for name in info.names_of(key)]
        position = _find(words, ("x", "y", "z"))
        if position is None:
            continue
        for written, groups in TURNS.items():
            for group in groups:
                turn = _find(words, group)
                if turn is not None:
                    return Place(key, position), Place(key, turn), written
        return Place(key, position), None, "none"
    raise UsageError(_no_pose(info))


def _no_pose(info: Info) -> str:
    known = [f"{key} ({', '.join(info.names_of(key)) or 'no names'})" for key in _numeric(info)]
    return (
        f"no feature is named as the pose of the hand: it has {'; '.join(known)[:600] or 'none'}."
        " Phrases say how the hand moves, which joints alone do not tell. Where one of them is"
        " the pose, name it: --pose KEY[a:b] (x, y, z, then the turn). Where there are joints"
        " only, record the pose too: lerobot's processors make it from them"
        " (ForwardKinematicsJointsToEE)."
    )


def _named_gripper(info: Info, beside: str) -> Place | None:
    """The gripper's number: one of the pose's feature, else of another."""
    for key in dict.fromkeys((beside, *_numeric(info))):
        names = info.names_of(key) or ((key,) if math.prod(info.features[key].shape) == 1 else ())
        for number, name in enumerate(names):
            text = name.lower() if len(names) > 1 else f"{key} {name}".lower()
            if "grip" in text and not any(word in text for word in _NO_STATE_OF_GRIPPER):
                return Place(key, (number,))
    return None


def _name_at(info: Info, place: Place) -> str:
    names = info.names_of(place.key)
    number = place.numbers[0]
    return f"{place.key} {names[number] if number < len(names) else ''}".lower()


def _numeric(info: Info) -> list[str]:
    """Features of numbers that were observed, the usual one first."""
    keys = [
        key
        for key, feature in info.features.items()
        if feature.dtype.startswith(("float", "int", "uint", "bool"))
        and key.startswith("observation")
        and not key.startswith(ACTION)
    ]
    return sorted(keys, key=lambda key: key != STATE)


def _word(name: str) -> str:
    """What a name says, without whose it is: ``ee.x`` and ``tcp_x`` are ``x``."""
    return _BEFORE.sub("", re.split(r"[./]", name.lower())[-1])


def _find(words: Sequence[str], wanted: Sequence[str]) -> tuple[int, ...] | None:
    """The places of words that are there once each."""
    if any(words.count(word) != 1 for word in wanted):
        return None
    return tuple(words.index(word) for word in wanted)


def _axes(text: str) -> tuple[tuple[float, ...], ...]:
    """Which axes are forward, left and up, e.g. ``"-y x z"``, as the rows of a rotation."""
    rows = []
    for name in text.split():
        sign, axis = (-1.0, name[1:]) if name.startswith("-") else (1.0, name)
        rows.append(tuple(sign * (axis == one) for one in "xyz"))
    matrix = np.array(rows)
    if matrix.shape != (3, 3) or not math.isclose(np.linalg.det(matrix), 1.0):
        raise UsageError(
            f"--frame {text!r} is no frame. Allowed: which of the data set's axes point forward,"
            " left and up, e.g. 'x y z' or '-y x z' (right-handed)."
        )
    return tuple(rows)
