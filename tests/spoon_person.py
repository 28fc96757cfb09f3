"""What somebody who sees everything says to put a spoon into a mug."""

from __future__ import annotations

import math

from cliprt.geometry import to_matrix
from cliprt.recipe.build import build_interpreter, build_robot, build_task, build_vocabulary
from cliprt.runtime.loop import prepare_scene

WAYS = (("forward", "back"), ("left", "right"), ("up", "down"))
LIFTED_M, DROP_M = 0.25, 0.06
BOWL = (-0.06, 0.0, 0.006, 1.0)
"""Where the spoon's lower end is, in its frame."""


def spoon_sentences(recipe, component, seed: int) -> list[str]:
    """One step each; what they lead to is found by doing them, in a simulator of its own."""
    task = build_task(component)
    with build_robot(recipe) as robot:
        prepare_scene(task, robot, seed)
        person = _Person(robot, build_interpreter(recipe, build_vocabulary(recipe)))
        person.take_spoon()
        person.drop_in_mug()
    return person.said


class _Person:
    def __init__(self, robot, interpreter) -> None:
        self._robot, self._read = robot, interpreter.read
        self._world = robot.simulation
        self.said: list[str] = []

    def take_spoon(self) -> None:
        x, y, _, _, _, turn = self._world.pose("spoon")
        grasp = 0.035
        self._go(x + grasp * math.cos(turn), y + grasp * math.sin(turn))
        degrees = round(math.degrees(turn))
        if abs(degrees) >= 5:
            way = "counterclockwise" if degrees > 0 else "clockwise"
            self._say(f"turn the gripper {abs(degrees)} degrees {way}")
        self._go(z=0.016)
        self._say("close the gripper")
        self._go(z=LIFTED_M)

    def drop_in_mug(self) -> None:
        self._say("pitch the arm up 80 degrees")
        hand, spoon, mug = self._world.tcp_pose, self._world.pose("spoon"), self._world.pose("mug")
        bowl = (to_matrix(spoon) @ BOWL)[:3]
        self._go(mug[0] + hand[0] - bowl[0], mug[1] + hand[1] - bowl[1])
        self._go(z=hand[2] - bowl[2] + DROP_M)
        self._say("open the gripper")

    def _go(self, *spot: float, z: float | None = None) -> None:
        wanted = (*spot, *(None,) * (2 - len(spot)), z)
        for now, to, ways in zip(self._world.tcp_pose[:3], wanted, WAYS, strict=True):
            left_cm = 0.0 if to is None else round(100 * float(to - now), 1)
            while abs(left_cm) >= 0.3:
                step_cm = max(-30.0, min(30.0, left_cm))
                self._say(f"{ways[step_cm < 0]} {abs(step_cm):g} cm")
                left_cm = round(left_cm - step_cm, 1)

    def _say(self, sentence: str) -> None:
        reading = self._read(sentence)
        assert reading.decision == "move", reading
        for primitive in reading.primitives:
            done = self._robot.execute(primitive.motion, primitive.gripper)
            assert not done.refused, (sentence, done.refused)
        self.said.append(sentence)
