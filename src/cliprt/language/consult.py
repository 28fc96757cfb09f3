"""Asking a model, with everything that may go wrong inside one deadline.

Remembered answers first, then at most two calls, and none while the model has just failed
repeatedly.  What comes back is either checked slots or the reason why there are none.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprt.language.answers import AnswerCache, question_key
from cliprt.language.provider import Answer, Messages, Provider, Unanswered
from cliprt.language.slots import SCHEMA, Move, parse_answer

MAX_TOKENS = 400
"""Longest answer: `MAX_STEPS` moves, and some."""

FAILURES, REST_S = 3, 60.0
"""After so many in a row, a server is left alone for so long [s]."""

_SHOWN = 500
_ATTEMPTS = 2
_PAUSE_S = 0.1  # before the second attempt
_LEAST_S = 0.05  # no model answers faster


@dataclass(frozen=True)
class Consultation:
    """What a model had to say.

    Attributes:
        moves: In order; none where it asks back, None where there is no answer.
        problem: Why there is none; "" if there is.
        trace: For the record of a step, JSON values.
    """

    moves: tuple[Move, ...] | None
    problem: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)


class Consultant:
    """A model, its remembered answers, and what is known of its health.

    Args:
        provider: The wire.
        cache: Remembered answers.
        deadline_s: For one consultation [s].
    """

    def __init__(self, provider: Provider, cache: AnswerCache, deadline_s: float) -> None:
        self._provider = provider
        self._cache = cache
        self._deadline_s = deadline_s
        self._breaker = CircuitBreaker()

    @property
    def status(self) -> str:
        """Why the model is left alone, in words; "" if it is not."""
        rest_s = self._breaker.rest_s
        if not rest_s:
            return ""
        reason = self._breaker.reason
        return f"{self._provider.model} is offline: {reason}. Next try in {rest_s:.0f} s."

    def ask(self, messages: Messages) -> Consultation:
        """The slots that the model fills in; never raises, never takes longer than the deadline."""
        began_s = time.monotonic()
        prompt = question_key(messages)
        key = question_key(self._provider.model, self._provider.url, prompt)
        trace: dict[str, Any] = {"model": self._provider.model, "prompt_sha256": prompt}
        answer, moves, problem = self._remembered(key)
        trace["cached"] = moves is not None
        if moves is None:
            answer, moves, problem = self._ask_anew(messages, began_s + self._deadline_s)
            if answer and moves is not None:
                self._cache.keep(key, answer.text)
        trace["latency_s"] = round(time.monotonic() - began_s, 4)
        if answer:
            cost = 0.0 if trace["cached"] else answer.cost_usd
            trace |= {
                "answered_by": answer.model,
                "answer": answer.text[:_SHOWN],
                "cost_usd": "unknown" if cost is None else cost,
            }
        if problem:
            trace["problem"] = problem
        return Consultation(moves, problem, trace)

    def _remembered(self, key: str) -> tuple[Answer | None, tuple[Move, ...] | None, str]:
        text = self._cache.find(key)
        if text is None:
            return None, None, ""
        try:
            return Answer(text, self._provider.model), parse_answer(text), ""
        except Unanswered:  # somebody else wrote into the cache
            return None, None, ""

    def _ask_anew(
        self, messages: Messages, ends_at_s: float
    ) -> tuple[Answer | None, tuple[Move, ...] | None, str]:
        if self._breaker.rest_s:
            return None, None, f"it is left alone for a while, because {self._breaker.reason}"
        answer: Answer | None = None
        problem = ""
        for attempt in range(_ATTEMPTS):
            left_s = ends_at_s - time.monotonic()
            if attempt:
                time.sleep(max(0.0, min(_PAUSE_S, left_s)))
                left_s -= _PAUSE_S
            if left_s < _LEAST_S:
                break
            try:
                answer = self._provider.ask(messages, left_s, MAX_TOKENS, SCHEMA)
                moves = parse_answer(answer.text)
            except Unanswered as error:
                problem = str(error)
                if not error.may_retry:
                    break
            else:
                self._breaker.note_success()
                return answer, moves, ""
        self._breaker.note_failure(problem)
        return answer, None, problem


class CircuitBreaker:
    """Opens after `FAILURES` in a row, for `REST_S`; then one try decides.

    Attributes:
        reason: Why the latest call failed; "" after one that did not.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._in_a_row = 0
        self._opened_at_s = 0.0

    @property
    def rest_s(self) -> float:
        """How long the server is left alone from now on [s]; 0 while it may be asked."""
        if self._in_a_row < FAILURES:
            return 0.0
        return max(0.0, self._opened_at_s + REST_S - time.monotonic())

    def note_failure(self, reason: str) -> None:
        """A call brought nothing."""
        self._in_a_row += 1
        self._opened_at_s = time.monotonic()
        self.reason = reason

    def note_success(self) -> None:
        """A call brought an answer."""
        self._in_a_row = 0
        self.reason = ""
