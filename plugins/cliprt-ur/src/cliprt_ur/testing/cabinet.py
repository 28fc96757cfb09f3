"""The controller's cabinet: power, safety, who may upload, and the one program that runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cliprt_ur.testing.arm import Arm
from cliprt_ur.testing.drives import NoWayError
from cliprt_ur.testing.program import ControlProgram, ScriptError
from cliprt_ur.testing.record import ControllerState, Record
from cliprt_ur.testing.registers import Registers
from cliprt_ur.testing.robotiq import RobotiqServer

STOPPED, PLAYING, PAUSED = 1, 2, 4
"""Runtime states."""

POWER_OFF, IDLE, RUNNING = 3, 5, 7
"""Robot modes; idle = power on, brakes closed."""

SAFETY_BITS = {
    "protective_stop": 1 << 2,
    "safeguard_stop": 1 << 4,
    "emergency_stop": 1 << 6 | 1 << 7,
    "safety_fault": 1 << 9,
}
NORMAL_BIT, STOPPED_BIT = 1 << 0, 1 << 10

UNLOCK_AFTER_S = 5.0
"""A protective stop cannot be unlocked earlier."""

ABANDON_AFTER_S = 0.5
"""A program that a protective stop has paused is stopped after this."""

COMPILE_S = 0.02
"""From a program's arrival to its start; a real controller takes up to a second."""

SAFETY_STOP_M_S2, SAFETY_STOP_S = 50.0, 0.02
"""How the safety system brakes."""


class Cabinet:
    """Everything that is one controller, its network apart.

    Attributes:
        arm: What it moves.
        registers: What it shares with clients.
        gripper: On the flange; None = there is none.
        runtime_state, robot_mode: As RTDE has them.
        stops: Of `SAFETY_BITS`, those in force.
        is_remote: Whether it takes programs and commands from the network.
        is_clashing: Whether another device holds the input registers.
        outputs, inputs: Digital ones, bit by bit.
        watchdog_hz: Below which the program is stopped.
    """

    def __init__(
        self, *, time_scale: float = 1.0, remote: bool = True, gripper: bool = True
    ) -> None:
        """Powered on, brakes released, no program."""
        self.record = Record()
        self.arm: Arm = Arm(self.record, time_scale)
        self.registers = Registers()
        self.gripper = RobotiqServer(record=self.record.note) if gripper else None
        self.runtime_state, self.robot_mode = STOPPED, RUNNING
        self.stops: set[str] = set()
        self.is_remote, self.is_clashing = remote, False
        self.outputs = self.inputs = 0
        self.payload_kg = 0.0
        self.payload_centre_m: tuple[float, ...] = (0.0, 0.0, 0.0)
        self.watchdog_hz: float | None = None
        self.started_s = time.monotonic()
        self._program: ControlProgram | None = None
        self._fed_s = self._stopped_s = 0.0
        self._later: list[tuple[float, Callable[[], None]]] = []

    @property
    def safety_bits(self) -> int:
        """As RTDE has them."""
        if not self.stops:
            return NORMAL_BIT
        return STOPPED_BIT | sum(SAFETY_BITS[stop] for stop in self.stops)

    @property
    def is_busy(self) -> bool:
        """Whether time has to be watched closely."""
        return self.arm.is_moving or bool(self._later)

    def step(self, now_s: float) -> None:
        """Let time pass until now."""
        due = [action for due_s, action in self._later if due_s <= now_s]
        self._later = [later for later in self._later if later[0] > now_s]
        for action in due:
            action()
        try:
            self.arm.step(now_s)
            if self._program is not None and self.runtime_state == PLAYING:
                self._program.step()
        except (NoWayError, ScriptError) as error:
            self.stop_program(f"script error: {error}")
        if self.arm.violation:
            reason, self.arm.violation = self.arm.violation, ""
            self.stop_safely("protective_stop", reason)
        watched = self._program is not None and self.watchdog_hz
        if watched and now_s - self._fed_s > 1 / watched:
            silent_s = round(now_s - self._fed_s, 4)
            self.record.note("watchdog", {"silent_s": silent_s, "hz": self.watchdog_hz})
            self.stop_program("watchdog")

    def feed(self) -> None:
        """The watchdog's register was written."""
        self._fed_s = time.monotonic()

    def watch(self, hz: float) -> None:
        """Stop the program when its register is not written so often."""
        self.watchdog_hz = hz
        self.feed()

    # Programs

    def start_program(self, build: Callable[[], ControlProgram] | None, name: str) -> str:
        """Run another program instead of the present one; why not, or "".

        Args:
            build: The program; None = one that says nothing and soon ends.
            name: For the record.
        """
        why = self._why_no_program()
        self.record.note("script", {"name": name, "refused": why})
        if why:
            return why
        self.stop_program("another program was uploaded")

        def start() -> None:
            if self._why_no_program():
                return
            self.runtime_state = PLAYING
            self.record.note("program_start", {"name": name})
            if build is None:
                self._after(COMPILE_S, lambda: self.stop_program("done"))
            else:
                self._program = build()

        self._after(COMPILE_S, start)
        return ""

    def _why_no_program(self) -> str:
        if not self.is_remote:
            return "local mode"
        if self.stops:
            return ", ".join(sorted(self.stops))
        return "" if self.robot_mode == RUNNING else "the brakes are closed"

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._later.append((time.monotonic() + seconds, action))

    def stop_program(self, why: str) -> None:
        """End the program, if one runs; the arm comes to rest."""
        self._later.clear()
        self.arm.forget_next()
        self.arm.brake(why)
        self.watchdog_hz = None
        if self.runtime_state != STOPPED:
            self.record.note("program_stop", {"why": why})
        self._program, self.runtime_state = None, STOPPED

    def pause_program(self, why: str) -> None:
        """Let the program wait, and the arm on its way."""
        if self.runtime_state == PLAYING:
            self.arm.pause(why)
            self.runtime_state = PAUSED

    def resume_program(self) -> bool:
        """Let a paused program go on; whether there is one."""
        if self.runtime_state != PAUSED or self._why_no_program():
            return False
        self.arm.resume()
        self.runtime_state = PLAYING
        return True

    # Power and safety

    def stop_safely(self, stop: str, why: str) -> None:
        """What the safety system does: one of `SAFETY_BITS`."""
        if stop in self.stops:
            return
        self.record.note("stop", {"stop": stop, "why": why})
        self.stops.add(stop)
        self._stopped_s = time.monotonic()
        if stop == "safeguard_stop":
            self.pause_program(why)
        self.arm.forget_next()
        if self.runtime_state != PAUSED:
            self.arm.brake(why, SAFETY_STOP_M_S2, SAFETY_STOP_S)
        if stop == "protective_stop" and self.runtime_state != STOPPED:
            self.runtime_state = PAUSED
            self._after(ABANDON_AFTER_S, lambda: self.stop_program("protective stop"))
        elif stop in ("emergency_stop", "safety_fault"):
            self.stop_program(why)
            self.set_power(POWER_OFF)

    def set_power(self, mode: int) -> None:
        """Power off, brakes closed, or ready; only ready keeps a program."""
        if mode != RUNNING:
            self.arm.brake("power", SAFETY_STOP_M_S2, SAFETY_STOP_S)
            self.stop_program("power")
        self.robot_mode = mode
        if self.gripper is not None:
            self.gripper.is_dead = mode == POWER_OFF

    def unlock(self) -> str:
        """Unlock a protective stop, as at the pendant; what the controller says."""
        if time.monotonic() - self._stopped_s < UNLOCK_AFTER_S and "protective_stop" in self.stops:
            return (
                "Cannot unlock protective stop until 5s after occurrence. Always inspect cause of"
                " protective stop before unlocking"
            )
        self.stops.discard("protective_stop")
        return "Protective stop releasing"

    def set_remote(self, remote: bool) -> None:
        """Remote or local; a program from the network does not outlive the change to local."""
        self.is_remote = remote
        if not remote:
            self.stop_program("local mode")

    def clear(self) -> None:
        """All that a person does at the pendant until everything is well; starts no program."""
        self.is_remote, self.is_clashing = True, False
        was_safeguarded = self.stops == {"safeguard_stop"}
        self.stops.clear()
        if self.robot_mode != RUNNING:
            self.set_power(RUNNING)
        if self.gripper is not None:
            self.gripper.clear()
        if was_safeguarded:
            # A safeguard that is restored lets a paused program go on, as a real one does.
            self.resume_program()

    def state(self) -> dict[str, Any]:
        """The fields of `ControllerState`."""
        arm = self.arm
        state = ControllerState(
            time_s=time.monotonic(),
            joints=arm.joints,
            pose=arm.pose(),
            flange=arm.flange_pose(),
            joint_speed_rad_s=max(map(abs, arm.speeds)),
            runtime_state=self.runtime_state,
            safety_bits=self.safety_bits,
            robot_mode=self.robot_mode,
            is_remote=self.is_remote,
            slider=arm.slider,
            tcp=arm.tcp,
            payload_kg=self.payload_kg,
            payload_centre_m=self.payload_centre_m,
            outputs=self.outputs,
            inputs=self.inputs,
            gripper={} if self.gripper is None else self.gripper.state(),
            watchdog_hz=self.watchdog_hz,
            last_moved_s=arm.moved_s,
        )
        return vars(state)
