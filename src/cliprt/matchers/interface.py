"""The contract of a matcher: an instruction in a person's words -> what a policy was taught."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Match:
    """What an instruction is taken for.

    Attributes:
        instruction: What the policy is to be asked for: one of those that were taught, or the words
            as they are, which the policy then reads itself.
        score: How much both say the same, 1 = all.
        margin: By how much more than any other that was taught.
        offers: Empty where it is sure.  Where it is not, those that may be meant, likeliest first:
            nothing is to be done before a person has chosen.
    """

    instruction: str
    score: float = 1.0
    margin: float = 1.0
    offers: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether nobody has to be asked."""
        return not self.offers


class Matcher(ABC):
    """Built with its options only: ``__init__(self, **options)``.

    Building one is cheap; a model is loaded when it is first needed.  It answers alike whenever it
    is asked alike, and may be asked from several threads.
    """

    compares: ClassVar[bool] = True
    """Whether it looks at what was taught; one that does not is told nothing of it."""

    @abstractmethod
    def match(self, instruction: str, known: Sequence[str]) -> Match:
        """What an instruction is taken for.

        Args:
            instruction: In a person's words, in one line.
            known: Each instruction that was taught, once.  One that is asked for in its very words
                is meant for sure.
        """
