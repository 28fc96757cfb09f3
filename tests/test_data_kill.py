"""What a recorder was told is safe, is there after ``kill -9`` at any moment."""

from __future__ import annotations

import ast
import json
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
from cliprt.types import Attempt, Observation, Outcome, Primitive, Step

POSE = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)

def record(root, name, mode, said):
    store = EpisodeStore(root, durable=mode == "durable")
    for episode in range(250):
        id = f"{name}-{episode}"
        journal = store.begin(Attempt(id, "pick", "pick it", episode, "test"))
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


# One episode, handed on from writer to writer: each is killed, the next goes on where it was.
RELAY = """
import json, os, random, signal, sys
import numpy as np
import PIL.PngImagePlugin
from cliprt.data.store import EpisodeStore
from cliprt.types import Attempt
from cliprt.types import Observation, Outcome, Primitive, Step

POSE = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)

def make_step(index, token):
    image = np.full((8, 8, 3), token % 256, np.uint8)
    look = Observation({"scene": image}, POSE, POSE, (0.0,), "open", 0.08, index)
    outcome = Outcome((0.0,) * 7, None, POSE, POSE)
    return Step(index, look, str(token), Primitive(0, "p"), outcome, "test")

def teach(root, mode, number, tell):
    store = EpisodeStore(root, durable=mode == "durable")
    begin = store.resume_journal if store.unfinished() else (
        lambda id: store.begin(Attempt(id, "pick", "pick it", 0, "test")))
    journal = begin("e")
    undone = [entry["said"] for entry in journal.header.meta.get("undone", ())]
    tell(["open", [step.supervision for step in journal.steps], undone])
    rng, token = random.Random(number), 1000 * number
    while True:
        if journal.count and rng.random() < 0.45:
            tell(["retract"])
            journal.retract()
        else:
            token += 1
            tell(["append", str(token)])
            journal.append(make_step(journal.count, token))
        tell(["ok"])

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    root, mode, number, log = line.split()
    pid = os.fork()
    if pid == 0:
        file = os.open(log, os.O_WRONLY)
        tell = lambda said: os.write(file, (json.dumps(said) + "\\n").encode())
        teach(root, mode, int(number), tell)
    print(pid, flush=True)
"""


def after(state, order):
    """What (steps, undone) become when an order is carried out."""
    steps, undone = state
    if order[0] == "append":
        return [*steps, order[1]], undone
    return steps[:-1], [*undone, steps[-1]]


def test_a_killed_retraction_leaves_the_step_or_nothing_of_it(tmp_path):
    """40 writers, one after the other; each has to find exactly what was acknowledged."""
    rng, log, store = random.Random(0), tmp_path / "log", EpisodeStore(tmp_path / "store")
    state, in_flight = ([], []), None
    with subprocess.Popen(
        [sys.executable, "-c", RELAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        for number in range(1, 41):
            log.write_text("")
            mode = "durable" if number % 2 else "fast"
            nursery.stdin.write(f"{store.path} {mode} {number} {log}\n")
            nursery.stdin.flush()
            pid = int(nursery.stdout.readline())
            wanted = rng.randrange(1, 30)
            while log.read_text().count("\n") < wanted and is_alive(pid):
                time.sleep(0.0005)
            time.sleep(rng.uniform(0, 0.003))
            os.kill(pid, signal.SIGKILL)
            while is_alive(pid):
                time.sleep(0.0005)
            for line in log.read_text().splitlines():
                said = json.loads(line)
                if said[0] == "open":
                    candidates = [state, after(state, in_flight) if in_flight else state]
                    assert (said[1], said[2]) in candidates
                    state, in_flight = (said[1], said[2]), None
                elif said[0] == "ok":
                    state, in_flight = after(state, in_flight), None
                else:
                    in_flight = said
    journal = store.resume_journal("e")
    assert journal.header.meta["resumed"] >= 35
    journal.commit(True)
    episode = store.load("e")
    said = [step.supervision for step in episode.steps]
    undone = [entry["said"] for entry in episode.meta["undone"]]
    assert (said, undone) in [state, after(state, in_flight) if in_flight else state]
    assert not any("until" in entry for entry in episode.meta["undone"])
    assert len(undone) > 40
    for step in episode.steps:
        image = step.observation.images["scene"]
        assert image[0, 0, 0] == int(step.supervision) % 256
    assert len(list((store.path / "episodes" / "e" / "images").iterdir())) == len(said)
    assert store.repair().whole == ("e",)


# Dies before the n-th call to the system of an order, for every n; prints what was left.
EVERY_MOMENT = """
import io, os, shutil, sys
sys.path.insert(0, sys.argv[2])
from data_samples import make_step
from cliprt.data.store import EpisodeStore
from cliprt.types import Attempt

def die_at(n):
    left = [n]
    def count(frame, event, argument):
        file = isinstance(getattr(argument, "__self__", None), io.FileIO)
        if event == "c_call" and (file or argument.__module__ == "posix"):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
    sys.setprofile(count)

def begin():
    return EpisodeStore(root).begin(Attempt("e", "pick", "pick it", 0, "test"))

def work(order, n):
    if order == "begin":
        die_at(n)
        begin()
        return
    journal = begin()
    for index in range(3):
        journal.append(make_step(index))
    die_at(n)
    getattr(journal, order)(*[True] * (order == "commit"))

root, code, n = sys.argv[1], 9, 0
while code == 9:
    shutil.rmtree(root, ignore_errors=True)
    pid = os.fork()
    if pid == 0:
        work(sys.argv[3], n)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.makedirs(root, exist_ok=True)
    shutil.copytree(root, root + "-copy", dirs_exist_ok=True)
    store = EpisodeStore(root)
    was_there = "e" in store or store.unfinished() == ("e",)
    undone = pictures = 0
    if "e" not in store:
        journal = store.resume_journal("e") if was_there else begin()
        undone = len(journal.header.meta.get("undone", []))
        pictures = len(list((store.path / "journal" / "e" / "images").iterdir()))
        journal.append(make_step(journal.count))
        journal.commit(True)
    found = store.load("e")
    assert not (store.path / ".scratch").exists()
    aside = (store.path / "quarantine").exists()
    assert not aside or sys.argv[3] == "retract", "only half a retraction leaves pictures over"
    repaired = EpisodeStore(root + "-copy")
    repaired.repair()
    recovered = repaired.load("e") if "e" in repaired else None
    kept = recovered and len(recovered.steps), recovered and len(recovered.meta.get("undone", []))
    shutil.rmtree(repaired.path)
    print(repr((code, was_there, len(found.steps), undone, pictures, *kept)))
    n += 1
"""


def cut_off_at_every_moment(tmp_path, order):
    """What was left of an order cut off before each of its calls, and of the whole order."""
    arguments = [str(tmp_path / "store"), str(Path(__file__).parent), order]
    command = [sys.executable, "-c", EVERY_MOMENT, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    *cut, whole = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert len(cut) > 10
    return cut, whole


def test_a_retraction_cut_off_at_any_moment_was_made_or_never_begun(tmp_path):
    cut, whole = cut_off_at_every_moment(tmp_path, "retract")
    assert whole == (0, True, 3, 1, 4, 2, 1)
    assert set(cut) == {(9, True, 4, 0, 6, 3, 0), (9, True, 3, 1, 4, 2, 1)}
    assert cut == sorted(cut, key=lambda line: -line[2])


def test_a_recording_cut_off_at_its_beginning_is_there_or_never_begun(tmp_path):
    cut, whole = cut_off_at_every_moment(tmp_path, "begin")
    assert whole == (0, True, 1, 0, 0, None, None)
    assert set(cut) == {(9, False, 1, 0, 0, None, None), (9, True, 1, 0, 0, None, None)}
    assert cut == sorted(cut, key=lambda line: line[1])


def test_an_episode_that_is_thrown_away_is_there_or_gone(tmp_path):
    cut, whole = cut_off_at_every_moment(tmp_path, "abandon")
    assert whole == (0, False, 1, 0, 0, None, None)
    assert set(cut) == {(9, True, 4, 0, 6, 3, 0), (9, False, 1, 0, 0, None, None)}
    assert cut == sorted(cut, key=lambda line: -line[2])


def test_a_commit_cut_off_at_any_moment_was_made_or_can_be_gone_on_with(tmp_path):
    cut, whole = cut_off_at_every_moment(tmp_path, "commit")
    assert whole == (0, True, 3, 0, 0, 3, 0)
    assert set(cut) == {(9, True, 4, 0, 6, 3, 0), (9, True, 3, 0, 0, 3, 0)}
    assert cut == sorted(cut, key=lambda line: -line[2])
