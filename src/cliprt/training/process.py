"""One training in a process of its own: ``python -m cliprt.training.process JOB``.

Lightning starts it again for every further device.  The first process tells whoever started it, by
a pipe, how it goes and how it ended, and leaves at once when the pipe closes.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cliprt.errors import CliprtError, PluginError, ShownError, UsageError
from cliprt.recipe.build import build_vocabulary
from cliprt.registry import entries
from cliprt.terminal import clean_streams
from cliprt.training.job import PIPE, TrainingJob, TrainResult

LOST = ("closed by peer", "reset by peer", "remote process exited")
"""How gloo and NCCL say that another process is gone."""

ENDED = (
    "one of the training's processes has ended; what it said, if anything, stands above. Nothing"
    " that was saved is lost: the same command goes on"
)


def main(file: str) -> int:
    """Train what a file says (a pickled `TrainingJob`); exit code 0, unless it is a bug."""
    descriptor = os.environ.pop(PIPE, None)  # Lightning's further processes have none
    pipe = Connection(int(descriptor)) if descriptor else None
    if pipe:
        threading.Thread(target=_leave_when_let_go, args=(pipe,), daemon=True).start()
    job = pickle.loads(Path(file).read_bytes())
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        said: Any = _train(job, pipe)
    except (CliprtError, KeyboardInterrupt) as ended:
        said = ended
    except Exception as error:
        if pipe and any(words in str(error) for words in LOST):
            pipe.send(UsageError(ENDED))
            return 1
        if pipe:
            traceback.print_exc()
            pipe.send(_explain(job, error))
            return 1
        what = f"{type(error).__name__}: {error}"
        print(f"  a further training process ended: {what}", file=sys.stderr)
        return 1
    if pipe:
        pipe.send(said)
    return 0


def _train(job: TrainingJob, pipe: Connection | None) -> TrainResult:
    from cliprt.training.callbacks import LearningCurve
    from cliprt.training.fit import train_policy

    watching = []
    if pipe:
        tell = pipe.send
        watching = [LearningCurve(lambda *said: tell(said))]
    return train_policy(job, build_vocabulary(job.recipe), watching)


def _explain(job: TrainingJob, error: Exception) -> Exception:
    """Whose failure it is: of another package's policy or encoder, or ours."""
    passed = {
        frame.f_globals.get("__name__") for frame, _ in traceback.walk_tb(error.__traceback__)
    }
    for kind, name in (("policy", job.recipe.policy.name), ("encoder", job.recipe.encoder.name)):
        entry = next(entry for entry in entries(kind) if entry.name == name)
        if entry.package != "cliprt" and entry.target.partition(":")[0] in passed:
            return PluginError(
                f"the {kind} {name!r} of {entry.package} {entry.version} failed, as the traceback"
                f" above shows: {type(error).__name__}: {error!s:.200} Nothing that was saved is"
                " lost: when it is mended, the same command goes on"
            )
    return ShownError("the training's process failed, as the traceback above shows")


def _leave_when_let_go(pipe: Connection) -> None:
    try:
        pipe.recv()
    except (EOFError, OSError):
        # Whoever started it was killed; all can be resumed, and what Lightning started goes too.
        os.killpg(os.getpgrp(), signal.SIGKILL) if os.getpgrp() == os.getpid() else os._exit(1)


if __name__ == "__main__":
    clean_streams()
    sys.exit(main(sys.argv[1]))
