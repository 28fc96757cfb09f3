"""What a loss compares across the rows of a batch, where several processes share one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributed import get_world_size, is_available, is_initialized
from torch.distributed.nn.functional import all_gather


def gather(own: Tensor) -> Tensor:
    """The rows (b, ...) of every process, one process after the other; alone, one's own.

    Gradients find their way back to the process whose rows they are about.
    """
    if not (is_available() and is_initialized()) or get_world_size() == 1:
        return own
    if own.requires_grad:
        return torch.cat(all_gather(own))  # type: ignore[no-untyped-call]
    parts = [torch.empty_like(own) for _ in range(get_world_size())]
    torch.distributed.all_gather(parts, own.contiguous())
    return torch.cat(parts)
