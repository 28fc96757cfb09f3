"""A portion of the jobs: several machines share them out without talking to each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from cliprt.errors import UsageError

Item = TypeVar("Item")

MOST = 10_000
"""Portions, at most."""


@dataclass(frozen=True)
class Portion:
    """Every `of`-th job, from the `index`-th on; the `of` of them are all jobs, each once.

    >>> [Portion(i, 3).pick("abcdefg") for i in (1, 2, 3)]
    [['a', 'd', 'g'], ['b', 'e'], ['c', 'f']]
    """

    index: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is."""
        return self.of == 1

    def pick(self, items: Iterable[Item]) -> list[Item]:
        """Its share; everyone has to number the same jobs, those that are done included."""
        return list(islice(items, self.index - 1, None, self.of))


WHOLE = Portion()


def parse_portion(text: str) -> Portion:
    """What ``--shard`` says.

    >>> parse_portion("3/10")
    Portion(index=3, of=10)

    Raises:
        UsageError: It is no portion.
    """
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip(), re.ASCII)
    portion = Portion(*map(int, found.groups())) if found else None
    if portion is None or not 1 <= portion.index <= portion.of <= MOST:
        raise UsageError(
            f"--shard {text} is no portion. Allowed: i/n, the i-th of n portions, i from 1 to n, n"
            f" up to {MOST}; for example --shard 1/10, and 2/10 to 10/10 elsewhere"
        )
    return portion
