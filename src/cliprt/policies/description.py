"""What lies in a policy's folder, as far as it can be told without torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cliprt.errors import CheckpointError

CHECKPOINT = "checkpoint"
"""Folder of the trained policy, in the folder of its training."""

WEIGHTS = "weights.safetensors"
DESCRIPTION = "policy.json"
FORMAT = 1
"""Of ``policy.json``; rises when an older cliprt could no longer read it."""


def load_description(folder: Path) -> dict[str, Any]:
    """What ``policy.json`` says: recipe, vocabulary, versions, metrics.

    Raises:
        CheckpointError: It is missing or not what `save_policy` writes.
    """
    path = folder / DESCRIPTION
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder} is not a checkpoint: it has no {DESCRIPTION}. Give the folder that training"
            " wrote, such as runs/<name>/checkpoint."
        ) from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(
            f"{path} cannot be read: {error}. It may be truncated: copy it again."
        ) from error
    found = description.get("format") if isinstance(description, dict) else None
    if found != FORMAT:
        raise CheckpointError(
            f"{path} has format {found!r}; this version of cliprt reads format {FORMAT}."
            " Install the version that wrote it (see its 'versions'), or train again."
        )
    return dict(description)


def is_intact(folder: Path) -> bool:
    """Whether both files are there in full; the weights themselves are not read."""
    from safetensors import SafetensorError, safe_open

    try:
        load_description(folder)
        with safe_open(folder / WEIGHTS, "np"):
            return True
    except (CheckpointError, SafetensorError, OSError):
        return False
