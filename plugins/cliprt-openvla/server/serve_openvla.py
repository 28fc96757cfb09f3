"""Serves OpenVLA, or OpenVLA-OFT, to robots: openpi's frames over a WebSocket.

It runs in OpenVLA's own environment (``requirements.txt`` beside it)::

    PYTHON serve_openvla.py CHECKPOINT --data-set libero_object

``policy: {name: openvla}`` of cliprt, and any client of openpi's, asks it.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from frames import serve_forever
from loading import Checkpoint, load
from oft import CHUNK
from parts import PartsOft
from pictures import prepare
from published import TINY, prompt, prompt_ids, range_of, to_numbers
from torch import Tensor

IMAGES = ("observation/image", "observation/wrist_image")
STATE, PROMPT = "observation/state", "prompt"
MOST_PIXELS, LONGEST = 4096, 1000

WIDTHS = {"bf16": torch.bfloat16, "16": torch.float16, "32": torch.float32}

MEANINGS: dict[str, dict[str, Any]] = {
    "metric": {"columns": ["x", "y", "z", "roll", "pitch", "yaw", "gripper"]},
    "libero": {
        "columns": ["x", "y", "z", "rx", "ry", "rz", "gripper"],
        "metres": 0.05,
        "radians": 0.5,
    },
}
"""What a data set's actions stand for: metres and radians (BridgeData, cliprt's own), or what
LIBERO's controller makes of 1.  The gripper is 1 open and 0 closed in all of them."""


class Decider:
    """An observation -> actions, as the released code of OpenVLA and OpenVLA-OFT decides.

    Args:
        checkpoint: What decides.
        key: The data set that it was trained on, by which its numbers are scaled.
        cropped: Whether training cropped its pictures at random.
    """

    def __init__(self, checkpoint: Checkpoint, key: str, cropped: bool) -> None:
        self._checkpoint, self._cropped = checkpoint, cropped
        self._range = range_of(checkpoint.statistics, key)
        if checkpoint.state_size:
            self._states = range_of(checkpoint.statistics, key, "proprio")

    def __call__(self, observation: Mapping[str, Any]) -> np.ndarray:
        """Actions (1, 7), or (8, 7) of OpenVLA-OFT.

        Raises:
            ValueError: The observation lacks something, or holds what cannot be.
        """
        model = self._checkpoint.model
        with torch.inference_mode():
            pixels = torch.stack([self._see(name, observation) for name in self.images])
            ids = torch.tensor([self._read(observation)], device=pixels.device)
            if isinstance(model, PartsOft):
                state = torch.tensor(self._feel(observation)).to(pixels)[None]
                numbers = model.decide_chunk(pixels, ids, state).float().cpu().numpy()
                return self._range.from_unit(numbers, TINY)
            tokens = model.decide(pixels, ids).cpu().numpy()
        return self._range.from_unit(to_numbers(tokens))[None]

    @property
    def images(self) -> tuple[str, ...]:
        """Keys of the pictures that it looks at."""
        return IMAGES if self._checkpoint.state_size else IMAGES[:1]

    def _see(self, name: str, observation: Mapping[str, Any]) -> Tensor:
        """A picture as both vision towers see it (6, 224, 224)."""
        picture: Any = observation.get(name)
        is_picture = isinstance(picture, np.ndarray) and picture.ndim == 3
        if not is_picture or picture.dtype != np.uint8 or picture.shape[2] != 3:
            raise ValueError(f"{name!r} has to be a picture uint8 (height, width, 3)")
        if not all(1 <= side <= MOST_PIXELS for side in picture.shape[:2]):
            raise ValueError(f"{name!r} has {picture.shape[:2]} pixels. Allowed: {MOST_PIXELS}")
        mean, std = self._checkpoint.mean, self._checkpoint.std
        seen = torch.tensor(prepare(picture, self._cropped), device=mean.device)
        twice = seen.permute(2, 0, 1).float().div(255).repeat(2, 1, 1)
        return ((twice - mean) / std).to(next(self._checkpoint.model.parameters()).dtype)

    def _read(self, observation: Mapping[str, Any]) -> list[int]:
        instruction = observation.get(PROMPT)
        if not isinstance(instruction, str) or not 0 < len(instruction) <= LONGEST:
            raise ValueError(f"{PROMPT!r} has to be an instruction of at most {LONGEST} letters")
        return prompt_ids(self._checkpoint.tokenizer(prompt(instruction)).input_ids)

    def _feel(self, observation: Mapping[str, Any]) -> np.ndarray:
        state: Any = observation.get(STATE)
        size = self._checkpoint.state_size
        is_state = isinstance(state, np.ndarray) and state.shape == (size,)
        if not is_state or state.dtype.kind not in "iuf" or not np.isfinite(state).all():
            raise ValueError(f"{STATE!r} has to be {size} finite numbers")
        return self._states.to_unit(state)


def main(arguments: list[str] | None = None) -> None:
    """Load, listen, answer until Ctrl-C."""
    wanted = parser().parse_args(arguments)
    try:
        key = wanted.key_file.read_text(encoding="utf-8").strip() if wanted.key_file else ""
        check_reach(wanted.host, key)
        torch.set_num_threads(wanted.threads)
        checkpoint = load(wanted.checkpoint, torch.device(wanted.device), WIDTHS[wanted.precision])
        decider = Decider(checkpoint, wanted.data_set, wanted.crop)
    except (ValueError, OSError) as error:
        print(f"serve_openvla: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    units = wanted.units or ("libero" if "libero" in wanted.data_set else "metric")
    is_oft = checkpoint.state_size > 0
    metadata = {
        "model": "openvla-oft" if is_oft else "openvla",
        "checkpoint": wanted.checkpoint.name,
        "data_set": wanted.data_set,
        "horizon": CHUNK if is_oft else 1,
        "images": list(decider.images),
        "state": checkpoint.state_size,
        "actions": {**MEANINGS[units], "gripper": "open_above", "threshold": 0.5},
    }
    try:
        asyncio.run(serve_forever(decider, metadata, wanted.host, wanted.port, key, _say_where))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _say_where(address: str) -> None:
    print(f"listening at {address}", flush=True)


def check_reach(host: str, key: str) -> None:
    """Raise unless only this machine can ask, or a key is needed to.

    Raises:
        ValueError: Anybody could.
    """
    try:
        is_near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_near = host == "localhost"
    if not is_near and len(key) < 16:
        raise ValueError(
            f"--host {host}: others than this machine could ask. Give them a key of at least 16"
            " letters: --key-file FILE"
        )


def parser() -> argparse.ArgumentParser:
    """What it is asked for."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("checkpoint", type=Path, help="folder, as it is published")
    made.add_argument("--data-set", default="", help="that it was trained on: libero_object ...")
    made.add_argument("--units", choices=MEANINGS, help="of its actions (by the data set's name)")
    made.add_argument(
        "--no-crop", dest="crop", action="store_false", help="it was trained without random crops"
    )
    made.add_argument("--precision", choices=WIDTHS, default="bf16")
    made.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    made.add_argument("--threads", type=int, default=torch.get_num_threads())
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument("--key-file", type=Path, help="with what clients have to send")
    return made


if __name__ == "__main__":
    main()
