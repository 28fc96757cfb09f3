"""How well an interpreter reads: what was expected, the verdicts, the counts; pure functions."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from cliprt.errors import UsageError, did_you_mean
from cliprt.language.numbers import UNITS, fold_amounts
from cliprt.language.offers import is_straight, size_of
from cliprt.language.text import split_words
from cliprt.types import Primitive, Reading
from cliprt.vocabularies.interface import ActionVocabulary

Verdict = Literal["right", "asked", "wrong move", "wrong end"]
"""``"wrong end"``: it stopped or finished, and that was not meant."""

VERDICTS: tuple[Verdict, ...] = ("right", "asked", "wrong move", "wrong end")

HOLD = "hold"
"""Expected where anything is right but a move."""

ALLOWED = (
    "ask, stop, done, hold (anything but a move), or what to do: a label, a phrase of the"
    " vocabulary, or a group with or without an amount (y+ 5 cm, roll- 45 deg, open); several"
    " steps joined by ';', alternatives by '|'"
)
"""What an expectation may be, for error texts."""

_GROUP = re.compile(r"([a-z_]+[+-])\s*(.*)")
_TOLERANCE = 1e-4  # 0.1 mm or 0.006 degrees: what rounding in a file may cost


@dataclass(frozen=True)
class Target:
    """One expected step.

    Attributes:
        group: Displacement group.
        label: The entry it must be nearest to; None where any will do.
        size: How far exactly [m or rad]; None where any distance will do.
    """

    group: str
    label: int | None = None
    size: float | None = None

    def __str__(self) -> str:
        if self.size is None:
            return self.group if self.label is None else f"{self.group} (label {self.label})"
        if is_straight(self.group):
            return f"{self.group} {self.size * 100:.6g} cm"
        return f"{self.group} {math.degrees(self.size):.6g} deg"

    def is_met(self, primitive: Primitive) -> bool:
        """Whether `primitive` is that step."""
        if primitive.group != self.group or self.label not in (None, primitive.label):
            return False
        return self.size is None or abs(size_of(primitive) - self.size) <= _TOLERANCE


Expected = str | tuple[Target, ...]
"""``"ask"``, ``"stop"``, ``"done"``, ``"hold"``, or steps in order."""


@dataclass(frozen=True)
class Case:
    """An utterance, what may be made of it (any of the alternatives), and what was done before."""

    utterance: str
    expected: tuple[Expected, ...]
    last: tuple[Primitive, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What became of a case.

    Attributes:
        case: What was said.
        reading: What was understood.
        verdict: Whether that is right.
        offered: Whether it asked, and what was meant is among the offers.
        latency_s: How long the reading took [s].
        cost_usd: What it cost; None = unknown.
    """

    case: Case
    reading: Reading
    verdict: Verdict
    offered: bool
    latency_s: float
    cost_usd: float | None


@dataclass(frozen=True)
class Score:
    """Counts and costs of many judgements.

    Attributes:
        cases: How many were read.
        counts: Verdict -> how many.
        offered: How many of the asked ones offered what was meant.
        median_s, p95_s: Latency of a reading [s]; None where nothing was read.
        cost_usd: Sum of what is known.
        cost_unknown: Of how many readings the cost is unknown.
    """

    cases: int
    counts: dict[Verdict, int]
    offered: int
    median_s: float | None
    p95_s: float | None
    cost_usd: float
    cost_unknown: int


def parse_expected(text: str, vocabulary: ActionVocabulary) -> tuple[Expected, ...]:
    """``"y+ 5 cm; close | ask"`` -> alternatives.

    Raises:
        UsageError: It is none of what is allowed.
    """
    return tuple(_alternative(part.strip(), vocabulary) for part in text.split("|"))


def judge(case: Case, reading: Reading, latency_s: float = 0.0) -> Judgement:
    """Compare a reading with what was expected."""
    if any(_is_met(expected, reading) for expected in case.expected):
        verdict: Verdict = "right"
    elif reading.decision in ("move", "ask"):
        verdict = "wrong move" if reading.decision == "move" else "asked"
    else:
        verdict = "wrong end"
    first = [steps[0] for steps in case.expected if isinstance(steps, tuple)]
    offered = verdict == "asked" and any(
        target.group == offer.group and target.label in (None, offer.label)
        for target in first
        for offer in reading.offers
    )
    return Judgement(case, reading, verdict, offered, latency_s, _cost(reading))


def add_up(judgements: Iterable[Judgement]) -> Score:
    """Count verdicts, latencies and costs."""
    judged = list(judgements)
    latencies = sorted(one.latency_s for one in judged)
    known = [one.cost_usd for one in judged if one.cost_usd is not None]
    return Score(
        cases=len(judged),
        counts={v: sum(one.verdict == v for one in judged) for v in VERDICTS},
        offered=sum(one.offered for one in judged),
        median_s=statistics.median(latencies) if latencies else None,
        p95_s=latencies[math.ceil(0.95 * len(latencies)) - 1] if latencies else None,
        cost_usd=sum(known),
        cost_unknown=len(judged) - len(known),
    )


def _alternative(text: str, vocabulary: ActionVocabulary) -> Expected:
    if text.lower() in ("ask", "stop", "done", HOLD):
        return text.lower()
    return tuple(_target(part.strip(), vocabulary) for part in text.split(";"))


def _target(text: str, vocabulary: ActionVocabulary) -> Target:
    for entry in vocabulary.primitives:
        if text == str(entry.label) or text.lower() == entry.phrase.lower():
            return Target(entry.group, entry.label)
    groups = {entry.group for entry in vocabulary.primitives}
    if text in groups:
        return Target(text)
    named = _GROUP.fullmatch(text)
    if named and named[1] in groups:
        return Target(named[1], size=_parse_size(named[1], named[2], text))
    phrases = [entry.phrase for entry in vocabulary.primitives]
    raise UsageError(f"{text!r} is not {ALLOWED}.{did_you_mean(text, [*phrases, *groups])}")


def _parse_size(group: str, amount: str, text: str) -> float:
    found = fold_amounts(split_words(amount))
    kind = "length" if is_straight(group) else "angle"
    if len(found) == 1 and not isinstance(found[0], str) and found[0].kind == kind:
        return found[0].value
    units = ", ".join(sorted(unit for unit in UNITS if len(unit) < 4))
    raise UsageError(f"{text!r} has no {kind}: write a number and a unit ({units}).")


def _is_met(expected: Expected, reading: Reading) -> bool:
    if isinstance(expected, str):
        return reading.decision == expected or (expected == HOLD and reading.decision != "move")
    return len(expected) == len(reading.primitives) and all(
        target.is_met(primitive)
        for target, primitive in zip(expected, reading.primitives, strict=True)
    )


def _cost(reading: Reading) -> float | None:
    """Nothing where no model was asked; None where one was and its price is unknown."""
    if "model" not in reading.trace:
        return 0.0
    cost: Any = reading.trace.get("cost_usd")
    return float(cost) if isinstance(cost, int | float) else None
