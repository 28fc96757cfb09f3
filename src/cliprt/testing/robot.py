"""The contract of a robot, as code."""

from __future__ import annotations

import math
from collections.abc import Callable

from cliprt.errors import RobotError
from cliprt.geometry import apply_motion, distance
from cliprt.robots.interface import RobotBackend
from cliprt.testing.pictures import check_images, check_pictures
from cliprt.testing.simulation import check_simulation
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
    robot: RobotBackend,
    tolerance_m: float = 0.002,
    tolerance_rad: float = math.radians(0.5),
    *,
    trip: Callable[[], None] | None = None,
    clear: Callable[[], None] | None = None,
) -> None:
    """Bring a robot through its whole life, with small motions around where it stands.

    It connects twice, observes, moves by centimetres there and back, works the gripper, refuses
    what is no motion, is halted (idle, and on its way where it lets somebody look on), stops by
    itself where it can be made to, stops twice, and answers no more.  Where it is
    simulated, scenes are begun, kept and returned to.

    Args:
        robot: Not connected yet; afterwards it is stopped.  On hardware it moves by 1 cm each way.
        tolerance_m: How exactly it must measure where it was sent [m].
        tolerance_rad: The same for its orientation [rad].
        trip: Makes the robot stop by itself, e.g. a fault of its controller; None leaves that out.
        clear: Ends what `trip` began, as a person does at the arm.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    assert isinstance(robot, RobotBackend), f"{robot!r:.60} is no object of a RobotBackend"
    try:
        robot.connect()
        robot.connect()
        _check_observation(robot.observe(), robot.cameras)
        for motion in SMALL_MOTIONS:
            for there in (motion, _back(motion)):
                _check_motion(robot, there, tolerance_m, tolerance_rad)
        _check_gripper(robot)
        check_pictures(robot, SMALL_MOTIONS[0], _back(SMALL_MOTIONS[0]))
        _check_refusals(robot)
        _check_idle_halt(robot)
        _check_watch(robot)
        _check_moving_halt(robot, tolerance_m)
        _check_failing_watcher(robot)
        if trip and clear:
            for is_moving in (False, True):
                _check_trip(robot, trip, clear, is_moving, tolerance_m)
        assert robot.simulation or not robot.simulates, "it simulates, but has no `simulation`"
        if robot.simulation:
            check_simulation(robot, robot.simulation)
    finally:
        robot.stop()
    robot.stop()
    assert _error_of(robot.observe), (
        "after stop(), observe() must raise RobotError and say what to do"
    )


def _check_observation(observation: Observation, cameras: tuple[str, ...]) -> None:
    check_images(observation, cameras)
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


def _check_idle_halt(robot: RobotBackend) -> None:
    before = robot.observe()
    robot.halt()
    robot.halt()
    try:
        outcome = robot.execute(SMALL_MOTIONS[0], None)
    except RobotError:
        outcome = None
    assert outcome is None or outcome.refused, "after halt(), execute() moved before connect()"
    robot.connect()
    after = robot.observe()
    assert distance(after.tcp_pose, before.tcp_pose)[0] < 1e-3, "a halted robot moved by itself"


def _check_watch(robot: RobotBackend) -> None:
    times: list[float] = []
    robot.watch(times.append)
    started_s = robot.observe().time_s
    _move(robot, SMALL_MOTIONS[0])
    robot.watch(None)
    called = len(times)
    _move(robot, _back(SMALL_MOTIONS[0]))
    assert len(times) == called, "watch(None) did not end the calls"
    ended_s = robot.observe().time_s
    assert times == sorted(times), "who looks on is told times that run backwards"
    assert all(started_s <= time_s <= ended_s for time_s in times), (
        "who looks on is told another time than observe() tells"
    )


def _check_moving_halt(robot: RobotBackend, tolerance_m: float) -> None:
    calls: list[float] = []

    def look(time_s: float) -> None:
        calls.append(time_s)
        robot.halt()

    robot.watch(look)
    try:
        outcome = robot.execute(SMALL_MOTIONS[0], None)
    except RobotError:
        # As a robot answers that can only stop.
        outcome = None
    robot.watch(None)
    robot.connect()
    rest = robot.observe()
    if not calls or outcome is None or outcome.refused:
        return
    assert outcome.stopped_after_s is not None, "a halt during a motion did not end it"
    assert outcome.stopped_after_s > 0, f"stopped_after_s is {outcome.stopped_after_s}"
    assert outcome.sent is not None, "a halted motion has the target that was sent"
    assert distance(rest.tcp_pose, outcome.measured)[0] < tolerance_m, (
        "a halted robot was not at rest when execute() returned"
    )
    assert distance(rest.commanded_pose, rest.tcp_pose)[0] < tolerance_m, (
        f"after a halt the commanded pose is {rest.commanded_pose}, but motions must add up on"
        f" where it rests: {rest.tcp_pose}"
    )
    _move(robot, _back(SMALL_MOTIONS[0]))


def _check_failing_watcher(robot: RobotBackend) -> None:
    mistake = ArithmeticError("raised by who looks on")
    calls: list[float] = []

    def look(time_s: float) -> None:
        calls.append(time_s)
        raise mistake

    came_out: Exception | None = None
    robot.watch(look)
    try:
        robot.execute(SMALL_MOTIONS[0], None)
    except Exception as error:
        came_out = error
    robot.watch(None)
    robot.connect()
    if calls:
        assert came_out is mistake, f"an exception of who looks on must come out, got {came_out!r}"
        assert len(calls) == 1, "who looks on was called again after an exception"
    _move(robot, _back(SMALL_MOTIONS[0]))


def _check_trip(
    robot: RobotBackend,
    trip: Callable[[], None],
    clear: Callable[[], None],
    is_moving: bool,
    tolerance_m: float,
) -> None:
    calls: list[float] = []

    def look(time_s: float) -> None:
        calls.append(time_s)
        if len(calls) == 1:
            trip()

    if is_moving:
        robot.watch(look)
    else:
        trip()
    outcome = robot.execute(SMALL_MOTIONS[0], None)
    robot.watch(None)
    if is_moving and not calls:
        return
    assert outcome.stopped_because, "a robot that stops by itself says why: stopped_because"
    if is_moving:
        assert outcome.stopped_after_s is not None, "it stopped on its way: how long did it move?"
    else:
        assert outcome.refused, "it had stopped before, but the motion was not refused"
    rest = outcome.measured
    _check_stands(robot, "before a person cleared it")
    assert _error_of(robot.connect), "connect() must say what a person has to clear first"
    clear()
    _check_stands(robot, "after a person cleared it, but before connect()")
    robot.connect()
    after = robot.observe()
    assert distance(after.tcp_pose, rest)[0] < tolerance_m, "it moved by itself after its stop"
    assert distance(after.commanded_pose, after.tcp_pose)[0] < tolerance_m, (
        "after a stop motions must add up on where the arm rests"
    )
    _move(robot, SMALL_MOTIONS[0])
    _move(robot, _back(SMALL_MOTIONS[0]))


def _error_of(call: Callable[[], object]) -> str:
    try:
        call()
    except RobotError as error:
        return str(error)
    return ""


def _check_stands(robot: RobotBackend, when: str) -> None:
    outcome = robot.execute(SMALL_MOTIONS[0], None)
    assert outcome.refused, f"a robot that had stopped by itself moved {when}"


def _move(robot: RobotBackend, motion: Motion) -> None:
    outcome = robot.execute(motion, None)
    assert outcome.refused is None, f"{motion} was refused: {outcome.refused}"
    assert outcome.stopped_after_s is None, f"{motion} was cut, but nobody halted it"


def _back(motion: Motion) -> Motion:
    return tuple(-x for x in motion)  # type: ignore[return-value]
