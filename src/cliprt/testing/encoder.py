"""The contract of :class:`cliprt.encoders.interface.Encoder` as code."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from cliprt.encoders.interface import Encoder

UNKNOWN_TEXT = "zwölf Boxkämpfer jagen Viktor 42 ✓"


def check_encoder(encoder: Encoder) -> None:
    """Raise AssertionError, saying what is wrong, unless the encoder keeps its contract.

    A tower may be frozen: then its weights ask for no gradient, and its features have none.

    Args:
        encoder: Freshly built; is put into evaluation mode.
    """
    encoder.eval()
    size, d = encoder.image_size, encoder.embedding_dim
    generator = torch.Generator().manual_seed(0)
    raw = torch.randint(0, 256, (2, 3, size + 7, size + 20), dtype=torch.uint8, generator=generator)
    before = raw.clone()
    images = encoder.preprocess(raw)
    assert torch.equal(raw, before), "preprocess changes its input"
    assert images.shape == (2, 3, size, size), (
        f"preprocess makes {tuple(images.shape)} of images of another size, not (2, 3, {size},"
        f" {size})"
    )
    assert images.is_floating_point(), f"preprocess makes {images.dtype}, not floating-point images"
    assert images.isfinite().all(), "preprocess makes numbers that are not finite"
    _check_image_tower(encoder, images, d)
    _check_text_tower(encoder, d)


def _check_image_tower(encoder: Encoder, images: torch.Tensor, d: int) -> None:
    features = encoder.encode_image(images)
    pooled, grid = features.pooled, features.grid
    assert pooled.shape == (2, d), f"pooled features are {tuple(pooled.shape)}, not (2, {d})"
    right = grid.ndim == 4 and grid.shape[:2] == (2, encoder.grid_dim)
    assert right, f"the grid is {tuple(grid.shape)}, not (2, {encoder.grid_dim}, gh, gw)"
    assert pooled.isfinite().all(), "pooled features are not finite"
    assert grid.isfinite().all(), "the grid is not finite"
    torch.testing.assert_close(encoder.encode_grid(images), grid, msg="encode_grid differs")
    alone = encoder.encode_image(images[:1])
    close = torch.allclose(alone.pooled, pooled[:1], atol=1e-4, rtol=1e-3)
    assert close, "an image's features depend on the other images of its batch"
    assert not torch.allclose(pooled[0], pooled[1]), "two different images have one embedding"
    text = encoder.text_weights()
    own = {name: weight for name, weight in encoder.named_parameters() if name not in text}
    _check_gradient(encoder, pooled, own, "encode_image")


def _check_text_tower(encoder: Encoder, d: int) -> None:
    texts = ["open the gripper", "close the gripper", UNKNOWN_TEXT, ""]
    features = encoder.encode_text(texts)
    assert features.shape == (len(texts), d), (
        f"text features are {tuple(features.shape)}, not ({len(texts)}, {d})"
    )
    assert features.isfinite().all(), "text features are not finite"
    assert not torch.allclose(features[0], features[1]), "two different texts have one embedding"
    alone = encoder.encode_text(texts[2:3])
    close = torch.allclose(alone, features[2:3], atol=1e-4, rtol=1e-3)
    assert close, "a text's features depend on the other texts of its batch"
    own = encoder.text_weights() or dict(encoder.named_parameters())
    _check_gradient(encoder, features, own, "encode_text")


def _check_gradient(
    encoder: Encoder, features: torch.Tensor, weights: Mapping[str, nn.Parameter], what: str
) -> None:
    """Raise unless features lead back to some weight, or no weight of their tower learns."""
    if not features.requires_grad and not any(w.requires_grad for w in weights.values()):
        return
    if features.requires_grad:
        torch.autograd.backward(features.sum())
    assert any(w.grad is not None for w in encoder.parameters()), f"{what} has no gradient"
    encoder.zero_grad()
