"""Ways to compute a decision: in which numbers, and whether by a compiled program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch

from cliprt.errors import UsageError
from cliprt.policies.int8 import narrow
from cliprt.policies.interface import Policy

WIDTHS = {"16": torch.float16, "bf16": torch.bfloat16, "64": torch.float64}
"""First word of a precision -> the numbers that it computes with, where they are not float32."""


@dataclass(frozen=True)
class Mode:
    """One way to compute decisions.

    Attributes:
        precision: ``"32-true"``, ``"tf32"`` (a GPU's matrix products in 19 bits), ``"int8"`` (a
            CPU's linear layers), or as Lightning names them: ``"-true"`` changes the weights,
            ``"-mixed"`` does not.
        compiled: By ``torch.compile``, on a GPU as CUDA graphs.
    """

    precision: str = "32-true"
    compiled: bool = False

    def __str__(self) -> str:
        return f"{self.precision} compiled" if self.compiled else self.precision


EXACT = Mode()
"""What the others are measured against."""


def modes_of(device: torch.device) -> tuple[Mode, ...]:
    """What is worth measuring on a device beside `EXACT`: none of it is emulated there."""
    narrow = ["int8"]
    if device.type != "cpu":
        narrow = ["tf32"] if device.type == "cuda" else []
        narrow += ["bf16-true", "bf16-mixed", "16-true", "16-mixed"]
    elif torch.ops.mkldnn._is_mkldnn_bf16_supported() and torch.cpu._is_avx512_bf16_supported():
        narrow += ["bf16-true", "bf16-mixed"]
    compiled = (
        [Mode(p, True) for p in ("32-true", *narrow) if p != "int8"] if _has_compiler() else []
    )
    return (*map(Mode, narrow), *compiled)


def check_mode(mode: Mode, device: torch.device) -> None:
    """Raise unless a device can compute so.

    Raises:
        UsageError: What it needs, and what to take instead.
    """
    if mode.precision == "auto":
        raise UsageError(
            "runtime.precision=auto stands for a precision: cliprt agree measures them"
        )
    needs = {"tf32": "cuda", "int8": "cpu"}.get(mode.precision, device.type)
    if device.type != needs:
        raise UsageError(
            f"runtime.precision={mode.precision} needs a {needs.replace('cuda', 'GPU')}, and this"
            f" acts on {device}. runtime.precision=auto takes the fastest that agrees"
        )
    if mode.compiled and not _has_compiler():
        raise UsageError(
            f"runtime.compile=true needs a C++ compiler, and {_compiler_name()} is not on this"
            " machine's path. Install one, or leave it out"
        )


def convert(policy: Policy, mode: Mode, device: torch.device) -> Policy:
    """The policy on a device, in evaluation mode, as `mode` computes.

    Raises:
        UsageError: It cannot compute so there.
    """
    check_mode(mode, device)
    width, _, kind = mode.precision.partition("-")
    policy = policy.to(device, WIDTHS.get(width, torch.float32) if kind == "true" else None).eval()
    if mode.precision == "int8":
        narrow(policy)
    if mode.compiled:
        policy.compile(mode="reduce-overhead" if device.type == "cuda" else None)
    return policy


@contextmanager
def computing(mode: Mode, device: torch.device) -> Iterator[None]:
    """Within the block, a policy that was converted is computed."""
    width, _, kind = mode.precision.partition("-")
    mixed = torch.autocast(device.type, WIDTHS[width]) if kind == "mixed" else nullcontext()
    matrix, picture = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matrix.allow_tf32, picture.allow_tf32
    with torch.inference_mode(), mixed:
        try:
            if device.type == "cuda":  # torch allows it for convolutions, unless it is told
                matrix.allow_tf32 = picture.allow_tf32 = mode.precision == "tf32"
            yield
        finally:
            if device.type == "cuda":
                matrix.allow_tf32, picture.allow_tf32 = before


def _compiler_name() -> str:
    return os.environ.get("CXX", "g++")


def _has_compiler() -> bool:
    return shutil.which(_compiler_name()) is not None
