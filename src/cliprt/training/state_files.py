"""Training states that are on the disk whole or not at all.

Lightning copies a state into its place, so a full disk or a killed process would leave a torn one
where a good one was.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from cliprt.data.disk import writing

BEFORE = "resume_before.ckpt"
"""The state before the last one, until the last one has proved good; empty where there was none."""


def step_of(state: Path) -> int:
    """After how many steps it was saved."""
    # mmap: the weights stay on disk, only the number is read
    return int(torch.load(state, map_location="cpu", weights_only=True, mmap=True)["global_step"])


def load_weights(state: Path) -> dict[str, torch.Tensor]:
    """The policy's, as they were saved."""
    weights = torch.load(state, map_location="cpu", weights_only=True, mmap=True)["state_dict"]
    return dict(weights)


class WholeFileIO(TorchCheckpointIO):
    """Writes beside the old state, and takes its place in one move."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Replace the state at `path`.

        Raises:
            StoreError: The disk refuses; the state that was there stays.
        """
        target = Path(path)
        partial = target.with_name(f"{target.name}.partial")
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with partial.open("wb") as file:
                    torch.save(checkpoint, file)
                    file.flush()
                    os.fsync(file.fileno())
                _keep(target)
                partial.replace(target)
            except RuntimeError as error:
                # torch closes its zip file on the way out, which hides what the disk said.
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from None
                raise
            finally:
                partial.unlink(missing_ok=True)


def fall_back(state: Path) -> int:
    """Leave the last state on the disk that has proved good; its step, 0 where there is none."""
    before = state.with_name(BEFORE)
    if before.exists():
        before.replace(state)
    if state.exists() and not state.stat().st_size:
        state.unlink()
    return step_of(state) if state.exists() else 0


def _keep(state: Path) -> None:
    """Let a state that is about to be replaced have another name, where the disk can do that."""
    before = state.with_name(BEFORE)
    before.unlink(missing_ok=True)
    try:
        before.hardlink_to(state)
    except OSError:
        before.touch()
