"""One point of a learning curve; plain, so that it can be shown where no torch is loaded."""

from __future__ import annotations

from typing import NamedTuple


class CurvePoint(NamedTuple):
    """Where a training was at one moment.

    Attributes:
        step: Optimiser steps so far.
        loss: Of the last logged batch.
        accuracy: Share of right primitives in that batch; None where none are chosen.
        held_out: The same of the held-out demonstrations; None at most points.
    """

    step: int
    loss: float
    accuracy: float | None
    held_out: float | None = None
