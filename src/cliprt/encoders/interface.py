"""The contract of an encoder: images and texts -> one embedding space."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from cliprt.errors import UsageError


class ImageFeatures(NamedTuple):
    """What an encoder sees in one image.

    Attributes:
        pooled: (b, embedding_dim), raw (not normalised).
        grid: (b, grid_dim, gh, gw), features by place, for fusions in which words look at places.
    """

    pooled: Tensor
    grid: Tensor


class Encoder(nn.Module, ABC):
    """An image tower and a text tower with one embedding width."""

    embedding_dim: int
    grid_dim: int
    image_size: int
    """Edge length [px] of the square images that `preprocess` makes."""

    initial_log_scale: float = math.log(1 / 0.07)
    """Log of the scale of cosines that its weights were trained with."""

    weight_sources: ClassVar[tuple[str, ...]] = ()
    """Constructor options that only say where initial weights come from; a trained checkpoint
    holds its own weights and leaves them out."""

    @classmethod
    def check_weights(cls, options: Mapping[str, Any]) -> None:
        """Raise if weights that the constructor's `options` name cannot be had; may download them.

        Asked before teaching begins.  Worth overriding where building takes long.
        """
        cls(**options)

    @abstractmethod
    def preprocess(self, images: Tensor) -> Tensor:
        """uint8 (b, 3, h, w), RGB -> float (b, 3, image_size, image_size), normalised."""

    @abstractmethod
    def encode_image(self, images: Tensor) -> ImageFeatures:
        """Preprocessed images (b, 3, s, s) -> features."""

    def encode_grid(self, images: Tensor) -> Tensor:
        """Only the grid; worth overriding where the pooled features cost extra."""
        return self.encode_image(images).grid

    @abstractmethod
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, embedding_dim), differentiable."""

    def text_weights(self) -> dict[str, nn.Parameter]:
        """The weights that `encode_text` needs and nothing else does, by their names here.

        Their memory can be given back while no new text comes.  Empty where the towers share
        weights, or nobody has said.
        """
        return {}

    def recompute(self) -> None:
        """Keep little of what the layers compute for a training: they compute it again on the way
        back.

        Raises:
            UsageError: It has no layers that can.
        """
        raise UsageError(
            f"{type(self).__name__} cannot compute its layers a second time. Leave"
            " trainer.recompute out"
        )

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device
