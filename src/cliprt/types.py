"""What flows between the parts: frozen values, with units and frames.

Frames: every pose and motion is in the robot's base frame (x forward, y left, z up), metres and
radians.  A *pose* is six numbers ``(x, y, z, rx, ry, rz)`` whose last three are a rotation vector
(axis times angle).  A *motion* is seven numbers ``(dx, dy, dz, droll, dpitch, dyaw,
gripper_rotation)``: see :mod:`cliprt.geometry` for how a motion changes a pose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

if TYPE_CHECKING:
    import numpy as np

Motion = tuple[float, float, float, float, float, float, float]
Pose = tuple[float, float, float, float, float, float]
GripperState = Literal["open", "closed"]
Decision = Literal["move", "ask", "stop", "done"]

NO_MOTION: Motion = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Primitive:
    """One thing the arm can do: a phrase and its motion.

    An entry of a vocabulary has the motion of the table.  A primitive read from a person's words
    keeps the motion that was asked for ("8 cm"), with the label and phrase of the nearest entry.

    Attributes:
        label: Index in the vocabulary; None where no entry is near enough.
        phrase: The canonical sentence, e.g. ``"move the arm to the left by five centimeters"``.
        motion: Seven numbers [m, rad], base frame (gripper rotation about the tool axis).
        gripper: State to bring the gripper to; None leaves it as it is.
        group: Displacement group (axis and direction, e.g. ``"y+"``; ``"open"``, ``"close"``).
    """

    label: Annotated[int, Limit(0, 2**31 - 1)] | None
    phrase: str
    motion: Motion = NO_MOTION
    gripper: GripperState | None = None
    group: str = ""


@dataclass(frozen=True)
class Reading:
    """An interpreter's answer to one utterance.

    Attributes:
        utterance: The words as they came.
        decision: ``"move"`` (do `primitives`), ``"ask"`` (show `offers`), ``"stop"``, ``"done"``.
        primitives: What to do, in order; empty unless the decision is ``"move"``.
        offers: Up to three primitives that agree with what was understood.
        source: Who read it (registry name of the interpreter).
        reason: For people: why it asks, or what was understood.
        trace: How it was read, JSON values, e.g. a model's id, prompt hash and raw answer.
        language: In which it was said, so that the answer can be in it: ``"en"``, ``"ko"`` ...
        answers: What to choose from where it asks about something else than a motion, e.g. where
            the person sits; `Interpreter.answer` takes the one that was chosen.
        continues: Whether to make `primitives` again and again until the person says otherwise.
    """

    utterance: str
    decision: Decision
    primitives: tuple[Primitive, ...] = ()
    offers: tuple[Primitive, ...] = ()
    source: str = ""
    reason: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    answers: tuple[str, ...] = ()
    continues: bool = False


@dataclass(frozen=True, eq=False)
class Observation:
    """What the robot senses at one moment.

    Attributes:
        images: Camera name -> uint8 array (h, w, 3), RGB.
        tcp_pose: Measured pose of the pinch point [m, rad], base frame.
        commanded_pose: Where the robot was last told to be [m, rad]; motions add up on this.
        joints: Joint angles (n,) [rad].
        gripper: Commanded gripper state.
        gripper_opening_m: Measured distance between the fingers [m].
        time_s: Seconds since the episode's reset, robot's clock.
    """

    images: Mapping[str, np.ndarray]
    tcp_pose: Pose
    commanded_pose: Pose
    joints: tuple[float, ...]
    gripper: GripperState
    gripper_opening_m: float
    time_s: float


@dataclass(frozen=True)
class Outcome:
    """What became of one commanded primitive.

    Attributes:
        commanded: The motion that was asked for [m, rad].
        gripper: The gripper state that was asked for; None = unchanged.
        sent: Target pose given to the robot [m, rad]; None when refused.
        measured: Pose measured afterwards [m, rad].
        joints: Joint angles measured afterwards [rad].
        refused: Why it was refused, with the limit and the value; None when executed.
        stopped_after_s: How long it moved before a stop ended it, robot's clock [s]; None when it
            ran to its end.
        stopped_because: Why the robot ended or refused it by itself (a protective stop, a lost
            link), so that a person has to decide before anything moves; None when it did not.
    """

    commanded: Motion
    gripper: GripperState | None
    sent: Pose | None
    measured: Pose
    joints: tuple[float, ...] = ()
    refused: str | None = None
    stopped_after_s: float | None = None
    stopped_because: str | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """One observation, what was said about it, and what followed.

    Attributes:
        index: Position in the episode, from 0.
        observation: What was seen before acting.
        supervision: The raw sentence that led to this step ("" if nobody spoke).
        primitive: What was decided (canonical phrase, exact motion).
        outcome: What became of it.
        source: Who decided: a teleoperator's, policy's or augmenter's registry name.
        train: False for steps that are executed but never learned from (STD deviations).
        trace: How the supervision was read (see `Reading.trace`).
    """

    index: int
    observation: Observation
    supervision: str
    primitive: Primitive
    outcome: Outcome
    source: str
    train: bool = True
    trace: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """What is to become an episode.

    Attributes:
        id, task, instruction, seed, source: As in `Episode`.
        max_steps: Steps (refused ones count) before it ends; None = any number.
        meta: As in `Episode`, as far as it is known before.
    """

    id: str
    task: str
    instruction: str
    seed: int
    source: str
    max_steps: int | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Episode:
    """One attempt at one task.

    Attributes:
        id: Unique within a store, safe as a folder name.
        task: What its recipe calls the task ("" where nobody said).
        instruction: The task in words.
        seed: Seed of the scene.
        source: ``"teacher"``, a policy's name, an augmenter's name ...
        steps: In order.
        success: Whether the task's condition held at the end; None = nobody judged.
        meta: Anything else worth keeping (JSON values only).
    """

    id: str
    task: str
    instruction: str
    seed: int
    source: str
    steps: tuple[Step, ...]
    success: bool | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedStep:
    """A step an augmenter asks for: `train` False means execute it but do not learn from it."""

    primitive: Primitive
    train: bool = True


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a policy would do now.

    Attributes:
        steps: All of them are executed before it is asked again; empty where it only scores.
        scores: Over the vocabulary's n primitives (n,), larger is better, where it chose among it.
    """

    steps: tuple[PlannedStep, ...] = ()
    scores: np.ndarray | None = None


@dataclass(frozen=True)
class Plan:
    """What an augmenter wants executed from an episode's first state.

    Attributes:
        episode: Id of the episode it was made from.
        name: Short and unique for that episode, e.g. ``"diversify-2"``.
        source: Registry name of the augmenter.
        steps: In order.
        scene_seed: Seed of the scene to execute in; None = the episode's own.
    """

    episode: str
    name: str
    source: str
    steps: tuple[PlannedStep, ...]
    scene_seed: int | None = None


@dataclass(frozen=True)
class Layout:
    """Where everything was when an episode began, base frame [m, rad].

    Attributes:
        hand: Pose of the pinch point.
        bodies: Name of a thing -> its pose.
    """

    hand: Pose
    bodies: Mapping[str, Pose]


@dataclass(frozen=True)
class Demonstration:
    """A taught episode as an augmenter sees it.

    Attributes:
        episode: Its id.
        task: What its recipe calls the task.
        seed: Seed of its scene.
        primitives: What was done, in order (exact motions; refused ones are left out).
        layout: Where everything was at its start; None where nobody knows (hardware).
    """

    episode: str
    task: str
    seed: int
    primitives: tuple[Primitive, ...]
    layout: Layout | None = None


@dataclass(frozen=True)
class Limit:
    """An interval; an open end excludes the number itself.

    In a plugin's constructor, ``variants: Annotated[int, Limit(0)]`` lets a recipe with another
    number be refused with its line, before anything runs.
    """

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def allows(self, number: float) -> bool:
        """Whether `number` lies in the interval."""
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        return self.high is None or not (
            number > self.high or (self.high_open and number == self.high)
        )

    def __str__(self) -> str:
        ends = []
        if self.low is not None:
            ends.append(f"{'above' if self.low_open else 'at least'} {self.low:.10g}")
        if self.high is not None:
            ends.append(f"{'below' if self.high_open else 'at most'} {self.high:.10g}")
        return " and ".join(ends)


@dataclass(frozen=True)
class Reach:
    """What an option of a plugin reaches outside of this machine, where its value does not show it.

    In a plugin's constructor, ``server: Annotated[str, Reach("host")]`` lets a person be asked
    before a recipe from elsewhere sends anything there.

    Attributes:
        what: A ``"host"`` (true = some host), the environment variable with a ``"key"``, or a
            ``"model"`` of a provider.
    """

    what: Literal["host", "key", "model"]
