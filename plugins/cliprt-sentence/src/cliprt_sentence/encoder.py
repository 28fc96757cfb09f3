"""An encoder that sees as another one does and reads as a frozen sentence encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from cliprt.encoders.interface import Encoder, ImageFeatures
from cliprt.errors import CheckpointError, UsageError
from cliprt.registry import load
from cliprt_sentence.minilm import SHA256, WIDTH, embed

_NOTHING: Mapping[str, Any] = {}


class SentenceEncoder(Encoder):
    """Another encoder's image tower, and texts by all-MiniLM-L6-v2 and one layer that learns.

    The sentence encoder stays as it is and is no part of a checkpoint, which holds its digest: with
    other weights it does not load.

    Args:
        images: Registry name of the encoder whose image tower it takes.
        options: Of that encoder.
        weights: Those of its options that only say where initial weights come from.

    Raises:
        MissingExtraError: A package is not installed.
        UsageError: The other encoder refuses its options, or some of them belong into `weights`.
    """

    weight_sources: ClassVar[tuple[str, ...]] = ("weights",)

    def __init__(
        self,
        images: str = "small_cnn",
        options: Mapping[str, Any] = _NOTHING,
        weights: Mapping[str, Any] = _NOTHING,
    ) -> None:
        super().__init__()
        embed("")  # whatever is not installed is told now
        kind: type[Encoder] = load("encoder", images)
        if misplaced := [name for name in options if name in kind.weight_sources]:
            raise UsageError(
                f"the option {misplaced[0]!r} of {images} says where its first weights come from."
                f" Put it below 'weights': weights: {{{misplaced[0]}: ...}}"
            )
        seeing = kind(**options, **weights)
        for name in seeing.text_weights():  # nobody reads with them
            where, _, leaf = name.rpartition(".")
            delattr(seeing.get_submodule(where), leaf)
        self.seeing = seeing
        self.embedding_dim, self.grid_dim = seeing.embedding_dim, seeing.grid_dim
        self.image_size, self.initial_log_scale = seeing.image_size, seeing.initial_log_scale
        self.projection = nn.Linear(WIDTH, seeing.embedding_dim)

    def preprocess(self, images: Tensor) -> Tensor:
        """As the other encoder."""
        return self.seeing.preprocess(images)

    def encode_image(self, images: Tensor) -> ImageFeatures:
        """As the other encoder."""
        return self.seeing.encode_image(images)

    def encode_grid(self, images: Tensor) -> Tensor:
        """As the other encoder."""
        return self.seeing.encode_grid(images)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, embedding_dim)."""
        weight = self.projection.weight
        rows = [torch.from_numpy(embed(text).copy()) for text in texts]
        # Of length 1, every number of a row would be small beside those of a layer that learns.
        vectors = WIDTH**0.5 * torch.stack(rows).to(weight.device, weight.dtype)
        features: Tensor = self.projection(vectors)
        return features

    def text_weights(self) -> dict[str, nn.Parameter]:
        """The layer that learns."""
        return dict(self.projection.named_parameters("projection"))

    def recompute(self) -> None:
        """As the other encoder."""
        self.seeing.recompute()

    def get_extra_state(self) -> Tensor:
        """The digest of the sentence encoder's weights, uint8 (32,), for the checkpoint."""
        return torch.tensor(list(bytes.fromhex(SHA256)), dtype=torch.uint8)

    def set_extra_state(self, state: Tensor) -> None:
        """Compare with the digest in a checkpoint.

        Raises:
            CheckpointError: It was trained with another sentence encoder.
        """
        found = bytes(state.tolist()).hex()
        if found != SHA256:
            raise CheckpointError(
                f"the policy was trained with another sentence encoder (sha256 {found:.12}..., here"
                f" {SHA256:.12}...). Install the cliprt-sentence that it was trained with, or train"
                " again."
            )
