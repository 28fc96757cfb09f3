"""What a policy knows of texts: their features, kept, and the tower that made them, let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from cliprt.encoders.interface import Encoder
from cliprt.errors import CheckpointError

_MOST_TEXTS = 4096


class TextCache:
    """Features of texts that were encoded before, under one state of the text tower's weights.

    An episode asks for the same instruction and the same phrases at every step; encoding them
    once makes a step cost one image.  The cache empties itself when a weight was changed in place
    (torch counts that per tensor), replaced, or moved.
    """

    def __init__(self) -> None:
        self._features: dict[str, Tensor] = {}
        self._weights: tuple[tuple[int, int], ...] = ()
        self._released: _ReleasedTower | None = None

    def encode(self, encoder: Encoder, texts: Sequence[str]) -> Tensor:
        """Texts (n) -> raw features (n, d), without gradient; only new texts are computed.

        Raises:
            CheckpointError: The tower was released, and cannot be had back for a new text.
        """
        if self._released is None:
            self._check(encoder)
        new = [text for text in dict.fromkeys(texts) if text not in self._features]
        if new:
            with self._released or nullcontext(), torch.no_grad():
                self._features.update(zip(new, encoder.encode_text(new).detach(), strict=True))
        return torch.stack([self._features[text] for text in texts])

    def release(self, tower: Mapping[str, Tensor], file: Path) -> None:
        """Drop weights that only new texts need; they are read again for each time that some come.

        Args:
            tower: Name in the file -> weight.
            file: ``.safetensors`` with the same weights.
        """
        if tower and self._released is None:
            self._released = _ReleasedTower(tower, file)

    @property
    def memory_bytes(self) -> int:
        """Of the features."""
        return sum(feature.nbytes for feature in self._features.values())

    def clear(self) -> None:
        """Forget everything."""
        self._features.clear()

    def _check(self, encoder: Encoder) -> None:
        tower = encoder.text_weights() or dict(encoder.named_parameters())
        weights = tuple((weight.data_ptr(), weight._version) for weight in tower.values())
        if weights != self._weights or len(self._features) > _MOST_TEXTS:
            self.clear()
            self._weights = weights


class _ReleasedTower:
    """Weights that are in a file, except within a ``with`` block."""

    def __init__(self, tower: Mapping[str, Tensor], file: Path) -> None:
        self._tower = tower
        self._file = file
        self._sums = {name: _sum_of_bits(weight) for name, weight in tower.items()}
        self.__exit__()

    def __enter__(self) -> None:
        """Read the numbers again, as they were when they were first dropped.

        Raises:
            CheckpointError: The file is gone, or holds other weights by now.
        """
        try:
            with torch.inference_mode(False), safe_open(self._file, "pt") as file:
                for name, weight in self._tower.items():
                    read = file.get_tensor(name)
                    weight.data = weight.data.new_empty(read.shape).copy_(read)
                    if _sum_of_bits(weight) != self._sums[name]:
                        raise SafetensorError(f"{name} is another one by now")
        except (SafetensorError, OSError) as error:
            self.__exit__()
            raise CheckpointError(
                "a new instruction needs the text tower, whose weights were released, and"
                f" {self._file} cannot be read again: {error!s:.300}. Load the policy again."
            ) from error

    def __exit__(self, *error: object) -> None:
        for weight in self._tower.values():
            weight.data = weight.data.new_empty(0)


def _sum_of_bits(weight: Tensor) -> int:
    """What tells other numbers from these; costs one pass over them."""
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[weight.element_size()]
    return int(weight.detach().contiguous().view(whole).sum(dtype=torch.int64))
