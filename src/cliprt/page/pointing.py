"""Questions that something is drawn into the pictures for."""

from __future__ import annotations

from cliprt.language.remarks import Remark
from cliprt.page.messages import Asked
from cliprt.runtime.gate import Gate
from cliprt.runtime.preview import draw_left
from cliprt.runtime.walls import draw_wall
from cliprt.types import Step


def ask_where(robot: Gate, message: str, offers: tuple[str, ...]) -> Asked:
    """Where the person is, with an arrow to the robot's left."""
    arrow = draw_left(robot, robot.observe().commanded_pose, robot.cameras)
    title = Remark("Choose where you are")
    if any(arrow.values()):
        title = Remark("The arrow in the picture points to the robot's left")
    return Asked(message, offers, arrow, title)


def ask_rest(robot: Gate, refused: Step, message: str, offers: tuple[str, ...]) -> Asked:
    """Whether to do what is left of a refused step, with the limit."""
    begin, wanted = refused.observation.commanded_pose, (refused.primitive,)
    wall = draw_wall(robot, begin, wanted, robot.cameras)
    return Asked(message, offers, wall, Remark("Up to the limit"))
