"""A policy and a helper at one robot: the policy acts, the helper speaks where that is worth it.

Either the policy asks when it is unsure, or the helper watches and speaks when it goes wrong.  The
helper's sentences are acted upon and learned from; what the policy does by itself is not learned
from, because nobody said that it is right.

A correction says more: that the policy was wrong.  Its step's trace has what the policy wanted
(``"instead_of"``: label, phrase, probability) and the indices of the policy's steps since it was
helped last (``"corrects"``), of which at least the last ones led astray.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from cliprt.errors import ServerError
from cliprt.language.interface import Situation
from cliprt.policies.calibration import prediction_set
from cliprt.robots.simulation import Simulation
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.choices import Choice, Discard, Finish, Halt, Move, Redo, Undo
from cliprt.runtime.explanation import Explanation
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.tasks.interface import Task
from cliprt.types import Observation, Outcome, Primitive, Step
from cliprt.vocabularies.interface import ActionVocabulary

Initiative = Literal["policy", "person"]

MOST_OFFERS = 5
"""Primitives that a question names."""

_SESSION = (Finish, Undo, Redo, Discard)
"""What only a person may decide about an episode."""


class CollaborativeAgent:
    """A policy that is helped, a limited number of times in an episode.

    The policy is *unsure* where its conformal set (:mod:`cliprt.policies.calibration`) holds more
    than `largest_set` primitives or none, and where it would repeat itself: the loop breaker took
    what it wants most.  Who does not answer, or not understandably, lets the policy go on.

    Args:
        policy: Acts by itself; its temperature is the calibration's.
        spoken: The helper, and who understands them.
        vocabulary: What the policy chooses from.
        threshold: Of the conformal sets; 0 = they hold everything.
        initiative: ``"policy"`` asks when unsure; ``"person"`` sees every proposal and objects.
        largest_set: The largest set with which the policy is sure enough.
        interventions: Questions, or objections, in an episode; None = any number.
        source: Whose steps the helper's are, a registry name.
    """

    def __init__(
        self,
        policy: PolicyAgent,
        spoken: SpokenAgent,
        vocabulary: ActionVocabulary,
        *,
        threshold: float = 0.0,
        initiative: Initiative = "policy",
        largest_set: int = 3,
        interventions: int | None = None,
        source: str = "helper",
    ) -> None:
        self._policy = policy
        self.teleoperator = spoken.teleoperator
        """The helper."""
        self._spoken = spoken
        self._primitives = vocabulary.primitives
        self._threshold = threshold
        self._initiative = initiative
        self._largest_set = largest_set
        self._budget = interventions
        self._source = source
        self._was_helped = False
        self.interventions = 0
        """Questions or objections so far in this episode."""

    @property
    def explanation(self) -> Explanation | None:
        """Of the policy's latest decision, whoever's was taken."""
        return self._policy.explanation

    @property
    def lost(self) -> ServerError | None:
        """Why the policy's server had no answer to the latest question; None where it had."""
        return self._policy.lost

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Tell both."""
        self.interventions = 0
        self._policy.start(instruction, seed, task, world)
        self._spoken.start(instruction, seed, task, world)

    def recall(self, steps: Sequence[Step], stood: bool, view: Situation) -> None:
        """Tell the helper; who watches proposals speaks about those, and not about steps."""
        self._spoken.recall(steps if self._asks else (), stood, view)

    def decide(self, observation: Observation) -> Choice:
        """The policy's choice, or the helper's where they speak."""
        own = self._policy.decide(observation)
        if isinstance(own, Halt):
            return own
        helped = None
        if self._budget is None or self.interventions < self._budget:
            helped = self._ask(observation) if self._asks else self._show(observation, own)
        self._was_helped = helped is not None
        return helped or _untaught(own)

    def notice(self, outcome: Outcome) -> None:
        """Tell whoever decided; a person who watches hears of every refusal."""
        self._policy.notice(outcome)
        if self._was_helped:
            self._spoken.notice(outcome)
        elif not self._asks and self.teleoperator.is_person:
            self._spoken.explain(outcome)

    @property
    def _asks(self) -> bool:
        return self._initiative == "policy"

    def _ask(self, observation: Observation) -> Choice | None:
        candidates = self.candidates
        explanation = self._policy.explanation
        chosen = explanation.chosen if explanation else None
        repeats = chosen is None or chosen.rank > 1
        if not repeats and 1 <= len(candidates) <= self._largest_set:
            return None
        self.interventions += 1
        shown = candidates or self._most_probable()
        offers = tuple(primitive.phrase for primitive in shown[:MOST_OFFERS])
        self.teleoperator.hear(_question(len(candidates), repeats), offers)
        return self._accept(self._spoken.follow(self.teleoperator.say(observation), observation))

    def _show(self, observation: Observation, own: Choice) -> Choice | None:
        proposal = own.steps[0].primitive if isinstance(own, Move) else None
        explanation = self._policy.explanation
        chosen = explanation.chosen if explanation else None
        remark = self.teleoperator.review(
            observation, proposal, chosen.probability if chosen else 0.0
        )
        if not remark:
            return None
        self.interventions += 1
        choice = self._accept(self._spoken.follow(remark, observation))
        if not isinstance(choice, Move):
            return choice
        wanted = {"instead_of": vars(chosen)} if chosen else {}
        return replace(choice, is_correction=True, trace={**choice.trace, **wanted})

    @property
    def candidates(self) -> tuple[Primitive, ...]:
        """The conformal set at the latest decision, the most probable first; may be empty."""
        probabilities = self._policy.probabilities
        if probabilities is None:
            return ()
        labels = prediction_set(probabilities, self._threshold)
        return tuple(self._primitives[label] for label in labels)

    def _most_probable(self) -> tuple[Primitive, ...]:
        explanation = self._policy.explanation
        return tuple(self._primitives[p.label] for p in explanation.top) if explanation else ()

    def _accept(self, choice: Choice) -> Choice | None:
        """The helper's choice; None if it says nothing that helps."""
        if isinstance(choice, Move):
            return replace(choice, source=self._source)
        may_steer = self.teleoperator.is_person and isinstance(choice, _SESSION)
        return choice if may_steer or isinstance(choice, Halt) else None


def _untaught(choice: Choice) -> Choice:
    """The same, not to be learned from."""
    if not isinstance(choice, Move):
        return choice
    return replace(choice, steps=tuple(replace(step, train=False) for step in choice.steps))


def _question(size: int, repeats: bool) -> str:
    if repeats:
        return "I have been here before, and what I would do did not help. What should the arm do?"
    if not size:
        return "Nothing seems right to me here. What should the arm do?"
    return f"I am not sure which of {size} things to do. What should the arm do?"
