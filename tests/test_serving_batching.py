"""Many robots, one policy: each is answered in its turn, and one's trouble is not another's."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from served_policy import HANG_S, propose

from cliprt.errors import ServerError, UsageError
from cliprt.serving.batching import Batcher
from cliprt.serving.metrics import Metrics
from cliprt.types import Observation

POSE = (0.0,) * 6


def seen(grey=0, size=8):
    return Observation(
        {"scene": np.full((size, size, 3), grey, np.uint8)}, POSE, POSE, (), "open", 0.0, 0.0
    )


class Held:
    """A policy that notes whom it decides for, and waits to be let go on."""

    def __init__(self):
        self.passes, self.go_on = [], threading.Semaphore(0)

    def __call__(self, observations, instructions):
        self.passes.append(list(instructions))
        assert self.go_on.acquire(timeout=HANG_S)
        return propose(observations, instructions)

    async def began(self, count):
        while len(self.passes) < count:
            await asyncio.sleep(0.001)


def run(test, policy, most=4):
    """A test within a working batcher."""
    metrics = Metrics()

    async def main():
        batcher = Batcher(policy, most, metrics)
        working = asyncio.create_task(batcher.work())
        try:
            await asyncio.wait_for(test(batcher), HANG_S)
        finally:
            working.cancel()
            await asyncio.wait([working])

    asyncio.run(main())
    return metrics


def test_those_who_wait_together_are_answered_together_each_with_its_own_answer():
    policy = Held()

    async def test(batcher):
        first = asyncio.create_task(batcher.ask(seen(), "0"))
        await policy.began(1)
        others = [asyncio.create_task(batcher.ask(seen(i), str(i))) for i in range(1, 7)]
        await asyncio.sleep(0)
        assert batcher.waiting == 6
        policy.go_on.release(3)
        answers = await asyncio.gather(first, *others)
        assert [int(np.argmax(a.scores)) for a in answers] == list(range(7))

    metrics = run(test, policy)
    assert policy.passes == [["0"], ["1", "2", "3", "4"], ["5", "6"]]
    assert (metrics.decisions, metrics.passes) == (7, 3)


def test_a_robot_of_another_kind_is_not_starved_by_many_of_one_kind():
    """Who asks again at once, over and over, never passes the one that waits."""
    policy = Held()

    async def hurry(batcher, name):
        for _ in range(20):
            await batcher.ask(seen(), name)

    async def test(batcher):
        hurrying = [asyncio.create_task(hurry(batcher, name)) for name in "abc"]
        await policy.began(1)
        slow = asyncio.create_task(batcher.ask(seen(size=9), "slow"))
        policy.go_on.release(100)
        await asyncio.gather(slow, *hurrying)

    run(test, policy)
    assert ["slow"] in policy.passes[:3]


def test_whoever_has_left_is_not_decided_for():
    policy = Held()

    async def test(batcher):
        first = asyncio.create_task(batcher.ask(seen(), "a"))
        await policy.began(1)
        leaving = asyncio.create_task(batcher.ask(seen(), "b"))
        staying = asyncio.create_task(batcher.ask(seen(), "c"))
        await asyncio.sleep(0)
        leaving.cancel()
        first.cancel()  # in the middle of its decision
        await asyncio.sleep(0)
        policy.go_on.release(2)
        await staying

    run(test, policy)
    assert policy.passes == [["a"], ["c"]]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (UsageError("the camera is off"), "the camera is off"),
        (RuntimeError("shape [2, 3]"), "the policy failed (RuntimeError); its server's terminal"),
        (None, "the policy failed (ValueError); its server's terminal"),
    ],
)
def test_one_robots_trouble_is_its_own(trouble, told, capsys):
    def policy(observations, instructions):
        if "bad" in instructions:
            if trouble is None:
                return []
            raise trouble
        return propose(observations, instructions)

    async def test(batcher):
        names = ("a", "bad", "c")
        asked = [batcher.ask(seen(i), name) for i, name in enumerate(names)]
        first, second, third = await asyncio.gather(*asked, return_exceptions=True)
        assert [int(np.argmax(a.scores)) for a in (first, third)] == [0, 2]
        assert isinstance(second, UsageError | ServerError)
        assert told in str(second)
        assert "Traceback" not in str(second)
        assert (await batcher.ask(seen(5), "d")).scores.argmax() == 5

    run(test, policy)
    assert capsys.readouterr().err.count("Traceback") == (not isinstance(trouble, UsageError))
