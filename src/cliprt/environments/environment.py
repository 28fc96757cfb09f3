"""A task in a simulator as a Gymnasium environment, with the same gate as everywhere else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from cliprt.environments.actions import ActionKind, action_space, to_primitive
from cliprt.errors import UsageError
from cliprt.recipe.build import build_robot, build_task, build_vocabulary, check_simulated
from cliprt.recipe.schema import Component, Recipe
from cliprt.robots.unique import Unique
from cliprt.runtime.loop import act, has_succeeded, prepare_scene
from cliprt.types import Observation

GRIPPER_STATES = ("closed", "open")
FARTHEST_M = 2.0
"""No pose of the arm is farther from its base, along any axis."""

PICTURE_PX = 480
SCENES = 2**31


class TaskEnvironment(Unique, gymnasium.Env[dict[str, Any], Any]):
    """One task in new scenes; the reward is 1 in the step that succeeds and 0 before.

    Observations are a dictionary: a picture for each camera (uint8, (h, w, 3)), ``tcp_pose``
    (position and rotation vector of the pinch point [m, rad]), ``gripper`` (commanded: 0 closed,
    1 open) and ``gripper_opening_m``.  ``info`` says the ``instruction`` and the scene's ``seed``;
    after a step also its ``phrase``, whether it was ``refused`` (why, or None: a refused action
    moves nothing) and ``success``.

    ``reset(seed=n)`` builds the scene that ``cliprt evaluate`` and ``cliprt run`` build for the
    seed n.  Success is judged as they judge it: the condition holds, and still does after the
    robot kept still.  A robot that stops by itself, e.g. pushed out of its workspace, ends the
    episode (truncated, with ``info["fault"]``).
    """

    instead = (
        "Make another, with gymnasium.make() in the process that shall have it; reset(seed=...)"
        " brings it to the same scene."
    )

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 2}

    def __init__(
        self,
        task: str,
        action: ActionKind = "primitive",
        vocabulary: str = "clip_rt_58",
        task_options: Mapping[str, Any] | None = None,
        robot: str = "pybullet",
        robot_options: Mapping[str, Any] | None = None,
        max_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        """Start a simulator of its own.

        Args:
            task: Registry name.
            action: ``"primitive"`` (a label of the vocabulary) or ``"motion"`` (eight numbers), see
                :func:`cliprt.environments.actions.action_space`.
            vocabulary: Registry name.
            task_options: E.g. ``{"difficulty": "hard"}``.
            robot: Registry name of a simulated one.
            robot_options: E.g. ``{"image_size": 64, "cameras": ["scene"]}``.
            max_steps: Actions before an episode is truncated; None = the task's own limit.
            render_mode: ``"rgb_array"`` or None.

        Raises:
            UnknownNameError: A task, vocabulary or robot that nobody registers.
            UsageError: Another action, limit or render mode, a robot that is no simulated one, or a
                task without a goal.
            RecipeError: Options that the task or the robot does not take.
            MissingExtraError: The simulator is not installed.
        """
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise UsageError(f"render_mode is {render_mode!r}. Allowed: rgb_array, or None.")
        if max_steps is not None and max_steps < 1:
            raise UsageError(f"max_steps is {max_steps}; give 1 or more, or None.")
        chosen = Component(task, task_options or {})
        recipe = Recipe(
            name="environment",
            tasks=(chosen,),
            vocabulary=Component(vocabulary),
            robot=Component(robot, robot_options or {}),
        )
        check_simulated(
            recipe, "nobody can reset its scene", "Choose a simulated one, e.g. pybullet"
        )
        self.task = build_task(chosen)
        if not self.task.is_judged:
            raise UsageError(
                f"{self.task.instruction!r} has no goal, so nothing can be rewarded. Say it, e.g."
                " task_options={..., 'goal': 'the spoon is in the mug'}; cliprt skill goal finds it"
                " in what was taught"
            )
        self.max_steps = max_steps or self.task.max_steps
        self.vocabulary = build_vocabulary(recipe)
        self.render_mode = render_mode
        self.action_space = action_space(action, self.vocabulary)
        self._robot = build_robot(recipe)
        self._robot.connect()
        self._seen = self._robot.observe()
        self.observation_space = observation_space(self._seen)
        self._scene_seed = 0
        self._steps: int | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new scene: that of the seed, or, without one, any.

        Raises:
            UsageError: There are no options.
        """
        super().reset(seed=seed)
        if options:
            raise UsageError(f"reset takes no options, not {', '.join(map(str, options))}.")
        self._scene_seed = int(self.np_random.integers(SCENES)) if seed is None else seed
        prepare_scene(self.task, self._robot, self._scene_seed)
        self._steps = 0
        return self._look(), self._facts()

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Pass the gate, move, look, judge.

        Raises:
            UsageError: The action is not in the action space, or no episode is going on.
            RobotError: The robot failed.
        """
        if self._steps is None:
            raise UsageError("no episode is going on. Call reset() first.")
        primitive = to_primitive(action, self.action_space, self.vocabulary)
        steps = self._steps + 1  # of this episode, should another thread close() meanwhile
        outcome = act(self._robot, primitive, self._seen)
        self._steps = steps
        faulted = self._robot.state != "ready"
        was_done = not (faulted or outcome.refused)
        success = was_done and bool(has_succeeded(self.task, self._robot))
        truncated = not success and (faulted or steps == self.max_steps)
        observation = to_arrays(self._seen) if faulted else self._look()
        info = {
            **self._facts(),
            "phrase": primitive.phrase,
            "refused": outcome.refused,
            "success": success,
        }
        if faulted:
            info["fault"] = self._robot.reason
        if success or truncated:
            self._steps = None
        return observation, float(success), success, truncated, info

    def render(self) -> np.ndarray | None:
        """The scene, uint8 (480, 480, 3), or as a robot's first camera saw it that draws no other.

        None without a render mode.
        """
        if self.render_mode is None:
            return None
        picture = self._robot.render(PICTURE_PX, PICTURE_PX)
        return next(iter(self._seen.images.values())) if picture is None else picture

    def close(self) -> None:
        """End the simulator; safe to call twice."""
        self._steps = None
        self._robot.stop()

    def _look(self) -> dict[str, Any]:
        self._seen = self._robot.observe()
        return to_arrays(self._seen)

    def _facts(self) -> dict[str, Any]:
        return {"instruction": self.task.instruction, "seed": self._scene_seed}


def observation_space(observation: Observation) -> spaces.Dict:
    """The space of all observations that are like this one."""
    highest = np.array([FARTHEST_M] * 3 + [math.pi] * 3) * (1 + 1e-6)
    return spaces.Dict(
        {
            **{
                name: spaces.Box(0, 255, image.shape, np.uint8)
                for name, image in observation.images.items()
            },
            "tcp_pose": spaces.Box(-highest, highest, dtype=np.float64),
            "gripper": spaces.Discrete(len(GRIPPER_STATES)),
            "gripper_opening_m": spaces.Box(-1.0, 1.0, (1,), np.float64),
        }
    )


def to_arrays(observation: Observation) -> dict[str, Any]:
    """An observation as Gymnasium wants it; nothing of it is shared."""
    return {
        **{name: image.copy() for name, image in observation.images.items()},
        "tcp_pose": np.array(observation.tcp_pose),
        "gripper": GRIPPER_STATES.index(observation.gripper),
        "gripper_opening_m": np.array([observation.gripper_opening_m]),
    }
