"""Small random changes of training images, drawn from a generator and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from cliprt.data.loader import WHOLE, Share


@dataclass(frozen=True)
class ImageAugmentation:
    """How far an image may change; the defaults change nothing.

    Attributes:
        crop_scale: Smallest share of the image's area that a random resized crop keeps; 1 = all.
        shift_px: Largest random shift, in preprocessed pixels; the border is repeated.
        colour_jitter: Standard deviation of a random gain (about 1) and offset per channel.
        seed: Together with the step, determines every draw.
    """

    crop_scale: float = 1.0
    shift_px: int = 0
    colour_jitter: float = 0.0
    seed: int = 0


def generator_at(seed: int, step: int) -> torch.Generator:
    """A generator that depends on the seed and the step alone, so that a resumed run draws what
    an uninterrupted one would."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)


def augment(
    images: Tensor,
    settings: ImageAugmentation,
    generator: torch.Generator,
    share: Share = WHOLE,
    piece: int = 0,
) -> Tensor:
    """Preprocessed float images (b, 3, s, s) -> randomly cropped, shifted and tinted ones.

    Draws for the whole step and takes those of the rows that are here, so that each row is varied
    alike however many processes there are.

    Args:
        images: This process' part of a piece.
        settings: How far they may change.
        generator: Of the step.
        share: What of each step is for this process.
        piece: Which piece of the step it is.
    """
    count = images.shape[0] * share.parts
    rows = share.of(range(count))[piece]
    if settings.crop_scale < 1 or settings.shift_px:
        draws = torch.rand(5, count, generator=generator)[:, rows]
        images = _crop_and_shift(images, settings, draws)
    if settings.colour_jitter:
        draws = torch.randn(2, count, 3, 1, 1, generator=generator)[:, rows].to(images.device)
        gain, offset = settings.colour_jitter * draws
        images = torch.addcmul(offset, images, 1 + gain)
    return images


def _crop_and_shift(images: Tensor, settings: ImageAugmentation, draws: Tensor) -> Tensor:
    area, x, y, shift_x, shift_y = draws
    reach = 2 * settings.shift_px + 1
    pixels = torch.stack([shift_x, shift_y], 1).mul(reach).floor() - settings.shift_px
    if settings.crop_scale == 1:
        return shift(images, pixels.long())
    scale = torch.sqrt(settings.crop_scale + (1 - settings.crop_scale) * area)
    # affine_grid's unit: the image spans -1 .. 1, so one pixel is 2 / size
    crop_centre = (2 * torch.stack([x, y], 1) - 1) * (1 - scale)[:, None]
    return crop(images, scale, crop_centre + pixels * 2 / images.shape[-1])


def shift(images: Tensor, pixels: Tensor) -> Tensor:
    """What lies `pixels` (b, 2; to the right, down) further on; the border is repeated."""
    reach, (height, width) = int(pixels.abs().max()), images.shape[-2:]
    wide = functional.pad(images, (reach,) * 4, mode="replicate")
    corners = (pixels + reach).tolist()
    return torch.stack(
        [one[:, y : y + height, x : x + width] for one, (x, y) in zip(wide, corners, strict=True)]
    )


def crop(images: Tensor, scale: Tensor, centre: Tensor) -> Tensor:
    """The part of edge `scale` (b,) of the whole around `centre` (b, 2; -1 .. 1), enlarged."""
    transform = torch.zeros(images.shape[0], 2, 3)
    transform[:, 0, 0] = transform[:, 1, 1] = scale
    transform[:, :, 2] = centre
    where = functional.affine_grid(transform, list(images.shape), align_corners=False).to(images)
    return functional.grid_sample(images, where, padding_mode="border", align_corners=False)
