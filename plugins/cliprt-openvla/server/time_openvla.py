"""What one decision of OpenVLA, or of OpenVLA-OFT, costs on this machine: prints JSON.

It runs in OpenVLA's own environment (``requirements.txt`` beside it) and needs no checkpoint: the
network has the published sizes and random weights.  ``cliprt bench decide --openvla PYTHON`` runs
it; by hand::

    PYTHON time_openvla.py --precision bf16-true
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from importlib.metadata import version
from typing import Any

import torch
from oft import CHUNK, STATE
from parts import LAYERS, SIDE, Parts, PartsOft, declare_torchvision, repeat_layers
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

MODELS = {"openvla": (Parts, 1, 1), "openvla-oft": (PartsOft, 2, CHUNK)}
"""Name -> network, pictures that it sees, actions that it decides on at once."""

WIDTHS = {"32-true": torch.float32, "bf16-true": torch.bfloat16, "16-true": torch.float16}

PROMPT = 23
"""Tokens of the prompt with an instruction of eight words."""

HELD_ON_CPU = 1
"""Layers of the language model that memory holds unless more are asked for."""


def main(arguments: list[str] | None = None) -> None:
    """Build, decide a few times, print."""
    wanted = parser().parse_args(arguments)
    torch.set_num_threads(wanted.threads)
    declare_torchvision()
    device, width = torch.device(wanted.device), WIDTHS[wanted.precision]
    held = wanted.held or (LAYERS if device.type == "cuda" else HELD_ON_CPU)
    network, pictures, actions = MODELS[wanted.model]
    with torch.inference_mode():
        model = build(network, held, device, width)
        sizes = count(model), count(model.language_model.model.layers[0])
        repeat_layers(model.language_model, LAYERS)
        pixels = torch.randn(pictures, 6, SIDE, SIDE, device=device, dtype=width)
        ids = torch.arange(1, PROMPT + 1, device=device)[None]
        with FlopCounterMode(display=False) as counter:  # costs parts of a second
            taken = [measure(model, pixels, ids)]
        taken += [measure(model, pixels, ids) for _ in range(wanted.repeats - 1)]
    report = {
        "model": wanted.model,
        "precision": wanted.precision,
        "cpu_s": min(cpu for cpu, _ in taken),
        "wall_s": min(wall for _, wall in taken),
        "all_cpu_s": [cpu for cpu, _ in taken],
        "actions": actions,
        "flops": counter.get_total_flops(),
        "parameters": sizes[0] + (LAYERS - held) * sizes[1],
        "layers": LAYERS,
        "layers_held": held,
        "weights": "random",
        "prompt_tokens": PROMPT,
        "threads": wanted.threads,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "peak_memory_bytes": peak_memory(device),
        "versions": {name: version(name) for name in ("torch", "transformers", "timm")},
    }
    print(json.dumps(report))


def parser() -> argparse.ArgumentParser:
    """What it is asked for."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--model", choices=MODELS, default="openvla")
    made.add_argument("--precision", choices=WIDTHS, default="32-true")
    made.add_argument("--repeats", type=int, default=2, help="decisions; the cheapest counts")
    made.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1")
    made.add_argument("--threads", type=int, default=1)
    made.add_argument(
        "--held",
        type=int,
        help=f"layers in memory, of {LAYERS} that run (all on a GPU, {HELD_ON_CPU} on a CPU)",
    )
    return made


def build(network: type[Parts], held: int, device: torch.device, width: torch.dtype) -> Parts:
    """The network with random weights, in evaluation mode."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(width)
    try:
        with torch.device(device):
            return network(num_hidden_layers=held).eval()
    finally:
        torch.set_default_dtype(before)


def measure(model: Parts, pixels: Tensor, ids: Tensor) -> tuple[float, float]:
    """CPU-seconds of this process and seconds on the clock that one decision takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    if isinstance(model, PartsOft):
        state = torch.zeros(1, STATE, device=pixels.device, dtype=pixels.dtype)
        model.decide_chunk(pixels, ids, state).cpu()
    else:
        model.decide(pixels, ids).cpu()
    return time.process_time() - cpu, time.perf_counter() - wall


def count(module: Any) -> int:
    """Its parameters, each once."""
    return sum(weight.numel() for weight in module.parameters())


def peak_memory(device: torch.device) -> int:
    """Most bytes that were in use so far: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
