"""A scene with contact of every kind, and what it leads to, for tests of repeatability.

Run as a script it prints the fingerprint, so that processes can be compared.
"""

import hashlib

from cliprt.robots.pybullet import PyBulletBackend
from cliprt.robots.world import Body, Joint, Link, Part
from cliprt.types import NO_MOTION

ROUTINE = (
    ((0, 0, -0.2, 0, 0, 0, 0), None),
    ((0, 0, -0.03, 0, 0, 0, 0), "closed"),
    ((0.01, 0, 0.05, 0, 0, 0, 0), None),
    ((0.05, 0.02, 0, 0, 0, 0.3, 0), None),
    ((0, 0, -0.06, 0.2, 0, 0, 0), None),
    (NO_MOTION, "open"),
    ((0, 0.1, 0, 0, 0, 0, 0), None),
    ((0.2, -0.1, 0, 0, 0, 0, 0), None),
    ((0, 0, 0, 0, 0, 0, 4.0), None),
    ((-0.1, 0, 0.05, 0, 0, 0, 0), None),
)


def build_scene(world):
    """A cube under the gripper, a cylinder to push, a drawer to bump into."""
    world.clear(3)
    box = Part("box", (0.04,) * 3, colour=(1, 0, 0))
    tin = Part("cylinder", (0.03, 0.05, 0), colour=(0, 0, 1))
    world.add(Body("cube", (Link("cube", (box,)),)), (0.45, 0, 0.02, 0, 0, 0.1))
    world.add(Body("tin", (Link("tin", (tin,)),)), (0.55, 0.12, 0.025, 0, 0, 0.1))
    joint = Joint("slide", (0, 0, 0.06, 0, 0, 0), (-1, 0, 0), 0.0, 0.16, 1.0)
    cabinet = Link("cabinet", (Part("box", (0.2, 0.2, 0.02)),), mass=3.0)
    tray = Link("tray", (Part("box", (0.02, 0.1, 0.06), (-0.1, 0, 0, 0, 0, 0)),), joint=joint)
    world.add(Body("drawer", (cabinet, tray), fixed=True), (0.85, -0.1, 0.02, 0, 0, 0))
    world.set_joint("drawer", "tray", 0.03)
    world.settle(0.2)


def state(robot):
    """Everything that can be measured."""
    world, seen = robot.simulation, robot.observe()
    return (
        seen.joints,
        seen.tcp_pose,
        seen.commanded_pose,
        seen.gripper,
        seen.gripper_opening_m,
        seen.time_s,
        world.pose("cube"),
        world.pose("tin"),
        world.joint("drawer", "tray"),
        world.contact_force("cube"),
        world.contact_force("cube", "table"),
        tuple(hashlib.sha256(image.tobytes()).hexdigest() for image in seen.images.values()),
    )


def run(robot, routine=ROUTINE):
    """Execute a routine; everything measured after every step."""
    history = []
    for motion, gripper in routine:
        outcome = robot.execute(motion, gripper)
        history.append((outcome, state(robot)))
    return history


if __name__ == "__main__":
    with PyBulletBackend(image_size=32) as robot:
        build_scene(robot.simulation)
        print(hashlib.sha256(repr(run(robot)).encode()).hexdigest())
