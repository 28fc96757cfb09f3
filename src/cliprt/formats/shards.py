"""Episodes as training shards: WebDataset tars, written only (see :mod:`cliprt.data.shards`)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from cliprt.errors import StoreError
from cliprt.formats.interface import Format, Written, new_folder
from cliprt.types import Episode, Limit


class ShardsFormat(Format):
    """The steps to learn from, ``train-000000.tar`` and so on; every vocabulary can use them.

    Args:
        cameras: Images to write; none named = all.
        horizon: Motions ahead that a sample keeps.
    """

    def __init__(
        self, cameras: tuple[str, ...] = (), horizon: Annotated[int, Limit(0, 10_000)] = 32
    ) -> None:
        self.cameras = tuple(cameras)
        self.horizon = horizon

    def write(self, episodes: Collection[Episode], folder: Path) -> Written:
        """See `Format.write`."""
        from cliprt.data.shards import load_indices, write_shards

        first = next(iter(episodes), None)
        seen = first.steps[0].observation.images if first and first.steps else ()
        cameras = self.cameras or tuple(seen)
        with new_folder(folder) as new:
            paths = write_shards(episodes, cameras, new, horizon=self.horizon)
            if not paths:
                raise StoreError("there is no step to learn from; record some episodes first.")
            samples = sum(map(len, load_indices(paths)))
        numbers = f"{{000000..{len(paths) - 1:06d}}}" if len(paths) > 1 else "000000"
        pattern = str(folder / f"train-{numbers}.tar")
        facts = {
            "episodes": len(episodes),
            "samples": samples,
            "cameras": list(cameras),
            "shards": pattern,
        }
        text = f"{samples} steps of {len(episodes)} episodes lie in {pattern}"
        train = f"Train: 'data.sources=[{{name: shards, path: \"{pattern}\"}}]'"
        return Written(facts, f"{text}\n{train}")
