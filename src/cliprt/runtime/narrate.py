"""What happens in an episode, told step by step in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cliprt.language.telling import tell
from cliprt.runtime.agents import Agent
from cliprt.runtime.company import Company
from cliprt.runtime.explanation import Explanation, explain_step, format_explanation
from cliprt.types import Episode, Step

Show = Callable[[str], Any]


class Narrator(Company):
    """Says each step, and why it was taken.

    Args:
        show: Where to say it.
        agent: Who decides; None = no step is explained.
    """

    def __init__(self, show: Show, agent: Agent | None = None) -> None:
        self._show = show
        self._agent = agent
        self.explanations: dict[int, Explanation | None] = {}
        """By the step's index."""

    def see(self, step: Step) -> None:
        """Say it."""
        self._show(f"  {step.index + 1:>3}  {in_words(step)}")
        if self._agent:
            self.explanations[step.index] = explanation = explain_step(self._agent, step)
            if explanation:
                self._show(f"       {format_explanation(explanation)}")

    def see_undone(self, step: Step) -> None:
        """Say that it is taken back."""
        self._show(f"  {step.index + 1:>3}  taken back: {tell(step.primitive)}")


def in_words(step: Step) -> str:
    """What was said, what was done and what became of it."""
    said = f"{step.supervision!r} -> " if step.supervision else ""
    outcome, became = step.outcome, ""
    if outcome.refused:
        became = f"  REFUSED {outcome.refused}"
    elif outcome.stopped_because or outcome.stopped_after_s is not None:
        became = "  STOPPED on its way"
    return f"{said}{tell(step.primitive)}{became}"


def in_short(episode: Episode) -> str:
    """How an episode ended."""
    words = {True: "success", False: "no success", None: "not judged"}[episode.success]
    end, reason = episode.meta["end"], episode.meta["reason"]
    ended = f"; ended by {end}" if not episode.success else ""
    because = f" ({reason})" if reason else ""
    return f"{words} after {count_steps(len(episode.steps))}{ended}{because}"


def count_steps(count: int) -> str:
    """So many steps, in words.

    >>> count_steps(1), count_steps(5)
    ('1 step', '5 steps')
    """
    return f"{count} step" if count == 1 else f"{count} steps"
