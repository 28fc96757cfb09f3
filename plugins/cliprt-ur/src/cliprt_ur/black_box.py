"""What happened in the last half minute, written to a file when something went wrong.

A file is JSON Lines.  Its first line has ``"kind": "header"``: why it was written, when, of which
arm, and, under ``"about"``, what the other lines mean, in words.  The others are in order of time:

- ``"telemetry"``: the arm at one moment (pose, joints, safety words, gripper);
- ``"step"``: one motion: what was commanded, sent and measured, its latencies, what ended it;
- ``"note"``: what else happened (connected, a process died, ...): ``"what"`` and its ``"facts"``.

Recording is an append to a ring; files are written by a thread, whole or not at all.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from cliprt_ur.driver.messages import Telemetry

logger = logging.getLogger(__name__)

FORMAT = "cliprt-ur black box 1"

ABOUT = (
    "One JSON object a line, in order of time. 'time_s' is this computer's monotonic clock, 'clock'"
    " of a telemetry line the controller's; seconds. Metres and radians; a pose is x y z and a"
    " rotation vector of the pinch point. Poses of 'telemetry' lines are in the controller's Base,"
    " those of 'step' lines in the user's frame, which is Base turned by frame.base_rotation_deg"
    " about z. 'safety' says in words what 'safety_bits' says in bits."
)

SAFETY_BITS = (
    "normal",
    "reduced",
    "protective stop",
    "recovery",
    "safeguard stop",
    "system emergency stop",
    "robot emergency stop",
    "emergency stop",
    "violation",
    "fault",
    "stopped due to safety",
)
"""Meaning of the safety status bits, from bit 0."""

RING_S = 30.0
"""How much is remembered [s]."""

RING_LINES = 6000
"""How many entries at most: half a minute at 200 a second."""

SAME_TROUBLE_S = 10.0
"""What goes wrong within this time of a file's first trouble is added to that file."""


def safety_bit_names(bits: int) -> str:
    """The safety status bits that are set, e.g. ``"protective stop, stopped due to safety"``."""
    return ", ".join(name for n, name in enumerate(SAFETY_BITS) if bits >> n & 1) or "nothing"


@dataclass
class _File:
    """One file of the box: where it lies, when and why it is written."""

    path: Path
    begun_s: float
    reasons: list[str]


class BlackBox:
    """A ring of the last half minute, and the files written of it.

    Safe to use from any thread; nothing here waits for a disk, but `close`.

    Args:
        folder: Where the files go; made when the first is written.
        about: What else the header of every file tells (JSON values), e.g. the configuration.
        max_files: The oldest of this arm are removed beyond these.
        name: Of the arm; files are called ``<name>-<date>-<time>.jsonl``.
    """

    def __init__(
        self, folder: Path, about: Mapping[str, Any], max_files: int = 50, name: str = "ur"
    ) -> None:
        self._folder, self._about, self._max_files = folder, dict(about), max_files
        self._name = "".join(c if c.isalnum() or c in ".-" else "_" for c in name)
        self._lock = Lock()
        self._ring: deque[tuple[float, str, Any]] = deque(maxlen=RING_LINES)
        self._file: _File | None = None
        self._is_due = False
        self._writer: Thread | None = None

    @property
    def path(self) -> Path | None:
        """Where the newest file lies, or is about to; None as long as nothing went wrong."""
        return self._file.path if self._file else None

    def see(self, telemetry: Telemetry) -> None:
        """Remember the arm at one moment."""
        self._add(telemetry.taken_s, "telemetry", telemetry)

    def note(self, kind: str, **facts: Any) -> None:
        """Remember something else (JSON values), as a line of that kind."""
        self._add(time.monotonic(), kind, facts)

    def write(self, reason: str) -> Path:
        """Have the ring written to a file, in a moment.

        A flurry of troubles fills one file, not many.

        Args:
            reason: For the header: what went wrong.

        Returns:
            Where it will lie.
        """
        self.note("note", what="written down", facts={"why": reason})
        now_s = time.monotonic()
        with self._lock:
            if self._file is None or now_s - self._file.begun_s > SAME_TROUBLE_S:
                self._file = _File(self._free_path(), now_s, [])
            if reason not in self._file.reasons:
                self._file.reasons.append(reason)
            self._is_due = True
            if self._writer is None:
                # No daemon: a program that ends because of the trouble still writes it down.
                self._writer = Thread(target=self._write_due, name="black box")
                self._writer.start()
            return self._file.path

    def close(self, timeout_s: float = 5.0) -> None:
        """Wait until everything is written; safe to call twice, and to record again after it."""
        writer = self._writer
        if writer is not None:
            writer.join(timeout_s)

    def _add(self, time_s: float, kind: str, facts: Any) -> None:
        with self._lock:
            self._ring.append((time_s, kind, facts))
            while self._ring[0][0] < time_s - RING_S:
                self._ring.popleft()

    def _free_path(self) -> Path:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")[:-3]
        return self._folder / f"{self._name}-{stamp}.jsonl"

    def _write_due(self) -> None:
        while True:
            with self._lock:
                if not self._is_due or self._file is None:
                    self._writer = None
                    return
                self._is_due = False
                path, reasons = self._file.path, list(self._file.reasons)
                entries = sorted(self._ring, key=lambda entry: entry[0])
            try:
                self._write(path, reasons, entries)
            except OSError as error:
                logger.warning("the black box %s cannot be written: %s", path, error)

    def _write(self, path: Path, reasons: list[str], entries: list[tuple[float, str, Any]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        header = {
            "kind": "header",
            "format": FORMAT,
            "why": reasons,
            "written": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "about": ABOUT,
            **self._about,
        }
        partial = path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.write(_line(header))
            for time_s, kind, facts in entries:
                file.write(_line({"kind": kind, "time_s": round(time_s, 4), **_facts(facts)}))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        mine = sorted(path.parent.glob(f"{self._name}-*.jsonl"))
        for old in mine[: -self._max_files]:
            old.unlink(missing_ok=True)


def _facts(facts: Any) -> dict[str, Any]:
    if not isinstance(facts, Telemetry):
        return dict(facts)
    words = asdict(facts)
    del words["taken_s"]
    return {"clock": words.pop("time_s"), "safety": safety_bit_names(facts.safety_bits), **words}


def _line(entry: Mapping[str, Any]) -> str:
    # Whatever is no JSON value is written as text: a box that fails over a type is none.
    return json.dumps(entry, default=str, ensure_ascii=False) + "\n"
