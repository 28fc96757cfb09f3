"""What lies in a policy's folder, as far as it can be told without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cliprt.data.boundary import MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.schema import build
from cliprt.errors import CheckpointError
from cliprt.types import GripperState, Motion

CHECKPOINT = "checkpoint"
"""Folder of the trained policy, in the folder of its training."""

WEIGHTS = "weights.safetensors"
DESCRIPTION = "policy.json"
FORMAT = 1
"""Of ``policy.json``; rises when an older cliprt could no longer read it."""


@dataclass(frozen=True)
class _Part:
    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class _Task:
    name: str
    label: str | None = None


@dataclass(frozen=True)
class _Recipe:
    policy: _Part
    encoder: _Part | None = None
    tasks: tuple[_Task, ...] = ()


@dataclass(frozen=True)
class _Entry:
    phrase: str
    motion: Motion
    gripper: GripperState | None
    group: str


@dataclass(frozen=True)
class _Vocabulary:
    name: str
    fingerprint: str
    primitives: tuple[_Entry, ...]


@dataclass(frozen=True)
class _Description:
    """What is read of ``policy.json``."""

    recipe: _Recipe
    vocabulary: _Vocabulary | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    instructions: tuple[str, ...] = ()


def load_description(folder: Path) -> dict[str, Any]:
    """What ``policy.json`` says: recipe, vocabulary, versions, metrics.

    Raises:
        CheckpointError: It is missing or not what `save_policy` writes.
    """
    path = folder / DESCRIPTION
    try:
        description = parse_json(read_plain(path, MOST_RECORD_BYTES, None))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder} is not a checkpoint: it has no {DESCRIPTION}. Give the folder that training"
            " wrote, such as runs/<name>/checkpoint."
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read: {error}. It may be truncated: copy it again."
        ) from error
    found = description.get("format") if isinstance(description, dict) else None
    if found != FORMAT:
        raise CheckpointError(
            f"{path} has format {found!r:.40}; this version of cliprt reads format {FORMAT}."
            " Install the version that wrote it (see its 'versions'), or train again."
        )
    try:
        build(_Description, description)
    except ValueError as error:
        raise CheckpointError(
            f"{path} does not describe a policy that can be built: {error}. Install the versions"
            " that wrote it (see its 'versions'), or train again."
        ) from error
    return dict(description)


def taught_instructions(folder: Path) -> tuple[str, ...]:
    """What a policy was taught, in words; empty where its description does not say.

    Raises:
        CheckpointError: As `load_description`.
    """
    return tuple(load_description(folder).get("instructions", ()))


def is_intact(folder: Path) -> bool:
    """Whether both files are there in full; the weights themselves are not read."""
    from safetensors import SafetensorError, safe_open

    try:
        load_description(folder)
        with safe_open(folder / WEIGHTS, "np"):
            return True
    except (CheckpointError, SafetensorError, OSError):
        return False
