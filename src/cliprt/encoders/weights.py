"""Finds and reads weights that others trained, without trusting or half-loading them."""

from __future__ import annotations

import os
import pickle
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from cliprt.errors import CheckpointError, did_you_mean

_SHOWN = 5
_REACH_S = 5.0
_HUB_FILES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
)


def check_is_file(path: Path) -> None:
    """Raise unless there is a file.

    Raises:
        CheckpointError: There is not.
    """
    if not path.is_file():
        raise CheckpointError(
            f"there is no file {path} with weights. Give a .pt or .safetensors file that is there."
        )


def load_state(path: Path) -> dict[str, Tensor]:
    """The state dict in a ``.pt`` or ``.safetensors`` file.

    A training checkpoint's ``"state_dict"`` and the ``module.`` in front of every name, as
    distributed training leaves them, are unwrapped.  Only tensors are unpickled.

    Raises:
        CheckpointError: No such file, truncated, or something else than weights.
    """
    check_is_file(path)
    try:
        if path.suffix == ".safetensors":
            state: Any = load_file(path)
        else:
            _check_not_packed(path)
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # whose text says how to load it all the same
        raise CheckpointError(
            f"{path} cannot be read as weights: it holds other things than numbers, which could run"
            " a program, or is damaged. Give a .safetensors file, or one of somebody you trust."
        ) from error
    except Exception as error:  # of bytes that are no weights, anything may come
        reason = next(iter(str(error).strip().splitlines()), "it ends too early")
        raise CheckpointError(
            f"{path} cannot be read as weights: {reason:.300}. It may be truncated: copy it again."
        ) from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    ):
        raise CheckpointError(
            f"{path} holds no state dict (a mapping of names to tensors)."
            " Give the file that the authors published."
        )
    return {name.removeprefix("module."): value for name, value in state.items()}


def read_shapes(path: Path) -> dict[str, Tensor]:
    """The names in a ``.safetensors`` file with tensors of their shapes, without any numbers.

    Raises:
        CheckpointError: No such file, or it cannot be read.
    """
    check_is_file(path)
    try:
        with safe_open(path, "pt") as file:
            names = list(file.keys())
            shapes = {name: file.get_slice(name).get_shape() for name in names}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} cannot be read as weights: {error!s:.300}. It may be truncated: copy it again."
        ) from error
    return {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}


def _check_not_packed(path: Path) -> None:
    """Raise for a zip file whose content is larger than itself; torch packs nothing."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > path.stat().st_size:
                raise ValueError("it is packed, as no program packs weights")


def load_strictly(module: nn.Module, state: Mapping[str, Tensor], path: Path, model: str) -> None:
    """Put a state dict into a model; every name and every shape must fit.

    Raises:
        CheckpointError: They do not; names some that are missing, unexpected or of another shape.
    """
    check_fit(module.state_dict(), state, path, model)
    module.load_state_dict(dict(state))


def check_fit(
    wanted: Mapping[str, Tensor], state: Mapping[str, Tensor], path: Path, model: str
) -> None:
    """Raise unless a state dict has the names and shapes of another, which may be without numbers.

    Raises:
        CheckpointError: See `load_strictly`.
    """
    problems = [
        *name_some("missing:", [name for name in wanted if name not in state]),
        *name_some("unexpected:", [name for name in state if name not in wanted]),
        *name_some(
            "of another shape:",
            [
                f"{name} {tuple(state[name].shape)} instead of {tuple(value.shape)}"
                for name, value in wanted.items()
                if name in state and state[name].shape != value.shape
            ],
        ),
    ]
    if problems:
        raise CheckpointError(
            f"{path} does not hold the weights of {model}: {'; '.join(problems)}."
            " Name the model that it was made with."
        )


def name_some(what: str, names: list[str]) -> list[str]:
    """``["WHAT a, b and 3 more"]``; empty without any."""
    if not names:
        return []
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{what} {', '.join(names[:_SHOWN])}{more}"]


def pretrained_file(model: str, tag: str) -> Path:
    """The file with an OpenCLIP model's published weights, downloaded if it is not here yet.

    Raises:
        CheckpointError: No such tag, or the weights are neither here nor reachable.
    """
    import open_clip
    from open_clip.pretrained import download_pretrained, get_pretrained_cfg

    source = get_pretrained_cfg(model, tag)
    if not source:
        tags = open_clip.list_pretrained_tags_by_model(model)
        raise CheckpointError(
            f"OpenCLIP publishes no weights {tag!r} for {model}.{did_you_mean(tag, tags)}"
            f" Allowed: {', '.join(tags) or 'none'}. Or set encoder.checkpoint to a file."
        )
    here = _cached(source)
    if here:
        return here
    address, site = _address(source)
    reason = _unreachable(site)
    if reason is None:
        try:
            return Path(download_pretrained(source))
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
    raise CheckpointError(
        f"the weights {tag!r} of {model} are not on this machine and cannot be downloaded"
        f" ({reason}). Download {address} where there is a network, and set"
        " encoder.checkpoint=<the file> 'encoder.pretrained=\"\"'"
    )


def _cached(source: Mapping[str, Any]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    repository, filename = os.path.split(source.get("hf_hub", ""))
    for name in (filename,) if filename else _HUB_FILES:
        found = try_to_load_from_cache(repository, name) if repository else None
        if isinstance(found, str):
            return Path(found)
    folder = Path("~/.cache/clip").expanduser()
    local = folder / os.path.basename(source.get("url", ""))
    return local if source.get("url") and local.is_file() else None


def _address(source: Mapping[str, Any]) -> tuple[str, str]:
    """(what to download, which site must answer)."""
    from huggingface_hub import constants

    if not source.get("hf_hub"):
        return source["url"], source["url"]
    repository, filename = os.path.split(source["hf_hub"])
    name = filename or f"{_HUB_FILES[0]} (or {_HUB_FILES[-1]})"
    return f"{name} of {constants.ENDPOINT}/{repository}", constants.ENDPOINT


def _unreachable(site: str) -> str | None:
    """Why a site does not answer, or None.  One try: the hub's own client repeats for a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    try:
        urllib.request.urlopen(
            urllib.request.Request(site, method="HEAD"), timeout=_REACH_S
        ).close()
    except urllib.error.HTTPError:
        return None
    except (urllib.error.URLError, OSError) as error:
        return f"{site}: {getattr(error, 'reason', error)}"
    return None
