"""What a policy is asked for: the one place where a person's words become an instruction."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence

from cliprt.errors import UnclearError
from cliprt.language.choosing import choose
from cliprt.matchers.interface import Match, Matcher
from cliprt.terminal import clean

MOST_REMEMBERED = 4096
"""Instructions whose meaning is kept; a server is asked by strangers."""


class Understanding:
    """Words -> what a policy was taught; each instruction is read once, and told once.

    Args:
        matcher: Who reads them.
        known: What was taught.
    """

    def __init__(self, matcher: Matcher, known: Iterable[str] = ()) -> None:
        self._matcher = matcher
        self.known = tuple(dict.fromkeys(known))
        """What was taught, each once; empty where nobody compares with it."""
        self._taken: dict[str, str] = {}

    def __call__(self, instruction: str) -> str:
        """What the policy is asked for.

        Raises:
            UnclearError: A person has to choose.
        """
        if instruction not in self._taken:
            match = self.match(instruction)
            if not match.is_sure:
                raise UnclearError(instruction, match.offers)
            self.remember(instruction, match.instruction)
        return self._taken[instruction]

    def match(self, instruction: str) -> Match:
        """What an instruction may mean; taught words mean themselves."""
        if instruction in self.known:
            return Match(instruction)
        return self._matcher.match(instruction, self.known)

    def remember(self, instruction: str, meant: str) -> None:
        """From now on one means the other; said on stderr where they differ."""
        if len(self._taken) >= MOST_REMEMBERED:
            self._taken.clear()
        self._taken[instruction] = meant
        if meant != instruction:
            told = f"I take “{clean(instruction):.200}” for “{clean(meant):.200}”."
            print(told, file=sys.stderr, flush=True)


def answer_for(understand: Callable[[str], str], said: str, meant: str) -> None:
    """Have a simulated person answer where one is asked what they mean.

    Args:
        understand: Who reads what they say.
        said: In their words.
        meant: The instruction that they mean; they choose it where it is offered.
    """
    try:
        understand(said)
    except UnclearError as error:
        if isinstance(understand, Understanding) and meant in error.offers:
            print(f"Asked: {error}", file=sys.stderr, flush=True)
            understand.remember(said, meant)


def pick(answer: str, offers: Sequence[str]) -> str | None:
    """Which offer an answer to “Did you mean ...?” names: by its words, its number, or "yes".

    >>> pick("2", ["Open the cabinet", "Close the laptop"])
    'Close the laptop'
    >>> pick("yes", ["Open the cabinet"]), pick("no", ["Open the cabinet"])
    ('Open the cabinet', None)
    """
    index = choose(answer.strip(" .!"), [(str(n), o) for n, o in enumerate(offers, 1)])
    return None if index is None else offers[index]
