"""The small encoder: any words, any image size, the same in every process."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cliprt  # noqa: F401
from cliprt.encoders.small_cnn import SmallCnnEncoder, hashed_features
from cliprt.errors import UsageError


@given(text=st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_any_text_has_features(text):
    rows = hashed_features(text, 64)
    assert rows
    assert all(0 <= row < 64 for row in rows)


def test_word_order_counts_case_and_marks_do_not():
    assert hashed_features("Star to circle!", 999) == hashed_features("star to circle", 999)
    assert hashed_features("star to circle", 999) != hashed_features("circle to star", 999)


def test_hashes_are_the_same_in_every_process():
    assert hashed_features("a cup", 2048) == (1474, 1155, 1611, 302, 1595, 1438)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (48, 96), (128, 128)])
def test_images_of_any_size_are_brought_to_its_own(height, width):
    encoder = SmallCnnEncoder()
    grey = torch.full((1, 3, height, width), 153, dtype=torch.uint8)
    seen = encoder.preprocess(grey)
    assert seen.shape == (1, 3, 64, 64)
    assert seen.abs().max() < 1e-3


@pytest.mark.parametrize("options", [{"image_size": 4}, {"width": 30}, {"width": 0}])
def test_impossible_sizes_are_refused(options):
    with pytest.raises(UsageError, match="multiple of 4"):
        SmallCnnEncoder(**options)
