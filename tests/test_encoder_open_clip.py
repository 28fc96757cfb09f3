"""OpenCLIP models: whose weights, how strictly, and what is said without a network."""

import importlib.util
import time

import numpy as np
import pytest
import torch
from PIL import Image

from cliprt.encoders.open_clip import OpenClipEncoder
from cliprt.errors import CheckpointError, MissingExtraError, UsageError

open_clip = pytest.importorskip("open_clip")

TINY = "cliprt-tiny"


@pytest.fixture(scope="module")
def released():
    """A model as `open_clip.create_model` makes it, standing in for published weights."""
    OpenClipEncoder(TINY)  # makes our configurations known
    torch.manual_seed(7)
    return open_clip.create_model(TINY, pretrained=None)


@pytest.mark.parametrize("wrap", ["plain", "state_dict", "module.", "safetensors"])
def test_released_weights_are_loaded_as_they_are(released, tmp_path, wrap):
    state = released.state_dict()
    path = tmp_path / "cliprt.pt"
    if wrap == "safetensors":
        from safetensors.torch import save_file

        path = tmp_path / "cliprt.safetensors"
        save_file(state, path)
    else:
        if wrap == "module.":
            state = {f"module.{name}": value for name, value in state.items()}
        torch.save(state if wrap == "plain" else {"state_dict": state, "epoch": 3}, path)
    encoder = OpenClipEncoder(TINY, checkpoint=str(path)).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    settings = open_clip.transform.PreprocessCfg(**open_clip.get_model_preprocess_cfg(released))
    preprocess = open_clip.transform.image_transform_v2(settings, is_train=False)
    ours = encoder.preprocess(torch.from_numpy(pixels).permute(2, 0, 1)[None])
    theirs = preprocess(Image.fromarray(pixels))[None]
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    released.eval()
    with torch.no_grad():
        torch.testing.assert_close(encoder.encode_image(ours).pooled, released.encode_image(theirs))
        tokens = open_clip.get_tokenizer(TINY)(["pick up the cup"])
        torch.testing.assert_close(
            encoder.encode_text(["pick up the cup"]), released.encode_text(tokens)
        )
    assert encoder.initial_log_scale == pytest.approx(released.logit_scale.item())


def test_other_weights_are_refused_by_name(released, tmp_path):
    state = released.state_dict()
    state["text_projection"] = torch.zeros(3, 3)
    del state["visual.proj"]
    state["extra.weight"] = torch.zeros(1)
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(CheckpointError) as error:
        OpenClipEncoder(TINY, checkpoint=str(tmp_path / "other.pt"))
    for part in ("missing: visual.proj", "unexpected: extra.weight", "text_projection (3, 3)"):
        assert part in str(error.value)


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_truncated_and_missing_files_are_refused(released, tmp_path, suffix):
    path = tmp_path / f"cut.{suffix}"
    torch.save(released.state_dict(), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CheckpointError, match=r"cut.*cannot be read.*truncated"):
        OpenClipEncoder(TINY, checkpoint=str(path))
    with pytest.raises(CheckpointError, match=r"no file .*absent"):
        OpenClipEncoder(TINY, checkpoint=str(tmp_path / f"absent.{suffix}"))


def test_nothing_but_tensors_is_unpickled(tmp_path):
    torch.save({"state_dict": {"a": print}}, tmp_path / "code.pt")
    with pytest.raises(CheckpointError, match="cannot be read as weights"):
        OpenClipEncoder(TINY, checkpoint=str(tmp_path / "code.pt"))
    torch.save({"a": 1}, tmp_path / "number.pt")
    with pytest.raises(CheckpointError, match="holds no state dict"):
        OpenClipEncoder(TINY, checkpoint=str(tmp_path / "number.pt"))


def test_without_a_network_it_says_at_once_what_to_download(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    start = time.monotonic()
    with pytest.raises(CheckpointError) as error:
        OpenClipEncoder("ViT-H-14-378-quickgelu", pretrained="dfn5b")
    assert time.monotonic() - start < 20  # the hub's own retries take 47 s
    assert "DFN5B-CLIP-ViT-H-14-378" in str(error.value)
    assert "encoder.checkpoint" in str(error.value)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"model": "ViT-B32"}, UsageError, "Did you mean 'ViT-B-32'"),
        ({"model": TINY, "pretrained": "a", "checkpoint": "b"}, UsageError, "Leave one"),
        ({"model": TINY, "resize": "squish"}, UsageError, "Did you mean 'squash'"),
        ({"model": "ViT-B-32", "pretrained": "opanai"}, CheckpointError, "Did you mean 'openai'"),
    ],
)
def test_wrong_options_say_what_is_allowed(options, error, text):
    with pytest.raises(error, match=text):
        OpenClipEncoder(**options)


def test_a_missing_tokenizer_package_is_named():
    if importlib.util.find_spec("transformers"):
        pytest.skip("transformers is installed")
    with pytest.raises(MissingExtraError, match="pip install transformers"):
        OpenClipEncoder("ViT-B-16-SigLIP")


def test_images_that_are_not_square_are_squeezed_or_cropped():
    wide = torch.zeros(1, 3, 64, 128, dtype=torch.uint8)
    wide[..., :32] = 255
    squash = OpenClipEncoder(TINY).preprocess(wide)
    crop = OpenClipEncoder(TINY, resize="crop").preprocess(wide)
    assert squash.shape == crop.shape == (1, 3, 64, 64)
    assert squash[..., :10].mean() > 1
    assert crop.std(dim=(2, 3)).max() < 1e-4
