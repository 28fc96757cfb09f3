"""What parent and child say to each other, and what the rest of the plugin hears of it.

Poses are the pinch point's in the controller's Base frame: x y z [m], rotation vector [rad].
Times are ``time.monotonic`` [s] unless they say otherwise; it is one clock for both processes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cliprt.types import GripperState, Pose
from cliprt_ur.grippers.interface import GripperReport


@dataclass(frozen=True)
class Telemetry:
    """The arm at one moment.

    Attributes:
        time_s: The controller's own clock.
        taken_s: When the child read it.
        pose: Measured pose of the pinch point.
        joints: Measured joint angles [rad].
        joint_speed_rad_s: The fastest joint's.
        safety_bits, robot_mode, runtime_state, status_bits: As RTDE has them.
        speed_fraction: The speed slider, 0..1.
        gripper: What the gripper says.
        outputs: Digital outputs, bit by bit.
    """

    time_s: float
    taken_s: float
    pose: Pose
    joints: tuple[float, ...]
    joint_speed_rad_s: float
    safety_bits: int
    robot_mode: int
    runtime_state: int
    status_bits: int
    speed_fraction: float
    gripper: GripperReport
    outputs: int = 0

    @property
    def condition(self) -> tuple[int, int, int]:
        """What decides whether the arm may move: safety bits, robot mode, runtime state."""
        return self.safety_bits, self.robot_mode, self.runtime_state


@dataclass(frozen=True)
class Order:
    """One motion, then the gripper.

    Attributes:
        number: Counts up; an order is executed at most once, ever.
        start: Where the parent believes the arm to be; the child refuses when it is not.
        target: Where to go in a straight line; None = stay.
        gripper: What to bring the gripper to afterwards; None = as it is.
    """

    number: int
    start: Pose
    target: Pose | None
    gripper: GripperState | None


@dataclass(frozen=True)
class Result:
    """What became of an order.

    Attributes:
        number: The order's.
        telemetry: At rest, afterwards.
        refused: Why nothing moved; None when it was executed.
        stopped_after_s: How long it moved before it was ended, controller's clock, and no less than
            the time between two packages; None when it ran to its end.
        trouble: Why the robot itself ended or refused it (a protective stop, a lost link ...), so
            that nothing may move before a person has decided; "" otherwise.
        timings_s: What took how long: ``"checks"``, ``"accepted"`` (order to first motion),
            ``"moving"``, ``"gripper"``.
    """

    number: int
    telemetry: Telemetry
    refused: str | None = None
    stopped_after_s: float | None = None
    trouble: str = ""
    timings_s: dict[str, float] = field(default_factory=dict)


HALTED = "the arm was halted. Connect to go on."
"""Why nothing moves after a `Halt`."""


@dataclass(frozen=True)
class TakeControl:
    """To the child: bring the controller into a state in which orders can be executed."""


@dataclass(frozen=True)
class Beat:
    """To the child, many times a second: somebody is there who can say stop."""


@dataclass(frozen=True)
class Halt:
    """To the child: come to rest now; nothing moves before the next `TakeControl`."""


@dataclass(frozen=True)
class Quit:
    """To the child: come to rest, give up control and end."""


@dataclass(frozen=True)
class Ready:
    """From the child: it has control.

    Attributes:
        telemetry: Read after everything was set.
    """

    telemetry: Telemetry


@dataclass(frozen=True)
class NotReady:
    """From the child: why it could not take control, in words."""

    reason: str


@dataclass(frozen=True)
class Trouble:
    """From the child: why nothing may move before the next `TakeControl`, in words."""

    reason: str


Request = TakeControl | Order | Beat | Halt | Quit
"""What the parent says, after a first message with the whole `UrConfig`."""

Answer = Telemetry | Ready | NotReady | Trouble | Result
"""What the child says."""
