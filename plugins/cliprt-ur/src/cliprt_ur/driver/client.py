"""The ur-rtde client, in the few calls that we trust; every trap of it is known here.

What was measured of ur-rtde 1.6.5: a blocking motion cannot be ended, so motions are asynchronous;
a lost link makes it reconnect and upload again and again until it crashes, so `is_alive` is asked
first and a dead link is never touched; `moveL` answers False without a reason.
"""

from __future__ import annotations

import time
from typing import Any

from cliprt.errors import MissingExtraError, RobotError
from cliprt.types import Pose
from cliprt_ur.config import UrConfig
from cliprt_ur.driver.messages import Telemetry
from cliprt_ur.driver.words import PLAYING
from cliprt_ur.grippers.interface import GripperReport

VARIABLES = [
    "timestamp",
    "actual_q",
    "actual_qd",
    "actual_TCP_pose",
    "robot_mode",
    "safety_status_bits",
    "runtime_state",
    "robot_status_bits",
    "target_speed_fraction",
    "actual_digital_input_bits",
    "actual_digital_output_bits",
]
"""What is received; the whole default recipe costs five times the time."""

PROGRAM_S = 3.0
"""How long an uploaded program may take to run."""

IDLE_WATCHDOG_HZ = 2.0
"""While the arm rests, a busy computer is no reason to end the program."""

_BANKS = {"standard": 0, "configurable": 8, "tool": 16}


class ArmClient:
    """Reads an arm at once; takes control of it when asked to.

    Raises:
        MissingExtraError: ur-rtde is not installed.
        RobotError: The controller refuses.
    """

    def __init__(self, config: UrConfig) -> None:
        try:
            import rtde_control
            import rtde_io
            import rtde_receive
        except ImportError as error:
            raise MissingExtraError(
                "ur-rtde is not installed: pip install 'ur-rtde>=1.6.5,<1.7' (it has wheels for"
                " Python 3.10 to 3.12 on Linux and Windows)"
            ) from error
        self._config = config
        self._control_type: Any = rtde_control.RTDEControlInterface
        self._io_type: Any = rtde_io.RTDEIOInterface
        self._control: Any = None
        self._io: Any = None
        rate_hz = config.link.rate_hz
        self._receive: Any = rtde_receive.RTDEReceiveInterface(config.host, rate_hz, VARIABLES)
        self._stamp, self._changed_s = -1.0, time.monotonic()

    @property
    def has_control(self) -> bool:
        """Whether our program runs on the controller."""
        return self._control is not None and bool(self._control.isProgramRunning())

    @property
    def age_s(self) -> float:
        """How long the controller's clock has stood still for us [s]."""
        return time.monotonic() - self._changed_s

    def read(self, gripper: GripperReport) -> Telemetry:
        """The newest state; it does not wait."""
        receive = self._receive
        stamp = receive.getTimestamp()
        if stamp != self._stamp:
            self._stamp, self._changed_s = stamp, time.monotonic()
        return Telemetry(
            time_s=stamp,
            taken_s=self._changed_s,
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
        """Have our program run, with TCP, payload and watchdog set.

        Raises:
            RobotError: The controller does not let us, in its words.
        """
        config = self._config
        try:
            if self._control is None:
                flags = self._control_type.FLAG_UPLOAD_SCRIPT
                self._control = self._control_type(config.host, config.link.rate_hz, flags)
            elif not self._control.isProgramRunning():
                self._control.reuploadScript()
            self._wait_for_program()
            done = (
                self._control.setTcp(config.frame.tcp),
                self._control.setPayload(config.payload.mass_kg, config.payload.centre_m),
                self._control.setWatchdog(IDLE_WATCHDOG_HZ),
            )
        except RuntimeError as error:
            raise RobotError(_explain(str(error))) from error
        if not all(done):
            raise RobotError("the controller did not accept the TCP, the payload or the watchdog.")

    def kick(self) -> None:
        """Tell the watchdog on the controller that we are here."""
        self._control.kickWatchdog()

    def be_watched(self, rate_hz: float) -> None:
        """Have the controller stop the program when it hears nothing for ``1 / rate_hz`` s."""
        self._control.setWatchdog(rate_hz)

    def obstacle(self, pose: Pose) -> str:
        """Why the arm may or can not be at a pose; "" where it can."""
        if not self._control.isPoseWithinSafetyLimits(list(pose)):
            return "is outside the safety limits of the arm's installation"
        if not self._control.getInverseKinematicsHasSolution(list(pose)):
            return "is out of the arm's reach"
        return ""

    def begin_move(self, target: Pose) -> bool:
        """Set out in a straight line; False where the controller does not accept it."""
        limits = self._config.limits
        accepted = self._control.moveL(
            list(target), limits.speed_m_s, limits.acceleration_m_s2, True
        )
        return bool(accepted)

    def is_moving(self) -> bool:
        """Whether the motion that was begun is still being made."""
        return bool(self._control.getAsyncOperationProgressEx().isAsyncOperationRunning())

    def stop_moving(self) -> None:
        """Slow down and stand; only on a link that is alive."""
        if self.has_control:
            self._control.stopL(self._config.limits.deceleration_m_s2)

    def set_output(self, bank: str, number: int, value: bool) -> None:
        """Switch a digital output of ``"standard"``, ``"configurable"`` or ``"tool"``."""
        if self._io is None:
            self._io = self._io_type(self._config.host)
        if bank == "standard":
            self._io.setStandardDigitalOut(number, value)
        elif bank == "configurable":
            self._io.setConfigurableDigitalOut(number, value)
        else:
            self._io.setToolDigitalOut(number, value)

    def output(self, bank: str, number: int) -> bool:
        """The newest state of a digital output."""
        return bool(self._receive.getActualDigitalOutputBits() >> (_BANKS[bank] + number) & 1)

    def input(self, bank: str, number: int) -> bool:
        """The newest state of a digital input."""
        return bool(self._receive.getActualDigitalInputBits() >> (_BANKS[bank] + number) & 1)

    def let_go(self) -> None:
        """Stand, and end our program on the controller."""
        if self.has_control:
            self._control.stopScript()

    def _wait_for_program(self) -> None:
        until_s = time.monotonic() + PROGRAM_S
        while not self._control.isProgramRunning() or self._receive.getRuntimeState() != PLAYING:
            if time.monotonic() > until_s:
                raise RobotError(
                    "the controller does not run our program. Look at the pendant: is a window"
                    " open, or a program of somebody else's running?"
                )
            time.sleep(0.005)


def _explain(error: str) -> str:
    """The client's words, with what a person does about the usual ones."""
    if "in use" in error.lower() or "in_use" in error.lower():
        return (
            "another program or fieldbus uses the controller's registers"
            f" ({error.strip()}). Disconnect the other client, and switch off PROFINET,"
            " EtherNet/IP and MODBUS units that are not needed (Installation, Fieldbus)."
        )
    if "remote control" in error.lower():
        return (
            "the controller is in local control. At the pendant, press the button in the top right"
            " corner and choose Remote Control."
        )
    return f"the controller refused: {error.strip()}."
