"""Shifting by whole pixels is the cropping that moves and does not enlarge."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.training.augmentation import ImageAugmentation, augment, crop, generator_at, shift


@settings(deadline=None)  # the first call loads torch's kernels
@given(st.integers(-5, 5), st.integers(-5, 5))
def test_a_shift_is_a_crop_of_the_whole_size(right, down):
    images = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    pixels = torch.tensor([[right, down], [-down, right]])
    whole = crop(images, torch.ones(2), pixels * 2 / 12)
    torch.testing.assert_close(shift(images, pixels), whole, rtol=0, atol=1e-4)


def test_images_that_only_shift_keep_their_very_values():
    images = torch.arange(2 * 3 * 12 * 12.0).view(2, 3, 12, 12)
    moved = augment(images, ImageAugmentation(shift_px=3), generator_at(0, 0))
    assert not torch.equal(moved, images)
    for before, after in zip(images, moved, strict=True):
        assert set(after.unique().tolist()) <= set(before.unique().tolist())
