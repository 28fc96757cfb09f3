"""Numbers about a feature: min, max, mean, std, count and five quantiles, as lerobot keeps them.

They are exact where lerobot samples: numbers are kept until the end, pictures are counted by level.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}

Stats = dict[str, list[object]]
"""Name -> a value for each number of the feature; of a picture, ``[[[value]]]`` by colour."""


def of_numbers(values: np.ndarray) -> Stats:
    """Of the rows of `values` (n, k), which may be booleans.

    >>> of_numbers(np.array([[0.0], [2.0]]))["mean"]
    [1.0]
    """
    rows = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    found: Stats = {
        "min": rows.min(0).tolist(),
        "max": rows.max(0).tolist(),
        "mean": rows.mean(0).tolist(),
        "std": rows.std(0).tolist(),
        "count": [len(rows)],
    }
    levels = np.quantile(rows, list(QUANTILES.values()), axis=0)
    return found | {name: row.tolist() for name, row in zip(QUANTILES, levels, strict=True)}


class Levels:
    """How often each of the 256 levels of each colour was seen.

    Attributes:
        images: How many pictures were counted.
    """

    def __init__(self) -> None:
        self.images = 0
        self._counts = np.zeros((3, 256), np.int64)

    def add(self, image: np.ndarray) -> np.ndarray:
        """Count a picture, uint8 (h, w, 3), and hand it on."""
        self.images += 1
        for colour in range(3):
            plane = np.ascontiguousarray(image[..., colour]).ravel()
            self._counts[colour] += np.bincount(plane, minlength=256)
        return image

    def join(self, other: Levels) -> None:
        """Count what `other` has counted."""
        self.images += other.images
        self._counts += other._counts

    def stats(self) -> Stats:
        """Of all pixels of all pictures, levels from 0 to 1; the count is that of pictures."""
        levels = np.arange(256) / 255
        pixels = self._counts.sum(1)
        mean = self._counts @ levels / pixels
        seen = [np.flatnonzero(counts) for counts in self._counts]
        found: Stats = {
            "min": _by_colour([levels[s[0]] for s in seen]),
            "max": _by_colour([levels[s[-1]] for s in seen]),
            "mean": _by_colour(mean),
            "std": _by_colour(np.sqrt(np.maximum(self._counts @ levels**2 / pixels - mean**2, 0))),
            "count": [self.images],
        }
        return found | {
            name: _by_colour([_quantile(counts, share) for counts in self._counts])
            for name, share in QUANTILES.items()
        }


def _quantile(counts: np.ndarray, share: float) -> float:
    """As `numpy.quantile` of the levels that were counted, one by one."""
    until = np.cumsum(counts)
    place = share * (until[-1] - 1)
    below, above = np.searchsorted(until, [np.floor(place), np.ceil(place)], side="right")
    return float(below + (above - below) * (place - np.floor(place))) / 255


def _by_colour(values: Sequence[float] | np.ndarray) -> list[object]:
    return [[[float(value)]] for value in values]
