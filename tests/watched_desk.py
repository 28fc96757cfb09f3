"""A desk in this process, and what its cameras see by themselves whenever it asks or has ended."""

import io
import multiprocessing
import threading
import time
from dataclasses import dataclass

import numpy as np
from desk_driver import PATIENCE_S, teaching_recipe
from PIL import Image

from cliprt.page.desk import TeachingDesk
from cliprt.page.messages import (
    Asked,
    Became,
    Begin,
    Configure,
    Ended,
    Frame,
    Proposed,
    Quit,
    Say,
    Stepped,
)
from cliprt.page.pictures import to_jpeg
from cliprt.recipe.schema import Component
from cliprt.stages.run_folder import RunFolder

LOOKED_AT = Proposed | Asked | Ended
"""What a person answers, or judges, by the pictures that came last."""

QUICK = teaching_recipe(robot=Component("pybullet", {"image_size": 32, "speed_m_s": 1.0}))


@dataclass
class Look:
    """One question, and how far the picture shown with it is from the truth.

    Attributes:
        event: The question, or the end.
        camera: Whose picture.
        difference: Mean of the absolute differences of the pixels; None where there is no picture.
        noise: The same between the truth and the truth as JPEG.
    """

    event: object
    camera: str
    difference: float | None
    noise: float


class WatchedDesk:
    """A desk with someone at it, who compares every picture with the truth; use as a context."""

    def __init__(self, recipe, folder, resume=True, actor=None):
        self._here, there = multiprocessing.Pipe()
        self.desk = TeachingDesk(there, recipe, RunFolder(folder))
        self.desk._actors = {"policy": actor} if actor else {}
        self._send, self.desk._wire.send = self.desk._wire.send, self._witness
        self._truths, self._sizes, self._shown, self.looks = [], {}, {}, []
        self._worker = threading.Thread(target=self.desk.work, args=(resume,), daemon=True)

    def __enter__(self):
        self._worker.start()
        self.send(Configure(preview_s=0.0, review_s=0.0))
        return self

    def __exit__(self, *exc):
        self.send(Quit())
        try:
            while True:
                self._here.recv()
        except (EOFError, OSError):
            self._worker.join(PATIENCE_S)
        assert not self._worker.is_alive()

    def send(self, request):
        """Ask the desk for something."""
        self._here.send(request)

    def until(self, *kinds):
        """The next event of a kind; every question before it is looked at."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            event = self._here.recv()
            if isinstance(event, Frame):
                self._shown[event.camera] = event
            if isinstance(event, LOOKED_AT):
                self._look(event)
            if isinstance(event, kinds):
                return event
        raise AssertionError(f"no {kinds} came")

    def until_state(self, *states):
        """The next change to one of the states."""
        while (event := self.until(Became)).state not in states:
            pass
        return event

    def begin(self, task="close_laptop", **options):
        """Begin an episode."""
        self.send(Begin(task, **options))
        self.until_state("listening")

    def say(self, text):
        """Say a sentence that leads to a step."""
        self.send(Say(text))
        step = self.until(Stepped).step
        self.until_state("listening")
        return step

    def _witness(self, event):
        """In the desk's thread: what each camera shows now, as large as what was sent last."""
        if isinstance(event, Frame):
            self._sizes[event.camera] = len(decode(event.jpeg))
        if isinstance(event, LOOKED_AT):
            robot = self.desk._robot
            sizes = {camera: self._sizes.get(camera, 64) for camera in robot.cameras}
            self._truths.append({c: robot.render(px, px, c) for c, px in sizes.items()})
        self._send(event)

    def _look(self, event):
        for camera, truth in self._truths.pop(0).items():
            shown = self._shown.get(camera)
            difference = distance(decode(shown.jpeg), truth) if shown else None
            noise = distance(decode(to_jpeg(truth)), truth)
            self.looks.append(Look(event, camera, difference, noise))


def distance(picture, truth):
    """Mean of the absolute differences; that of an old size is as good as any other."""
    return float(np.abs(picture - truth).mean()) if picture.shape == truth.shape else 255.0


def decode(jpeg):
    """The pixels of a JPEG file, float (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(jpeg)), dtype=float)
