"""What a backend tells its black box, and when a file of it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cliprt.types import GripperState, Motion, Pose
from cliprt_ur.attempt import Attempt
from cliprt_ur.black_box import BlackBox, safety_bit_names
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import HALTED, Result, Telemetry

WELL_BITS = 0b11
"""Safety status bits with which an arm works: normal, and reduced."""

LOSSES = ("driver ended", "trouble")
"""What the link tells when it is lost, or when nothing may move any more."""


class Logbook:
    """The black box of one arm, in the words of its backend; from any thread.

    Args:
        config: Of the arm; it is in the header of every file.
    """

    def __init__(self, config: UrConfig) -> None:
        self._box = BlackBox(
            Path(config.black_box).expanduser(), {"config": asdict(config)}, name=config.host
        )
        self._is_well = True

    @property
    def path(self) -> Path | None:
        """The newest file; None as long as nothing went wrong."""
        return self._box.path

    def see(self, telemetry: Telemetry) -> None:
        """Remember the arm at one moment; its safety stops are written down, also when idle."""
        self._box.see(telemetry)
        is_well = telemetry.safety_bits & ~WELL_BITS == 0
        if self._is_well and not is_well:
            self.put_down(f"safety: {safety_bit_names(telemetry.safety_bits)}")
        self._is_well = is_well

    def note(self, what: str, facts: Mapping[str, Any]) -> None:
        """Remember what happened to the link; its loss is written down, a person's halt is not."""
        self._box.note("note", what=what, facts=dict(facts))
        why = str(facts.get("why", ""))
        if what in LOSSES and why != HALTED:
            self.put_down(f"{what}: {why}")

    def refusal(self, motion: Motion, gripper: GripperState | None, why: str) -> None:
        """Remember a motion that never left this computer."""
        self._box.note("step", commanded=motion, gripper=gripper, sent=None, refused=why)

    def step(
        self, attempt: Attempt, result: Result | None, measured: Pose | None, took_s: float
    ) -> None:
        """Remember a motion that was given to the arm.

        Args:
            attempt: What was asked for.
            result: What became of it; None where it ended in an exception.
            measured: Pose afterwards, user's frame.
            took_s: From the order to its result [s].
        """
        facts: dict[str, Any] = {
            "commanded": attempt.motion,
            "gripper": attempt.gripper,
            "start": attempt.start,
            "target": attempt.target,
            "measured": measured,
            "took_s": round(took_s, 4),
        }
        if result is not None:
            facts |= {
                "sent": None if result.refused else attempt.target,
                "refused": result.refused,
                "stopped_after_s": result.stopped_after_s,
                "trouble": result.trouble,
                "latencies_s": {k: round(v, 4) for k, v in result.timings_s.items()},
                "safety": safety_bit_names(result.telemetry.safety_bits),
            }
        self._box.note("step", **facts)

    def put_down(self, why: str) -> str:
        """Have everything written to a file; says where it lies, as a sentence."""
        return f"The last half minute is in {self._box.write(why)}."

    def close(self) -> None:
        """Wait until everything is written."""
        self._box.close()
