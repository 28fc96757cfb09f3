"""Has a policy trained in a process of its own, so that Lightning may start it on every device."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from cliprt.data.disk import Scratch
from cliprt.engines.children import deaf_to_interrupts
from cliprt.errors import ShownError, UsageError
from cliprt.stages.cluster import find_place, follow_others, prepare_launch
from cliprt.training.job import PIPE, TrainingJob, TrainResult, Watch


def run_training(
    job: TrainingJob, watch: Watch | None = None, launch: Mapping[str, str] | None = None
) -> TrainResult:
    """Have a policy trained, or go on with an interrupted training.

    Args:
        job: What to train.
        watch: Told how it goes.
        launch: Environment of one of several processes; None = the first, which tells the others.

    Raises:
        KeyboardInterrupt: Ctrl-C; the state was saved after a whole step.
        UsageError: The process was killed, or cannot be one of as many as the recipe says.
        CliprtError: What the training raised.
    """
    launch = prepare_launch(job) if launch is None else launch
    ours, theirs = multiprocessing.Pipe()
    path = os.pathsep.join(entry for entry in sys.path if entry)
    told = {PIPE: str(theirs.fileno()), "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    with Scratch("cliprt-training-") as folder:
        file = Path(folder) / "job"
        file.write_bytes(pickle.dumps(job))
        with deaf_to_interrupts():
            process = subprocess.Popen(
                [sys.executable, "-m", "cliprt.training.process", str(file)],
                env={**os.environ, **launch, **told},
                stdin=subprocess.DEVNULL,
                stdout=2,  # what it prints is for people
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C at the terminal belongs to this process
            )
        theirs.close()
        try:
            return _listen(ours, process, watch)
        finally:
            ours.close()
            process.wait()
            with suppress(ProcessLookupError):  # those that Lightning started beside it end with it
                os.killpg(process.pid, signal.SIGKILL)


def train_beside() -> bool:
    """Take part in every training of the first of several processes; whether this is another."""
    if find_place().rank == 0:
        return False
    for job, launch in follow_others():
        run_training(job, launch=launch)
    return True


def _listen(pipe: Connection, process: subprocess.Popen[bytes], watch: Watch | None) -> TrainResult:
    stopping: KeyboardInterrupt | None = None
    while True:
        try:
            pipe.poll(None)
            said = pipe.recv()
            if isinstance(said, tuple) and watch:
                watch(*said)
        except KeyboardInterrupt as interrupt:
            if stopping:
                process.kill()
                raise
            stopping = interrupt
            process.send_signal(signal.SIGINT)  # it ends its step, saves, and says so
            continue
        except (EOFError, OSError):
            said = _explain_end(process.wait())
        if isinstance(said, BaseException):
            raise stopping or said
        if isinstance(said, TrainResult):
            if stopping:
                raise stopping
            return said


def _explain_end(code: int) -> Exception:
    """Why a process that said nothing has ended."""
    if code > 0:
        return ShownError("the training's process failed; see above")
    return UsageError(
        f"the training's process ended with code {code}: was it killed, or is the memory full?"
        " Nothing that was saved is lost: the same command goes on; a larger trainer.accumulate"
        " needs less memory"
    )
