"""A checkpoint of OpenVLA or OpenVLA-OFT, read without running any code of it.

What is read are the files that both projects publish: ``config.json``, ``*.safetensors``, the
tokenizer, ``preprocessor_config.json``, ``dataset_statistics.json``, and of OpenVLA-OFT the parts
that it keeps beside, as plain tensors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from parts import SIDE, Parts, PartsOft, declare_torchvision
from torch import Tensor

RENAMED = {
    "vision_backbone.featurizer.": "towers.0.model.",
    "vision_backbone.fused_featurizer.": "towers.1.model.",
    "projector.fc1.": "projector.0.",
    "projector.fc2.": "projector.2.",
    "projector.fc3.": "projector.4.",
}
"""Beginning of a weight's name in a checkpoint -> in `Parts`."""

NOT_SERVED = {
    "noisy_action_projector--*.pt": "makes actions by diffusion",
    "vision_backbone--*.pt": "reads the instruction in its vision towers too (FiLM)",
}
"""Files of OpenVLA-OFT's other kinds -> what such a checkpoint does."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint holds, ready to decide.

    Attributes:
        model: In evaluation mode.
        tokenizer: Text -> ids.
        mean, std: Of the pixels of both vision towers (6, 1, 1).
        statistics: Data set -> what its numbers lie between.
        state_size: Numbers of the robot's state that the model reads; 0 = none.
    """

    model: Parts
    tokenizer: Any
    mean: Tensor
    std: Tensor
    statistics: Mapping[str, Any]
    state_size: int


def load(folder: Path, device: torch.device, width: torch.dtype) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        ValueError: A file is missing, or says what is not served.
    """
    from safetensors.torch import load_file
    from transformers import LlamaTokenizerFast

    declare_torchvision()
    config = read_json(folder / "config.json")
    towers = _towers_of(config)
    beside = {name: _load_beside(folder, name) for name in ("action_head", "proprio_projector")}
    state_size = 0
    more: dict[str, Any] = {}
    if beside["action_head"]:
        _check_served(folder)
        if not beside["proprio_projector"]:
            raise ValueError(f"{folder} has an action head and no proprio_projector--*.pt")
        more["state"] = state_size = beside["proprio_projector"]["fc1.weight"].shape[1]
    language = {k: v for k, v in config.get("text_config", {}).items() if k != "torch_dtype"}
    model = _build(PartsOft if state_size else Parts, device, width, towers, more, language)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ValueError(f"{folder} has no *.safetensors. Other weights (pickles) are not read.")
    state = {_rename(k): v for file in weights for k, v in load_file(file).items()}
    if state_size:
        state |= {f"head.{k}": v for k, v in beside["action_head"].items()}
        state |= {f"state.{k}": v for k, v in beside["proprio_projector"].items()}
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"the weights in {folder} do not fit its config.json: {error}") from None
    pixels = read_json(folder / "preprocessor_config.json")
    mean, std = (
        torch.tensor(pixels[name], device=device).reshape(6, 1, 1) for name in ("means", "stds")
    )
    own = folder / "dataset_statistics.json"
    statistics = read_json(own) if own.is_file() else config.get("norm_stats") or {}
    tokenizer = LlamaTokenizerFast.from_pretrained(folder)
    return Checkpoint(model, tokenizer, mean, std, statistics, state_size)


def read_json(path: Path) -> dict[str, Any]:
    """The map in a file.

    Raises:
        ValueError: It is missing, or holds none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}). Give the folder of a checkpoint, as"
            " huggingface-cli download openvla/openvla-7b --local-dir FOLDER makes it."
        ) from None
    if not isinstance(value, dict):
        raise ValueError(f"{path} holds no map")
    return value


def _towers_of(config: Mapping[str, Any]) -> list[str]:
    kind, towers = config.get("model_type"), config.get("timm_model_ids")
    sizes = config.get("image_sizes")
    if kind != "openvla" or sizes != [SIDE, SIDE] or not isinstance(towers, list):
        raise ValueError(
            f"config.json: a {kind!r:.40} with pictures of {sizes!r:.40}. Served are models of the"
            f" type 'openvla' with two vision towers of {SIDE} px, such as openvla-7b."
        )
    return towers


def _check_served(folder: Path) -> None:
    for pattern, does in NOT_SERVED.items():
        if found := next(folder.glob(pattern), None):
            raise ValueError(
                f"{found.name}: this checkpoint {does}, which is not served. Served is OpenVLA-OFT"
                " with the L1 head."
            )


def _load_beside(folder: Path, name: str) -> dict[str, Tensor]:
    """The tensors of a part that OpenVLA-OFT keeps beside the others; none if it is not there."""
    found = sorted(folder.glob(f"{name}--*_checkpoint.pt"))
    if len(found) > 1:
        raise ValueError(f"{folder} has {len(found)} files {name}--*.pt. Leave the one to be used.")
    if not found:
        return {}
    state = torch.load(found[0], map_location="cpu", weights_only=True)
    return {key.removeprefix("module."): value for key, value in state.items()}


def _build(
    network: type[Parts],
    device: torch.device,
    width: torch.dtype,
    towers: list[str],
    more: Mapping[str, Any],
    language: Mapping[str, Any],
) -> Parts:
    from transformers.modeling_utils import no_init_weights

    before = torch.get_default_dtype()
    torch.set_default_dtype(width)
    try:
        with torch.device(device), no_init_weights():  # they are about to be read
            return network(towers, **more, **language).eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(before)


def _rename(name: str) -> str:
    for theirs, ours in RENAMED.items():
        if name.startswith(theirs):
            name = ours + name.removeprefix(theirs)
    return name.replace(".scale_factor", ".gamma")
