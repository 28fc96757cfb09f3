"""What a machine can do at most: the measured limits beside which figures are read."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from cliprt.stages.bench.rows import Clock, cpu_clock, in_turn

EDGE = {"cpu": 1024, "cuda": 8192}
"""Of the matrices that are multiplied: large enough to keep the arithmetic busy."""

COPIED_BYTES = {"cpu": 2**27, "cuda": 2**30}
"""Beyond every cache."""


@dataclass(frozen=True)
class Machine:
    """The limits of a device, measured: for a CPU of one core, by CPU time.

    Attributes:
        device: In words.
        cores: Of the processor.
        torch: Its version.
        flops_per_s: Floating-point operations of a float32 matrix product.
        bytes_per_s: Read and written by a copy, both counted.
    """

    device: str
    cores: int
    torch: str
    flops_per_s: float
    bytes_per_s: float


def measure_machine(device: torch.device) -> Machine:
    """Multiply and copy large matrices, for a second or two."""
    size = COPIED_BYTES.get(device.type, COPIED_BYTES["cpu"])
    source = torch.ones(size // 4, device=device)
    target = torch.empty_like(source)
    with one_thread():
        (copy_s,) = in_turn([lambda: target.copy_(source)], clock_of(device))
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    cores, speed = os.cpu_count() or 1, flops_per_s(device)
    return Machine(name, cores, torch.__version__, speed, 2 * size / copy_s)


def flops_per_s(device: torch.device, precision: str = "32") -> float:
    """Floating-point operations a second of a large matrix product; on a CPU, of one core.

    Args:
        device: Where.
        precision: As Lightning names it.
    """
    edge = EDGE.get(device.type, EDGE["cpu"])
    dtype = {"16": torch.float16, "bf16": torch.bfloat16}.get(precision.partition("-")[0])
    left, right = (torch.rand(edge, edge, device=device).to(dtype) for _ in range(2))
    with one_thread():
        (product_s,) = in_turn([lambda: left @ right], clock_of(device))
    return 2 * edge**3 / product_s


@contextmanager
def one_thread() -> Iterator[None]:
    """Within the block, torch computes on one core, as where processes fill all of them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def clock_of(device: torch.device) -> Clock:
    """CPU time on a CPU; elsewhere wall clock, once the device has done what it was given."""
    if device.type == "cpu":
        return cpu_clock

    def settled() -> float:
        torch.cuda.synchronize(device) if device.type == "cuda" else torch.mps.synchronize()
        return time.perf_counter()

    return settled


def _processor() -> str:
    """The processor's name; what the system calls its kind where it does not tell."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(errors="replace").splitlines() if listing.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
