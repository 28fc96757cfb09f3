"""A task that needs grounding: two coloured squares, and the words say which one counts."""

from __future__ import annotations

import numpy as np

import cliprt  # noqa: F401 - before torch and lightning
from cliprt.data.samples import SampleTable
from cliprt.types import Primitive
from cliprt.vocabularies.interface import ActionVocabulary

COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
DIRECTIONS = ("forward", "back", "to the left", "to the right")


class ToyVocabulary(ActionVocabulary):
    """Four directions, one step each."""

    name = "toy"
    primitives = tuple(
        Primitive(i, f"move the arm {way}", (0.1 * (i + 1), 0, 0, 0, 0, 0, 0), None, "xy"[i // 2])
        for i, way in enumerate(DIRECTIONS)
    )


def toy_table(rows: int, seed: int, size: int = 32, cameras: tuple[str, ...] = ("wrist",)):
    """Move towards the square of the named colour; each square is up, down, left or right."""
    rng = np.random.default_rng(seed)
    images = np.full((rows, size, size, 3), 150, dtype=np.uint8)
    labels = np.zeros(rows, dtype=np.int64)
    instructions = []
    edge, middle = size // 5, size // 2
    for row in range(rows):
        named = list(COLOURS)[int(rng.integers(2))]
        places = rng.permutation(4)[:2]
        for (name, colour), place in zip(COLOURS.items(), places, strict=True):
            dy, dx = ((-1, 0), (1, 0), (0, -1), (0, 1))[place]
            y, x = (middle + d * size // 3 + int(rng.integers(-2, 3)) for d in (dy, dx))
            images[row, y - edge // 2 : y + edge // 2, x - edge // 2 : x + edge // 2] = colour
            if name == named:
                labels[row] = place
        instructions.append(f"push the {named} square")
    ids = tuple(f"episode-{row // 5}" for row in range(rows))
    return SampleTable(
        images=dict.fromkeys(cameras, images),
        instructions=tuple(instructions),
        labels=labels,
        episodes=ids,
        origins=ids,
        sources=("toy",) * rows,
        steps=np.arange(rows) % 5,
    )
