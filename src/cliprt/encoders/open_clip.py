"""Any OpenCLIP model with any weights: CLIP-RT's own backbone, its released checkpoints, or a
small configuration of ours that trains on a CPU."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional

from cliprt.encoders.interface import Encoder, ImageFeatures
from cliprt.encoders.weights import check_is_file, load_state, load_strictly, pretrained_file
from cliprt.errors import MissingExtraError, UsageError, did_you_mean

_CONFIGS = Path(__file__).parent / "configs"
_PAPER_MODEL = "ViT-H-14-378-quickgelu"


class OpenClipEncoder(Encoder):
    """An OpenCLIP model's two towers.

    Args:
        model: OpenCLIP's name of the architecture, or one of ours (``"cliprt-tiny"``).
        pretrained: Tag of published weights to download, e.g. ``"dfn5b"``; "" = none.
        checkpoint: File with weights, such as a released CLIP-RT ``.pt``; "" = none.
        resize: Images that are not square are squeezed (``"squash"``) or their middle is cut out
            (``"crop"``, as OpenCLIP's default preprocessing does).

    Raises:
        UsageError: No such model, both `pretrained` and `checkpoint`, or another `resize`.
        CheckpointError: The weights cannot be had, are damaged, or are of another model.
        MissingExtraError: The model's tokenizer needs a package that is not installed.
    """

    weight_sources: ClassVar[tuple[str, ...]] = ("pretrained", "checkpoint")
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        model: str = _PAPER_MODEL,
        pretrained: str = "",
        checkpoint: str = "",
        resize: Literal["squash", "crop"] = "squash",
    ) -> None:
        super().__init__()
        # Creating a large model takes half a minute: whatever can fail comes first.
        path = _weights(model, pretrained, checkpoint, resize)
        self.tokenizer = _tokenizer(model)
        state = load_state(path) if path else {}
        self.model = _create(model)
        if path:
            load_strictly(self.model, state, path, model)
        if not self.model.logit_scale.is_meta:  # else only the shapes are asked for
            self.initial_log_scale = float(self.model.logit_scale.detach())
        # The policy learns its own scale; a second one here would never move.
        self.model.logit_scale.requires_grad_(False)
        self.resize = resize
        settings = {**open_clip.get_model_preprocess_cfg(self.model)}
        if pretrained:
            settings.update(open_clip.get_pretrained_cfg(model, pretrained))
        for name in ("mean", "std"):
            values = torch.tensor(settings[name], dtype=torch.float32).view(1, 3, 1, 1)
            self.register_buffer(name, values)
        size = self.model.visual.image_size
        self.image_size = int(size if isinstance(size, int) else size[0])
        self.embedding_dim, self.grid_dim = self._widths()

    @classmethod
    def check_weights(cls, options: Mapping[str, Any]) -> None:
        """Raise if the weights cannot be had, in seconds, or as long as their download takes.

        Raises:
            UsageError, CheckpointError, MissingExtraError: As the constructor.
        """
        _weights(**options)
        _tokenizer(options.get("model", _PAPER_MODEL))

    def preprocess(self, images: Tensor) -> Tensor:
        """uint8 (b, 3, h, w) -> float (b, 3, s, s) with the model's own size, mean and spread."""
        # Not every device resizes in numbers of half the width.
        x = images.to(self.mean.device, torch.promote_types(self.mean.dtype, torch.float32))
        height, width = x.shape[-2:]
        if self.resize == "crop" and height != width:
            edge = min(height, width)
            top, left = (height - edge) // 2, (width - edge) // 2
            x = x[..., top : top + edge, left : left + edge]
        if x.shape[-2:] != (self.image_size, self.image_size):
            size = [self.image_size, self.image_size]
            x = functional.interpolate(x, size=size, mode="bicubic", antialias=True).clamp(0, 255)
        return ((x / 255 - self.mean) / self.std).to(self.mean.dtype)

    def encode_image(self, images: Tensor) -> ImageFeatures:
        """Preprocessed images (b, 3, s, s) -> pooled features and the last layer's patches."""
        seen = self.model.visual.forward_intermediates(images, indices=1, output_fmt="NCHW")
        return ImageFeatures(seen["image_features"], seen["image_intermediates"][-1])

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, embedding_dim)."""
        features: Tensor = self.model.encode_text(self.tokenizer(list(texts)).to(self.device))
        return features

    def recompute(self) -> None:
        """By OpenCLIP's own gradient checkpointing, block by block."""
        self.model.set_grad_checkpointing(True)

    def text_weights(self) -> dict[str, nn.Parameter]:
        """All but the image tower and the scale that OpenCLIP keeps beside it."""
        parts = [(name, part) for name, part in self.model.named_children() if name != "visual"]
        own = {
            f"model.{name}": weight
            for name, weight in self.model.named_parameters(recurse=False)
            if not name.startswith("logit_")
        }
        return own | {
            n: w for name, part in parts for n, w in part.named_parameters(f"model.{name}")
        }

    def _widths(self) -> tuple[int, int]:
        """(embedding, grid) widths: read off a plain vision transformer, tried out otherwise."""
        visual = self.model.visual
        if isinstance(visual, open_clip.transformer.VisionTransformer):
            return int(visual.output_dim), int(visual.transformer.width)
        visual.eval()  # or a blank image would count in the statistics of pretrained weights
        with torch.no_grad():
            blank = torch.zeros(1, 3, self.image_size, self.image_size)
            features = self.encode_image(blank)
        visual.train()
        return features.pooled.shape[1], features.grid.shape[1]


def _weights(
    model: str = _PAPER_MODEL, pretrained: str = "", checkpoint: str = "", resize: str = "squash"
) -> Path | None:
    """The file with the weights, downloaded where necessary; None = random ones."""
    _check_options(model, pretrained, checkpoint, resize)
    if pretrained:
        return pretrained_file(model, pretrained)
    if checkpoint:
        check_is_file(Path(checkpoint))
        return Path(checkpoint)
    return None


def _check_options(model: str, pretrained: str, checkpoint: str, resize: str) -> None:
    models = _models()
    if model not in models:
        raise UsageError(
            f"OpenCLIP has no model {model!r}.{did_you_mean(model, models)} Allowed: cliprt-tiny,"
            " ViT-B-32, ViT-H-14-378-quickgelu ... ; see open_clip.list_models()."
        )
    if pretrained and checkpoint:
        raise UsageError(
            f"the encoder has both pretrained={pretrained!r} and checkpoint={checkpoint!r}."
            " Leave one of them out."
        )
    if resize not in ("squash", "crop"):
        raise UsageError(
            f"the encoder's resize cannot be {resize!r}."
            f"{did_you_mean(resize, ('squash', 'crop'))} Allowed: squash, crop."
        )


@cache
def _models() -> tuple[str, ...]:
    open_clip.add_model_config(_CONFIGS)
    return tuple(open_clip.list_models())


def _create(model: str) -> Any:
    # OpenCLIP warns that weights are random whenever it does not load them itself.
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        device = torch.get_default_device()
        return open_clip.create_model(model, pretrained=None, pretrained_text=False, device=device)
    finally:
        logging.disable(disabled)


def _tokenizer(model: str) -> Any:
    try:
        return open_clip.get_tokenizer(model)
    except ImportError as error:
        raise MissingExtraError(
            f"the tokenizer of {model} needs a package that is not installed ({error})."
            " Run: pip install transformers"
        ) from error
