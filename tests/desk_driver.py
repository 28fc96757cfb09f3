"""A scripted person at a desk: sends requests, waits for events, fails when nothing comes."""

import queue
import time
from dataclasses import replace

from cliprt.page.attempts import to_page_recipe
from cliprt.page.link import Desk
from cliprt.page.messages import (
    Became,
    Begin,
    Configure,
    Discard,
    Ended,
    Frame,
    GoOn,
    Proposed,
    Say,
    Started,
    Stepped,
)
from cliprt.page.session import Session
from cliprt.recipe.build import (
    build_interpreter,
    build_robot,
    build_task,
    build_teleoperator,
    build_vocabulary,
)
from cliprt.recipe.load import load_recipe
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.stages.run_folder import RunFolder
from cliprt.types import Attempt

PATIENCE_S = 120.0
"""Bounds a hang, however busy the machine is."""
HASTY = Configure(preview_s=0.0)


def teaching_recipe(**changes):
    """Close the laptop, small pictures, readings by the grammar."""
    return replace(to_page_recipe(load_recipe("tiny")), **changes)


def teacher_steps(recipe, seed=0):
    """What the simulated teacher says in a scene until the task succeeds, and what it leads to."""
    recipe = replace(recipe, teleoperator=load_recipe("tiny").teleoperator)
    task = build_task(recipe.tasks[0])
    with build_robot(recipe) as robot:
        prepare_scene(task, robot, seed)
        episode = run_episode(
            SpokenAgent(
                build_teleoperator(recipe), build_interpreter(recipe, build_vocabulary(recipe))
            ),
            robot,
            Attempt(
                id="teacher",
                task="",
                instruction=task.instruction,
                seed=seed,
                source="teacher",
                max_steps=2 * task.max_steps,
            ),
            task=task,
            record=History(robot),
        )
    assert episode.success
    return episode.steps


class Driver:
    """A desk with someone at it; use as a context."""

    def __init__(self, recipe, folder, resume=True, **options):
        self.recipe = recipe
        self.run = RunFolder(folder)
        self.session = Session({t.name: recipe.data.episodes for t in recipe.tasks}, {})
        self.frames = []
        self.order = []
        self.told = []
        self.events = queue.Queue()
        self.desk = Desk(recipe, folder, self._hear, **options)
        self._resume = resume

    def _hear(self, event):
        self.session.apply(event)
        self.order.append(event)
        if isinstance(event, Frame):
            self.frames.append((time.monotonic(), event))
        else:
            self.told.append(event)
            self.events.put(event)

    def __enter__(self):
        self.desk.send(HASTY)
        self.desk.start(resume=self._resume)
        return self

    def __exit__(self, *exc):
        self.desk.close()

    def until(self, *kinds, timeout_s=PATIENCE_S):
        """The next event of a kind; what comes before it is passed over."""
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                event = self.events.get(timeout=max(0.01, end_s - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kinds} came; last: {self.told[-5:]}") from None
            if isinstance(event, kinds):
                return event

    def until_state(self, *states, timeout_s=PATIENCE_S):
        """The next change to one of the states."""
        while (event := self.until(Became, timeout_s=timeout_s)).state not in states:
            pass
        return event

    def pictures_between(self, first, last):
        """What was shown after the latest event of one kind and before the next of another."""
        start = max(i for i, event in enumerate(self.order) if isinstance(event, first))
        ends = (i for i, e in enumerate(self.order) if i > start and isinstance(e, last))
        return [e for e in self.order[start : next(ends)] if isinstance(e, Frame)]

    def see_pictures(self, count=2, after=None):
        """Wait for pictures that are taken from now on, or after the latest event of a kind."""
        before, end_s = len(self.frames), time.monotonic() + PATIENCE_S
        if after is not None:
            latest = max(i for i, event in enumerate(self.order) if isinstance(event, after))
            before = sum(isinstance(event, Frame) for event in self.order[:latest])
        while len(self.frames) < before + count:
            assert time.monotonic() < end_s, "no pictures came"
            time.sleep(0.005)

    def begin(self, **options):
        """Begin an episode of the recipe's first task."""
        if self.session.state != "idle":
            self.until_state("idle")
        self.desk.send(Begin(self.recipe.tasks[0].name, **options))
        started = self.until(Started)
        self.until_state("listening")
        return started

    def tidy(self):
        """Throw the episode away, if there is one, so that the desk can be used again."""
        self.desk.send(HASTY)
        if self.session.is_teaching:
            if self.session.state == "stopped":
                self.desk.send(GoOn())
            self.desk.send(Discard())
            self.until(Ended)
        while self.session.state != "idle":
            time.sleep(0.01)
        while not self.events.empty():
            self.events.get()
        self.told.clear()

    def say(self, text):
        """Say a sentence that is understood; the step that it led to."""
        self.desk.send(Say(text))
        self.until(Proposed)
        return self.until(Stepped).step
