"""What a task may ask of a simulator; nothing here knows which simulator it is.

A body is described by values (parts, links, joints), so another simulator can join without
touching a task.  Units: metres, radians, kilograms, newtons; frames: the robot's base frame for
bodies, the body's own frame for parts, the parent link's frame for joints.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cliprt.robots.simulation import Simulation
from cliprt.types import Layout, Pose

if TYPE_CHECKING:
    import numpy as np

    from cliprt.robots.ink import Canvas, Tool

Colour = tuple[float, float, float]
Vector = tuple[float, float, float]
ORIGIN: Pose = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Part:
    """One rigid shape of a link.

    Attributes:
        shape: ``"box"``, ``"cylinder"`` (along its z axis), ``"sphere"`` or ``"mesh"``, which
            collides as its convex hull.
        size: Box: full edge lengths (x, y, z) [m]; cylinder: (radius, length, 0); sphere:
            (radius, 0, 0); mesh: factors along its x, y, z that make metres of the file's unit.
        pose: In the link's frame [m, rad].
        colour: RGB in 0..1.
        solid: Whether it collides.
        visible: Whether cameras see it.
        file: Of a mesh: where its OBJ or STL file is.
    """

    shape: Literal["box", "cylinder", "sphere", "mesh"]
    size: Vector
    pose: Pose = ORIGIN
    colour: Colour = (0.7, 0.7, 0.7)
    solid: bool = True
    visible: bool = True
    file: str = ""


@dataclass(frozen=True)
class Joint:
    """How a link hangs on its parent.

    Attributes:
        kind: ``"hinge"`` [rad] or ``"slide"`` [m].
        origin: The joint's frame in the parent link's frame; the child link's frame at zero.
        axis: Direction in the joint's frame.
        lower, upper: Range [rad or m]; None and None = endless.
        friction: Resistance when moving [N m or N].
        damping: Resistance per speed.
        start: Position at the start.
    """

    kind: Literal["hinge", "slide"]
    origin: Pose
    axis: Vector
    lower: float | None = None
    upper: float | None = None
    friction: float = 0.0
    damping: float = 0.0
    start: float = 0.0


@dataclass(frozen=True)
class Link:
    """A rigid piece of a body: its parts, weight and, but for the first, its joint.

    Attributes:
        name: Unique in the body.
        parts: Shapes in the link's frame.
        mass: [kg].
        centre: Centre of mass in the link's frame [m].
        joint: How it hangs on `parent`; None only for the first link.
        parent: Name of the parent link ("" = the first link).
        friction: Sideways friction coefficient of its surfaces.
    """

    name: str
    parts: tuple[Part, ...]
    mass: float = 0.1
    centre: Vector = (0.0, 0.0, 0.0)
    joint: Joint | None = None
    parent: str = ""
    friction: float = 0.8


@dataclass(frozen=True)
class Body:
    """A thing in the world: one link, or several joined in a tree.

    Attributes:
        name: What tasks call it by; unique in a world.
        links: The first is the base.
        fixed: Whether its base is bolted down.
    """

    name: str
    links: tuple[Link, ...]
    fixed: bool = False


@dataclass(frozen=True)
class Light:
    """What the scene is lit by, as every camera sees it.

    Attributes:
        position: Where the lamp is [m]; its direction decides how surfaces are shaded.
        brightness: Factor on all light; 1 = as usual.
        ambient: Share of light that comes from everywhere, in 0..1.
    """

    position: Vector = (0.6, 0.5, 2.0)
    brightness: float = 1.0
    ambient: float = 0.6


class World(Simulation):
    """A simulated table top with one robot, as tasks and teachers see it."""

    @abstractmethod
    def add(self, body: Body, pose: Pose) -> None:
        """Place a body; its first link's frame comes to `pose` (base frame)."""

    @property
    @abstractmethod
    def bodies(self) -> tuple[str, ...]:
        """Names of the bodies that were added, in order; not the robot, not the table."""

    @abstractmethod
    def body(self, name: str) -> Body:
        """The body that was added under a name."""

    @abstractmethod
    def pose(self, body: str, link: str = "") -> Pose:
        """Pose of a link's frame ("" = the first link), base frame."""

    @abstractmethod
    def set_pose(self, body: str, pose: Pose) -> None:
        """Put a body somewhere, at rest (for setting up scenes, never during an episode)."""

    @abstractmethod
    def joint(self, body: str, link: str) -> float:
        """Position of the joint that holds `link` [rad or m]."""

    @abstractmethod
    def set_joint(self, body: str, link: str, position: float) -> None:
        """Put a joint somewhere, at rest (for setting up scenes)."""

    @abstractmethod
    def add_canvas(self, canvas: Canvas) -> None:
        """Make one side of a body show ink; it starts blank."""

    @abstractmethod
    def add_tool(self, tool: Tool) -> None:
        """Let a body mark every canvas that it touches (see :mod:`cliprt.robots.ink`)."""

    @abstractmethod
    def canvas(self, body: str) -> Canvas | None:
        """The sheet of a body; None where it shows no ink."""

    @abstractmethod
    def ink(self, body: str) -> np.ndarray:
        """Where there is ink on the canvas of a body, bool (rows, columns)."""

    @abstractmethod
    def set_ink(self, body: str, ink: np.ndarray) -> None:
        """Put ink on a canvas, instead of what is there (for setting up scenes)."""

    @property
    @abstractmethod
    def light(self) -> Light:
        """What the scene is lit by."""

    @abstractmethod
    def set_light(self, light: Light) -> None:
        """Light the scene otherwise (for setting up scenes)."""

    @abstractmethod
    def contact_force(self, body: str, other: str = "robot") -> float:
        """Sum of normal forces between two bodies now [N]; ``"robot"``, ``"table"`` are bodies."""

    def layout(self) -> Layout:
        """Where hand and bodies are now."""
        return Layout(self.tcp_pose, {name: self.pose(name) for name in self.bodies})
