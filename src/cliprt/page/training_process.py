"""What the page's training does, in a process of its own: augment what is taught, then train.

It works through the stages' own functions, so ``cliprt fit`` on the same run folder finds the
policy again.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cliprt.errors import CliprtError
from cliprt.page.training_record import Kind, Learnt, State, load_work, plan_work
from cliprt.page.translate import said_by
from cliprt.recipe.build import is_simulated
from cliprt.recipe.schema import Recipe
from cliprt.stages.augment import Generated, augment
from cliprt.stages.collect import Taught
from cliprt.stages.goals import find_unjudged
from cliprt.stages.progress import watch_progress
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.train import Trained, find_trained, train
from cliprt.training.curve import CurvePoint

STOP, LEAVE = "stop", "leave"
"""Ends it in order: because a person wants to, or because the server goes, and comes back."""

TRAINING = "Training"

NICENESS = 5
"""The robot's pictures and the page come first."""


def run_training(pipe: Connection, recipe: Recipe, folder: Path, kind: Kind, resume: bool) -> None:
    """The body of the process: tells the pipe how it goes, and ends when the pipe says so.

    Args:
        pipe: To :class:`cliprt.page.training.Trainer`; when it closes, this process ends at once.
        recipe: Augmenters, policy, trainer.
        folder: The run's.
        kind: What to learn from.
        resume: Go on with the last training instead.
    """
    os.setpgrp()  # Ctrl-C at the terminal belongs to the server, which says what to do
    os.nice(NICENESS)
    training = _Training(pipe, recipe, RunFolder(folder))
    orders = _Orders(pipe)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        training.begin(kind, resume)
        training.work_through()
    except KeyboardInterrupt:
        if orders.latest == STOP:
            training.end("stopped")
    except CliprtError as error:
        training.end("failed", said_by(error))
    finally:
        orders.close()
    training.tell()


def augment_judged(recipe: Recipe, run: RunFolder, taught: Taught) -> Generated:
    """Variants of what was taught, but for tasks whose success only a person can see.

    Those are learned from as they were taught.
    """
    unjudged = {task.key for task in find_unjudged(recipe)}
    tasks = tuple(task for task in recipe.tasks if task.key not in unjudged)
    ids = {task: there for task, there in taught.ids.items() if task not in unjudged}
    return augment(replace(recipe, tasks=tasks), run, Taught(ids))


class _Orders:
    """Hears the other end of the pipe; an order, or its silence, interrupts the main thread."""

    def __init__(self, pipe: Connection) -> None:
        self.latest = ""
        self._pipe = pipe
        self._open = True
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Orders that come from now on change nothing."""
        self._open = False

    def _listen(self) -> None:
        while True:
            try:
                self.latest = self._pipe.recv()
            except (EOFError, OSError):
                os._exit(1)  # the server was killed; everything can be resumed
            if self._open:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class _Training:
    def __init__(self, pipe: Connection, recipe: Recipe, run: RunFolder) -> None:
        self._pipe = pipe
        # Nobody rebuilds a real scene for every plan of an augmenter, nor attends to its execution.
        self._recipe = recipe if is_simulated(recipe) else replace(recipe, augmenters=())
        self._run = run
        self._work = load_work(run)

    def begin(self, kind: Kind, resume: bool) -> None:
        if resume and self._work.taught:
            self._work = replace(self._work, state="working", error="", curve=())
        else:
            self._work = plan_work(self._recipe, self._run, kind)
        self._work.save(self._run)
        self.tell()

    def work_through(self) -> None:
        recipe, run, work = self._recipe, self._run, self._work
        taught = Taught(work.taught)
        with watch_progress(lambda *done: self._pipe.send(done)):
            generated = augment_judged(recipe, run, taught)
        ids = (*taught.all_ids, *generated.ids)
        trained = find_trained(run, work.earlier) if work.earlier else None
        if trained is None:
            trained = self._train(ids)
        if work.corrections:
            trained = self._train(ids, work.corrections, trained)
        learnt = Learnt(
            trained.key, str(trained.checkpoint), len(taught.all_ids), len(work.corrections)
        )
        self.end("finished", learnt=learnt)

    def end(self, state: State, error: str = "", **changes: Any) -> None:
        has_begun = self._work.state == "working"
        self._work = replace(self._work, state=state, error=error, **changes)
        if has_begun:
            self._work.save(self._run)

    def tell(self) -> None:
        self._pipe.send(self._work)

    def _train(
        self, ids: Sequence[str], corrections: Sequence[str] = (), earlier: Trained | None = None
    ) -> Trained:
        before = self._work.curve
        passed = before[-1].step if before else 0

        def show(points: tuple[CurvePoint, ...], done: int, total: int) -> None:
            further = (point._replace(step=passed + point.step) for point in points)
            self._work = replace(self._work, curve=(*before, *further))
            self._pipe.send((TRAINING, done, total))
            self._pipe.send(self._work)

        self._pipe.send((TRAINING, 0, 0))
        return train(
            self._recipe,
            self._run,
            ids,
            corrections,
            earlier,
            watch=show,
        )
