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
                partial.replace(target)
            except RuntimeError as error:
                # torch closes its zip file on the way out, which hides what the disk said.
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from None
                raise
            finally:
                partial.unlink(missing_ok=True)
