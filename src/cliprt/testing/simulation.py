"""The contract of a simulation, as code: a part of that of a simulated robot."""

from __future__ import annotations

from cliprt.geometry import distance
from cliprt.robots.interface import RobotBackend
from cliprt.robots.simulation import Simulation
from cliprt.types import Layout, Motion

UP: Motion = (0.0, 0.0, 0.01, 0.0, 0.0, 0.0, 0.0)

Moment = tuple[tuple[float, ...], tuple[float, ...], str, float, float, Layout]
"""All that can be asked of a simulation without knowing what it is made of."""


def moment_of(simulation: Simulation) -> Moment:
    """What is the same in two simulations that are in the same state."""
    return (
        simulation.tcp_pose,
        simulation.commanded_pose,
        simulation.gripper,
        simulation.gripper_opening_m,
        simulation.time_s,
        simulation.layout(),
    )


def check_simulation(robot: RobotBackend, simulation: Simulation) -> None:
    """Begin a scene twice, keep it, move away, and return to it.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    name = type(simulation).__name__
    simulation.clear(7)
    begun = moment_of(simulation)
    assert simulation.time_s == 0, f"{name}: time_s is {simulation.time_s} after clear()"
    seen_m, _ = distance(robot.observe().tcp_pose, simulation.tcp_pose)
    assert seen_m < 0.002, f"{name}: tcp_pose is {1000 * seen_m:.1f} mm from the observed one"
    kept = simulation.snapshot()
    outcome = robot.execute(UP, "closed")
    assert outcome.refused is None, f"after clear(), {UP} was refused: {outcome.refused}"
    moved_m, _ = distance(simulation.tcp_pose, begun[0])
    assert moved_m > 0.005, f"{name}: the robot moved, but tcp_pose stayed where it was"
    assert simulation.gripper == "closed", f"{name}: the gripper closed, but `gripper` is open"
    started_s = simulation.time_s
    simulation.settle(0.1)
    assert simulation.time_s > started_s, f"{name}: no time passes in settle()"
    simulation.restore(kept)
    assert moment_of(simulation) == begun, f"{name}.restore did not return to the snapshot"
    robot.execute(UP, None)
    simulation.clear(7)
    assert moment_of(simulation) == begun, f"{name}.clear with the same seed gave another state"
    simulation.settle(0.1)
    assert simulation.move_home(simulation.tcp_pose), (
        f"{name}.move_home says that home is out of reach"
    )
