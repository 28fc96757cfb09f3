"""What a recorder was told is safe, is there after ``kill -9`` at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

from cliprt.data.store import EpisodeStore

WRITER = """
import sys
import numpy as np
from cliprt.data.store import EpisodeStore
from cliprt.types import Observation, Outcome, Primitive, Step

POSE = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)
store = EpisodeStore(sys.argv[1], durable=sys.argv[3] == "durable")
for episode in range(1000):
    id = f"{sys.argv[2]}-{episode}"
    journal = store.open_journal(id, "pick", "pick it", episode, "test")
    for i in range(4):
        image = np.full((8, 8, 3), (episode, i, 7), np.uint8)
        look = Observation({"scene": image, "wrist": image}, POSE, POSE, (0.0,), "open", 0.08, i)
        primitive = Primitive(i, "p", (0.0, 0.01 * i, 0.0, 0.0, 0.0, 0.0, 0.0))
        outcome = Outcome(primitive.motion, None, POSE, POSE)
        journal.append(Step(i, look, f"say {i}", primitive, outcome, "test"))
        print("step", id, i, flush=True)
    journal.commit(True)
    print("commit", id, flush=True)
"""


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path):
    """50 writers are killed at random moments, in one store that is repaired only now and then."""
    rng = random.Random(0)
    store = EpisodeStore(tmp_path / "store")
    steps: dict[str, int] = {}
    commits: set[str] = set()
    caught_in_the_act = 0
    for round_ in range(25):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, store.path, f"{round_}{side}", mode],
                stdout=subprocess.PIPE,
                text=True,
            )
            for side, mode in (("a", "durable"), ("b", "fast"))
        ]
        first = [writer.stdout.readline() for writer in writers]
        time.sleep(rng.uniform(0, 0.06))
        for writer, line in zip(writers, first, strict=True):
            writer.send_signal(signal.SIGKILL)
            said = line + writer.communicate()[0]
            for event, id, *number in (row.split() for row in said.splitlines()):
                if event == "commit":
                    commits.add(id)
                else:
                    steps[id] = int(number[0]) + 1
        caught_in_the_act += len(store.unfinished())
        if round_ % 5 == 4:
            store.repair()

    assert caught_in_the_act > 20
    assert commits <= set(store.ids())
    report = store.repair()
    assert report.live == ()
    for id, count in steps.items():
        episode = store.load(id)
        assert len(episode.steps) >= count
        if id in commits:
            assert episode.success is True
            assert "recovered" not in episode.meta
        for step in episode.steps:
            assert step.supervision == f"say {step.index}"
            for image in step.observation.images.values():
                assert image[0, 0].tolist() == [episode.seed, step.index, 7]
    assert store.repair().whole == store.ids()
