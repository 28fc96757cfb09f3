"""A person at a loopback arm, for the tests of the check: says yes, and what they see."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from cliprt_ur.check.directions import AXES
from cliprt_ur.testing import LoopbackController

Reply = str | Callable[[], str]


class Person:
    """Answers by what the question is about; looks at the controller's own arm for directions.

    Attributes:
        said: Everything that was shown, asked and answered, in order.
        plans: (words of a question, answer or what to do for one); each is used once, in order.
    """

    def __init__(
        self, controller: LoopbackController, mounted_deg: float, *plans: tuple[str, Reply]
    ) -> None:
        self._controller, self._turn_rad = controller, math.radians(mounted_deg)
        self.plans = list(plans)
        self.said: list[str] = []
        self._before = self._position()

    @property
    def dialogue(self) -> str:
        """All of it."""
        return "\n".join(self.said)

    def say(self, text: str) -> None:
        self.said.append(text)

    def choose(
        self, question: str, options: Sequence[str], default: str = "", unattended: str = ""
    ) -> str:
        return self._reply(question, lambda: self._choice(question, options, default))

    def ask(self, question: str, default: str = "") -> str:
        return self._reply(question, lambda: default)

    def _reply(self, question: str, usual: Callable[[], str]) -> str:
        assert len(self.said) < 400, "the check asks for ever:\n" + "\n".join(self.said[-20:])
        plan = next((plan for plan in self.plans if plan[0] in question), None)
        if plan is None:
            answer = usual()
        else:
            self.plans.remove(plan)
            answer = plan[1]() if callable(plan[1]) else plan[1]
        if "way clear" in question:
            self._before = self._position()
        self.said.append(f"> {question} {answer}")
        return answer

    def _choice(self, question: str, options: Sequence[str], default: str) -> str:
        if "Which way did it move" in question:
            return self._direction()
        if default or "yes" not in options:
            return default or options[0]
        return "yes"

    def _direction(self) -> str:
        """Where the arm has gone since the last yes, in the frame in which it is mounted."""
        moved = self._position() - self._before
        cos, sin = math.cos(self._turn_rad), math.sin(self._turn_rad)
        seen = (cos * moved[0] + sin * moved[1], cos * moved[1] - sin * moved[0], moved[2])
        assert np.linalg.norm(seen) > 0.015, f"the arm moved {np.linalg.norm(seen)} m only"
        return max(AXES, key=lambda name: float(np.dot(AXES[name], seen)))

    def _position(self) -> np.ndarray:
        return np.array(self._controller.state().pose[:3])
