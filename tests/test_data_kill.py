"""What a recorder was told is safe, is there after ``kill -9`` at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from cliprt.data.store import EpisodeStore

# Imports once, then forks one writer for every line: starting Python takes longer than recording.
WRITERS = """
import os, signal, sys
import numpy as np
import PIL.PngImagePlugin
from cliprt.data.store import EpisodeStore
from cliprt.types import Observation, Outcome, Primitive, Step

POSE = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)

def record(root, name, mode, said):
    store = EpisodeStore(root, durable=mode == "durable")
    for episode in range(250):
        id = f"{name}-{episode}"
        journal = store.open_journal(id, "pick", "pick it", episode, "test")
        for i in range(4):
            image = np.full((8, 8, 3), (episode, i, 7), np.uint8)
            pictures = {"scene": image, "wrist": image}
            look = Observation(pictures, POSE, POSE, (0.0,), "open", 0.08, i)
            primitive = Primitive(i, "p", (0.0, 0.01 * i, 0.0, 0.0, 0.0, 0.0, 0.0))
            outcome = Outcome(primitive.motion, None, POSE, POSE)
            journal.append(Step(i, look, f"say {i}", primitive, outcome, "test"))
            os.write(said, f"step {id} {i}\\n".encode())
        journal.commit(True)
        os.write(said, f"commit {id} 4\\n".encode())

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    root, name, mode, log = line.split()
    pid = os.fork()
    if pid == 0:
        record(root, name, mode, os.open(log, os.O_WRONLY))
        os._exit(0)
    print(pid, flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill_writers(root: Path, logs: Path, writers: int) -> list[str]:
    """Let writers record in pairs, kill each at a random moment; everything that they were told."""
    rng = random.Random(0)
    with subprocess.Popen(
        [sys.executable, "-c", WRITERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        for pair in range(writers // 2):
            pids = {}
            for mode in ("durable", "fast"):
                log = logs / f"{pair}-{mode}"
                log.touch()
                nursery.stdin.write(f"{root} {pair}-{mode} {mode} {log}\n")
                nursery.stdin.flush()
                pids[int(nursery.stdout.readline())] = log
            for pid, log in pids.items():
                # Progress, then time: a moment is as random on a busy machine as on an idle one.
                wanted = rng.randrange(12)
                while log.read_text().count("\n") < wanted and is_alive(pid):
                    time.sleep(0.001)
                time.sleep(rng.uniform(0, 0.008))
                os.kill(pid, signal.SIGKILL)  # a writer that died by itself fails the test here
            while any(is_alive(pid) for pid in pids):
                time.sleep(0.001)
            if pair % 5 == 4:
                EpisodeStore(root).repair()
    lines = [line for log in logs.iterdir() for line in log.read_text().splitlines(keepends=True)]
    return [line for line in lines if line.endswith("\n")]


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path):
    """50 writers, half of them at once, in one store that is repaired now and then."""
    (tmp_path / "logs").mkdir()
    told = kill_writers(tmp_path / "store", tmp_path / "logs", 50)
    steps = {id: int(n) + 1 for event, id, n in map(str.split, told) if event == "step"}
    commits = {id for event, id, _ in map(str.split, told) if event == "commit"}
    assert len(commits) > 50

    store = EpisodeStore(tmp_path / "store")
    assert commits <= set(store.ids())
    assert store.repair().live == ()
    for id, count in steps.items():
        episode = store.load(id)
        assert len(episode.steps) >= count
        assert episode.success is (None if "recovered" in episode.meta else True)
        assert id not in commits or episode.success
        for step in episode.steps:
            assert step.supervision == f"say {step.index}"
            for image in step.observation.images.values():
                assert image[0, 0].tolist() == [episode.seed, step.index, 7]
    assert sum("recovered" in header.meta for header in store.headers()) > 10
    assert store.repair().whole == store.ids()
