"""The panel that trains: one button, a live curve, and then the policy tries.

It only shows what the trainer and the store say, and passes on what is pressed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from nicegui import run as background
from nicegui import ui

from cliprt.errors import CliprtError, UsageError
from cliprt.language.remarks import Count, Remark
from cliprt.page.attempts import to_page_recipe
from cliprt.page.messages import Begin, Request
from cliprt.page.training import Progress, Trainer
from cliprt.page.translate import Translator, said_by
from cliprt.page.tries import Tries, count_tries
from cliprt.page.views.curve import curve_options, describe_curve
from cliprt.recipe.build import build_task, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.recipe.together import learns
from cliprt.stages.collect import find_taught
from cliprt.stages.goals import find_unjudged
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.skills import with_skills

LOOK_EVERY_S = 0.5
COUNT_EVERY_S = 2.0

STAGES = {
    "Starting": Remark("Getting ready"),
    "Generating": Remark("Doing what you taught in new scenes"),
    "Training": Remark("Learning"),
}
"""What the trainer calls a stage -> what a person reads."""


@dataclass(frozen=True)
class Counts:
    """What the store holds.

    Attributes:
        taught: Task -> successful taught episodes.
        tries: Task -> tries of the present policy.
        unjudged: What is taught, and done when a person says so: in words.
    """

    taught: Mapping[str, int]
    tries: Mapping[str, Tries]
    unjudged: tuple[str, ...] = ()

    @property
    def corrected(self) -> int:
        """Episodes in which the present policy was corrected."""
        return sum(one.corrected for one in self.tries.values())


def count(recipe: Recipe, run: RunFolder, policy: str) -> Counts:
    """Look into the store."""
    taught = {task.key: 0 for task in recipe.tasks}
    taught.update({task: len(ids) for task, ids in find_taught(recipe, run).ids.items()})
    tries = count_tries(recipe, run.store(), policy) if policy else {}
    unjudged = (build_task(task).instruction for task in find_unjudged(recipe) if taught[task.key])
    return Counts(taught, tries, tuple(unjudged))


class TrainingPanel:
    """Shows the training and lets it be started, stopped and tried.

    Args:
        recipe: The run's.
        run: The run folder.
        trainer: Its training.
        send: Passes a request on to the desk.
        may_control: Whether this browser is the one that controls.
        begun: What was asked for and has not started yet.
        _: Says a text in its language.
    """

    def __init__(
        self,
        recipe: Recipe,
        run: RunFolder,
        trainer: Trainer,
        send: Callable[[Request], None],
        may_control: Callable[[], bool],
        begun: Callable[[], Begin | None],
        _: Translator,
    ) -> None:
        self._recipe = to_page_recipe(recipe)
        self._run = run
        self._trainer = trainer
        self._send = send
        self._may_control = may_control
        self._begun = begun
        self._ = _
        self._learns = learns(recipe)
        self._guess = 1 / len(build_vocabulary(recipe).primitives)
        self._counts = Counts({}, {})
        self._shown: object = None
        with ui.card().classes("w-full").props("data-testid=training"):
            ui.label(_("Training")).classes("text-lg font-medium")
            self._taught = ui.label().props("data-testid=training-taught")
            self._unjudged = ui.label().props("data-testid=training-unjudged")
            with ui.row():
                self._train = ui.button(
                    _("Train"), icon="school", on_click=self._press(lambda: trainer.start("taught"))
                )
                self._train.props("data-testid=train")
                self._learn = ui.button(_("Learn from my corrections"))
                self._learn.on_click(self._press(lambda: trainer.start("corrections")))
                self._learn.props("data-testid=learn-corrections")
                self._stop = ui.button(_("Stop training"), on_click=self._press(trainer.stop))
                self._stop.props("outline data-testid=stop-training")
                self._resume = ui.button(_("Go on training"), on_click=self._press(trainer.resume))
                self._resume.props("data-testid=resume-training")
            self._stage = ui.label().props("data-testid=training-stage")
            self._bar = ui.linear_progress(value=0, show_value=False).props("instant-feedback")
            self._error = ui.label().classes("text-negative").props("data-testid=training-error")
            self._tries = ui.column().classes("w-full").props("data-testid=tries")
            self._meaning = ui.label().props("data-testid=curve-meaning")
            self._curve = (
                ui.echart(curve_options((), _)).classes("w-full h-64").props("data-testid=curve")
            )
        ui.timer(LOOK_EVERY_S, self._look)
        ui.timer(COUNT_EVERY_S, self._count)
        ui.timer(0.0, self._count, once=True)

    async def _count(self) -> None:
        policy = self._trainer.progress.learnt.policy
        try:
            recipe = with_skills(self._recipe, self._run)
            counted = await background.io_bound(count, recipe, self._run, policy)
            self._counts = counted or self._counts  # None when the server is leaving
        except CliprtError as error:
            self._error.text = self._(said_by(error))

    def _look(self) -> None:
        """Show what has changed since the last look."""
        self._stage.text = self._(describe_progress(self._trainer.progress, time.monotonic()))
        now = self._trainer.progress, self._counts, self._may_control(), self._begun()
        if now != self._shown:
            self._shown = now
            self._show(*now)

    def _show(
        self, progress: Progress, counts: Counts, may_control: bool, begun: Begin | None
    ) -> None:
        busy, _ = progress.is_under_way, self._
        self._taught.text = _(describe_taught(counts.taught, self._recipe.data.episodes))
        self._unjudged.text = " ".join(_(describe_unjudged(task)) for task in counts.unjudged)
        self._unjudged.visible = bool(counts.unjudged)
        self._taught.visible = self._learns
        self._stage.visible = self._learns or busy
        self._train.visible = self._learns and not busy
        self._train.enabled = may_control and any(counts.taught.values())
        self._train.text = _("Train again") if progress.learnt.policy else _("Train")
        self._learn.visible = self._learns and not busy and bool(progress.learnt.policy)
        self._learn.enabled = may_control and counts.corrected > 0
        self._stop.visible = busy
        self._stop.enabled = may_control and progress.state == "working"
        self._resume.visible = progress.can_resume
        self._resume.enabled = may_control
        self._bar.visible = busy
        self._bar.value = progress.done / progress.total if progress.total else 0.0
        self._error.text = _(progress.error)
        self._error.visible = bool(progress.error)
        self._meaning.text = " ".join(map(_, describe_curve(progress.curve, self._guess)))
        self._curve.visible = self._meaning.visible = bool(progress.curve)
        self._curve.options.update(curve_options(progress.curve, _))
        self._curve.update()
        self._show_tries(progress, counts, may_control, begun)

    def _show_tries(
        self, progress: Progress, counts: Counts, may_control: bool, begun: Begin | None
    ) -> None:
        self._tries.clear()
        learnt, _ = progress.learnt, self._
        if not learnt.policy:
            return
        with self._tries:
            for component in with_skills(self._recipe, self._run).tasks:
                task = component.key
                if self._learns and not counts.taught.get(task):
                    continue  # it could only guess
                begin = Begin(task, checkpoint=learnt.checkpoint, policy=learnt.policy)
                with ui.row().classes("items-center"):
                    said = _(build_task(component).instruction)
                    text = _("Let it try: {task}", task=said)
                    if begun == begin:
                        text = _("Starting “{task}” …", task=said)
                    button = ui.button(text, icon="play_arrow")
                    button.on_click(self._press(partial(self._send, begin)))
                    button.props(f"outline data-testid=try-{task}")
                    button.enabled = may_control and begun is None
                    ui.label(_(describe_tries(counts.tries.get(task, Tries()))))

    def _press(self, do: Callable[[], None]) -> Callable[[], None]:
        """What a button does, for the browser that controls."""

        def pressed() -> None:
            if not self._may_control():
                return
            try:
                do()
            except UsageError as error:
                ui.notify(self._(said_by(error)), type="warning")
            self._look()

        return pressed


def describe_taught(taught: Mapping[str, int], wanted: int) -> str:
    """How far the teaching is, and what that means for training."""
    begun = [min(n, wanted) for n in taught.values() if n]  # whoever teaches one skill wants that
    done, all_wanted = sum(begun), wanted * len(begun)
    if not begun:
        return Remark("Teach an episode to its end, then the robot can learn from it.")
    if done >= all_wanted:
        return Count("The one episode is taught.", "All {count} episodes are taught.", all_wanted)
    return Remark(
        "{done} of {wanted} episodes are taught: enough to begin; more is better.",
        done=done,
        wanted=all_wanted,
    )


def describe_unjudged(task: str) -> str:
    """What comes of it that only a person can say when a task is done."""
    return Remark(
        "“{task}” is learned only from what you showed. Say when it is done, and it is practised in"
        " new scenes, too.",
        task=task,
    )


def describe_progress(progress: Progress, now_s: float) -> str:
    """What the training is doing, in a sentence; `now_s` by `time.monotonic` [s]."""
    if progress.state == "idle":
        return ""
    if progress.state == "stopping":
        return Remark("Stopping: what it has learned so far is being saved ...")
    if progress.state == "working":
        return _describe_work(progress, now_s)
    if progress.state == "stopped":
        return Remark("Stopped. What it has learned so far is kept; it goes on from there.")
    if progress.state == "failed":
        return Remark("The training could not go on.")
    learnt = progress.learnt
    taught = Count(
        "{count} episode that you taught", "{count} episodes that you taught", learnt.episodes
    )
    if not learnt.corrections:
        return Remark("It has learned from {taught}. Let it try!", taught=taught)
    return Count(
        "It has learned from {taught} and {count} that you corrected. Let it try!",
        "It has learned from {taught} and {count} that you corrected. Let it try!",
        learnt.corrections,
        taught=taught,
    )


def _describe_work(progress: Progress, now_s: float) -> str:
    told: str = STAGES.get(progress.stage, progress.stage)
    if progress.total:
        told = Remark(
            "{stage}, {done} of {total}", stage=told, done=progress.done, total=progress.total
        )
    left = _since(now_s - progress.since_s)
    if progress.left_s is not None:
        left = _about(progress.left_s)
    return Remark("{stage}, {left}", stage=told, left=left)


def describe_tries(tries: Tries) -> str:
    """How often it succeeded, how sure that is, and how much help it had."""
    if not tries.tries:
        return Remark("not tried yet")
    low, high = (round(100 * end) for end in tries.interval)
    told = Remark(
        "{alone} of {tries} by itself (95 % interval {low} to {high} %)",
        alone=tries.alone,
        tries=tries.tries,
        low=low,
        high=high,
    )
    if not tries.corrections:
        return told
    return Remark(
        "{told}; {corrections} in {tries}",
        told=told,
        corrections=Count("{count} correction", "{count} corrections", tries.corrections),
        tries=Count("{count} try", "{count} tries", tries.corrected),
    )


def _since(seconds: float) -> str:
    if seconds < 100:
        return Count("for {count} second", "for {count} seconds", max(1, round(seconds)))
    return Count("for {count} minute", "for {count} minutes", round(seconds / 60))


def _about(seconds: float) -> str:
    if seconds < 50:
        return Remark("less than a minute left")
    minutes = math.ceil(seconds / 60 - 0.25)  # rather too many than too few
    return Count("about {count} minute left", "about {count} minutes left", minutes)
