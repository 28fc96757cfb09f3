"""The contract of a policy: observation and instruction -> scores over the vocabulary."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import lightning
from torch import Tensor


class Policy(lightning.LightningModule):
    """Trained by Lightning, used by the loop.

    Built as ``__init__(self, vocabulary, encoder, cameras=..., **options)``.
    A batch is a mapping: ``images``: camera -> uint8 (b, 3, h, w); ``instruction``: list of b
    strings; ``label``: long (b,).
    """

    cameras: tuple[str, ...]
    """Names of the images it looks at, in order."""

    @abstractmethod
    def score(self, images: Mapping[str, Tensor], instructions: Sequence[str]) -> Tensor:
        """Scores (b, n) over the vocabulary's n primitives; larger is better.

        Args:
            images: Camera name -> uint8 (b, 3, h, w).
            instructions: b strings, the task in words.
        """
