"""``cliprt teach`` as a process of its own, and what a person does in its page."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

START_S = 60


class TeachingServer:
    """``cliprt teach`` on a free port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "cliprt", "teach", "--recipe", "tiny", *arguments]
        self.process = subprocess.Popen(
            [*command, "--out", str(folder), "--port", "0", "--no-browser"],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self.address = self.local = ""
        self._is_told = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._is_told.wait()
        if not self.address:
            raise AssertionError("".join(self.said))

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=120)
        self._reader.join(timeout=120)
        return self.process.returncode

    def memory_mb(self) -> float:
        """What the server's process holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def _read(self) -> None:
        """Keep what it says; whoever did not would block it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if not self.address and (found := re.findall(r"https?://[^\s)]+", line)):
                self.address, self.local = found[0], found[-1]
                self._is_told.set()
        self._is_told.set()


def fetch_tab(address: str) -> str:
    """What a page that is built for this request is called, as its browser would know it."""
    with urlopen(address) as answer:
        return re.findall(r"data-tab\W+([0-9a-f-]{36})", answer.read().decode())[0]


class Person:
    """Types, presses keys and reads, as a person does."""

    def __init__(self, page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self) -> None:
        self.page.goto(self.address)
        self.page.wait_for_function("window.cliprtCameras && cliprtCameras.connected")
        self.page.wait_for_selector("#sentence")

    def begin(self) -> None:
        self.page.click(".card")
        self.wait("listening")

    def say(self, sentence: str) -> None:
        """Say one step and wait until it is made."""
        before = self.steps()
        self.type(sentence)
        self.page.wait_for_function(
            "n => document.querySelector('.result:not([hidden])')"
            " || parseInt(document.querySelector('#steps').textContent || 0) > n",
            arg=before,
        )

    def type(self, sentence: str) -> None:
        self.page.fill("#sentence", sentence)
        self.page.press("#sentence", "Enter")

    def wait(self, *states: str) -> None:
        anyone = ", ".join(f"#state[data-state={state}]" for state in states)
        self.page.wait_for_selector(anyone, timeout=60_000)

    def wait_for_steps(self, count: int) -> None:
        """So many steps are listed, and the robot listens or has stopped."""
        self.page.wait_for_function(
            "n => parseInt(document.querySelector('#steps').textContent || 0) === n", arg=count
        )
        self.wait("listening", "stopped")

    def steps(self) -> int:
        words = (self.page.text_content("#steps") or "0 steps").split()
        return int(words[0])


def teacher_sentences(recipe, seed: int) -> list[str]:
    """What the simulated teacher says in a scene until the task is done."""
    from cliprt.recipe.build import (
        build_interpreter,
        build_robot,
        build_task,
        build_teleoperator,
        build_vocabulary,
    )
    from cliprt.runtime.agents import SpokenAgent
    from cliprt.runtime.loop import prepare_scene, run_episode
    from cliprt.types import Attempt

    task = build_task(recipe.tasks[0])
    agent = SpokenAgent(
        build_teleoperator(recipe), build_interpreter(recipe, build_vocabulary(recipe))
    )
    with build_robot(recipe) as robot:
        prepare_scene(task, robot, seed)
        attempt = Attempt("said", "", task.instruction, seed, "teacher", 2 * task.max_steps)
        episode = run_episode(agent, robot, attempt, task=task)
    assert episode.success
    return [step.supervision for step in episode.steps]
