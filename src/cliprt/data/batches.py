"""The one way from what is seen to what a policy is given, for learning and for acting.

Rows need no torch, and who only looks at them does not load it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from cliprt.data.columns import Needs, state_of
from cliprt.errors import UsageError, did_you_mean
from cliprt.types import Observation

if TYPE_CHECKING:
    from torch import Tensor


class Batch(TypedDict, total=False):
    """What a policy is given; to act, only the first three.

    Attributes:
        images: Camera -> uint8 (b, 3, h, w), RGB.
        instruction: b strings.
        state: float32 (b, k), the policy's state columns one after the other.
        label: long (b,), of the right primitive; -1 where the vocabulary has none.
        chunk: float32 (b, horizon, 9), see :func:`cliprt.data.columns.chunk_of`.
        supervision: b strings, "" where nothing was noted; not there where none was.
        step: Number of the batch, counted over all epochs.
    """

    images: dict[str, Tensor]
    instruction: list[str]
    state: Tensor
    label: Tensor
    chunk: Tensor
    supervision: list[str]
    step: int


@dataclass(frozen=True, eq=False)
class Row:
    """One observation, and, to learn from, what was done about it.

    Attributes:
        images: Camera -> uint8 (h, w, 3), RGB.
        instruction: The task in words.
        state: float32 (k,).
        label: Of the right primitive, -1 where the vocabulary has none; None to act.
        chunk: float32 (horizon, 9); None where none is needed.
        where: Which step of which episode it is, for errors.
        supervision: The step in words, where a source has words of its own for it.
    """

    images: Mapping[str, np.ndarray]
    instruction: str
    state: np.ndarray
    label: int | None = None
    chunk: np.ndarray | None = None
    where: str = ""
    supervision: str = ""


def to_row(observation: Observation, instruction: str, needs: Needs) -> Row:
    """What a policy is shown of an observation.

    Raises:
        UsageError: The observation lacks one of its cameras.
    """
    missing = [name for name in needs.cameras if name not in observation.images]
    if missing:
        raise UsageError(
            f"the policy looks at the camera {missing[0]!r}, which the observation does not"
            f" have.{did_you_mean(missing[0], observation.images)}"
            f" It has: {', '.join(observation.images) or 'none'}. Set the robot's cameras."
        )
    images = {name: observation.images[name] for name in needs.cameras}
    return Row(images, instruction, state_of(observation, needs.state))


def to_batch(rows: Sequence[Row]) -> Batch:
    """Rows with the same columns, stacked."""
    import torch

    first = rows[0]
    batch = Batch(
        images={c: _to_tensor(np.stack([r.images[c] for r in rows])) for c in first.images},
        instruction=[row.instruction for row in rows],
        state=torch.from_numpy(np.stack([row.state for row in rows])),
    )
    if first.label is not None:
        batch["label"] = torch.tensor([row.label for row in rows], dtype=torch.long)
    if any(row.supervision for row in rows):
        batch["supervision"] = [row.supervision for row in rows]
    if first.chunk is not None:
        chunks = [row.chunk for row in rows if row.chunk is not None]
        batch["chunk"] = torch.from_numpy(np.stack(chunks))
    return batch


def _to_tensor(images: np.ndarray) -> Tensor:
    """uint8 (b, h, w, 3) -> uint8 (b, 3, h, w), contiguous."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
