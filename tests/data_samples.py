"""Small episodes with pictures that say where they belong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

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


RAW_LEFT = [0, 0.05, 0, 0, 0, 0, 0, 1.0]
RAW_CLOSE = [0, 0, 0, 0, 0, 0, 0, 0.0]


def write_raw_step(folder: Path, stamp: str, action: list[float], /, **changes: object) -> Path:
    """One step as CLIP-RT's authors publish it; a change to None leaves its field out."""
    folder.mkdir(parents=True, exist_ok=True)
    before = [0.4, 0.1, 0.3, 0.0, 3.1, 0.0]
    after = [b + d for b, d in zip(before, action[:6], strict=True)]
    record = {
        "prev_eef_pose": before,
        "prev_joint": [0.1] * 6,
        "eef_pose": after,
        "joint": [0.2] * 6,
        "instruction": "close the laptop",
        "supervision": f"said at {stamp}",
        "action": action,
        "image_path": "/elsewhere/1.png",
        "openx_action": [0] * 7,
        **changes,
    }
    path = folder / f"{stamp}.json"
    path.write_text(json.dumps({k: v for k, v in record.items() if v is not None}))
    level = len(list(folder.iterdir()))
    Image.fromarray(np.full((6, 8, 3), level, np.uint8)).save(path.with_suffix(".png"))
    return path


def write_raw(folder: Path) -> None:
    """Two raw episodes of three steps."""
    for number in (0, 1):
        for stamp, action in (("9", RAW_LEFT), ("10", RAW_CLOSE), ("11", RAW_LEFT)):
            write_raw_step(folder / "task_0" / f"episode_{number}", stamp, action)
