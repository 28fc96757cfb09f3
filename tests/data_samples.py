"""Small episodes with pictures that say where they belong."""

from __future__ import annotations

import numpy as np

from cliprt.types import Episode, Observation, Outcome, Pose, Primitive, Step

POSE: Pose = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)


def make_step(
    index: int,
    *,
    level: int = 0,
    label: int | None = 3,
    train: bool = True,
    refused: str | None = None,
    stopped_after_s: float | None = None,
    size: int = 8,
    cameras: tuple[str, ...] = ("scene", "wrist"),
) -> Step:
    image = np.full((size, size, 3), (level, index, 7), np.uint8)
    motion = (0.0, 0.01 * index, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Step(
        index=index,
        observation=Observation(
            dict.fromkeys(cameras, image), POSE, POSE, (0.0,) * 6, "open", 0.08, float(index)
        ),
        supervision=f"say {index}",
        primitive=Primitive(label, "move", motion, None, "y+"),
        outcome=Outcome(
            motion, None, None if refused else POSE, POSE, (0.0,) * 6, refused, stopped_after_s
        ),
        source="test",
        train=train,
    )


def make_episode(
    id: str = "e-0",
    steps: int = 3,
    instruction: str = "pick it",
    origin: str | None = None,
    **options: object,
) -> Episode:
    return Episode(
        id=id,
        task="pick",
        instruction=instruction,
        seed=5,
        source="test",
        steps=tuple(make_step(i, **options) for i in range(steps)),  # type: ignore[arg-type]
        success=True,
        meta={"origin": origin} if origin else {},
    )
