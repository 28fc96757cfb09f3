"""An arm that is no simulated one, registered as a robot, and a person at a terminal to work it."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from fake_robot import HOME, FakeRobot

from cliprt import registry
from cliprt.errors import RobotError


class BenchArm(FakeRobot):
    """Hardware, as far as anybody can tell.

    It hits something on motion `trip_at`, loses its link on `lost_at`, and has none while the file
    `lost_while` is there.
    """

    cameras = ("scene", "wrist")
    built: ClassVar[list[BenchArm]] = []

    def __init__(
        self,
        cameras: Sequence[str] = (),
        trip_at: int = -1,
        lost_at: int = -1,
        y_m: float = 0.0,
        lost_while: str = "",
    ) -> None:
        super().__init__((HOME[0], y_m, *HOME[2:]), simulated=False, fail=self.fail, image_px=32)
        self.trip_at, self.lost_at, self.lost_while = trip_at, lost_at, lost_while
        self.cameras = tuple(cameras) or BenchArm.cameras
        BenchArm.built.append(self)

    def fail(self, call: int) -> None:
        if call == self.trip_at:
            self.trip("protective stop: something is in the way")
        if call == self.lost_at:
            raise RobotError("nobody answers at 192.0.2.1. Check the cable.")

    def observe(self):
        self.check_link()
        seen = super().observe()
        images = {name: seen.images["front"] for name in self.cameras}
        return type(seen)(**{**vars(seen), "images": images})

    def check_link(self):
        if self.lost_while and Path(self.lost_while).exists():
            raise RobotError("nobody answers at 192.0.2.1. Check the cable.")

    def connect(self):
        self.check_link()
        super().connect() if not self._trouble else self.clear_later()

    def clear_later(self):
        """The first attempt fails; meanwhile somebody unlocks the arm."""
        trouble = self._trouble
        self.clear()
        raise RobotError(f"{trouble} (still locked)")


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self):
        return True


@pytest.fixture
def arm(tmp_path, monkeypatch):
    """Registers the robot ``bench_arm``; the list of those that were built."""
    folder = tmp_path / "site" / "cliprt_bench_arm-0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: cliprt-bench-arm\nVersion: 0.1")
    (folder / "entry_points.txt").write_text("[cliprt.robots]\nbench_arm = hardware_arm:BenchArm\n")
    monkeypatch.syspath_prepend(str(folder.parent))
    registry.refresh()
    BenchArm.built.clear()
    yield BenchArm.built
    monkeypatch.undo()
    registry.refresh()


@pytest.fixture
def types(monkeypatch):
    """``types("y", "n")``: what the person at the terminal will type; returns what is left."""

    def types(*lines):
        terminal = Terminal("".join(f"{line}\n" for line in lines))
        monkeypatch.setattr(sys, "stdin", terminal)
        return terminal.read

    return types
