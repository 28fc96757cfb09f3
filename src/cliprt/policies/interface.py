"""The contract of a policy: what it is shown of a situation -> what it would do."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import ClassVar

from torch import Tensor, nn

from cliprt.data.batches import Batch, Row
from cliprt.data.columns import Needs
from cliprt.errors import UsageError
from cliprt.types import Proposal

Vary = Callable[[Tensor], Tensor]
"""Changes float images (b, 3, s, s) a little, for training; every call draws anew."""


class Policy(nn.Module, ABC):
    """Proposes what to do, and learns it from what was done.

    The constructor's options are the recipe's.  It is given the ``vocabulary`` and the ``encoder``
    if it names them.
    """

    reads_phrases: ClassVar[bool] = False
    """Whether it knows primitives by their phrases alone: its weights carry over to another
    vocabulary, as a part of what it begins with."""

    learns: ClassVar[bool] = True
    """Whether it has weights to train; one that does not is judged as it is."""

    @property
    @abstractmethod
    def needs(self) -> Needs:
        """What it looks at, and learns from."""

    @abstractmethod
    def propose(self, batch: Batch) -> list[Proposal]:
        """What to do in each of b situations."""

    @abstractmethod
    def loss(self, batch: Batch, vary: Vary) -> Mapping[str, Tensor]:
        """What the weights shall make small, as ``"loss"``, and what else is worth logging.

        All are numbers; those under ``"accuracy"`` are shown in learning curves.

        Args:
            batch: This process' rows.  Of several processes the mean of their losses counts; what
                a loss compares across rows comes from :mod:`cliprt.policies.contrastive`.
            vary: To be applied to the images, when they are preprocessed.
        """

    def prepare(self, instructions: Sequence[str]) -> None:
        """Compute what all decisions about these instructions share; by default nothing.

        Called in evaluation mode without gradients.
        """

    def release(self, weights: Path) -> None:
        """Give back the memory of weights that only `prepare` needs; by default none.

        Whoever acts calls it when all is prepared; a policy that did it is neither saved nor
        trained any more.

        Args:
            weights: ``.safetensors`` with the policy's weights, from which to read them again when
                there is something new to prepare.
        """

    @property
    def memory_bytes(self) -> int:
        """What it holds on its device between decisions."""
        return sum(part.nbytes for part in chain(self.parameters(), self.buffers()))

    def study(self, rows: Iterable[Row]) -> None:
        """Fit statistics to the rows that it is going to learn from, whose images are empty.

        They belong into registered buffers, which are kept with the weights.
        """

    def restart(self) -> None:
        """A new episode begins: forget what was seen in the last one, where anything is kept."""

    def after_step(self) -> None:
        """Bring weights back into their limits, after each step of the optimiser."""


class RankingPolicy(Policy):
    """A policy that chooses among the primitives of a vocabulary."""

    @abstractmethod
    def score(self, batch: Batch) -> Tensor:
        """Scores (b, n) over the vocabulary's n primitives; larger is better."""

    def propose(self, batch: Batch) -> list[Proposal]:
        """The scores; who acts chooses among them."""
        return [Proposal(scores=row) for row in self.score(batch).double().cpu().numpy()]

    def embed_phrases(self) -> Tensor | None:
        """Features (n, d) of the vocabulary's phrases, for pictures; None if it has none."""
        return None


def takes(policy: type[Policy], part: str) -> bool:
    """Whether a policy's constructor wants the ``"vocabulary"`` or the ``"encoder"``."""
    if policy.__init__ is nn.Module.__init__:
        return False
    parameters = inspect.signature(policy).parameters
    return part in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def check_ranking(policy: Policy | type[Policy], what: str) -> None:
    """Raise unless a policy chooses among the primitives of a vocabulary.

    Args:
        policy: Which, or its class.
        what: Is needed for, as the beginning of a sentence.

    Raises:
        UsageError: It makes motions of its own.
    """
    kind = policy if isinstance(policy, type) else type(policy)
    if not issubclass(kind, RankingPolicy):
        raise UsageError(
            f"{what} needs probabilities of a vocabulary's primitives, which {kind.__name__} does"
            " not have: it makes motions of its own. Leave it out, or train a policy that ranks,"
            " such as clip_rt."
        )
