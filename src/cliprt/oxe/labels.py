"""From the columns of one recorded episode to labels, an instruction and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cliprt.errors import StoreError
from cliprt.oxe import rotations
from cliprt.oxe.observed import DROPPED, observed_labels
from cliprt.oxe.reference import reference_labels
from cliprt.oxe.sets import FORMS, DatasetSet, PoseColumns, check_rule, find_column
from cliprt.oxe.standardise import published_gripper, standardise

_TURNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "quaternion": rotations.from_quaternions,
    "euler": rotations.from_euler,
    "euler_zxy": rotations.from_euler_zxy,
    "rotation_vector": rotations.from_vectors,
    "quaternion_wxyz": lambda numbers: rotations.from_quaternions(numbers[:, [1, 2, 3, 0]]),
    "matrix": lambda numbers: rotations.from_matrices(numbers.reshape(-1, 4, 4)[:, :3, :3]),
    "matrix_columns": rotations.from_matrix_columns,
}


def label_episode(one: DatasetSet, rule: str, columns: Mapping[str, Any]) -> np.ndarray:
    """Labels (n,) of `oxe_50` of the steps whose image is learned from; -1 for those dropped.

    Args:
        one: The set that the episode is of.
        rule: One of `RULES`.
        columns: Those of `wanted_columns`.

    Raises:
        StoreError: A column is missing, or does not hold what the row says.
        UsageError: The rule cannot be used with the set.
    """
    check_rule(one, rule)
    steps = len(find_column(columns, one.image))
    labels = np.full(steps, DROPPED, dtype=np.int64)
    with np.errstate(all="ignore"):  # a stranger's record may hold anything
        found, first = (_reference if rule == "reference" else _observed)(one, columns)
    if len(found) and first + len(found) > steps:
        raise StoreError(
            f"{first + len(found)} steps have numbers, {steps} have a picture. Correct the set's"
            " row."
        )
    labels[first : first + len(found)] = found
    return labels


def instruction_of(one: DatasetSet, columns: Mapping[str, Any]) -> str:
    """What the episode was to do, on one line; ``""`` where nobody said so.

    Raises:
        StoreError: There is no such column, or no text in it.
    """
    texts = find_column(columns, one.text)
    return _text(texts[0]) if len(texts) else ""


def image_of(one: DatasetSet, columns: Mapping[str, Any], step: int) -> bytes:
    """The encoded picture of a step.

    Raises:
        StoreError: There is no such column.
    """
    return bytes(find_column(columns, one.image)[step])


def poses_of(one: DatasetSet, columns: Mapping[str, Any]) -> np.ndarray:
    """Where the hand is at each step (n, 6) [m, rad], in the base frame.

    Raises:
        StoreError: See `label_episode`.
    """
    pose = one.pose
    read = pose.position.read(columns, (2, 3)).astype(float)
    moved = np.zeros((len(read), 3))
    moved[:, : read.shape[1]] = read / pose.per_metre
    turns = _turns(pose, columns, len(read))
    if pose.changes:
        moved = _before(np.cumsum(moved, axis=0))
        turns = _summed(turns)
    order, sign = np.abs(pose.frame) - 1, np.sign(pose.frame)
    turned = rotations.to_vectors(turns)
    return np.concatenate([moved[:, order] * sign, turned[:, order] * sign], axis=1)


def _turns(pose: PoseColumns, columns: Mapping[str, Any], steps: int) -> np.ndarray:
    if pose.rotation is None:
        return np.tile([0.0, 0.0, 0.0, 1.0], (steps, 1))
    numbers = pose.rotation.read(columns, (FORMS[pose.form],)).astype(float)
    scale = pose.per_radian if numbers.shape[1] == 3 else 1.0
    return _TURNS[pose.form](numbers / scale)


def _summed(turns: np.ndarray) -> np.ndarray:
    """The orientation before each of some turns (n, 4), one after another."""
    found = np.tile([0.0, 0.0, 0.0, 1.0], (len(turns), 1))
    for step in range(1, len(turns)):
        found[step] = rotations.multiplied(turns[step - 1], found[step - 1])
    return found


def _before(sums: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(sums[:1]), sums[:-1]])


def _observed(one: DatasetSet, columns: Mapping[str, Any]) -> tuple[np.ndarray, int]:
    first = one.pose.first
    poses = poses_of(one, columns)[first:]
    return observed_labels(poses, _gripper(one, columns, len(poses)), one.rate_hz), first


def _gripper(one: DatasetSet, columns: Mapping[str, Any], steps: int) -> np.ndarray:
    """How far the gripper is open before each of the last steps (n,)."""
    pose = one.pose
    if pose.gripper is not None:
        values = pose.gripper.read(columns, (1,))[:, 0].astype(float)
        values = (values - pose.closed) / (pose.open - pose.closed)
    else:
        told = None if one.action is None else published_gripper(one.action, columns)
        values = np.ones(steps) if told is None else told
    values = values[len(values) - steps :]
    if pose.gripper is None or pose.command:  # what is told in a step shows at the next
        values = np.append(values[:1], values[:-1])
    return values


def _reference(one: DatasetSet, columns: Mapping[str, Any]) -> tuple[np.ndarray, int]:
    actions = standardise(one, columns)
    first = int(one.action is not None and one.action.observed)
    texts = find_column(columns, one.text)[first : first + len(actions)]
    said = {_text(text) for text in texts}
    if len(said) != 1 or said == {""}:  # the release leaves such an episode out
        return np.zeros(0, dtype=np.int64), 0
    later = one.released.later_image
    if later and len(actions) >= later:
        return reference_labels(actions[:-1], one.released), 1
    return reference_labels(actions, one.released), first


def _text(value: Any) -> str:
    """One line of bytes, or of the numbers of letters up to the first 0."""
    if not isinstance(value, bytes):
        codes = np.asarray(value).ravel()
        if codes.dtype.kind not in "iu":
            raise StoreError(f"an instruction is {codes.dtype}, no text. Correct the set's row.")
        letters = (chr(code) if 0 < code < 0x110000 else "?" for code in _before_zero(codes))
        value = "".join(letters).encode("utf-8", "replace")
    return " ".join(value.decode("utf-8", "replace").split())


def _before_zero(codes: np.ndarray) -> list[int]:
    ends = np.flatnonzero(codes == 0)
    return (codes[: ends[0]] if len(ends) else codes).tolist()  # type: ignore[no-any-return]
