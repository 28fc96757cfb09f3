"""Every error that cliprt raises on purpose, in one tree.

Each is also the nearest built-in exception, so ``except ValueError`` works as people expect.  A
message says what was wrong (value and place), what is allowed, and one action.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from cliprt.terminal import clean

_SCREEN, _LINE = 3000, 700
"""Characters of mistakes after which no further one is shown, and of one of them."""


class CliprtError(Exception):
    """Base of all errors that are meant for a person to read; the command line exits 2.

    What a text quotes may be a stranger's: its control characters are written out.
    """

    def __str__(self) -> str:
        return clean(super().__str__())


class RecipeError(CliprtError, ValueError):
    """A recipe that cannot be used; `problems` holds every mistake found, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(one_screen(self.problems))

    def __reduce__(self) -> tuple[type[RecipeError], tuple[tuple[str, ...]]]:
        """Travel whole from a worker process; an exception's own way is by its text."""
        return type(self), (self.problems,)


class UnknownNameError(CliprtError, LookupError):
    """A name that no registered plugin (task, camera, primitive ...) has."""


class PluginError(CliprtError, ImportError):
    """An installed plugin that cannot be loaded or fails, or two that claim one name."""


class MissingExtraError(CliprtError, ImportError):
    """An optional package that this feature needs is not installed."""


class VocabularyError(CliprtError, ValueError):
    """A vocabulary that is malformed, or another than the one a checkpoint was trained with."""


class CheckpointError(CliprtError, ValueError):
    """Weights that are truncated, missing or of another model."""


class StoreError(CliprtError, OSError):
    """An episode store that cannot be read or written; nothing committed is lost."""


class HubError(CliprtError, RuntimeError):
    """A repository of the Hub that cannot be reached, written, or trusted."""


class RobotError(CliprtError, RuntimeError):
    """A robot or simulator in a state in which it cannot do what was asked."""


class ServerError(CliprtError, RuntimeError):
    """A policy's server that is late, lost, or answers what nobody can use; nothing was moved."""


class ShownError(RuntimeError):
    """A bug whose traceback another process has shown; no mistake of the person who reads it."""


class UsageError(CliprtError, ValueError):
    """A command or call with arguments that do not fit together."""


class UnclearError(CliprtError, ValueError):
    """An instruction of which nobody can be sure what it means; a person has to choose.

    Attributes:
        instruction: In the person's words.
        offers: What may be meant, likeliest first.
    """

    def __init__(self, instruction: str, offers: Sequence[str]) -> None:
        self.instruction, self.offers = instruction, tuple(offers)
        told = " or ".join(f"“{offer:.200}”" for offer in offers)
        super().__init__(
            f"“{instruction:.200}” was not taught in these words. Did you mean {told}?"
        )

    def __reduce__(self) -> tuple[type[UnclearError], tuple[str, tuple[str, ...]]]:
        """Travel whole from a worker process."""
        return type(self), (self.instruction, self.offers)


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """A sentence ``" Did you mean 'x'?"`` for the nearest allowed name, or ``""``."""
    near = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def one_screen(problems: Sequence[str]) -> str:
    """Mistakes, one a line, and how many more there are where they would fill the screen."""
    shown: list[str] = []
    for problem in problems:
        if sum(map(len, shown)) > _SCREEN:
            return "\n".join([*shown, f"and {len(problems) - len(shown)} more"])
        shown.append(problem if len(problem) <= _LINE else f"{problem[:_LINE]}...")
    return "\n".join(shown)
