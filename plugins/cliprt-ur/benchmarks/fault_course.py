"""One trial of one cell: bring the whole stack into its phase, let it fail, judge what follows.

What moved, and when, is told by the controller's own record, never by the driver that is judged.
"""

from __future__ import annotations

import math
import os
import random
import re
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fault_cells import Cell
from fault_process import is_alive
from fault_stage import Stage, VoidTrialError

from cliprt.geometry import distance

WARM_UP = "move up by two centimeters"
STRAIGHT = "move down by ten centimeters, then move left by ten centimeters"
OPEN, CLOSE = "open the gripper", "close the gripper"
NEXT = "move left by three centimeters"
NEXT_M = (0.0, 0.03, 0.0)

HOME = (0.0, -math.pi / 2, math.pi / 2, -math.pi / 2, -math.pi / 2, 0.0)
"""Joints with which the tool points down in the middle of the box [rad]."""

OPEN_AT = 5

LONGEST_CALL_S = 5.0
QUIET_S = 1.5
"""How long nothing may move after the fault, and half of it after it was undone."""

AWAY_S = 1.0
"""How long a fault lasts that came and went."""

SAME_PLACE_M = 0.001
MOVING_RAD_S = 0.02


@dataclass
class Trial:
    """What one trial showed.

    Attributes:
        cell: Its name.
        arm_ms: From the fault until the arm was at rest; None where its motion may end by itself.
        fingers_ms: The same of the fingers.
        kick_ms: From the last watchdog kick that reached the controller until the arm was at rest.
        slowest_s, slowest: The longest call on the gate.
        asked: What a person was told.
        problems: What was not right; empty = passed.
        voids: Why earlier attempts at it showed nothing: a stop before the fault came.
        stage: Folder of its stage.
    """

    cell: str
    arm_ms: float | None = None
    fingers_ms: float | None = None
    kick_ms: float | None = None
    slowest_s: float = 0.0
    slowest: str = ""
    asked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    voids: list[str] = field(default_factory=list)
    stage: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


class Course:
    """The course of one trial."""

    def __init__(self, cell: Cell, stage: Stage, trial: Trial, quiet_s: float) -> None:
        self.cell, self.fault, self.stage, self.trial = cell, cell.fault, stage, trial
        self.quiet_s = quiet_s
        self.black_boxes: list[Path] = []
        self.frozen: int | None = None
        self.driver: int | None = None
        self.episode = ""

    def run(self) -> None:
        """Everything, in order."""
        self.come_into_phase()
        mark = self.stage.program.count
        before = self.stage.last_moved_s()
        fault_s = self.inject()
        if self.cell.phase == "away":
            time.sleep(AWAY_S)
            self.undo()
            time.sleep(0.3)
        if self.cell.phase in ("idle", "away"):
            time.sleep(0.1)
            self.stage.program.tell(f"say {STRAIGHT}")
        if self.fault.name == "program_killed":
            self.watch_rest(before, fault_s, True)
            self.restart()
        else:
            asked = self.await_answer(mark)
            self.watch_rest(before, fault_s, asked)
            if asked:
                self.ask_for_word()
            else:
                self.undo()
        self.go_on()
        self.check_store()

    def come_into_phase(self) -> None:
        """An episode with one step done, and the arm in the cell's phase."""
        stage = self.stage
        stage.program.forget()
        stage.controller.place(HOME)
        mark = stage.program.count
        self.episode = stage.begin_episode()
        begun = stage.program.wait_for_event("listening", "ended", since=mark, timeout_s=20.0)
        if begun["event"] == "ended":
            raise VoidTrialError(f"no episode: {begun['reason']}")
        stage.order(WARM_UP)
        if self.cell.phase == "gripping" and stage.controller.state().gripper["POS"] > OPEN_AT:
            stage.order(OPEN)
        self.driver = stage.program.driver_pid
        if self.cell.phase == "moving":
            stage.program.tell(f"say {STRAIGHT}")
            self._wait(lambda: stage.controller.state().joint_speed_rad_s > MOVING_RAD_S, "the arm")
            time.sleep(random.uniform(0.05, 0.22))
        elif self.cell.phase == "gripping":
            start_s = stage.last_moved_s()[1]
            stage.program.tell(f"say {CLOSE}")
            self._wait(lambda: stage.last_moved_s()[1] > start_s, "the gripper")
            time.sleep(random.uniform(0.05, 0.4))

    def inject(self) -> float:
        """Let it fail; when that was, on the monotonic clock."""
        name, stage = self.fault.name, self.stage
        signals = {
            "driver_killed": (self.driver, signal.SIGKILL),
            "driver_frozen": (self.driver, signal.SIGSTOP),
            "program_killed": (stage.program.process.pid, signal.SIGKILL),
            "program_frozen": (stage.program.process.pid, signal.SIGSTOP),
        }
        now_s = time.monotonic()
        if name in signals:
            pid, number = signals[name]
            assert pid is not None, "the driver's process was not found"
            os.kill(pid, number)
            self.frozen = pid if name == "program_frozen" else None
        elif name == "person_stops":
            stage.program.tell("halt")
        elif name == "camera_died":
            self._hide_pictures(True)
        else:
            stage.controller.fault(
                name if name != "stuck_network" else "slow_network", **self.fault.options
            )
            told = [e.time_s for e in stage.controller.record() if e.kind == "fault"]
            now_s = told[-1] if told else now_s
            if name == "register_clash":
                assert self.driver is not None
                now_s = time.monotonic()
                os.kill(self.driver, signal.SIGKILL)
        return now_s

    def undo(self) -> None:
        """What a person does about it."""
        if self.frozen is not None:
            os.kill(self.frozen, signal.SIGCONT)
            self.frozen = None
        elif self.fault.name == "camera_died":
            if not self.stage.pictures.exists():
                self._hide_pictures(False)
        else:
            self.stage.controller.clear()

    def await_answer(self, mark: int) -> bool:
        """Whether a person was asked; a program that is frozen answers when it is thawed."""
        if self.frozen is not None:
            time.sleep(self.quiet_s)
            self.undo()
        answer = self.stage.program.wait_for_event(
            "asked", "listening", "ended", since=mark, timeout_s=LONGEST_CALL_S + 3.0
        )
        if answer["event"] == "asked":
            self._hear(answer)
            return True
        if answer["event"] == "ended":
            self._blame(f"the episode ended by itself: {answer}")
        elif self.cell.phase in self.fault.asks:
            self._blame("went on without a person's word")
        return False

    def watch_rest(self, before: tuple[float, float], fault_s: float, asked: bool) -> None:
        """When arm and fingers came to rest, and that they stay so."""
        time.sleep(self.quiet_s)
        arm_s, fingers_s = self.stage.last_moved_s()
        phase, trial = self.cell.phase, self.trial
        if phase in self.fault.may_finish:
            return
        stands = phase in ("idle", "away")
        if stands and not asked and phase not in self.fault.asks:
            return
        trial.arm_ms = _since(arm_s, fault_s)
        trial.fingers_ms = _since(fingers_s, fault_s)
        trial.kick_ms = self._since_kick(arm_s, fault_s)
        if stands:
            if (arm_s, fingers_s) != before:
                self._blame("moved although the arm stood when it failed")
            return
        if trial.arm_ms > self.fault.limit_ms:
            self._blame(f"the arm moved for {trial.arm_ms:.0f} ms")
        if not self.fault.fingers_free and trial.fingers_ms > self.fault.limit_ms:
            self._blame(f"the fingers moved for {trial.fingers_ms:.0f} ms")
        if (arm_s if phase == "moving" else fingers_s) < fault_s:
            raise VoidTrialError(f"it stood before the fault came: {trial.asked}")

    def ask_for_word(self) -> None:
        """Words given too early lead to nothing, the right one to going on."""
        stage = self.stage
        rest = stage.last_moved_s()
        too_early = self.fault.lasts and self.cell.phase != "away" and self.frozen is None
        if too_early and self._say_yes() == "listening":
            self._blame("went on although nothing was undone")
            return
        self.undo()
        time.sleep(self.quiet_s / 2)
        if stage.last_moved_s() != rest:
            self._blame("moved after it was undone, before a person's word")
        if self._say_yes() != "listening":
            self._blame(f"did not go on after a person's word: {self.trial.asked[-1]}")

    def restart(self) -> None:
        """The program died: its driver has to follow, and a person starts it again."""
        stage = self.stage
        deadline = time.monotonic() + LONGEST_CALL_S
        while self.driver is not None and is_alive(self.driver):
            if time.monotonic() > deadline:
                self._blame("the driver outlives its program")
                break
            time.sleep(0.02)
        rest = stage.last_moved_s()
        said = [e for e in stage.program.events if e["event"] == "step"]
        stage.program.process.wait()
        stage.start_program()
        time.sleep(self.quiet_s / 2)
        if stage.last_moved_s() != rest:
            self._blame("moved when the program was started again")
        kept = stage.store.load(self.episode).steps if self.episode in stage.store else ()
        if not said or len(kept) < 1:
            self._blame(f"the episode was not kept: {len(kept)} steps of {self.episode}")
        mark = stage.program.count
        self.episode = stage.begin_episode()
        begun = stage.program.wait_for_event("listening", "ended", since=mark)
        if begun["event"] == "ended":
            self._blame(f"cannot begin again: {begun['reason']}")

    def go_on(self) -> None:
        """The next order starts where the arm really is, and is all that is done."""
        stage = self.stage
        if self.trial.problems:
            return
        start = stage.pose()
        seen = [e for e in stage.program.events if e["event"] == "listening"][-1]["pose"]
        if distance(seen, start)[0] > SAME_PLACE_M:
            self._blame(f"believes to be {1000 * distance(seen, start)[0]:.1f} mm from where it is")
        stage.controller.forget()
        stage.order(NEXT)
        wanted = (*(a + b for a, b in zip(start[:3], NEXT_M, strict=True)), *start[3:])
        off_m, off_rad = distance(wanted, stage.pose())
        if off_m > SAME_PLACE_M or off_rad > 0.01:
            self._blame(f"the next order ended {1000 * off_m:.1f} mm from where it should")
        begun = [e for e in stage.controller.record() if e.kind == "motion_begin"]
        if len(begun) != 1:
            self._blame(f"{len(begun)} motions were made for one order")

    def check_store(self) -> None:
        """End the episode; everything that was done is in the store, and in the black box."""
        stage = self.stage
        mark = stage.program.count
        stage.program.tell("say done")
        if self.trial.problems:
            stage.program.tell("word no")
        ended = stage.program.wait_for_event("ended", since=mark)
        for path in self.black_boxes:
            if not path.is_file():
                self._blame(f"there is no black box at {path}")
        if self.episode not in stage.store:
            self._blame(f"the episode is not in the store: {ended}")
            return
        kept = stage.store.load(self.episode).steps
        if len(kept) != ended["steps"] or not kept:
            self._blame(f"{len(kept)} of {ended['steps']} steps were kept")

    def _since_kick(self, arm_s: float, fault_s: float) -> float | None:
        """From the last kick to the arm's rest, where it was the watchdog that stopped it."""
        for event in self.stage.controller.record():
            if event.kind == "watchdog" and event.time_s > fault_s:
                return _since(arm_s, event.time_s - event.data["silent_s"])
        return None

    def _say_yes(self) -> str:
        """Give a person's word; what the program says next."""
        mark = self.stage.program.count
        self.stage.program.tell("word yes")
        answer = self.stage.program.wait_for_event(
            "asked", "listening", since=mark, timeout_s=LONGEST_CALL_S + 3.0
        )
        if answer["event"] == "asked":
            self._hear(answer)
        return str(answer["event"])

    def _hear(self, asked: dict[str, Any]) -> None:
        self.trial.asked.append(asked["reason"])
        named = re.search(r"is in (\S+\.jsonl)\.", asked["reason"])
        if named:
            self.black_boxes.append(Path(named[1]))
        if not asked["reason"].strip():
            self._blame("a person was asked without being told why")

    def _blame(self, problem: str) -> None:
        self.trial.problems.append(problem)

    def _hide_pictures(self, hidden: bool) -> None:
        shown, away = self.stage.pictures, self.stage.pictures.with_name("unplugged")
        (shown if hidden else away).rename(away if hidden else shown)

    def _wait(self, is_so: Callable[[], bool], who: str) -> None:
        deadline = time.monotonic() + 5.0
        while not is_so():
            if time.monotonic() > deadline:
                said = self.stage.program.events[-2:]
                raise VoidTrialError(f"{who} did not begin to move: {said}")
            time.sleep(0.002)


def _since(moved_s: float, fault_s: float) -> float:
    return max(0.0, 1000 * (moved_s - fault_s))
