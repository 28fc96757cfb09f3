"""A picture of the robot that is always up to date, for whoever speaks to it from a terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cliprt.data.codec import to_png
from cliprt.data.disk import replace_file, write_file, writing
from cliprt.runtime.company import Company
from cliprt.runtime.gate import Gate
from cliprt.runtime.video import DETAIL, REFUSED, WORDS, draw_frame
from cliprt.types import Observation, Step

SIZE_PX = 480

_PAGE = """<!doctype html><meta charset="utf-8"><title>cliprt, live</title>
<body style="margin:0;background:#181a1e"><img id="live" src="{name}">
<script>setInterval(() => {{ live.src = "{name}?" + Date.now() }}, 500)</script>
"""


class LivePicture(Company):
    """Sees to it that people see what the robot sees, before the agent is asked.

    Beside the picture lies a page of the same name, ``.html``, which shows it and keeps itself up
    to date in any browser.

    Args:
        robot: Its cameras are rendered large in simulation; elsewhere the observations' images
            are shown, scaled up.
        path: The picture, a ``.png``; old or new at any moment, never half.
        instruction: The task in words.

    Raises:
        StoreError: The files cannot be written.
    """

    def __init__(self, robot: Gate, path: Path, instruction: str = "") -> None:
        self.path = path
        self.page = path.with_suffix(".html")
        self._robot = robot
        self._instruction = instruction
        self._seen: list[Step] = []
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_file(self.page, _PAGE.format(name=path.name).encode(), durable=False)

    def look(self, observation: Observation) -> None:
        """Show where things stand, and what has led there."""
        self.show(observation)

    def see(self, step: Step) -> None:
        """Remember a step for the next picture."""
        self._seen.append(step)

    def show(self, observation: Observation, verdict: str = "") -> None:
        """Rewrite the picture, e.g. once more when the episode has ended."""
        cameras = " | ".join(observation.images)
        steps, self._seen = self._seen, []
        said = f"“{steps[-1].supervision}”" if steps and steps[-1].supervision else ""
        lines = [
            (self._instruction, WORDS),
            (verdict or said, WORDS),
            (", then ".join(step.primitive.phrase for step in steps), DETAIL),
            ((steps[-1].outcome.refused or "") if steps else "", REFUSED),
            (f"{cameras}   (left, right and forward are the robot's own)", DETAIL),
        ]
        pictures = [self._look(name, image) for name, image in observation.images.items()]
        replace_file(self.path, to_png(draw_frame(pictures, lines, SIZE_PX)), durable=False)

    def _look(self, camera: str, image: np.ndarray) -> np.ndarray:
        large = self._robot.render(SIZE_PX, SIZE_PX, camera)
        return image if large is None else large
