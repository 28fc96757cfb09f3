"""Instructions as they were said: the policy makes of their words what it can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from cliprt.matchers.interface import Match, Matcher


class LiteralMatcher(Matcher):
    """Leaves every instruction as it was said.

    >>> LiteralMatcher().match("Shut the laptop", ["Close the laptop"]).instruction
    'Shut the laptop'
    """

    compares: ClassVar[bool] = False

    def match(self, instruction: str, known: Sequence[str]) -> Match:
        """The words as they are."""
        return Match(instruction)
