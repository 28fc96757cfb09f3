"""Whether a training fits its device: said before anything is taught."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from cliprt.errors import CliprtError, UsageError
from cliprt.recipe.schema import Recipe, TrainerSection
from cliprt.training.memory_need import MemoryNeed, device_of, find_need
from cliprt.vocabularies.interface import ActionVocabulary

WAYS: tuple[Mapping[str, Any], ...] = (
    {"recompute": True},
    {"recompute": True, "precision": "bf16-mixed"},
    {"recompute": True, "freeze": ("text",)},
    {"recompute": True, "lora": 16},
    {"lora": 16},
)
"""What makes a training smaller, least change of what is learned first."""

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux says how much a container may take."""


def check_memory(recipe: Recipe, vocabulary: ActionVocabulary) -> str:
    """What a training takes, as a line for people.

    Raises:
        UsageError: The device has less; says what would fit.
    """
    section = recipe.trainer
    try:
        need = find_need(recipe, vocabulary)
    except CliprtError:
        raise
    except Exception as error:  # of a policy that cannot do without numbers, anything may come
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        return f"how much memory the training takes cannot be told beforehand: {reason:.200}"
    has, taken = device_bytes(section), need.total * _processes(section)
    if has is not None and taken > has:
        raise UsageError(
            f"the training would take {_tell(need, section)}, which has {_size(has)}."
            f" {_find_way(recipe, vocabulary, has)}"
        )
    return f"training takes {_tell(need, section)}" + (f" of {_size(has)}" if has else "")


def device_bytes(section: TrainerSection) -> int | None:
    """What the device of a training has; None where nobody says."""
    if device_of(section) == "cuda":
        return int(torch.cuda.get_device_properties(0).total_memory)
    if section.accelerator in ("mps", "auto") and torch.backends.mps.is_available():
        return int(torch.mps.recommended_max_memory())
    if section.accelerator not in ("cpu", "auto"):
        return None
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in _LIMITS:
        with suppress(OSError, ValueError):  # no such file, or "max"
            found.append(int(Path(limit).read_text()))
    return min(found)


def _processes(section: TrainerSection) -> int:
    """How many share the memory."""
    return 1 if device_of(section) == "cuda" else section.devices


def _find_way(recipe: Recipe, vocabulary: ActionVocabulary, has: int) -> str:
    """What would make it fit, as advice."""
    for way, smaller in _smaller(recipe):
        with suppress(CliprtError):  # the encoder cannot
            need = find_need(smaller, vocabulary)
            if need.total * _processes(recipe.trainer) <= has:
                changes = " ".join(f"trainer.{key}={_typed(value)}" for key, value in way.items())
                return f"It would fit with {changes}: {_size(need.total)}."
    return "Choose a smaller encoder, or a smaller trainer.batch_size."


def _smaller(recipe: Recipe) -> Iterator[tuple[Mapping[str, Any], Recipe]]:
    on_gpu = device_of(recipe.trainer) == "cuda"
    for way in WAYS:
        if on_gpu or "precision" not in way:
            yield way, replace(recipe, trainer=replace(recipe.trainer, **way))


def _tell(need: MemoryNeed, section: TrainerSection) -> str:
    parts = ", ".join(f"{name} {_size(part)}" for name, part in need.parts.items())
    processes = _processes(section)
    each = f"{processes} times " if processes > 1 else ""
    place = {"cuda": "GPU", "cpu": "memory"}[device_of(section)]
    return f"about {each}{_size(need.total)} ({parts}) of the {place}"


def _typed(value: Any) -> str:
    """As the command line wants it."""
    if isinstance(value, tuple):
        return f"[{','.join(value)}]"
    return str(value).lower()


def _size(count: float) -> str:
    return f"{count / 1e9:.{2 if count < 1e9 else 1}f} GB"
