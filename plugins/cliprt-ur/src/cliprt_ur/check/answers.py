"""Who answers the questions of a check: the person at the arm, or nobody at a loopback address."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Protocol

from cliprt.errors import UsageError


class Answers(Protocol):
    """The one seam between the check and whoever looks at the arm."""

    def say(self, text: str) -> None:
        """Show a text; its lines stay as they are."""

    def choose(
        self, question: str, options: Sequence[str], default: str = "", unattended: str = ""
    ) -> str:
        """One of `options`.

        Args:
            question: A sentence.
            options: Words of which each begins like no other.
            default: What an empty answer means; "" = an empty answer is none.
            unattended: What is answered where nobody looks; "" = ``"yes"``, else the default, else
                the first option.
        """

    def ask(self, question: str, default: str = "") -> str:
        """A line of text; `default` where it is empty."""


class PersonAnswers:
    """Asks on the terminal."""

    def say(self, text: str) -> None:
        """Print it, long paragraphs wrapped."""
        print("\n".join(wrap(line) for line in text.splitlines()), flush=True)

    def choose(
        self, question: str, options: Sequence[str], default: str = "", unattended: str = ""
    ) -> str:
        """Asks until the answer is the beginning of one option.

        Raises:
            UsageError: The input has ended.
        """
        shown = "/".join(option.upper() if option == default else option for option in options)
        while True:
            answer = self._read(f"{question} [{shown}] ").lower() or default
            fitting = [option for option in options if answer and option.startswith(answer)]
            if len(fitting) == 1 or answer in fitting:
                return answer if answer in fitting else fitting[0]
            print(f"  Please answer one of: {', '.join(options)}.")

    def ask(self, question: str, default: str = "") -> str:
        """Asks once.

        Raises:
            UsageError: The input has ended.
        """
        return self._read(f"{question} {f'[{default}] ' if default else ''}") or default

    def _read(self, prompt: str) -> str:
        try:
            return input(wrap(f"> {prompt}".rstrip()) + " ").strip()
        except EOFError as error:
            print()
            raise UsageError(
                "nobody answers: the check asks a person at the arm. Run it in a terminal."
            ) from error


class UnattendedAnswers:
    """Says yes to everything; only for arms that are not there (see `cliprt_ur.cli`)."""

    def say(self, text: str) -> None:
        """Print it, long paragraphs wrapped."""
        print("\n".join(wrap(line) for line in text.splitlines()), flush=True)

    def choose(
        self, question: str, options: Sequence[str], default: str = "", unattended: str = ""
    ) -> str:
        """The unattended answer, which is shown."""
        answer = unattended or ("yes" if "yes" in options else default or options[0])
        self.say(f"> {question} {answer}")
        return answer

    def ask(self, question: str, default: str = "") -> str:
        """The default, which is shown."""
        self.say(f"> {question} {default}")
        return default


def wrap(line: str, width: int = 88) -> str:
    """One line as a paragraph that keeps its indent."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False) or line
