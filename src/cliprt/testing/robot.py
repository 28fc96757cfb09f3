"""The contract of a robot, as code."""

from __future__ import annotations

import math

import numpy as np

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion, distance
from cliprt.robots.interface import RobotBackend
from cliprt.types import NO_MOTION, GripperState, Motion, Observation, Outcome

SMALL_MOTIONS: tuple[Motion, ...] = (
    (0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0),
    (-0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.0, 0.0, math.radians(5), 0.0),
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, math.radians(5)),
)
"""What the check moves by; the way back is made too."""


def check_robot(
    robot: RobotBackend, tolerance_m: float = 0.002, tolerance_rad: float = math.radians(0.5)
) -> None:
    """Bring a robot through its whole life, with small motions around where it stands.

    It connects twice, observes, moves by centimetres there and back, works the gripper, refuses
    what is no motion, stops twice, and answers no more.

    Args:
        robot: Not connected yet; afterwards it is stopped.  On hardware it moves by 1 cm each way.
        tolerance_m: How exactly it must measure where it was sent [m].
        tolerance_rad: The same for its orientation [rad].

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    try:
        robot.connect()
        robot.connect()
        _check_observation(robot.observe(), robot.cameras)
        for motion in SMALL_MOTIONS:
            back = tuple(-x for x in motion)
            for there in (motion, back):
                _check_motion(robot, there, tolerance_m, tolerance_rad)  # type: ignore[arg-type]
        _check_gripper(robot)
        _check_refusals(robot)
    finally:
        robot.stop()
    robot.stop()
    answer = ""
    try:
        robot.observe()
    except RobotError as error:
        answer = str(error)
    assert answer, "after stop(), observe() must raise RobotError and say what to do"


def _check_observation(observation: Observation, cameras: tuple[str, ...]) -> None:
    assert set(observation.images) == set(cameras), (
        f"images of {sorted(observation.images)}, but the cameras are {sorted(cameras)}"
    )
    for name, image in observation.images.items():
        assert isinstance(image, np.ndarray), f"camera {name!r}: the image is no numpy array"
        assert image.dtype == np.uint8, f"camera {name!r}: {image.dtype}, but images are uint8"
        assert image.ndim == 3, f"camera {name!r}: shape {image.shape}, but images are (h, w, 3)"
        assert image.shape[2] == 3, f"camera {name!r}: shape {image.shape}, not (h, w, 3)"
        assert image.flags["C_CONTIGUOUS"], f"camera {name!r}: the image is not contiguous"
    for what, pose in (
        ("tcp_pose", observation.tcp_pose),
        ("commanded_pose", observation.commanded_pose),
    ):
        assert len(pose) == 6, f"{what} has {len(pose)} numbers, not 6"
        assert all(type(x) is float and math.isfinite(x) for x in pose), (
            f"{what} must be finite Python floats: {pose}"
        )
    assert len(observation.joints) > 0, "no joint angles are observed"
    assert all(math.isfinite(x) for x in observation.joints), "joint angles must be finite"
    assert observation.gripper in ("open", "closed"), f"gripper is {observation.gripper!r}"
    opening = observation.gripper_opening_m
    assert -0.01 <= opening <= 0.5, f"gripper_opening_m is {opening}: metres?"
    assert observation.time_s >= 0, f"time_s is {observation.time_s}"


def _check_motion(
    robot: RobotBackend, motion: Motion, tolerance_m: float, tolerance_rad: float
) -> None:
    before = robot.observe()
    outcome = robot.execute(motion, None)
    after = robot.observe()
    assert outcome.refused is None, f"{motion} was refused: {outcome.refused}"
    assert outcome.commanded == tuple(motion), f"commanded is {outcome.commanded}, not {motion}"
    assert outcome.sent is not None, f"{motion} was executed, but nothing was sent"
    metres, radians = distance(outcome.sent, apply_motion(before.commanded_pose, motion))
    assert metres < 1e-6, f"{motion}: sent {outcome.sent}, which is not the commanded pose + motion"
    assert radians < 1e-6, f"{motion}: sent another orientation: {outcome.sent}"
    for what, pose in (("measured", outcome.measured), ("observed", after.tcp_pose)):
        metres, radians = distance(pose, outcome.sent)
        assert metres < tolerance_m, f"{motion}: {what} {1000 * metres:.2f} mm beside the target"
        assert radians < tolerance_rad, (
            f"{motion}: {what} {math.degrees(radians):.2f} degrees beside the target"
        )
    assert after.time_s >= before.time_s, "time runs backwards"
    assert after.gripper == before.gripper, "the gripper changed although it was to stay"


def _check_gripper(robot: RobotBackend) -> None:
    openings = {}
    states: tuple[GripperState, ...] = ("closed", "open")
    for state in states:
        outcome = robot.execute(NO_MOTION, state)
        assert outcome.refused is None, f"{state!r} was refused: {outcome.refused}"
        observation = robot.observe()
        assert observation.gripper == state, f"told {state!r}, observed {observation.gripper!r}"
        openings[state] = observation.gripper_opening_m
    assert openings["open"] > openings["closed"], f"openings measured the wrong way: {openings}"


def _check_refusals(robot: RobotBackend) -> None:
    impossible: tuple[object, ...] = (
        (math.nan, 0, 0, 0, 0, 0, 0),
        (0, 0, 0, math.inf, 0, 0, 0),
        (0.0, 0.0, 0.0),
        (50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    )
    for motion in impossible:
        before = robot.observe()
        try:
            outcome: Outcome = robot.execute(motion, None)  # type: ignore[arg-type]
        except Exception as error:
            raise AssertionError(
                f"execute({motion}) raised {type(error).__name__}: {error}."
                " What a robot cannot do is refused, not raised."
            ) from error
        after = robot.observe()
        assert outcome.refused, f"execute({motion}) was not refused"
        assert outcome.sent is None, f"execute({motion}) was refused, but sent is {outcome.sent}"
        assert after.commanded_pose == before.commanded_pose, (
            f"execute({motion}) was refused, but changed the commanded pose"
        )
        assert distance(after.tcp_pose, before.tcp_pose)[0] < 1e-3, (
            f"execute({motion}) was refused, but the arm moved"
        )
