"""What the built-in tasks share: a difficulty, and a reset that differs from seed to seed."""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import numpy as np

from cliprt.errors import RobotError
from cliprt.robots.world import Vector, World
from cliprt.tasks.interface import Task
from cliprt.tasks.scene import ATTEMPTS, SPREAD, Difficulty, Region, check_difficulty
from cliprt.tasks.surroundings import LIGHT_SPREAD, add_distractors, draw_light
from cliprt.types import Primitive


class TableTask(Task[World]):
    """A task on the table in front of one arm whose gripper points down."""

    hand: Region = Region((0.36, -0.10, 0.19), (0.48, 0.10, 0.27))
    """Where the pinch point starts."""

    def __init__(self, difficulty: Difficulty = "default") -> None:
        """Choose how much scenes differ.

        Args:
            difficulty: ``"easy"``, ``"default"`` or ``"hard"``.

        Raises:
            UsageError: Another difficulty.
        """
        self.difficulty = check_difficulty(difficulty)
        self.spread = SPREAD[self.difficulty]

    @final
    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Start the hand somewhere, arrange the scene, its light and surroundings, let it settle.

        Raises:
            RobotError: The robot simulates no table, or no drawn start is in its reach.
        """
        if not isinstance(world, World):
            raise RobotError(
                f"{type(self).__name__} needs a simulated table, and {type(world).__name__} has"
                " none. Choose the robot: pybullet, or a task of this robot's own"
            )
        self._start(world, rng)
        self.arrange(world, rng)
        world.set_light(draw_light(rng, LIGHT_SPREAD[self.difficulty]))
        add_distractors(world, rng, self.difficulty)
        world.settle(0.3)
        self.see_start(world)

    def see_start(self, world: World) -> None:
        """Take note of the scene, now that it is at rest; most tasks need not."""
        return

    @abstractmethod
    def arrange(self, world: World, rng: np.random.Generator) -> None:
        """Add the scene's bodies."""

    def draw(self, region: Region, rng: np.random.Generator) -> Vector:
        """A position in a region scaled to the difficulty."""
        return region.scaled(self.spread).draw(rng)

    def draw_yaw(self, rng: np.random.Generator, widest_rad: float) -> float:
        """A turn about the vertical of at most `widest_rad`, scaled to the difficulty."""
        return float(rng.uniform(-widest_rad, widest_rad)) * self.spread

    def _start(self, world: World, rng: np.random.Generator) -> None:
        rx, ry, rz = world.tcp_pose[3:]
        for _ in range(ATTEMPTS):
            x, y, z = self.draw(self.hand, rng)
            if world.move_home((x, y, z, rx, ry, rz)):
                return
        raise RobotError(
            f"no start of the hand between {self.hand.lower} and {self.hand.upper} m is in the"
            " robot's reach. Choose a robot that reaches it, or difficulty: easy"
        )


class TabletopTask(TableTask):
    """One that the simulated teacher can teach, and whose success anybody can see."""

    @final
    def advise(self, world: World) -> Primitive | None:
        """What someone who sees everything would do now."""
        return None if self.is_success(world) else self.next(world)

    @abstractmethod
    def next(self, world: World) -> Primitive | None:
        """The next motion towards success; None = nothing helps any more."""
