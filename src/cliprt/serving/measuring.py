"""What it costs to ask a policy over a socket, beside asking it in the same process."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from websockets.sync.client import connect

from cliprt.errors import ServerError
from cliprt.policies.acting import Actor
from cliprt.policies.interface import Policy
from cliprt.protocols import openpi
from cliprt.recipe.build import build_actor, build_vocabulary
from cliprt.serving.access import Access
from cliprt.serving.address import bind
from cliprt.serving.observing import choose_keys
from cliprt.serving.served import ServedPolicy
from cliprt.serving.server import PolicyServer
from cliprt.stages.bench.rows import Measured, cpu_clock
from cliprt.stages.bench.setting import Setting, begin_policy, look_at_scenes
from cliprt.vocabularies.interface import ActionVocabulary

CALLS = 60
"""The first ten do not count."""

HANG_S = 60.0
HERE = "127.0.0.1"


def measure_serve(setting: Setting) -> Iterator[Measured]:
    """Answer one robot over openpi's frames on loopback, in turn with the same decisions without.

    What the robot's side computes is left out.
    """
    ((observation, instruction),) = look_at_scenes(setting.recipe, 1)
    for model, recipe in setting.by_model():
        vocabulary = build_vocabulary(recipe)
        policy = begin_policy(recipe, vocabulary)
        actor = build_actor(recipe, policy)
        question = {
            **{f"observation/{name}": observation.images[name] for name in policy.needs.cameras},
            "prompt": instruction,
        }
        served, direct = [], []
        with _robot(_served(policy, actor, vocabulary)) as ask:
            for _ in range(CALLS):
                begin, own = cpu_clock(), time.thread_time()
                ask(openpi.write(question))
                served.append(cpu_clock() - begin - (time.thread_time() - own))
                begin = cpu_clock()
                actor(observation, instruction)
                direct.append(cpu_clock() - begin)
        served_s, direct_s = (statistics.median(each[10:]) for each in (served, direct))
        what, precision = "answer a robot over openpi's frames", recipe.runtime.precision
        yield Measured(what, served_s, model, precision, "the same decision in process", direct_s)


def _served(policy: Policy, actor: Actor, vocabulary: ActionVocabulary) -> ServedPolicy:
    memory = lambda: actor.memory_bytes  # noqa: E731
    return ServedPolicy("bench", policy.needs, vocabulary, None, actor.propose, memory)


@contextmanager
def _robot(policy: ServedPolicy) -> Iterator[Callable[[bytes], object]]:
    """What asks the policy's server, which runs in a thread of its own, and waits for the answer.

    Raises:
        ServerError: The server does not begin.
    """
    server = PolicyServer(
        policy, {"openpi": choose_keys("openpi", policy.needs)}, Access(HERE, None)
    )
    begun, ends = threading.Event(), []

    async def work() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        await server.run(listening, stop, begun.set)

    with bind(HERE, 0, "the measured policy") as listening:
        thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
        thread.start()
        if not begun.wait(HANG_S):
            raise ServerError(f"the measured policy's server did not begin within {HANG_S:g} s")
        url = f"ws://{HERE}:{listening.getsockname()[1]}"
        try:
            with connect(url, compression=None, max_size=None) as robot:
                robot.recv(HANG_S)  # what the server says of itself

                def ask(question: bytes) -> object:
                    robot.send(question)
                    return openpi.read(robot.recv(HANG_S, decode=False))

                yield ask
        finally:
            ends[0]()
            thread.join(HANG_S)
