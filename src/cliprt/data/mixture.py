"""Batches from several sources at once, by weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import numpy as np

from cliprt.data.batches import Batch
from cliprt.data.loader import WHOLE, ResumableLoader, Share, check_batching, read_ahead
from cliprt.data.rows import Rows

GOLDEN = (5**0.5 - 1) / 2
"""Whose multiples spread over 0..1 more evenly than chance."""


class MixtureLoader(ResumableLoader):
    """Batches to which every part gives its share, whichever length it has.

    How many rows a part gives to a step follows from (seed, step), which ones from how many it has
    given before: a part begins anew, in another order, when it is through.  An epoch is as many
    batches as all rows fill once.

    Args:
        parts: Rows and their weight, above 0; weights need not add up to 1.
        batch_size: Rows of a batch, over all processes.
        seed: Of the shares and orders.
        share: What of each batch is for this process.
    """

    def __init__(
        self,
        parts: Sequence[tuple[Rows, float]],
        batch_size: int,
        seed: int = 0,
        share: Share = WHOLE,
    ) -> None:
        for rows, _ in parts:
            check_batching(share.parts if len(rows) else 0, batch_size, share)
        self.batch_size = batch_size
        self._rows = [rows for rows, _ in parts]
        self._weights = [weight for _, weight in parts]
        self._share = share
        self._orders: dict[int, tuple[int, np.ndarray]] = {}
        steps = max(1, sum(map(len, self._rows)) // batch_size)
        super().__init__(steps * share.pieces, seed)

    def epoch(self, number: int, skip: int) -> Iterator[Batch]:
        """The batches of one epoch; skipping reads nothing."""
        steps = len(self) // self._share.pieces
        step, piece = divmod(skip, self._share.pieces)
        keys = self.keys(number * steps + step, (number + 1) * steps)
        mine = chain.from_iterable(map(self._share.of, keys))
        return read_ahead(lambda key: self._rows[key[0]].read(key[1]), islice(mine, piece, None))

    def keys(self, begin: int, end: int) -> Iterator[list[tuple[int, int]]]:
        """(part, row) of each row of the steps `begin` to `end`, of all processes."""
        shares = draw_shares(self._weights, self.batch_size, self.seed, end)
        given = shares[:begin].sum(0)
        for share in shares[begin:]:
            yield [(p, self._row(p, given[p] + k)) for p, n in enumerate(share) for k in range(n)]
            given += share

    def _row(self, part: int, number: int) -> int:
        """Which row the `number`-th is that a part gives."""
        epoch, place = divmod(int(number), len(self._rows[part]))
        if part not in self._orders or self._orders[part][0] != epoch:
            seed = int(np.random.SeedSequence([self.seed, part]).generate_state(1)[0])
            self._orders[part] = epoch, self._rows[part].order(seed, epoch)
        return int(self._orders[part][1][place])


def draw_shares(weights: Sequence[float], batch_size: int, seed: int, steps: int) -> np.ndarray:
    """How many rows each of k parts gives to each of the first steps, int64 (steps, k).

    A batch's rows stand at equal distances on the line of weights, which is shifted from step to
    step by the golden ratio: each part gives its exact share or the whole number above or below,
    and all steps together are off by a few rows.

    >>> draw_shares([1, 3], 8, seed=0, steps=1).tolist()
    [[2, 6]]
    >>> draw_shares([0.98, 0.01, 0.01], 16, seed=0, steps=625).sum(0).tolist()
    [9800, 100, 100]
    """
    ends = np.cumsum(weights)[:-1] / np.sum(weights) * batch_size
    first = np.random.default_rng(seed).random()
    shift = (first + GOLDEN * np.arange(steps)[:, None]) % 1
    below = np.ceil(ends - shift).astype(np.int64).clip(0, batch_size)
    edges = np.hstack([np.zeros((steps, 1), int), below, np.full((steps, 1), batch_size)])
    return np.diff(edges, axis=1)
