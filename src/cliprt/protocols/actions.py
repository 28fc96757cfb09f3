"""What the numbers of a policy elsewhere mean: rows of actions -> steps of ours.

Pure functions, numpy only.  Nothing is clipped or repaired: whatever is no row of finite numbers is
refused here, and what is too far or too fast by the robot's gate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np

from cliprt.data.schema import build
from cliprt.errors import ServerError, UsageError, did_you_mean
from cliprt.geometry import (
    apply_motion,
    from_matrix,
    motion_between,
    rotation_matrix,
    to_matrix,
)
from cliprt.types import (
    NO_MOTION,
    GripperState,
    Motion,
    Observation,
    PlannedStep,
    Pose,
    Primitive,
)

POSITION = ("x", "y", "z")
ANGLES = ("roll", "pitch", "yaw")
VECTOR = ("rx", "ry", "rz")
COLUMNS = (*POSITION, *ANGLES, *VECTOR, "gripper_rotation", "gripper", "unused")
"""What a number of an action may be.

``roll``, ``pitch``, ``yaw`` turn one after another about fixed axes; ``rx``, ``ry``, ``rz`` are one
turn, axis times angle; ``gripper_rotation`` turns about the tool's own axis.
"""

GripperRule = Literal["change", "open_above", "closed_above", "keep"]

MOST_ROWS = 1000
"""Of a chunk; nobody foresees more."""

_LARGEST = 1e6  # beyond any arm, in any unit; nan is not below it either


@dataclass(frozen=True)
class ActionSpec:
    """What one row of actions means; as it stands, what ``cliprt serve`` answers with.

    Attributes:
        columns: What each number of a row is, of `COLUMNS`; ``unused`` may be there often.
        absolute: Whether a row says where the pinch point shall be, not how it shall move.
        frame: Whose axes translations and turns are along: the robot's ``"base"``, or the
            ``"tool"``'s as it is commanded before the row.  Absolute rows are in the base frame.
        metres: What 1 stands for in ``x``, ``y`` and ``z`` [m].
        radians: What 1 stands for in a turn [rad].
        gripper: ``"change"`` opens above `threshold`, closes below its negative and leaves it
            between; ``"open_above"`` and ``"closed_above"`` do that above it and the other thing
            else; ``"keep"`` never moves the gripper.
        threshold: Of the gripper's number.
        rows: How many rows of a chunk are executed before the policy is asked again; 0 = all.
        merge: How many rows after one another make one step, as a policy that answers for many
            moments of a second needs it; a row that moves the gripper ends its step.

    Raises:
        UsageError: Columns that are unknown, twice there, or do not fit together.
    """

    columns: tuple[str, ...] = (*POSITION, *ANGLES, "gripper_rotation", "gripper")
    absolute: bool = False
    frame: Literal["base", "tool"] = "base"
    metres: float = 1.0
    radians: float = 1.0
    gripper: GripperRule = "change"
    threshold: float = 1 / 3
    rows: int = 0
    merge: int = 1

    def __post_init__(self) -> None:
        _check_columns(self)
        for name, allowed in (("gripper", get_args(GripperRule)), ("frame", ("base", "tool"))):
            value = getattr(self, name)
            if value not in allowed:
                hint = did_you_mean(value, allowed)
                raise UsageError(f"{name}: got {value!r:.60}.{hint} Allowed: {', '.join(allowed)}.")
        for name in ("metres", "radians"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise UsageError(f"{name}: got {getattr(self, name)}. Allowed: above 0.")
        if self.rows < 0 or self.merge < 1 or not math.isfinite(self.threshold):
            raise UsageError(
                f"rows, merge and threshold: got {self.rows}, {self.merge} and {self.threshold}."
                " Allowed: rows at least 0, merge at least 1, a finite threshold."
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ActionSpec:
        """A spec of plain values, as a recipe or a server's first words have them.

        Raises:
            UsageError: An unknown key, or a value that cannot be; as the constructor.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                hint = did_you_mean(str(name), known)
                raise UsageError(f"{name!r:.60}: unknown key.{hint} Allowed: {', '.join(known)}.")
        try:
            return build(cls, values)
        except ValueError as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(f"{error}.") from error

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for `from_dict`."""
        return {**asdict(self), "columns": list(self.columns)}


def to_steps(
    actions: np.ndarray, observation: Observation, spec: ActionSpec
) -> tuple[PlannedStep, ...]:
    """What a chunk of actions asks the robot to do, from where it is commanded to be.

    Rows that change nothing are left out; where none does, the one step stands still.

    Args:
        actions: (k, n) numbers, the first row first; (n,) is one row.
        observation: What the answer is about.
        spec: What the numbers mean.

    Raises:
        ServerError: Another shape, no row, or a number that is not finite, or beyond any arm.

    >>> from cliprt.types import Observation
    >>> home = (0.4, 0.0, 0.2, 0.0, 0.0, 0.0)
    >>> seen = Observation({}, home, home, (), "open", 0.08, 0.0)
    >>> libero = ActionSpec(
    ...     ("x", "y", "z", "rx", "ry", "rz", "gripper"),
    ...     metres=0.05, radians=0.5, gripper="closed_above", threshold=0.0,
    ... )
    >>> (step,) = to_steps(np.array([[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]]), seen, libero)
    >>> step.primitive.motion, step.primitive.gripper
    ((0.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0), 'closed')
    """
    rows = _checked(actions, spec)
    if spec.rows:
        rows = rows[: spec.rows]
    steps = [to_step(motion, gripper) for motion, gripper in _moves(rows, observation, spec)]
    return tuple(steps) or (to_step(NO_MOTION, None),)


def to_step(motion: Motion, gripper: GripperState | None) -> PlannedStep:
    """A step of a policy that makes motions of its own, said in numbers."""
    return PlannedStep(Primitive(None, tell_motion(motion, gripper), motion, gripper))


def tell_motion(motion: Sequence[float], gripper: GripperState | None) -> str:
    """A motion (7) [m, rad] in few words, for people.

    >>> tell_motion((0.01, 0.0, -0.025, 0.0, 0.0, 0.5, 0.0), "closed")
    'x +1 cm, z -2.5 cm, yaw +28.6°, close'
    """
    names = (*POSITION, *ANGLES, "gripper")
    sizes = [*(100 * x for x in motion[:3]), *map(math.degrees, motion[3:])]
    units = [" cm"] * 3 + ["°"] * 4
    said = [
        f"{name} {size:+.3g}{unit}"
        for name, size, unit in zip(names, sizes, units, strict=True)
        if abs(size) >= 0.005
    ]
    said += [{"open": "open", "closed": "close"}[gripper]] if gripper else []
    return ", ".join(said) or "stand still"


def _moves(
    rows: np.ndarray, observation: Observation, spec: ActionSpec
) -> Iterator[tuple[Motion, GripperState | None]]:
    """The motions, of `merge` rows each, and the gripper states that they end with."""
    start = pose = observation.commanded_pose
    held = observation.gripper
    motion, count = NO_MOTION, 0
    for i, row in enumerate(rows):
        numbers = dict(zip(spec.columns, row.tolist(), strict=True))
        wanted = _gripper(numbers, spec) or held
        moved = _motion(numbers, pose, spec)
        pose, count = apply_motion(pose, moved), count + 1
        motion = moved if count == 1 else motion_between(start, pose)
        changed = wanted if wanted != held else None
        if changed or count == spec.merge or i == len(rows) - 1:
            if changed or any(motion):
                yield motion, changed
            start, held, count = pose, wanted, 0


def _motion(numbers: dict[str, float], pose: Pose, spec: ActionSpec) -> Motion:
    """What one row asks for, as our seven numbers in the base frame."""
    shift = np.array([numbers.get(name, 0.0) for name in POSITION]) * spec.metres
    angles = np.array([numbers.get(name, 0.0) for name in ANGLES]) * spec.radians
    vector = np.array([numbers.get(name, 0.0) for name in VECTOR]) * spec.radians
    grip = numbers.get("gripper_rotation", 0.0) * spec.radians
    if spec.absolute:
        return _motion_to(shift, angles, vector, grip, pose, spec)
    if spec.frame == "tool":
        axes = to_matrix(pose)[:3, :3]
        turn = axes @ _turn(angles, vector) @ axes.T
        return (*_plain(axes @ shift), *_angles_of(turn), grip)
    if vector.any():
        return (*_plain(shift), *_angles_of(rotation_matrix(vector)), grip)
    return (*_plain(shift), *_plain(angles), grip)


def _motion_to(
    place: np.ndarray,
    angles: np.ndarray,
    vector: np.ndarray,
    grip: float,
    pose: Pose,
    spec: ActionSpec,
) -> Motion:
    """The way to where an absolute row says; what it does not name stays as commanded."""
    target = to_matrix(pose)
    for axis, name in enumerate(POSITION):
        if name in spec.columns:
            target[axis, 3] = place[axis]
    if set(spec.columns) & {*ANGLES, *VECTOR}:
        target[:3, :3] = _turn(angles, vector)
    motion = motion_between(pose, from_matrix(target))
    return (*motion[:6], grip)


def _turn(angles: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The matrix (3, 3) of a turn; either is zero."""
    if vector.any():
        return rotation_matrix(vector)
    turned = apply_motion((0.0,) * 6, (0.0, 0.0, 0.0, *_plain(angles), 0.0))
    return rotation_matrix(turned[3:])


def _angles_of(turn: np.ndarray) -> tuple[float, float, float]:
    """Roll, pitch and yaw [rad] of a turn (3, 3)."""
    end = np.eye(4)
    end[:3, :3] = turn
    return motion_between((0.0,) * 6, from_matrix(end))[3:6]


def _gripper(numbers: dict[str, float], spec: ActionSpec) -> GripperState | None:
    """The state that a row asks for; None leaves it."""
    if spec.gripper == "keep" or "gripper" not in numbers:
        return None
    number = numbers["gripper"]
    if spec.gripper == "change":
        if abs(number) <= spec.threshold:
            return None
        return "open" if number > 0 else "closed"
    return "open" if (number > spec.threshold) == (spec.gripper == "open_above") else "closed"


def _plain(numbers: np.ndarray) -> tuple[float, float, float]:
    x, y, z = numbers.tolist()
    return x, y, z


def _checked(actions: np.ndarray, spec: ActionSpec) -> np.ndarray:
    """The rows (k, n), float64.

    Raises:
        ServerError: They are none.
    """
    rows = np.asarray(actions)
    rows = rows[None] if rows.ndim == 1 else rows
    n = len(spec.columns)
    if rows.dtype.kind not in "iuf" or rows.ndim != 2 or rows.shape[1] != n:
        raise ServerError(
            f"actions: an array of {rows.dtype} {rows.shape}, expected rows of {n} numbers"
            f" ({', '.join(spec.columns)}). Set policy.actions as the server's policy has them."
        )
    if not 1 <= len(rows) <= MOST_ROWS:
        raise ServerError(f"actions: {len(rows)} rows. Allowed: 1 to {MOST_ROWS}.")
    if not (np.abs(rows) <= _LARGEST).all():
        place = np.argwhere(~(np.abs(rows) <= _LARGEST))[0].tolist()
        raise ServerError(
            f"actions: row {place[0]} holds {rows[tuple(place)]} as {spec.columns[place[1]]!r}."
            " Allowed: numbers of motions. Look at the server's policy."
        )
    return rows.astype(float)


def _check_columns(spec: ActionSpec) -> None:
    columns = spec.columns
    for name in columns:
        if name not in COLUMNS:
            raise UsageError(
                f"columns: there is no {name!r:.60}.{did_you_mean(str(name), COLUMNS)}"
                f" Allowed: {', '.join(COLUMNS)}."
            )
        if name != "unused" and columns.count(name) > 1:
            raise UsageError(f"columns: {name!r} is there twice. Allowed: each once.")
    if set(columns) <= {"unused", "gripper"}:
        raise UsageError(f"columns: {list(columns)} move nothing. Allowed: x, y, z ... among them.")
    if set(columns) & set(ANGLES) and set(columns) & set(VECTOR):
        raise UsageError(
            "columns: a turn is given twice. Allowed: roll, pitch and yaw, or rx, ry and rz."
        )
    turn = set(columns) & {*ANGLES, *VECTOR}
    if spec.absolute and (spec.frame != "base" or len(turn) not in (0, 3)):
        raise UsageError(
            "absolute: needs the frame base, and all three numbers of a turn or none of them."
        )
