"""ur-rtde as the driver uses it: few calls, none of which waits where it could wait for ever.

The library's own reconnecting is never used (it starts the control program again and again, and
then crashes): a link that is lost ends the process, see :class:`LinkLostError`.
"""

from __future__ import annotations

import math
import time

from cliprt.errors import RobotError
from cliprt.types import Pose
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.deadline import returned_within
from cliprt_ur.driver.messages import Telemetry
from cliprt_ur.driver.motion import Silence
from cliprt_ur.driver.words import PLAYING, again, lost_words, program_words
from cliprt_ur.grippers.interface import GripperReport

import rtde_control  # isort: skip
import rtde_io  # isort: skip
import rtde_receive  # isort: skip

VARIABLES = [
    "timestamp",
    "actual_q",
    "actual_qd",
    "actual_TCP_pose",
    "robot_mode",
    "runtime_state",
    "safety_status_bits",
    "robot_status_bits",
    "target_speed_fraction",
    "actual_digital_input_bits",
    "actual_digital_output_bits",
]
"""What is sent to us at `link.rate_hz`."""

BANKS = {"standard": 0, "configurable": 8, "tool": 16}
"""First bit of a bank of digital outputs or inputs."""

CONTROL_RATE_HZ = 500.0
"""Of the commands' registers: each command waits for two of its packages."""

PROGRAM_STARTS_S = 3.0


class LinkLostError(RobotError):
    """Nothing is heard of the controller any more; the process has to end."""


class UrClient:
    """The connections to one controller: what is measured, and, after `take_control`, orders.

    Args:
        config: Of the arm.

    Raises:
        RuntimeError: Of the library: it cannot connect.
    """

    def __init__(self, config: UrConfig) -> None:
        self._config = config
        with returned_within(config.link.start_timeout_s):
            self._receive = rtde_receive.RTDEReceiveInterface(
                config.host, config.link.rate_hz, VARIABLES
            )
        self._control: rtde_control.RTDEControlInterface | None = None
        self._io: rtde_io.RTDEIOInterface | None = None
        self._stamp_s = math.nan
        self._taken_s = time.monotonic()
        self._silence = Silence(self._taken_s)
        self._is_watched = False
        self._kicked_s = self._taken_s
        self.longest_gap_s = 0.0
        """Between two kicks since `watch`."""

    @property
    def has_control(self) -> bool:
        """Whether a control program of ours was started."""
        return self._control is not None

    @property
    def stamp_s(self) -> float:
        """The controller's clock in the newest package; nan before the first."""
        return self._stamp_s

    @property
    def silent_s(self) -> float:
        """How long nothing was heard of the controller."""
        return self._silence.lasts_s

    def refresh(self, limit_s: float) -> bool:
        """Look for news; whether there are any.

        Raises:
            LinkLostError: There were none for `limit_s`, or the connection is closed.
        """
        silent_s = self._silence.go_on(time.monotonic())
        is_new = self._note_package()
        if not is_new and silent_s > limit_s:
            raise LinkLostError(lost_words(f"it was silent for {silent_s:.1f} s"))
        if not self._receive.isConnected() or (self._control and not self._control.isConnected()):
            raise LinkLostError(lost_words("it was closed"))
        return is_new

    def telemetry(self, gripper: GripperReport) -> Telemetry:
        """The newest of everything, out of one package."""
        while True:
            telemetry = self._read(gripper)
            if not self._note_package():  # none came in between, so that no two were mixed
                return telemetry

    def _note_package(self) -> bool:
        """Whether a package has come since the last call."""
        stamp_s = self._receive.getTimestamp()
        if stamp_s == self._stamp_s:
            return False
        self._stamp_s, self._taken_s = stamp_s, time.monotonic()
        self._silence.break_off()
        return True

    def _read(self, gripper: GripperReport) -> Telemetry:
        receive = self._receive
        return Telemetry(
            time_s=self._stamp_s,
            taken_s=self._taken_s,
            pose=tuple(receive.getActualTCPPose()),
            joints=tuple(receive.getActualQ()),
            joint_speed_rad_s=max(abs(speed) for speed in receive.getActualQd()),
            safety_bits=receive.getSafetyStatusBits(),
            robot_mode=receive.getRobotMode(),
            runtime_state=receive.getRuntimeState(),
            status_bits=receive.getRobotStatus(),
            speed_fraction=receive.getTargetSpeedFraction(),
            gripper=gripper,
            outputs=receive.getActualDigitalOutputBits(),
        )

    def take_control(self) -> None:
        """Start our control program where it does not run, and tell it of tool and payload.

        Raises:
            RuntimeError: Of the library: local mode, registers in use, no start in time ...
            RobotError: The controller does not take what it is told.
        """
        config = self._config
        with returned_within(config.link.start_timeout_s):
            if self._control is None:
                self._control = rtde_control.RTDEControlInterface(
                    config.host,
                    CONTROL_RATE_HZ,
                    rtde_control.RTDEControlInterface.FLAG_UPLOAD_SCRIPT,
                )
            elif not self._is_running():
                self._is_watched = False
                self._control.reuploadScript()
            self._await_program()
        payload = config.payload
        _take(self._control.setTcp(config.frame.tcp), "the tool's centre point (frame.tcp)")
        _take(self._control.setPayload(payload.mass_kg, payload.centre_m), "the payload")

    def watch(self, rate_hz: float) -> bool:
        """From now on the controller stops the arm where we do not `kick` so often; whether so."""
        self._is_watched = bool(self._is_running() and self._controls().setWatchdog(rate_hz))
        self._kicked_s, self.longest_gap_s = time.monotonic(), 0.0
        return self._is_watched

    def kick(self) -> None:
        """Tell the watchdog that we are here."""
        if not self._is_watched:
            return
        now_s = time.monotonic()
        self.longest_gap_s = max(self.longest_gap_s, now_s - self._kicked_s)
        self._kicked_s = now_s
        self._is_watched = self._is_running()
        if self._is_watched:
            self._controls().kickWatchdog()

    def why_unreachable(self, pose: Pose) -> str:
        """Why the controller does not go to a pose; "" where it does."""
        if not self._controls().getInverseKinematicsHasSolution(list(pose)):
            return "the arm cannot reach it" if self._is_running() else "the program was stopped"
        if not self._controls().isPoseWithinSafetyLimits(list(pose)):
            return "it is outside the safety limits of the arm's installation"
        return ""

    def begin_motion(self, target: Pose) -> bool:
        """Start a straight motion; False where the controller does not."""
        limits = self._config.limits
        return bool(
            self._controls().moveL(list(target), limits.speed_m_s, limits.acceleration_m_s2, True)
        )

    def is_in_motion(self) -> bool:
        """Whether a motion that was started has not ended."""
        return bool(self._controls().getAsyncOperationProgressEx().isAsyncOperationRunning())

    def stop_motion(self) -> None:
        """Begin to slow down to rest; an arm whose program does not run does so by itself."""
        if self._control is not None and self._is_running():
            self._control.stopL(self._config.limits.deceleration_m_s2, True)

    def give_up_control(self) -> None:
        """End our control program."""
        if self._control is not None and self._is_running():
            self._control.stopScript()

    def set_output(self, bank: str, number: int, value: bool) -> None:
        """Switch one output; see `Outputs`."""
        if self._io is None:
            self._io = rtde_io.RTDEIOInterface(self._config.host)
        switch = {
            "standard": self._io.setStandardDigitalOut,
            "configurable": self._io.setConfigurableDigitalOut,
            "tool": self._io.setToolDigitalOut,
        }[bank]
        if not switch(number, value):
            raise RobotError(f"the controller did not switch output {number} of {bank}.")

    def output(self, bank: str, number: int) -> bool:
        """The newest state of one output; see `Outputs`."""
        if self._io is None:  # made before the watchdog runs: its constructor takes 0.1 s
            self._io = rtde_io.RTDEIOInterface(self._config.host)
        return bool(self._receive.getActualDigitalOutputBits() >> (BANKS[bank] + number) & 1)

    def input(self, bank: str, number: int) -> bool:
        """The newest state of one input; see `Outputs`."""
        return bool(self._receive.getActualDigitalInputBits() >> (BANKS[bank] + number) & 1)

    def _controls(self) -> rtde_control.RTDEControlInterface:
        if self._control is None:
            raise RobotError("nobody has taken control of the arm. Connect first.")
        return self._control

    def _is_running(self) -> bool:
        return bool(self._receive.getRuntimeState() == PLAYING)

    def _await_program(self) -> None:
        until_s = time.monotonic() + PROGRAM_STARTS_S
        while not (self._controls().isProgramRunning() and self._is_running()):
            if time.monotonic() > until_s:
                why = again(program_words(self._receive.getRuntimeState()))
                raise RobotError(f"the control program does not start: {why}")
            time.sleep(0.005)


def _take(is_taken: bool, what: str) -> None:
    if not is_taken:
        raise RobotError(
            f"the controller does not take {what}. Look at the pendant for a message, then connect"
            " again."
        )
