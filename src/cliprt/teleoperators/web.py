"""A person at a browser: the page's desk carries their words."""

from __future__ import annotations

from typing import ClassVar, Protocol

from cliprt.errors import UsageError
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Observation, Primitive


class Messenger(Protocol):
    """Who carries words between the loop and a page (:mod:`cliprt.page.conversation`)."""

    def ask(self, observation: Observation) -> str:
        """Wait for the person's next sentence."""

    def tell(self, message: str, offers: tuple[str, ...]) -> None:
        """Show an answer, and phrases to choose from."""

    def review(
        self, observation: Observation, proposal: Primitive | None, probability: float | None
    ) -> str:
        """Show what comes next; what the person says instead, or ""."""


class WebTeleoperator(Teleoperator):
    """Speaks for whoever sits at the page of ``cliprt teach``.

    Args:
        messenger: To and from the page; only the page's desk has one.
    """

    is_person: ClassVar[bool] = True

    def __init__(self, messenger: Messenger | None = None) -> None:
        self._messenger = messenger

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Nothing: the desk tells the page when an episode begins.

        Raises:
            UsageError: There is no page.
        """
        self._page()

    def say(self, observation: Observation) -> str:
        """The next sentence from the page.

        Raises:
            UsageError: There is no page.
        """
        return self._page().ask(observation)

    def hear(self, message: str, offers: tuple[str, ...] = ()) -> None:
        """Show the answer on the page.

        Raises:
            UsageError: There is no page.
        """
        self._page().tell(message, offers)

    def review(
        self, observation: Observation, proposal: Primitive | None, probability: float | None
    ) -> str:
        """What the person says instead of what comes next.

        Raises:
            UsageError: There is no page.
        """
        return self._page().review(observation, proposal, probability)

    def _page(self) -> Messenger:
        if self._messenger is None:
            raise UsageError(
                "the teleoperator web speaks through a page in a browser, and there is none here."
                " Open one: cliprt teach --recipe NAME; at a terminal, use teleoperator: console"
            )
        return self._messenger
