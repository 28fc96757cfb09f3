"""The cells of the matrix: what fails, when, and what is right then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Phase = Literal["idle", "moving", "gripping", "away"]
Kind = Literal["robot", "link", "process", "gripper", "camera", "person"]

PHASES: dict[Phase, str] = {
    "idle": "the arm stands; the next order is given while the fault lasts",
    "moving": "in the middle of a straight motion, a second one waits behind it",
    "gripping": "while the fingers close",
    "away": "the arm stands; the fault came and went before the next order is given",
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: In the table.
        kind: What fails; a link or a process is judged from the last heartbeat.
        means: What it is, in words.
        lasts: Whether it is there until somebody undoes it: a person's word before that must lead
            to nothing but another question.
        asks: Phases in which a person has to be asked before anything moves again; in the others
            both that and going on are right.
        may_finish: Phases in which the motion under way may come to its own end.
        fingers_free: Nobody can tell the fingers in time; they end their stroke with the force that
            they were given, and hold.
        limit_ms: Until the arm is at rest.
        options: Of the loopback controller's fault.
        phases: In which it makes sense.
    """

    name: str
    kind: Kind
    means: str
    lasts: bool = False
    asks: frozenset[Phase] = frozenset(PHASES)
    may_finish: frozenset[Phase] = frozenset()
    fingers_free: bool = False
    limit_ms: float = 100.0
    options: dict[str, Any] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ("idle", "moving", "gripping", "away")


@dataclass(frozen=True)
class Cell:
    """One fault in one phase."""

    fault: Fault
    phase: Phase

    @property
    def name(self) -> str:
        """As it is chosen on the command line."""
        return f"{self.fault.name}-{self.phase}"

    @property
    def right(self) -> str:
        """What has to happen, in words."""
        fault, phase = self.fault, self.phase
        if phase in ("moving", "gripping"):
            what = "arm" if phase == "moving" else "arm and fingers"
            if phase in fault.may_finish:
                first = "the motion may end by itself"
            elif phase == "gripping" and fault.fingers_free:
                first = f"arm at rest <= {fault.limit_ms:.0f} ms; the fingers end their stroke"
            else:
                first = f"{what} at rest <= {fault.limit_ms:.0f} ms"
        else:
            first = "the order may be carried out" if phase in fault.may_finish else "nothing moves"
        if phase not in fault.asks:
            return f"{first}; it may go on"
        return f"{first}; a person is asked" + ("; no going on before it is undone" * fault.lasts)


_ALL = frozenset(PHASES)
_GRIPPING: frozenset[Phase] = frozenset({"gripping"})
_BUSY: frozenset[Phase] = frozenset({"moving", "gripping"})
_PRESENT: frozenset[Phase] = frozenset({"idle", "moving", "gripping"})
_NEVER: frozenset[Phase] = frozenset()

FAULTS: tuple[Fault, ...] = (
    Fault("protective_stop", "robot", "the arm met something", lasts=True),
    Fault("emergency_stop", "robot", "somebody hit the red button", lasts=True),
    Fault("safeguard_stop", "robot", "somebody stepped into the light curtain", lasts=True),
    Fault("safety_fault", "robot", "the safety system failed", lasts=True),
    Fault("power_off", "robot", "the arm lost its power", lasts=True),
    Fault("program_stopped", "robot", "somebody pressed stop on the pendant"),
    Fault("local_mode", "robot", "somebody took the arm to local mode", lasts=True),
    Fault("dropped_link", "link", "every connection was closed", fingers_free=True),
    Fault("refused_ports", "link", "closed, and no new one is taken", True, fingers_free=True),
    Fault("silent_peer", "link", "the controller says nothing more", True, fingers_free=True),
    Fault(
        "slow_network",
        "link",
        "packages come 20 ms late, give or take 10",
        asks=_NEVER,
        may_finish=_ALL,
        options={"delay_s": 0.02, "jitter_s": 0.01},
    ),
    Fault(
        "stuck_network",
        "link",
        "packages come up to half a second late",
        asks=_NEVER,
        may_finish=_ALL,
        fingers_free=True,
        options={"delay_s": 0.25, "jitter_s": 0.25},
    ),
    Fault(
        "register_clash",
        "process",
        "the driver was killed, and another device took its registers",
        lasts=True,
        fingers_free=True,
    ),
    Fault(
        "gripper_silent",
        "gripper",
        "the gripper answers no more",
        asks=_GRIPPING,
        may_finish=_ALL - _GRIPPING,
        fingers_free=True,
    ),
    Fault(
        "gripper_fault",
        "gripper",
        "the gripper reports a fault",
        asks=_GRIPPING,
        may_finish=_ALL - _GRIPPING,
    ),
    Fault("driver_killed", "process", "kill -9 of the driver", fingers_free=True),
    Fault("driver_frozen", "process", "kill -STOP of the driver", fingers_free=True),
    Fault(
        "program_killed",
        "process",
        "kill -9 of the program",
        limit_ms=200.0,
        phases=("idle", "moving", "gripping"),
    ),
    Fault(
        "program_frozen",
        "process",
        "kill -STOP of the program, -CONT later",
        asks=_BUSY,
        may_finish=_ALL - _BUSY,
    ),
    Fault(
        "camera_died",
        "camera",
        "the camera gives no more pictures",
        lasts=True,
        asks=_PRESENT,
        may_finish=_ALL,
    ),
    Fault("person_stops", "person", "a person says stop"),
)

CELLS: tuple[Cell, ...] = tuple(Cell(fault, phase) for fault in FAULTS for phase in fault.phases)
