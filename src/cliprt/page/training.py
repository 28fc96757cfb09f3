"""Training seen from the page's server: started, watched, stopped and resumed, in another process.

The server never waits for it: everything here returns at once, and what is shown is the last thing
that the process said.
"""

from __future__ import annotations

import atexit
import multiprocessing
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Literal

from cliprt.engines.children import deaf_to_interrupts
from cliprt.errors import CliprtError, UsageError
from cliprt.language.remarks import Remark
from cliprt.page.attempts import to_page_recipe
from cliprt.page.training_process import LEAVE, STOP, run_training
from cliprt.page.training_record import Kind, Learnt, Work, load_work
from cliprt.recipe.schema import Recipe
from cliprt.stages.forecast import Forecast, Part, plan_parts, read_paces
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.stages.skills import with_skills
from cliprt.training.curve import CurvePoint

PATIENCE_S = 20.0
"""How long a training may take to save its state and leave; it can be resumed in any case."""

PACES = "training_paces.json"
"""How long the last training took for what, in the run folder."""

TrainingState = Literal["idle", "working", "stopping", "stopped", "failed", "finished"]


@dataclass(frozen=True)
class Progress:
    """How the training is going.

    Attributes:
        state: ``"stopped"`` and ``"failed"`` ones can be resumed.
        kind: What it learns from.
        stage: What it is doing, e.g. ``"Generating"`` or ``"Training"``.
        done, total: How much of that; 0 of 0 while nobody knows.
        left_s: How long it will take to the end of its last stage [s]; None while nobody knows.
        since_s: When the stage began, by `time.monotonic` [s].
        curve: The learning curve so far.
        episodes: Taught ones that it learns from.
        corrections: Corrected ones that it learns from.
        learnt: The last policy that was finished, this one or one before.
        error: Why it failed.
    """

    state: TrainingState = "idle"
    kind: Kind = "taught"
    stage: str = ""
    done: int = 0
    total: int = 0
    left_s: float | None = None
    since_s: float = 0.0
    curve: tuple[CurvePoint, ...] = ()
    episodes: int = 0
    corrections: int = 0
    learnt: Learnt = field(default_factory=Learnt)
    error: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether a process works."""
        return self.state in ("working", "stopping")

    @property
    def can_resume(self) -> bool:
        """Whether there is something to go on with."""
        return self.state in ("stopped", "failed") and self.episodes > 0


class Trainer:
    """The one training of a page.

    Args:
        recipe: The run's.
        run: The run folder, claimed by this process.
    """

    def __init__(self, recipe: Recipe, run: RunFolder) -> None:
        self._recipe = to_page_recipe(recipe)  # the desk's, so that the same episodes are meant
        self._run = run
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._asked_at = 0.0
        self._forecast = Forecast()
        last = load_work(run)
        self.was_cut_off = last.state == "working"
        """Whether the last server went while a training was under way: `resume` goes on."""
        state: TrainingState = "stopped" if self.was_cut_off else last.state or "idle"
        self._progress = replace(_show(Progress(), last), state=state)
        atexit.register(self.close)  # else Python would wait for the training to finish

    @property
    def progress(self) -> Progress:
        """The last that is known."""
        return self._progress

    def start(self, kind: Kind) -> None:
        """Begin to learn from what is taught, or corrected, at this moment.

        Raises:
            UsageError: A training is under way.
        """
        self._launch(kind, resume=False)

    def resume(self) -> None:
        """Go on with the training that was stopped, failed or cut off, with the same episodes.

        Raises:
            UsageError: A training is under way.
        """
        self._launch(self._progress.kind, resume=True)

    def stop(self) -> None:
        """Have it save its state and leave; `progress` tells when it has."""
        self._order(STOP)

    def close(self) -> None:
        """The server goes: have it save its state; the next server resumes it."""
        self._order(LEAVE)
        if self._process:
            self._process.join(PATIENCE_S)
            self._process.kill()

    def _launch(self, kind: Kind, resume: bool) -> None:
        if self._progress.is_under_way:
            raise UsageError(
                Remark("a training is under way already. Stop it first, or wait for it")
            )
        spawning = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        # Not a daemon: it starts processes of its own, and ends itself when the pipe closes.
        self._process = spawning.Process(
            target=run_training,
            args=(theirs, with_skills(self._recipe, self._run), self._run.path, kind, resume),
            name="cliprt training",
        )
        self._asked_at = 0.0
        began_s, earlier = time.monotonic(), read_paces(load_record(self._run.path / PACES))
        self._forecast = Forecast(began_s=began_s, earlier=earlier)
        self._progress = replace(
            self._progress,
            state="working",
            kind=kind,
            stage="Starting",
            done=0,
            total=0,
            left_s=None,
            since_s=began_s,
            curve=(),
            error="",
        )
        with deaf_to_interrupts():
            self._process.start()
        theirs.close()
        arguments = (self._pipe, self._process)
        threading.Thread(target=self._listen, args=arguments, daemon=True).start()

    def _order(self, order: str) -> None:
        if not self._pipe or not self._progress.is_under_way:
            return
        self._asked_at = time.monotonic()
        self._progress = replace(self._progress, state="stopping")
        with suppress(OSError):  # it has just left by itself, which the listening thread notices
            self._pipe.send(order)

    def _listen(self, pipe: Connection, process: SpawnProcess) -> None:
        work = None
        with suppress(EOFError, OSError):
            while True:
                if pipe.poll(0.2):
                    said = pipe.recv()
                    if isinstance(said, Work):
                        work = said
                        self._progress = _show(self._progress, work)
                        if not self._forecast.parts:
                            self._forecast = replace(self._forecast, parts=self._plan(work))
                    else:
                        self._progress = self._advance(*said)
                elif self._asked_at and time.monotonic() - self._asked_at > PATIENCE_S:
                    process.kill()
        process.join()
        self._progress = self._settle(work, process.exitcode)

    def _plan(self, work: Work) -> tuple[Part, ...]:
        return plan_parts(
            0 if work.earlier else self._recipe.trainer.max_steps,
            self._recipe.collaboration.max_steps if work.corrections else 0,
        )

    def _advance(self, stage: str, done: int, total: int) -> Progress:
        forecast = self._forecast.follow(time.monotonic(), stage, done, total)
        self._forecast = forecast
        return replace(
            self._progress,
            stage=stage,
            done=done,
            total=total,
            left_s=forecast.left_s,
            since_s=forecast.began_s,
        )

    def _settle(self, work: Work | None, exit_code: int | None) -> Progress:
        """How it ended, now that the process is gone."""
        if work and work.state == "finished":
            paces = {**self._forecast.earlier, **self._forecast.paces}
            with suppress(CliprtError):  # the next forecast has to guess then
                save_record(paces, self._run.path / PACES)
        if work and work.state in ("finished", "failed"):
            return replace(self._progress, state=work.state, stage="", left_s=None)
        if self._asked_at:
            return replace(self._progress, state="stopped", stage="", left_s=None)
        return replace(
            self._progress,
            state="failed",
            stage="",
            left_s=None,
            error=Remark(
                "the training's process ended with code {code}: was it killed, or is the memory"
                " full? Nothing taught is lost; resume it",
                code=exit_code,
            ),
        )


def _show(progress: Progress, work: Work) -> Progress:
    return replace(
        progress,
        kind=work.kind,
        curve=work.curve,
        episodes=sum(map(len, work.taught.values())),
        corrections=len(work.corrections),
        learnt=work.learnt,
        error=work.error,
    )
