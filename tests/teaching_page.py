"""``cliprt teach`` as a process of its own, and what a person does in its page."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

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
        self.address = ""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"http://\S+", line):
                self.address = found[0]
                return
        raise AssertionError("".join(self.said))

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        rest = self.process.communicate(timeout=120)[1]
        self.said.append(rest or "")
        return self.process.returncode


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
