"""The contract of a teleoperator as code."""

from __future__ import annotations

from cliprt.robots.interface import RobotBackend
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator

_ANSWERS = (
    ("I do not know 'drawer'.", ()),
    ("Which way?", ("move the arm forward by ten centimeters", "lower the arm by one centimeter")),
    ("I did not move. out of reach", ()),
)


def check_teleoperator(
    teleoperator: Teleoperator,
    robot: RobotBackend,
    task: Task | None = None,
    *,
    repeatable: bool = True,
) -> None:
    """Raise unless `teleoperator` keeps the contract of a teleoperator.

    Args:
        teleoperator: Ready to speak; a person's input has to be fed in by the caller.
        robot: Connected; only observed.  A task must have been reset in its world.
        task: What a privileged speaker may look at.
        repeatable: Whether the same seed must give the same sentence again; False for people.

    Raises:
        AssertionError: What is broken.
    """
    name = type(teleoperator).__name__
    instruction = task.instruction if task else "Close the laptop"
    openings = []
    for _ in range(2):
        teleoperator.start(instruction, 7, task, robot.simulation)
        openings.append(_sentence(teleoperator, robot))
    if repeatable:
        assert openings[0] == openings[1], (
            f"{name} with one seed said {openings[0]!r}, then {openings[1]!r}"
        )
    for message, offers in _ANSWERS:
        assert teleoperator.hear(message, offers) is None, f"{name}.hear must return nothing"
        _sentence(teleoperator, robot)


def _sentence(teleoperator: Teleoperator, robot: RobotBackend) -> str:
    sentence = teleoperator.say(robot.observe())
    name = type(teleoperator).__name__
    assert isinstance(sentence, str), f"{name}.say gave {sentence!r}, it must be text"
    assert sentence.strip(), f"{name}.say gave an empty sentence"
    return sentence
