"""The contract of a thing as code: what it says of itself is true of the body that it builds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

import numpy as np

from cliprt.geometry import to_matrix
from cliprt.registry import load
from cliprt.robots.interface import RobotBackend
from cliprt.robots.world import Body, Colour, World
from cliprt.things.bounds import bounds
from cliprt.things.interface import Ability, Thing
from cliprt.types import NO_MOTION, GripperState, Motion, Pose

PLACES = ((0.45, 0.0, 0.0), (0.52, 0.14, 0.5), (0.40, -0.15, -1.2))
"""Where it is put: x, y [m] and turn [rad]."""
LARGEST_M = 0.6
STANDS_M, STANDS_RAD = 0.003, math.radians(3)
"""How far it may move while it settles."""
LIFT_M, LIFTED_M = 0.10, 0.09
RED, BLUE = (0.85, 0.10, 0.10), (0.10, 0.25, 0.85)


def check_thing(
    thing: Thing, robot: RobotBackend | None = None, places: Sequence[Sequence[float]] = PLACES
) -> None:
    """Raise unless `thing` keeps the contract of a thing.

    Args:
        thing: The thing.
        robot: A simulated robot, connected; its scene is cleared.  None starts PyBullet's.
        places: Where it has to stand still, and be held if it can: x, y [m], turn [rad].

    Raises:
        AssertionError: What is broken.
    """
    assert isinstance(thing, Thing), f"{_show(thing)} is no cliprt.things.interface.Thing"
    if robot is None:
        with load("robot", "pybullet")(cameras=()) as robot:
            check_thing(thing, robot, places)
        return
    world = robot.simulation
    assert isinstance(world, World), f"{_show(robot)} simulates no table; give another, connected"
    _check_words(thing)
    _check_body(thing)
    _check_claims(thing)
    for place in places:
        _stand(thing, world, place)
        _check_doors(thing, world)
        if thing.grasp:
            _check_held(thing, robot, world, place)


def _check_words(thing: Thing) -> None:
    """It has nouns, and claims abilities that there are."""
    assert all(noun and noun == noun.strip().lower() for noun in thing.nouns or ("",)), (
        f"nouns are {thing.nouns!r}: there must be one at least, in lower-case letters"
    )
    assert len(set(thing.nouns)) == len(thing.nouns), f"{thing.nouns!r} names it twice the same"
    unknown = thing.can - {*get_args(Ability)}
    allowed = ", ".join(get_args(Ability))
    assert not unknown, f"{thing.name}: can {', '.join(unknown)} is unknown. Allowed: {allowed}"
    _check_colour(thing.name, thing.colour)


def _check_body(thing: Thing) -> None:
    """What it builds is whole, takes a name and a colour, and has the size of a thing."""
    name = thing.name
    red, blue = (
        thing.build(f"{word} one", paint) for word, paint in (("red", RED), ("blue", BLUE))
    )
    assert isinstance(red, Body), f"{name}.build gave {_show(red)}, it must be a Body"
    assert red.name == "red one", f"{name}.build('red one', ...) is called {red.name!r}"
    assert thing.build("red one", RED) == red, f"{name}.build twice gave two different bodies"
    assert red.links != blue.links, f"{name} looks the same in red and in blue"
    assert bounds(red) == bounds(blue), f"{name} has another size in red than in blue"
    links = [link.name for link in red.links]
    assert len(set(links)) == len(links), f"{name}: links {links} are called the same"
    hanging = [link.joint is not None for link in red.links]
    assert hanging == [False] + [True] * (len(links) - 1), (
        f"{name}: its first link must have no joint, all others must have one"
    )
    for link in red.links:
        assert link.mass > 0, f"{name}: the link {link.name!r} weighs {link.mass} kg"
        for part in link.parts:
            _check_colour(name, part.colour)
    edges = [b - a for a, b in zip(*bounds(red), strict=True)]
    assert max(edges) <= LARGEST_M, f"{name} is {max(edges):.2f} m large, at most {LARGEST_M} m fit"


def _check_claims(thing: Thing) -> None:
    """What it can do comes with what is needed for it."""
    name, can = thing.name, thing.can
    for ability, needed, field in (
        ("held", thing.grasp, "grasp"),
        ("opened", thing.doors, "doors"),
        ("drawn on", thing.canvas, "canvas"),
    ):
        assert (ability in can) == bool(needed), (
            f'{name}: it {"can be" if ability in can else "cannot be"} "{ability}", and {field} is'
            f" {needed!r}"
        )
    assert "draws" not in can or thing.tool, f'{name}: it "draws", and tool is None'
    for make in (thing.canvas, thing.tool):
        body = make("red one").body if make else "red one"
        assert body == "red one", f"{name}: its canvas or tool called 'red one' is on {body!r}"


def _stand(thing: Thing, world: World, place: Sequence[float]) -> None:
    """Put it on an empty table, where it must stand still."""
    x, y, turn = place
    body = thing.build(thing.name, thing.colour)
    spot = (x, y, -bounds(body)[0][2], 0.0, 0.0, turn)
    world.clear(0)
    world.add(body, spot)
    if thing.canvas:
        world.add_canvas(thing.canvas(body.name))
    if thing.tool:
        world.add_tool(thing.tool(body.name))
    world.settle(0.5)
    moved, leans = math.dist(world.pose(body.name)[:3], spot[:3]), _tilt(world.pose(body.name))
    assert moved / STANDS_M < 1 > leans / STANDS_RAD, (
        f"{thing.name} does not stand still at {x}, {y}, turned by {turn}: it moved by"
        f" {moved * 1000:.1f} mm and leans by {math.degrees(leans):.0f} degrees. Its lowest point"
        " must be where it touches the table"
    )


def _check_doors(thing: Thing, world: World) -> None:
    """Its doors reach where they are said to be shut and open."""
    links = {link.name: link for link in world.body(thing.name).links}
    for door, shut, wide_open in thing.doors:
        joint = links[door].joint if door in links else None
        assert joint, f"{thing.name}: its door {door!r} is no link with a joint: {', '.join(links)}"
        lower, upper = (-math.inf if joint.lower is None else joint.lower), joint.upper
        for goal in (shut, wide_open):
            assert lower <= goal <= (math.inf if upper is None else upper), (
                f"{thing.name}: its door {door!r} is to reach {goal}, beyond {lower} .. {upper}"
            )
            world.set_joint(thing.name, door, goal)
            reached = world.joint(thing.name, door)
            assert abs(reached - goal) < 1e-3, f"{thing.name}: {door!r} stays at {reached}"


def _check_held(thing: Thing, robot: RobotBackend, world: World, place: Sequence[float]) -> None:
    """A hand from above takes it by its grasp and lifts it."""
    x, y, z, turn = thing.grasp or (0.0, 0.0, 0.0, 0.0)
    stood: Pose = world.pose(thing.name)
    gx, gy, gz = (to_matrix(stood) @ (x, y, z, 1.0))[:3].tolist()
    turn = (place[2] + turn + math.pi / 2) % math.pi - math.pi / 2
    over = max(gz + LIFT_M, world.tcp_pose[2])
    for goal, yaw in (((gx, gy, over), turn), ((gx, gy, gz), 0.0)):
        step = np.subtract(goal, world.tcp_pose[:3]).tolist()
        _go(thing, robot, (*step, 0.0, 0.0, yaw, 0.0), None)
    _go(thing, robot, NO_MOTION, "closed")
    _go(thing, robot, (0.0, 0.0, LIFT_M, 0.0, 0.0, 0.0, 0.0), None)
    world.settle(0.3)
    rose = world.pose(thing.name)[2] - stood[2]
    assert rose > LIFTED_M, (
        f"{thing.name} at {tuple(place)} rose by {abs(rose) * 100:.1f} cm when a hand that held it"
        f" at {thing.grasp} rose by {LIFT_M * 100:g} cm"
    )


def _go(thing: Thing, robot: RobotBackend, motion: Motion, gripper: GripperState | None) -> None:
    outcome = robot.execute(motion, gripper)
    assert outcome.refused is None, (
        f"{thing.name}: the hand cannot get to its grasp {thing.grasp}: {outcome.refused}"
    )


def _check_colour(name: str, colour: Colour) -> None:
    shares = [share for share in colour if 0 <= share <= 1]
    assert len(shares) == len(colour) == 3, (
        f"{name}: the colour {colour} is not three numbers from 0 to 1"
    )


def _tilt(pose: Pose) -> float:
    return math.acos(max(-1.0, min(1.0, float(to_matrix(pose)[2, 2]))))


def _show(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
