"""What the commands of ur-rtde's program do, by their numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cliprt.geometry import from_matrix, rotation_matrix, to_matrix
from cliprt_ur.testing.arm import Arm
from cliprt_ur.testing.drives import (
    Drive,
    NoWayError,
    Path,
    PathDrive,
    SpeedDrive,
    joint_path,
    straight_path,
)
from cliprt_ur.testing.kinematics import JOINT_LIMIT_RAD, forward
from cliprt_ur.testing.program import ControlProgram, Finished, ScriptError

Floats = tuple[float, ...]
Answer = int | Floats | Finished | None
"""A number, a vector, what to wait for, or nothing."""

SERVO_GAIN_PER_S = 50.0
SERVO_RAD_S, SERVO_RAD_S2 = 3.14, 40.0
"""How a servo target is approached, and how fast at most."""

SERVO_HEARD_S = 0.1
"""A servo command that is not repeated for so long has ended."""

STEP_S = 0.002


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: As ur-rtde has it.
        floats: How many of the double registers are its arguments.
        execute: Do it.
        is_repeated: It is done in every turn of the main loop as long as it stands there.
    """

    name: str
    floats: int
    execute: Callable[[ControlProgram, Floats], Answer]
    is_repeated: bool = False


def _move_j(program: ControlProgram, given: Floats) -> Answer:
    return _to_joints(program, "moveJ", given[:6], given[6:])


def _move_j_ik(program: ControlProgram, given: Floats) -> Answer:
    return _to_joints(program, "moveJ_IK", _joints_for(program, given[:6]), given[6:])


def _move_l(program: ControlProgram, given: Floats) -> Answer:
    return _straight(program, "moveL", to_matrix(given[:6]), given[6:])


def _move_l_fk(program: ControlProgram, given: Floats) -> Answer:
    return _straight(program, "moveL_FK", program.cabinet.arm.pinch(given[:6]), given[6:])


def _straight(program: ControlProgram, kind: str, end: np.ndarray, pace: Floats) -> Answer:
    arm, target = program.cabinet.arm, from_matrix(end)
    if arm.joints_at(end) is None:
        raise ScriptError(f"{kind}: no joint angles for {_rounded(target)}")
    return _begin(
        program, kind, target, pace, lambda: straight_path(arm.pinch(), end, arm.joints_at)
    )


def _to_joints(program: ControlProgram, kind: str, end: Floats, pace: Floats) -> Answer:
    if not _is_joints(end):
        raise ScriptError(f"{kind}: {_rounded(end)} is beyond the joints' limits")
    arm = program.cabinet.arm
    target = from_matrix(arm.pinch(end))
    return _begin(program, kind, target, pace, lambda: joint_path(arm.joints, end))


def _begin(
    program: ControlProgram,
    kind: str,
    target: Floats,
    pace: Floats,
    plan: Callable[[], tuple[Path, float]],
) -> Answer:
    speed, acceleration = pace
    arm = program.cabinet.arm

    def build() -> Drive:
        path, length = plan()
        return PathDrive(path, length, speed, acceleration)

    arm.begin(kind, build, target=target, speed=speed, acceleration=acceleration)
    return program.follow(lambda: not arm.is_moving)


def _stop(program: ControlProgram, given: Floats) -> Answer:
    arm = program.cabinet.arm
    arm.forget_next()
    arm.brake("stopped by the client", given[0], math.inf)
    return program.follow(lambda: not arm.is_moving)


def _stop_jogging(program: ControlProgram, _: Floats) -> Answer:
    return _stop(program, (1.2,))


def _speed_drive(arm: Arm, kind: str) -> SpeedDrive:
    under_way = arm.drive(SpeedDrive)
    if under_way is not None:
        return under_way
    drive = SpeedDrive()
    arm.begin(kind, lambda: drive)
    return drive


def _speed_j(program: ControlProgram, given: Floats) -> Answer:
    speeds = np.array(given[:6])
    drive = _speed_drive(program.cabinet.arm, "speedJ")
    drive.wish(lambda _: speeds, given[6], given[7] or math.inf)
    return None


def _speed_l(program: ControlProgram, given: Floats) -> Answer:
    arm = program.cabinet.arm
    velocity = np.array(given[:6])

    def speeds(joints: Sequence[float]) -> np.ndarray:
        there = arm.pinch(joints)
        there[:3, 3] += velocity[:3] * STEP_S
        there[:3, :3] = rotation_matrix(velocity[3:] * STEP_S) @ there[:3, :3]
        found = arm.joints_at(there, joints)
        if found is None:
            raise NoWayError("speedL: out of reach")
        return (np.array(found) - joints) / STEP_S

    _speed_drive(arm, "speedL").wish(speeds, given[6], given[7] or math.inf)
    return None


def _servo_j(program: ControlProgram, given: Floats) -> Answer:
    target = np.array(given[:6])

    def speeds(joints: Sequence[float]) -> np.ndarray:
        return np.clip((target - joints) * SERVO_GAIN_PER_S, -SERVO_RAD_S, SERVO_RAD_S)

    _speed_drive(program.cabinet.arm, "servo").wish(speeds, SERVO_RAD_S2, SERVO_HEARD_S)
    return None


def _servo_l(program: ControlProgram, given: Floats) -> Answer:
    return _servo_j(program, _joints_for(program, given[:6]))


def _set_payload(program: ControlProgram, given: Floats) -> Answer:
    program.cabinet.payload_kg, program.cabinet.payload_centre_m = given[0], given[1:4]
    return None


def _set_tcp(program: ControlProgram, given: Floats) -> Answer:
    program.cabinet.arm.tcp = given
    return None


def _protective_stop(program: ControlProgram, _: Floats) -> Answer:
    program.cabinet.stop_safely("protective_stop", "the client asked for it")
    return None


def _set_watchdog(program: ControlProgram, given: Floats) -> Answer:
    program.cabinet.watch(given[0])
    return None


def _is_pose_safe(program: ControlProgram, given: Floats) -> Answer:
    arm, pinch = program.cabinet.arm, to_matrix(given)
    return int(arm.beyond_m(pinch) <= 0 and arm.joints_at(pinch) is not None)


def _are_joints_safe(program: ControlProgram, given: Floats) -> Answer:
    arm = program.cabinet.arm
    return int(_is_joints(given) and arm.beyond_m(arm.pinch(given)) <= 0)


def _has_joints(program: ControlProgram, given: Floats) -> Answer:
    near = given[6:12] or None
    return int(program.cabinet.arm.joints_at(to_matrix(given[:6]), near) is not None)


def _joints(program: ControlProgram, given: Floats) -> Answer:
    return _joints_for(program, given[:6], given[6:12] or None)


def _chain(_: ControlProgram, given: Floats) -> Answer:
    return from_matrix(to_matrix(given[:6]) @ to_matrix(given[6:]))


def _pose_of(_: ControlProgram, given: Floats) -> Answer:
    return from_matrix(forward(given[:6]) @ to_matrix(given[6:]))


def _is_steady(program: ControlProgram, _: Floats) -> Answer:
    return int(not program.cabinet.arm.is_moving)


def _joints_for(
    program: ControlProgram, pose: Floats, near: Sequence[float] | None = None
) -> Floats:
    joints = program.cabinet.arm.joints_at(to_matrix(pose), near)
    if joints is None:
        raise ScriptError(f"get_inverse_kin: no joint angles for {_rounded(pose)}")
    return joints


def _is_joints(joints: Sequence[float]) -> bool:
    return max(map(abs, joints)) <= JOINT_LIMIT_RAD


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(x, 4) for x in values]


COMMANDS: dict[int, Command] = {
    1: Command("moveJ", 8, _move_j),
    2: Command("moveJ_IK", 8, _move_j_ik),
    3: Command("moveL", 8, _move_l),
    4: Command("moveL_FK", 8, _move_l_fk),
    9: Command("speedJ", 8, _speed_j, is_repeated=True),
    10: Command("speedL", 8, _speed_l, is_repeated=True),
    11: Command("servoJ", 6, _servo_j, is_repeated=True),
    15: Command("speedStop", 1, _stop),
    16: Command("servoStop", 1, _stop),
    17: Command("setPayload", 4, _set_payload),
    24: Command("servoL", 6, _servo_l, is_repeated=True),
    26: Command("getStepTime", 0, lambda program, _: (STEP_S,), is_repeated=True),
    28: Command("getTargetWaypoint", 0, lambda program, _: program.cabinet.arm.pose()),
    29: Command("setTcp", 6, _set_tcp),
    30: Command("getInverseKinematics", 14, _joints),
    31: Command("triggerProtectiveStop", 0, _protective_stop),
    33: Command("stopL", 1, _stop),
    34: Command("stopJ", 1, _stop),
    35: Command("setWatchdog", 1, _set_watchdog),
    36: Command("isPoseWithinSafetyLimits", 6, _is_pose_safe),
    37: Command("isJointsWithinSafetyLimits", 6, _are_joints_safe),
    38: Command("getJointTorques", 0, lambda program, _: (0.0,) * 6, is_repeated=True),
    39: Command("poseTrans", 12, _chain),
    40: Command("getTCPOffset", 0, lambda program, _: program.cabinet.arm.tcp),
    42: Command("jogStop", 0, _stop_jogging),
    43: Command("getForwardKinematics", 0, lambda program, _: program.cabinet.arm.pose()),
    44: Command("getForwardKinematics", 12, _pose_of),
    46: Command("getInverseKinematics", 6, _joints),
    47: Command("isSteady", 0, _is_steady),
    58: Command(
        "getActualToolFlangePose",
        0,
        lambda program, _: program.cabinet.arm.flange_pose(),
        is_repeated=True,
    ),
    60: Command("getInverseKinematicsHasSolution", 6, _has_joints),
    61: Command("getInverseKinematicsHasSolution", 14, _has_joints),
}
