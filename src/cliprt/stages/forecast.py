"""How long a training, or a whole run, will still take, over all that it still has to do.

A training is a row of parts: starting, generating so many episodes, and getting ready for and
making so many steps, once or, with corrections, twice.  What each unit of a part takes is measured
while it is made; before that it is what it took the last time; before that a guess, scaled by how
much slower or faster than guessed this machine has been so far.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

PREPARING = "Preparing"
"""What a training does before its first step: nobody counts it."""

GUESSED_S: Mapping[str, float] = {
    "Starting": 2.0,
    "Teaching": 0.2,
    "Generating": 0.1,
    PREPARING: 6.0,
    "Training": 0.05,
    "Evaluating": 0.2,
}
"""Stage -> seconds of a unit, on a machine with two cores that does nothing else."""

MEMORY_S = 30.0
"""A unit that was made this long ago counts e times less than one made now [s]."""

MEASURED_S = 2.0
"""A unit's time is known after so much of it [s]."""

LEAST_GUESS_S = 100.0
"""Whatever rests on a guess is not said to be sooner over [s]."""

VARIANTS = 12
"""Of an episode, before it is known how many there are."""

LONGEST_S = 3600.0
"""No unit takes longer [s]."""

UNCOUNTED = -1


@dataclass(frozen=True)
class Part:
    """A part of a training.

    Attributes:
        stage: What is done, e.g. ``"Training"``.
        units: How often; 1 where it is not counted, `UNCOUNTED` while nobody knows.
    """

    stage: str
    units: int = 1


def plan_parts(steps: int, further_steps: int) -> tuple[Part, ...]:
    """The parts of a training.

    Args:
        steps: Of the training with what is taught; 0 = it is made already.
        further_steps: Of the one with corrections; 0 = there are none.

    >>> [part.stage for part in plan_parts(800, 0)]
    ['Starting', 'Generating', 'Preparing', 'Training']
    """
    trainings = [Part("Training", units) for units in (steps, further_steps) if units]
    prepared = [part for one in trainings for part in (Part(PREPARING), one)]
    return (Part("Starting"), Part("Generating", UNCOUNTED), *prepared)


def plan_run(episodes: int, is_augmented: bool, steps: int, trials: int) -> tuple[Part, ...]:
    """The parts of a whole run; those that are there already are passed over when it comes to them.

    >>> [part.units for part in plan_run(90, True, 3000, 450)]
    [90, 1080, 3000, 450]
    """
    variants = VARIANTS * episodes if is_augmented else 0
    planned = {
        "Teaching": episodes,
        "Generating": variants,
        "Training": steps,
        "Evaluating": trials,
    }
    return tuple(Part(stage, units) for stage, units in planned.items() if units)


def read_paces(record: Mapping[str, object]) -> dict[str, float]:
    """Stage -> seconds of a unit, from a file; what cannot be is left out."""
    numbers = {stage: record.get(stage) for stage in GUESSED_S}
    return {s: float(n) for s, n in numbers.items() if isinstance(n, float) and 0 < n < LONGEST_S}


@dataclass(frozen=True)
class Forecast:
    """What is known of a training's time; `follow` gives the next one.

    Attributes:
        parts: Present part first, then those ahead; none = nothing is known.
        began_s: When the present part began [s].
        at_s: When it was last heard of [s].
        done: Units of it that are made.
        counts: Whether their time is measured: that of the first ones is not.
        spent_s: Time for `made` units of it, both fading [s].
        made: See there.
        paces: Stage -> measured seconds of a unit.
        earlier: The same of trainings before.
    """

    parts: tuple[Part, ...] = ()
    began_s: float = 0.0
    at_s: float = 0.0
    done: int = 0
    counts: bool = False
    spent_s: float = 0.0
    made: float = 0.0
    paces: Mapping[str, float] = field(default_factory=dict)
    earlier: Mapping[str, float] = field(default_factory=dict)

    def follow(self, at_s: float, stage: str, done: int, total: int) -> Forecast:
        """Hear how far the training is.

        Args:
            at_s: When [s].
            stage: As the training calls it.
            done, total: How much of it; 0 of 0 while it is not counted.
        """
        stage = stage if total else PREPARING
        if not self.parts or self.parts[0].stage != stage or done < self.done:
            return self._enter(at_s, stage, done, total)
        if not self.counts:  # the first units wait for what begins beside them
            return replace(self, at_s=at_s, done=done, counts=done > self.done)
        fade = math.exp(-(at_s - self.at_s) / MEMORY_S)
        spent_s = fade * self.spent_s + at_s - self.at_s
        made = fade * self.made + done - self.done
        paces = self.paces
        if made > 0 and spent_s >= MEASURED_S:
            paces = {**paces, stage: spent_s / made}
        return replace(self, at_s=at_s, done=done, spent_s=spent_s, made=made, paces=paces)

    @property
    def left_s(self) -> float | None:
        """How long it will still take [s]; None while nobody can say."""
        units = [part.units for part in self.parts]
        if not self.parts or UNCOUNTED in units:
            return None
        scale = self._scale()
        if scale is None and not all(part.stage in self.earlier for part in self.parts):
            return None
        units[0] -= self.done
        left_s, is_guess = 0.0, False
        for part, count in zip(self.parts, units, strict=True):
            known = self.paces.get(part.stage) or self.earlier.get(part.stage)
            is_guess |= known is None
            left_s += count * (known or (scale or 1.0) * GUESSED_S[part.stage])
        return max(left_s, LEAST_GUESS_S if is_guess else 0.0)

    def _enter(self, at_s: float, stage: str, done: int, total: int) -> Forecast:
        """Begin with the part of this stage; what lies before it is over."""
        paces = dict(self.paces)
        if self.parts and self.parts[0].stage in ("Starting", PREPARING):
            paces[self.parts[0].stage] = at_s - self.began_s
        ahead = next(
            (n for n, part in enumerate(self.parts) if n and part.stage == stage), len(self.parts)
        )
        rest = self.parts[ahead + 1 :]
        parts = (Part(stage, total or 1), *rest)
        return Forecast(
            parts, began_s=at_s, at_s=at_s, done=done, paces=paces, earlier=self.earlier
        )

    def _scale(self) -> float | None:
        """How much slower than guessed this machine is; None before anything is measured."""
        counted = [stage for stage in self.paces if stage not in ("Starting", PREPARING)]
        if not counted:
            return None
        return sum(self.paces[stage] / GUESSED_S[stage] for stage in counted) / len(counted)
