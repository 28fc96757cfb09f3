"""How often what is learned from generated episodes is what the teacher would have said there.

A variant that succeeds may still teach what nobody would say: the label of each of its steps is
compared with the teacher's advice in that very state, which was noted when the step was made
(:mod:`cliprt.runtime.advised_plan`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cliprt.data.columns import is_learned
from cliprt.runtime.advised_plan import ADVISED
from cliprt.types import Episode, Step


@dataclass
class Agreement:
    """Counts of one part of an augmenter's work.

    Attributes:
        steps: That are learned from, and for which the teacher had something to say.
        equal: Whose label is the teacher's.
        same_direction: Whose direction is the teacher's, by whatever amount.
    """

    steps: int = 0
    equal: int = 0
    same_direction: int = 0

    @property
    def share(self) -> float | None:
        """Of labels that are the teacher's; None where nothing was compared."""
        return self.equal / self.steps if self.steps else None

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "share": None if self.share is None else round(self.share, 4)}


def measure_agreement(
    episodes: Iterable[Episode], groups: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What was learned from generated episodes beside what the teacher would have said.

    Args:
        episodes: Generated ones; those that note no advice (of tasks that cannot advise, or made
            by an earlier version) add nothing.
        groups: The displacement group of every label.

    Returns:
        Part -> its counts; a part is an augmenter (``"std"``), or what it calls a kind of its
        plans (``"std: recover"``).
    """
    parts: dict[str, Agreement] = {}
    for episode in episodes:
        names = {episode.source, _part(episode)}
        for step in filter(is_learned, episode.steps):
            for name in names:
                _count(parts.setdefault(name, Agreement()), step, groups)
    return {name: parts[name].to_dict() for name in sorted(parts) if parts[name].steps}


def _part(episode: Episode) -> str:
    kind = str(episode.meta.get("plan", "")).rpartition("-")[0]
    return episode.source if kind in ("", episode.source) else f"{episode.source}: {kind}"


def _count(counts: Agreement, step: Step, groups: Sequence[str]) -> None:
    advised, label = step.trace.get(ADVISED), step.primitive.label
    if not isinstance(advised, int) or advised not in range(len(groups)):
        return
    counts.steps += 1
    counts.equal += label == advised
    counts.same_direction += step.primitive.group == groups[advised]


def tell_agreement(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each part.

    >>> tell_agreement({"std": {"steps": 4, "equal": 3, "same_direction": 4, "share": 0.75}})
    ['std: 3 of 4 labels (75 %) are what the teacher would say there']
    """
    return [
        f"{name}: {one['equal']} of {one['steps']} labels ({100 * one['share']:.0f} %) are what the"
        " teacher would say there"
        for name, one in parts.items()
    ]
