"""What a client sends -> an observation and an instruction, as the policy needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cliprt.data.columns import SIZES, STATE, Needs
from cliprt.errors import UsageError, did_you_mean
from cliprt.protocols import ProtocolName, openpi, vla_eval
from cliprt.protocols.arrays import MalformedMessage
from cliprt.protocols.messages import find, to_numbers, to_picture, to_words
from cliprt.types import Observation, Pose

_NOWHERE: Pose = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Keys:
    """Under which keys a client sends what the policy looks at.

    Attributes:
        images: Camera -> key of its picture.
        state: Key -> columns of :data:`cliprt.data.columns.STATE` whose numbers stand there, one
            after the other.
        prompt: Key of the instruction.
        instruction: What is meant where a client says none; None = it has to.
    """

    images: Mapping[str, str]
    state: Mapping[str, tuple[str, ...]]
    prompt: str
    instruction: str | None = None


def choose_keys(
    protocol: ProtocolName,
    needs: Needs,
    images: Sequence[str] = (),
    state: Sequence[str] = (),
    prompt: str | None = None,
    instruction: str | None = None,
) -> Keys:
    """The protocol's usual keys, but for those that are named.

    Args:
        protocol: Whose.
        needs: What the policy looks at.
        images: ``KEY=camera`` each.
        state: ``KEY=column,column`` each.
        prompt: Key of the instruction.
        instruction: As in `Keys`.

    Raises:
        UsageError: A camera or a column that the policy does not look at, or one named twice.

    >>> keys = choose_keys("openpi", Needs(("scene", "wrist"), ("joints",)), ["a/image=scene"])
    >>> keys.images, keys.state
    ({'scene': 'a/image', 'wrist': 'observation/wrist'}, {'observation/state': ('joints',)})
    """
    before = "observation" if protocol == "openpi" else "images"
    usual = {camera: f"{before}/{camera}" for camera in needs.cameras}
    named = {camera: key for key, camera in _pairs("--image", images, needs.cameras)}
    columns: dict[str, tuple[str, ...]] = {}
    for key, column in _pairs("--state", state, needs.state):
        columns[key] = (*columns.get(key, ()), column)
    left = tuple(c for c in needs.state if not any(c in named for named in columns.values()))
    if left:
        columns["observation/state" if protocol == "openpi" else "state"] = left
    usual_prompt = openpi.PROMPT if protocol == "openpi" else vla_eval.PROMPT
    return Keys({**usual, **named}, columns, prompt or usual_prompt, instruction)


def read_observation(fields: Mapping[str, Any], keys: Keys) -> tuple[Observation, str]:
    """An observation and the instruction of a client.

    What the policy does not look at is not read, and is zero in the observation.

    Raises:
        MalformedMessage: Something lacks, or is no picture, number or text.
    """
    images = {camera: to_picture(find(fields, key), key) for camera, key in keys.images.items()}
    numbers: dict[str, np.ndarray] = {}
    for key, columns in keys.state.items():
        numbers |= _split(to_numbers(find(fields, key), key), key, columns)
    pose = numbers.get("tcp_pose", numbers.get("commanded_pose", _NOWHERE))
    observation = Observation(
        images=images,
        tcp_pose=_pose(pose),
        commanded_pose=_pose(numbers.get("commanded_pose", pose)),
        joints=tuple(map(float, numbers.get("joints", ()))),
        gripper="open" if numbers.get("gripper", (1.0,))[0] > 0.5 else "closed",
        gripper_opening_m=float(numbers.get("gripper_opening_m", (0.0,))[0]),
        time_s=0.0,
    )
    return observation, _instruction(fields, keys)


def _instruction(fields: Mapping[str, Any], keys: Keys) -> str:
    try:
        said = find(fields, keys.prompt)
    except MalformedMessage:
        if keys.instruction is None:
            raise
        said = None
    if keys.instruction is not None and (said is None or (isinstance(said, str) and not said)):
        return keys.instruction
    return to_words(said, keys.prompt)


def _split(numbers: np.ndarray, key: str, columns: Sequence[str]) -> dict[str, np.ndarray]:
    """The numbers under a key, by column."""
    fixed = sum(SIZES.get(column, 0) for column in columns)
    has_joints = "joints" in columns
    if len(numbers) < fixed + has_joints or (not has_joints and len(numbers) != fixed):
        size = f"more than {fixed}" if has_joints else str(fixed)
        raise MalformedMessage(
            f"{key!r:.80} has {len(numbers)} numbers. Expected {size}: {', '.join(columns)}"
        )
    found, at = {}, 0
    for column in columns:
        size_here = SIZES.get(column, len(numbers) - fixed)
        found[column] = numbers[at : at + size_here]
        at += size_here
    return found


def _pose(numbers: Sequence[float] | np.ndarray) -> Pose:
    x, y, z, rx, ry, rz = map(float, numbers)
    return x, y, z, rx, ry, rz


def _pairs(option: str, given: Sequence[str], allowed: Sequence[str]) -> list[tuple[str, str]]:
    """(key, name) of all; each name is one of those allowed, and there once."""
    found: list[tuple[str, str]] = []
    for text in given:
        key, _, names = text.rpartition("=")
        for name in names.split(","):
            if not key or name not in allowed:
                what = "columns" if option == "--state" else "cameras"
                looked = f"The policy looks at the {what} {', '.join(allowed) or '(none)'}."
                hint = did_you_mean(name, [*allowed, *STATE])
                raise UsageError(f"{option} is {text!r:.80}: expected KEY=NAME.{hint} {looked}")
            if any(name == other for _, other in found):
                raise UsageError(f"{option} names {name!r} twice. Name each once.")
            found.append((key, name))
    return found
