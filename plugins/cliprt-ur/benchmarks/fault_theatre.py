"""Plays trials one after the other, on a new stage whenever something went wrong on the last."""

from __future__ import annotations

import time
from pathlib import Path

from fault_cells import Cell
from fault_course import LONGEST_CALL_S, QUIET_S, Course, Trial
from fault_process import SilentProgramError
from fault_stage import Stage, VoidTrialError


class Theatre:
    """Plays trials, on one stage for as long as nothing goes wrong on it.

    Args:
        folder: For the stages' folders.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stage: Stage | None = None
        self._count = 0

    def __enter__(self) -> Theatre:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._stage is not None:
            self._stage.__exit__()
            self._stage = None

    def play(self, cell: Cell, quiet_s: float = QUIET_S) -> Trial:
        """Go through one cell once; what shows nothing is tried again, twice at most."""
        voids: list[str] = []
        while True:
            try:
                trial = self._play(cell, quiet_s)
            except VoidTrialError as error:
                voids.append(str(error))
                self.__exit__()
                if len(voids) <= 2:
                    continue
                trial = Trial(cell.name, problems=["three attempts showed nothing"])
            trial.voids = voids
            return trial

    def _play(self, cell: Cell, quiet_s: float) -> Trial:
        trial = Trial(cell.name)
        try:
            stage = self._sound_stage()
            Course(cell, stage, trial, quiet_s).run()
            trial.problems += [f"crash: {line}" for line in stage.program.crashes()]
        except SilentProgramError as error:
            trial.problems.append(f"hang: {error}")
        except VoidTrialError:
            raise
        except Exception as error:  # the controller or the judge itself; it counts as a failure
            trial.problems.append(f"{type(error).__name__}: {error}")
        if self._stage is not None:
            trial.stage = self._stage.folder.name
            trial.slowest_s, trial.slowest = self._stage.program.slowest_call(time.monotonic())
            if trial.slowest_s > LONGEST_CALL_S:
                trial.problems.append(f"{trial.slowest} took {trial.slowest_s:.1f} s")
            self._stage.is_sound = not trial.problems
        return trial

    def _sound_stage(self) -> Stage:
        if self._stage is not None and not self._stage.is_sound:
            self.__exit__()
        if self._stage is None:
            self._count += 1
            folder = self._folder / f"stage-{self._count}"
            folder.mkdir(parents=True)
            self._stage = Stage(folder)
            self._stage.__enter__()
        return self._stage
