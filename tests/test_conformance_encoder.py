import pytest

import cliprt  # noqa: F401 - before torch
from cliprt.registry import load, names
from cliprt.testing.encoder import check_encoder

SMALL = {"open_clip": {"model": "cliprt-tiny"}}


@pytest.mark.parametrize("name", names("encoder"))
def test_every_registered_encoder_keeps_the_contract(name):
    check_encoder(load("encoder", name)(**SMALL.get(name, {})))


def test_the_check_finds_a_broken_encoder():
    encoder = load("encoder", "small_cnn")()
    encoder.embedding_dim = 64
    with pytest.raises(AssertionError, match=r"pooled features are \(2, 128\), not \(2, 64\)"):
        check_encoder(encoder)


def test_a_frozen_tower_is_no_mistake_and_a_cut_one_is(monkeypatch):
    encoder = load("encoder", "small_cnn")()
    read = encoder.encode_text
    monkeypatch.setattr(encoder, "encode_text", lambda texts: read(texts).detach())
    with pytest.raises(AssertionError, match="encode_text has no gradient"):
        check_encoder(encoder)
    for weight in encoder.text_weights().values():
        weight.requires_grad_(False)
    check_encoder(encoder)
