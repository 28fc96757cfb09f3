"""Whoever is at the page, as the company of the robot: sees, objects, goes on, judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cliprt.page.conversation import Conversation, Pressed
from cliprt.page.messages import Stepped, Undone, to_done_step
from cliprt.page.pictures import LiveView
from cliprt.page.wire import Wire
from cliprt.runtime.agents import Agent
from cliprt.runtime.choices import Choice, Finish, Move, Redo, Undo
from cliprt.runtime.company import Company
from cliprt.runtime.record import Record
from cliprt.types import Observation, Primitive, Step


class PageCompany(Company):
    """Shows an agent's choices before they are made, and listens to buttons.

    Args:
        wire: To the page.
        talk: With the person.
        view: Told that the scene changed.
        record: Of the episode.
        tell: A primitive in words.
        shows_itself: Whether a choice without a sentence was shown already (a policy's, reviewed).
    """

    def __init__(
        self,
        wire: Wire,
        talk: Conversation,
        view: LiveView,
        record: Record,
        tell: Callable[[Primitive], str],
        shows_itself: bool,
    ) -> None:
        self._wire = wire
        self._talk = talk
        self._view = view
        self._record = record
        self._tell = tell
        self._shows_itself = shows_itself
        self.is_patient = not shows_itself
        self._pressed: Choice | None = None
        self._verdict: bool | None = None

    def ask(self, agent: Agent, observation: Observation) -> Choice:
        """What the person, or the policy, wants and nobody objects to."""
        self._view.catch_up()
        self._talk.latest = None
        if self._shows_itself:
            self._wire.be_patient()  # the policy may be asked elsewhere, which takes its time
        choice, self._pressed = self._pressed or self._choose(agent, observation), None
        if isinstance(choice, Move | Undo | Redo):
            self._talk.become("moving")
        if isinstance(choice, Finish):
            self._verdict = choice.success
        return choice

    def see(self, step: Step) -> None:
        """The page shows a step; why it was refused need not be told again."""
        done = to_done_step(step, self._tell)
        self._wire.send(Stepped(done, can_redo=self._record.can_redo))
        self._view.change()
        self._talk.latest = step

    def see_undone(self, step: Step) -> None:
        """The page strikes it out."""
        self._wire.send(Undone(step.index, self._record.can_redo))

    def go_on(self, reason: str) -> bool:
        """Wait until a person who has looked goes on, perhaps by a button that is heeded next."""
        self._pressed = self._talk.wait_after_stop(reason)
        return True

    def remarks(self) -> Mapping[str, Any]:
        """The person's verdict, beside the simulator's; how many steps were refused, if any."""
        verdict = {} if self._verdict is None else {"verdict": self._verdict}
        refused = sum(bool(step.outcome.refused) for step in self._record.steps)
        return {**verdict, "refused": refused} if refused else verdict

    def _choose(self, agent: Agent, observation: Observation) -> Choice:
        try:
            while True:
                choice = agent.decide(observation)
                if not isinstance(choice, Move):
                    return choice
                is_shown = self._shows_itself and not choice.supervision
                if is_shown or self._talk.show(choice, observation):
                    return choice
        except Pressed as button:
            return button.choice
