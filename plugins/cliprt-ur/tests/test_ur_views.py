"""Pictures are cropped to their middle and resized, nothing else."""

import numpy as np
import pytest

from cliprt.errors import UnknownNameError
from cliprt_ur.views import CameraViews, to_square


@pytest.mark.parametrize(
    ("shape", "middle"), [((40, 80), np.s_[:, 20:60]), ((90, 60), np.s_[15:75])]
)
def test_the_middle_square_is_kept(shape, middle):
    picture = np.zeros((*shape, 3), np.uint8)
    picture[middle] = (10, 200, 90)
    square = to_square(picture, 32)
    assert square.shape == (32, 32, 3)
    assert square.dtype == np.uint8
    assert square.flags["C_CONTIGUOUS"]
    assert (square == (10, 200, 90)).all()


def test_a_picture_of_the_right_size_is_not_touched_and_not_shared():
    picture = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    square = to_square(picture, 24)
    assert (square == picture).all()
    assert not np.shares_memory(square, picture)


def test_a_camera_that_is_not_configured_is_named_with_those_that_are():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'wrist'.*Configured: wrist, scene"):
        CameraViews({"wrist": {}, "scene": {}}, ["wirst"])
    with pytest.raises(UnknownNameError, match="Configured: none"):
        CameraViews({}, ["scene"])
