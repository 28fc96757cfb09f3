"""The contract of a policy: observation and instruction -> scores over the vocabulary."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import lightning
from torch import Tensor

from cliprt.policies.augmentation import ImageAugmentation
from cliprt.policies.optimiser import OptimiserSettings


class Policy(lightning.LightningModule):
    """Trained by Lightning, used by the loop.

    Built as ``__init__(self, vocabulary, encoder, cameras=..., **options)``.
    A batch is a mapping: ``images``: camera -> uint8 (b, 3, h, w); ``instruction``: list of b
    strings; ``label``: long (b,).
    """

    cameras: tuple[str, ...]
    """Names of the images it looks at, in order."""

    optimiser: OptimiserSettings = OptimiserSettings()
    """How `configure_optimizers` shall move the weights; set before fitting."""

    augmentation: ImageAugmentation = ImageAugmentation()
    """How `training_step` shall vary the images; set before fitting."""

    log_every: int = 20
    """Training steps between logged values; set before fitting."""

    @abstractmethod
    def score(self, images: Mapping[str, Tensor], instructions: Sequence[str]) -> Tensor:
        """Scores (b, n) over the vocabulary's n primitives; larger is better.

        Args:
            images: Camera name -> uint8 (b, 3, h, w).
            instructions: b strings, the task in words.
        """

    def embed_phrases(self) -> Tensor | None:
        """Features (n, d) of the vocabulary's phrases, for pictures; None if it has none."""
        return None
