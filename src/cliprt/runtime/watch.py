"""A picture of the robot that is always up to date, for whoever speaks to it from a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from cliprt.data.disk import replace_file, write_file, writing
from cliprt.robots.simulation import Simulation
from cliprt.runtime.agents import Agent, Choice
from cliprt.runtime.gate import Gate
from cliprt.runtime.video import DETAIL, REFUSED, WORDS, draw_frame
from cliprt.tasks.interface import Task
from cliprt.types import Observation, Outcome

SIZE_PX = 480

_PAGE = """<!doctype html><meta charset="utf-8"><title>cliprt, live</title>
<body style="margin:0;background:#181a1e"><img id="live" src="{name}">
<script>setInterval(() => {{ live.src = "{name}?" + Date.now() }}, 500)</script>
"""


class WatchedAgent:
    """An agent that sees to it, before it is asked, that people see what the robot sees.

    Beside the picture lies a page of the same name, ``.html``, which shows it and keeps itself up
    to date in any browser.

    Args:
        agent: Who decides.
        robot: Its cameras are rendered large in simulation; elsewhere the observations' images
            are shown, scaled up.
        path: The picture, a ``.png``; old or new at any moment, never half.

    Raises:
        StoreError: The files cannot be written.
    """

    def __init__(self, agent: Agent, robot: Gate, path: Path) -> None:
        self.path = path
        self.page = path.with_suffix(".html")
        self._agent = agent
        self._robot = robot
        self._instruction = self._words = self._done = self._refused = ""
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_file(self.page, _PAGE.format(name=path.name).encode(), durable=False)

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """A new scene, in which nothing was said yet."""
        self._instruction, self._words, self._done, self._refused = instruction, "", "", ""
        self._agent.start(instruction, seed, task, world)

    def decide(self, observation: Observation) -> Choice:
        """Show where things stand, then ask."""
        self.show(observation)
        choice = self._agent.decide(observation)
        self._words = f"“{choice.supervision}”" if choice.supervision else ""
        self._done = ", then ".join(step.primitive.phrase for step in choice.steps)
        self._refused = ""
        return choice

    def notice(self, outcome: Outcome) -> None:
        """Remember a refusal for the next picture."""
        self._refused = outcome.refused or ""
        self._agent.notice(outcome)

    def show(self, observation: Observation, verdict: str = "") -> None:
        """Rewrite the picture, e.g. once more when the episode has ended."""
        cameras = " | ".join(observation.images)
        lines = [
            (self._instruction, WORDS),
            (verdict or self._words, WORDS),
            (self._done, DETAIL),
            (self._refused, REFUSED),
            (f"{cameras}   (left, right and forward are the robot's own)", DETAIL),
        ]
        pictures = [self._look(name, image) for name, image in observation.images.items()]
        replace_file(self.path, _to_png(draw_frame(pictures, lines, SIZE_PX)), durable=False)

    def _look(self, camera: str, image: np.ndarray) -> np.ndarray:
        large = self._robot.render(SIZE_PX, SIZE_PX, camera)
        return image if large is None else large


def _to_png(picture: np.ndarray) -> bytes:
    from PIL import Image

    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "PNG")
    return encoded.getvalue()
