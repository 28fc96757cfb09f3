"""CLIP-RT and CLIP-RT+ beside OpenVLA, whose decision its own environment's Python times."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from cliprt.data.batches import to_batch, to_row
from cliprt.errors import UsageError
from cliprt.policies.contrastive import ContrastivePolicy
from cliprt.recipe.schema import Recipe
from cliprt.stages.bench.clip_rt_plus import ACTIONS, ChunkDecoder
from cliprt.stages.bench.flops import count_decision, count_flops, empty_batch, without_numbers
from cliprt.stages.bench.machine import clock_of
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.types import Observation
from cliprt.vocabularies.interface import ActionVocabulary

PROGRAM = "time_openvla.py"
HOURS_S = 3 * 3600.0
"""After which the program is given up."""


def compare(
    own_s: float,
    policy: ContrastivePolicy,
    recipe: Recipe,
    vocabulary: ActionVocabulary,
    seen: tuple[Observation, str],
    python: Path,
) -> Iterator[Measured]:
    """An action of CLIP-RT beside one of OpenVLA; and one of CLIP-RT+, which has the same towers.

    Args:
        own_s: What a decision of the policy takes, as it computes now.
        policy: Its towers.
        recipe: It is of.
        vocabulary: It chooses from.
        seen: An observation and an instruction.
        python: As `time_openvla` takes it.
    """
    model = str(recipe.encoder.options.get("model", recipe.encoder.name))
    precision, device = recipe.runtime.precision, policy.device
    chunk_s, chunk_flops = _time_chunk(policy, seen), _count_chunk(recipe, vocabulary)
    plus = ("decide an action in chunks of eight, as CLIP-RT+", chunk_s / ACTIONS, model, precision)
    alone = ("decide an action", own_s, model, precision)
    told = time_openvla(python, precision, device, "openvla")
    flops = told["flops"]
    compared = _baseline("OpenVLA", told)
    yield Measured(*alone, *compared, flops / count_decision(recipe, vocabulary).next)
    yield Measured(*plus, *compared, flops / (chunk_flops / ACTIONS))
    told = time_openvla(python, precision, device, "openvla-oft")
    yield Measured(*plus, *_baseline("OpenVLA-OFT", told), told["flops"] / chunk_flops)


def _baseline(name: str, told: dict[str, Any]) -> tuple[str, float]:
    """In words, and seconds of one of its actions."""
    weights, held = told["parameters"] / 1e9, told["layers_held"]
    cut = (
        "" if held == told["layers"] else f", {held} of {told['layers']} layers run again and again"
    )
    seconds = told["cpu_s" if told["device"] == "cpu" else "wall_s"]
    return f"{name}, {weights:.1f} B random weights{cut}", seconds / told["actions"]


def _time_chunk(policy: ContrastivePolicy, seen: tuple[Observation, str]) -> float:
    """Seconds of an image and a chunk of actions; the instruction's feature is kept."""
    encoder, (observation, instruction) = policy.encoder, seen
    weight = next(encoder.parameters())
    decoder = ChunkDecoder(encoder.embedding_dim).to(weight.device, weight.dtype).eval()
    with torch.inference_mode():
        text = functional.normalize(encoder.encode_text([instruction]), dim=-1)

        def decide() -> None:
            row = to_row(observation, instruction, policy.needs)
            view = encoder.preprocess(to_batch([row])["images"][policy.cameras[0]])
            image = functional.normalize(encoder.encode_image(view).pooled, dim=-1)
            decoder(image, text).cpu()

        (chunk_s,) = in_turn([decide], clock_of(weight.device))
    return chunk_s


def _count_chunk(recipe: Recipe, vocabulary: ActionVocabulary) -> int:
    policy = without_numbers(recipe, vocabulary)
    assert isinstance(policy, ContrastivePolicy)
    encoder, images = policy.encoder, empty_batch(policy, recipe, [""])["images"]
    with torch.device("meta"):
        decoder = ChunkDecoder(encoder.embedding_dim).eval()

    def decide() -> None:
        image = encoder.encode_image(encoder.preprocess(images[policy.cameras[0]])).pooled
        decoder(image, image)

    with torch.no_grad():
        return count_flops(decide)


def time_openvla(python: Path, precision: str, device: torch.device, model: str) -> dict[str, Any]:
    """What one decision costs there: ``cpu_s`` (``wall_s`` on a GPU), ``flops``, ``actions`` ...

    Args:
        python: Of an environment with what OpenVLA needs.
        precision: As Lightning names it.
        device: Where.
        model: ``"openvla"`` or ``"openvla-oft"``.

    Raises:
        UsageError: The package with the program is not installed, or the program fails.
    """
    options = ("--model", model, "--precision", precision, "--device", str(device))
    command = [str(python), str(_find_program()), *options]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=HOURS_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"OpenVLA could not be timed by --openvla {python}: {str(error).rstrip('.')}."
            " The README of cliprt-openvla says what its environment needs"
        ) from error
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _find_program() -> Path:
    """Where the package is, or beside the sources that it is run from."""
    found = importlib.util.find_spec("cliprt_openvla")
    if found is None or found.origin is None:
        raise UsageError(
            "--openvla needs the program that times it. Type: pip install cliprt-openvla"
        )
    package = Path(found.origin).parent
    places = (package / "server", package.parents[1] / "server")
    for place in places:
        if (place / PROGRAM).is_file():
            return place / PROGRAM
    raise UsageError(f"{PROGRAM} is in none of: {', '.join(map(str, places))}")
