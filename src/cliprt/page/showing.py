"""An agent whose choices people see, and may object to, before the robot moves."""

from __future__ import annotations

from cliprt.page.conversation import Conversation, Pressed
from cliprt.page.pictures import LiveView
from cliprt.robots.simulation import Simulation
from cliprt.runtime.agents import Agent, Choice
from cliprt.tasks.interface import Task
from cliprt.types import Observation, Outcome


class ShowingAgent:
    """An agent whose choices are shown before they are made, and who listens to buttons.

    Args:
        agent: Who decides.
        talk: With the person.
        view: Told that the scene changed.
        shows_itself: Whether a choice without a sentence was shown already (a policy's, reviewed).
    """

    def __init__(
        self, agent: Agent, talk: Conversation, view: LiveView, shows_itself: bool = False
    ) -> None:
        self._agent = agent
        self._talk = talk
        self._view = view
        self._shows_itself = shows_itself
        self._decision = ""

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Tell the agent."""
        self._agent.start(instruction, seed, task, world)

    def decide(self, observation: Observation) -> Choice:
        """What the person, or the policy, wants and nobody objects to."""
        self._view.change(observation)
        self._decision = ""
        choice = self._talk.take_pressed() or self._choose(observation)
        self._decision = choice.decision
        if choice.decision in ("move", "undo", "redo"):
            self._talk.become("moving")
        return choice

    def notice(self, outcome: Outcome) -> None:
        """Tell the agent; the page shows a refused step, but not an undo that cannot be made."""
        self._view.change()
        self._talk.is_shown = self._decision == "move"
        self._agent.notice(outcome)
        self._talk.is_shown = False

    def _choose(self, observation: Observation) -> Choice:
        try:
            while True:
                choice = self._agent.decide(observation)
                if choice.decision != "move":
                    return choice
                is_shown = self._shows_itself and not choice.supervision
                if is_shown or self._talk.show(choice, observation):
                    return choice
        except Pressed as button:
            return button.choice
