"""Who is beside the robot while an agent acts: a page, a person at the terminal, a film, nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cliprt.runtime.agents import Agent
from cliprt.runtime.choices import Choice
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Observation, Step


class Company:
    """Whoever looks on, and may decide; as it stands, nobody.

    Attributes:
        is_patient: Whether any number of refusals in a row is no reason to end, since whoever asks
            for what is refused reads why.
    """

    is_patient = False

    def ask(self, agent: Agent, observation: Observation) -> Choice:
        """What the agent wants now and nobody objects to; may take its time."""
        self.look(observation)
        return agent.decide(observation)

    def look(self, observation: Observation) -> None:
        """What is seen, before the agent is asked."""

    def see(self, step: Step) -> None:
        """A step was made, or refused, and is recorded."""

    def see_undone(self, step: Step) -> None:
        """A step was taken back."""

    def go_on(self, reason: str) -> bool:
        """Whether the robot may move again after a stop; blocks until that is decided.

        The rest of what was asked for is dropped.  A robot that cannot go on yet is asked about
        again.
        """
        return False

    def judge(self) -> bool | None:
        """Whether it succeeded, where neither a simulator nor the agent can say."""
        return None

    def remarks(self) -> Mapping[str, Any]:
        """What they add to the episode's ``meta``."""
        return {}


NOBODY = Company()


class Speaker(Company):
    """Whoever speaks: they decide how to go on after a stop, too."""

    def __init__(self, teleoperator: Teleoperator) -> None:
        self._teleoperator = teleoperator

    def go_on(self, reason: str) -> bool:
        """Whether the speaker wants to go on."""
        return self._teleoperator.go_on(reason)


class Together(Company):
    """One who decides, and others who look on."""

    def __init__(self, first: Company, *others: Company) -> None:
        self._first = first
        self._others = others

    def ask(self, agent: Agent, observation: Observation) -> Choice:
        """All look; the first asks."""
        for one in self._others:
            one.look(observation)
        return self._first.ask(agent, observation)

    def see(self, step: Step) -> None:
        """All see it."""
        for one in (self._first, *self._others):
            one.see(step)

    def see_undone(self, step: Step) -> None:
        """All see it."""
        for one in (self._first, *self._others):
            one.see_undone(step)

    def go_on(self, reason: str) -> bool:
        """What the first says."""
        return self._first.go_on(reason)

    def judge(self) -> bool | None:
        """What the first says."""
        return self._first.judge()

    def remarks(self) -> Mapping[str, Any]:
        """Those of the first."""
        return self._first.remarks()
