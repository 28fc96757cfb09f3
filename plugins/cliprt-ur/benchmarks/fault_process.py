"""The program under test, in a process of its own, seen from outside: what it says, if it lives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("fault_program.py")
DRIVER = b"cliprt_ur.driver.child"

Event = dict[str, Any]


class SilentProgramError(RuntimeError):
    """The program did not say in time what it was waited for."""


class Program:
    """A running program under test; everything that it says is in `events`.

    Args:
        host: Of the controller.
        config: Configuration file of the arm.
        store: Folder for the episodes.
        errors: File to which its stderr goes.
    """

    def __init__(self, host: str, config: Path, store: Path, errors: Path) -> None:
        self.events: list[Event] = []
        self._said = threading.Condition()
        self._timed_from = 0
        self._log = errors.with_name("said.jsonl").open("a", buffering=1)
        self._errors = errors
        with errors.open("a") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), host, str(config), str(store)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    @property
    def count(self) -> int:
        """How much was said so far; a mark for `wait_for`."""
        return len(self.events)

    @property
    def driver_pid(self) -> int | None:
        """The driver's process, found among the program's children; None = there is none."""
        return next((pid for pid in _children(self.process.pid) if DRIVER in _command(pid)), None)

    def forget(self) -> None:
        """Begin anew with the calls that are timed."""
        self._timed_from = self.count

    def tell(self, line: str) -> None:
        """One line to the program; a dead one does not hear it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return

    def wait_for(
        self, is_it: Callable[[Event], bool], since: int = 0, timeout_s: float = 12.0
    ) -> Event:
        """The first event from mark `since` on for which `is_it` holds.

        Raises:
            SilentProgramError: It did not come in time, or the program ended.
        """
        deadline = time.monotonic() + timeout_s
        with self._said:
            while True:
                for event in self.events[since:]:
                    if is_it(event):
                        return event
                left_s = deadline - time.monotonic()
                if left_s <= 0 or not self._reader.is_alive():
                    break
                self._said.wait(min(left_s, 0.5))
        if self.process.poll() is not None:
            errors = self._errors.read_text(errors="replace").strip().splitlines()
            last = errors[-1] if errors else "nothing on stderr"
            raise SilentProgramError(f"it ended with {self.process.returncode}: {last}")
        said = [{**event, "at_s": round(event["at_s"], 3)} for event in self.events[-6:]]
        raise SilentProgramError(f"waited {timeout_s:.0f} s in vain; last said: {said}")

    def wait_for_event(self, *names: str, since: int = 0, timeout_s: float = 12.0) -> Event:
        """The first event of one of these names from mark `since` on; see `wait_for`."""
        return self.wait_for(lambda event: event["event"] in names, since, timeout_s)

    def slowest_call(self, now_s: float | None = None) -> tuple[float, str]:
        """The longest call on the gate, still going on or returned: ([s], its name)."""
        open_calls: dict[int, list[Event]] = {}
        slowest = (0.0, "")
        for event in self.events[self._timed_from :]:
            calls = open_calls.setdefault(event.get("thread", 0), [])
            if event["event"] == "call":
                calls.append(event)
            elif event["event"] == "returned":
                call = calls.pop() if calls else event
                slowest = max(slowest, (event["at_s"] - call["at_s"], call["name"]))
        for calls in open_calls.values():
            for call in calls:
                slowest = max(slowest, ((now_s or call["at_s"]) - call["at_s"], call["name"]))
        return slowest

    def crashes(self) -> list[str]:
        """Traces of a crash in what it wrote to stderr."""
        signs = ("Traceback", "terminate called", "Segmentation", "Fatal Python", "core dumped")
        lines = self._errors.read_text(errors="replace").splitlines()
        return [line for line in lines if any(sign in line for sign in signs)]

    def close(self, timeout_s: float = 6.0) -> int | None:
        """Ask it to end; its exit code, or None where it had to be killed."""
        if self.process.poll() is None:
            self.tell("quit")
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                for pid in (*_children(self.process.pid), self.process.pid):
                    _kill(pid)
                self.process.wait()
                return None
        return self.process.returncode

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._log.write(line)
            with self._said:
                try:
                    self.events.append(json.loads(line))
                except json.JSONDecodeError:  # a library that prints, or a line cut by SIGKILL
                    self.events.append({"at_s": time.monotonic(), "event": "noise", "line": line})
                self._said.notify_all()


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that is stopped does, a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # it ended while it was looked at
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
