"""Sentences that were written down beforehand, then "done"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cliprt.errors import UsageError
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Observation

DONE = "done"


class ScriptTeleoperator(Teleoperator):
    """Says the same sentences in every episode, whatever is answered.

    Args:
        sentences: What to say, in order.
        path: A UTF-8 text file with one sentence a line instead; blank lines and lines that start
            with ``#`` are left out.

    Raises:
        UsageError: Neither or both were given, or the file cannot be read.
    """

    def __init__(self, sentences: Sequence[str] = (), path: str | Path | None = None) -> None:
        if bool(sentences) == (path is not None):
            raise UsageError(
                "the script teleoperator needs either sentences or a path."
                " Give for example: sentences: [move left, done]"
            )
        if isinstance(sentences, str) or not all(isinstance(said, str) for said in sentences):
            raise UsageError(
                f"sentences of the script teleoperator are {sentences!r}. Allowed: a list of texts."
            )
        self._sentences = tuple(sentences) if path is None else _load_sentences(Path(path))
        self._next = 0

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Begin with the first sentence."""
        self._next = 0

    def say(self, observation: Observation) -> str:
        """The next sentence; "done" after the last."""
        self._next += 1
        at = self._next - 1
        return self._sentences[at] if at < len(self._sentences) else DONE

    def hear(self, message: str, offers: tuple[str, ...] = ()) -> None:
        """Nothing: a script does not listen."""


def _load_sentences(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(
            f"the script {path} cannot be read: {reason}. Give a text file, one sentence a line."
        ) from error
    kept = [line.strip() for line in lines]
    return tuple(line for line in kept if line and not line.startswith("#"))
