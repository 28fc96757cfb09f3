"""Why a policy chose what it chose: its scores as probabilities, one by one and by direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from cliprt.errors import UsageError
from cliprt.policies.calibration import to_probabilities
from cliprt.types import Primitive, Step

DIGITS = 4
"""Of probabilities in JSON."""


@dataclass(frozen=True)
class RankedPrimitive:
    """A primitive and how much the policy thought of it.

    Attributes:
        label: Index in the vocabulary.
        phrase: The canonical sentence.
        probability: From 0 to 1; all primitives together make 1.
        rank: 1 is the most probable.
    """

    label: int
    phrase: str
    probability: float
    rank: int


@dataclass(frozen=True)
class Explanation:
    """What a policy weighed up at one moment.

    Attributes:
        top: The most probable primitives, best first.
        margin: By how much the most probable one leads the second, from 0 to 1.
        groups: Displacement group (``"y+"``, ``"close"`` ...) -> the probability of its primitives
            together, greatest first.
        chosen: What the policy settled on; another than the first of `top` where the loop breaker
            passed over what was tried before.  None where nothing was left.
        temperature: What the scores were divided by.
    """

    top: tuple[RankedPrimitive, ...]
    margin: float
    groups: Mapping[str, float]
    chosen: RankedPrimitive | None = None
    temperature: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON values, probabilities rounded, groups that round to nothing left out."""
        groups = {group: round(mass, DIGITS) for group, mass in self.groups.items()}
        return {
            "top": [_rounded(ranked) for ranked in self.top],
            "margin": round(self.margin, DIGITS),
            "groups": {group: mass for group, mass in groups.items() if mass},
            "chosen": _rounded(self.chosen) if self.chosen else None,
            "temperature": self.temperature,
        }


@runtime_checkable
class Explains(Protocol):
    """An agent that can say what its policy thought."""

    @property
    def explanation(self) -> Explanation | None:
        """Of the policy's latest decision; None before the first."""


def explain_step(agent: object, step: Step) -> Explanation | None:
    """Why the step that `agent` took last was taken; None where words decided, not a policy."""
    return agent.explanation if isinstance(agent, Explains) and not step.supervision else None


def explain(
    scores: Sequence[float],
    primitives: Sequence[Primitive],
    temperature: float = 1.0,
    top: int = 5,
    chosen: int | None = None,
) -> Explanation:
    """What these scores say.

    Args:
        scores: One number per primitive, larger is better; minus infinity forbids.
        primitives: A vocabulary's entries.
        temperature: Divides the scores before the softmax; a calibrated one makes probabilities
            that agree with how often the policy is right.
        top: How many primitives to name.
        chosen: Label of what was done.

    Raises:
        UsageError: The scores give no probabilities, or do not belong to the primitives.
    """
    probabilities = to_probabilities(scores, temperature)
    if probabilities.shape != (len(primitives),):
        raise UsageError(
            f"scores of shape {probabilities.shape} cannot be explained with {len(primitives)}"
            " primitives;"
            " give the vocabulary that the policy was trained with"
        )
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")  # as the policy ranks
    ranks = np.empty_like(order)
    ranks[order] = np.arange(1, len(order) + 1)

    def ranked(label: int) -> RankedPrimitive:
        return RankedPrimitive(
            label, primitives[label].phrase, float(probabilities[label]), int(ranks[label])
        )

    best = [ranked(int(label)) for label in order[: max(top, 2)]]
    return Explanation(
        top=tuple(best[:top]),
        margin=best[0].probability - (best[1].probability if len(best) > 1 else 0.0),
        groups=_add_up(probabilities.tolist(), [p.group for p in primitives]),
        chosen=None if chosen is None else ranked(chosen),
        temperature=temperature,
    )


def format_explanation(explanation: Explanation, top: int = 3) -> str:
    """One line for a terminal: the best primitives, the margin, the strongest direction."""
    best = ", ".join(f"{p.probability:.0%} {p.phrase}" for p in explanation.top[:top])
    group, mass = next(iter(explanation.groups.items()))
    chosen = explanation.chosen
    other = (
        f"; chosen: number {chosen.rank} ({chosen.probability:.0%})"
        if chosen and chosen.rank > 1
        else ""
    )
    return f"{best}; margin {explanation.margin:.2f}; {group} {mass:.0%} in all{other}"


def _rounded(ranked: RankedPrimitive) -> dict[str, Any]:
    return {**asdict(ranked), "probability": round(ranked.probability, DIGITS)}


def _add_up(probabilities: Iterable[float], names: Iterable[str]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, probability in zip(names, probabilities, strict=True):
        sums[name] = sums.get(name, 0.0) + probability
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))
