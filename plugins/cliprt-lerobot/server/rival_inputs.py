"""What ACT and Diffusion Policy are shown and asked for, the same in training and when they act.

They read no words, so the task is a one-hot in the state.  A rotation vector of a gripper that
points down jumps between +pi and -pi, so the state has two columns of the rotation matrix instead
(Zhou et al., 2019), as Diffusion Policy has.  The gripper is told at every frame how it is to be.
"""

from __future__ import annotations

import numpy as np

STATE, ACTION, IMAGES = "observation.state", "action", "observation.images."


def policy_state(recorded: np.ndarray, task: int, tasks: int) -> np.ndarray:
    """What a policy is told, float32 (10 + tasks,).

    Args:
        recorded: Position [m], rotation vector [rad], gripper told to be open (1 or 0), (7,).
        task: Which task, from 0.
        tasks: How many there are.

    >>> policy_state(np.array([0.4, 0, 0.2, 0, 0, 0, 1]), 1, 2).round(2).tolist()[3:]
    [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    """
    turn = rotation_matrix(np.asarray(recorded[3:6], float))[:, :2].T.ravel()
    task_is = np.eye(tasks)[task]
    return np.concatenate([recorded[:3], turn, recorded[6:7], task_is]).astype(np.float32)


def policy_action(recorded: np.ndarray, is_open: float) -> np.ndarray:
    """The motion, and how the gripper is to be afterwards: 1 open, -1 closed, float32 (8,).

    Args:
        recorded: As ``cliprt episodes export`` writes it: the motion [m, rad], and 1 to open, -1
            to close, 0 to leave the gripper as it is (8,).
        is_open: The gripper before, 1 or 0.

    >>> policy_action(np.array([0.05, 0, 0, 0, 0, 0, 0, 0]), is_open=0).tolist()[-1]
    -1.0
    """
    action = np.array(recorded, np.float32)
    action[7] = recorded[7] or 2 * is_open - 1
    return action


def rotation_matrix(vector: np.ndarray) -> np.ndarray:
    """Rotation vector (3,) [rad] -> matrix (3, 3), by Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
