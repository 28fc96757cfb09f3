"""Questions of many robots, answered by one policy: those that wait together in one pass, in turn.

Each robot has at most one question, and the one that waits longest is always in the next pass, so
that nobody starves however fast others ask.  Nobody waits for company either: a pass begins as soon
as the policy is free, with whatever has arrived by then.
"""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cliprt.errors import CliprtError, ServerError
from cliprt.serving.metrics import Metrics
from cliprt.types import Observation, Proposal

Propose = Callable[[Sequence[Observation], Sequence[str]], list[Proposal]]
"""(observations, instructions) -> what to do, as :meth:`cliprt.policies.acting.Actor.propose`."""


@dataclass(frozen=True, eq=False)
class _Question:
    observation: Observation
    instruction: str
    answer: asyncio.Future[Proposal]

    @property
    def shape(self) -> object:
        """Questions of one shape fit into one pass."""
        seen = self.observation
        pictures = [(name, image.shape) for name, image in sorted(seen.images.items())]
        return pictures, len(seen.joints)


class Batcher:
    """Works in a thread of its own, so that the event loop always answers.

    Args:
        propose: The policy.
        most: Robots of one pass.
        metrics: Told of every pass.
    """

    def __init__(self, propose: Propose, most: int, metrics: Metrics) -> None:
        self._propose = propose
        self._most = most
        self._metrics = metrics
        self._waiting: deque[_Question] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "policy")

    @property
    def waiting(self) -> int:
        """Questions that nobody has begun with."""
        return len(self._waiting)

    async def ask(self, observation: Observation, instruction: str) -> Proposal:
        """What to do; whoever stops waiting is not answered any more.

        Raises:
            CliprtError: The policy cannot answer; says why.
        """
        future: asyncio.Future[Proposal] = asyncio.get_running_loop().create_future()
        question = _Question(observation, instruction, future)
        self._waiting.append(question)
        self._arrived.set()
        try:
            return await future
        finally:
            if question in self._waiting:
                self._waiting.remove(question)

    async def work(self) -> None:
        """Answer, until it is cancelled; what has begun is finished then."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._arrived.wait()
                batch = self._take()
                if not self._waiting:
                    self._arrived.clear()
                answers = await loop.run_in_executor(self._thread, self._decide, batch)
                for question, answer in zip(batch, answers, strict=True):
                    _settle(question.answer, answer)
        finally:
            self._thread.shutdown(cancel_futures=True)

    def _take(self) -> list[_Question]:
        """The question that waits longest, and those that fit beside it, in their order."""
        batch: list[_Question] = []
        for question in self._waiting:
            if len(batch) < self._most and (not batch or question.shape == batch[0].shape):
                batch.append(question)
        for question in batch:
            self._waiting.remove(question)
        return batch

    def _decide(self, batch: list[_Question]) -> list[Proposal | Exception]:
        """In the policy's thread: one pass, or one for each where not all are answered together."""
        began_s = time.thread_time()
        try:
            found: list[Proposal | Exception] = list(
                self._propose([q.observation for q in batch], [q.instruction for q in batch])
            )
            if len(found) != len(batch):
                raise ValueError(f"{len(found)} proposals for {len(batch)} observations")
            self._metrics.decided(len(batch), time.thread_time() - began_s)
            return found
        except CliprtError as error:
            failed: Exception = error
        except Exception as error:
            if len(batch) == 1:
                traceback.print_exc(file=sys.stderr)
            failed = ServerError(
                f"the policy failed ({type(error).__name__}); its server's terminal says where"
            )
        return [failed] if len(batch) == 1 else [self._decide([one])[0] for one in batch]


def _settle(future: asyncio.Future[Proposal], answer: Proposal | Exception) -> None:
    if future.done():  # whoever asked has left
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
