"""A served policy on loopback, in a thread of the test's own, and robots that ask it."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from websockets.sync.client import ClientConnection, connect

from cliprt.data.columns import Needs
from cliprt.protocols import openpi
from cliprt.serving.access import Access
from cliprt.serving.address import bind
from cliprt.serving.connection import Bounds
from cliprt.serving.observing import choose_keys
from cliprt.serving.served import ServedPolicy
from cliprt.serving.server import PolicyServer
from cliprt.types import Proposal
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()
PICTURE = np.zeros((8, 8, 3), np.uint8)
HANG_S = 60.0


def scored(observation, instruction) -> Proposal:
    """As a policy that looks at the first pixel, so that each robot can tell its own answer."""
    scores = np.zeros(len(VOCABULARY.primitives))
    scores[observation.images["scene"][0, 0, 0] % len(scores)] = len(instruction)
    return Proposal(scores=scores)


def propose(observations, instructions):
    return [scored(*pair) for pair in zip(observations, instructions, strict=True)]


def served(propose=propose, vocabulary=VOCABULARY, needs=Needs(("scene",))) -> ServedPolicy:  # noqa: B008
    return ServedPolicy("toy", needs, vocabulary, None, propose, lambda: 1024)


@dataclass
class Running:
    """A server that runs.

    Attributes:
        server: It.
        port: Where it listens.
    """

    server: PolicyServer
    port: int

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def ask(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a plain request."""
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=HANG_S) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name: str) -> float:
        lines = self.ask("/metrics")[1].splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))


@contextmanager
def running(policy=None, key=None, bounds=Bounds(), batch=16, **keys) -> Iterator[Running]:  # noqa: B008
    """The server, until the block ends; a second end of it is an error."""
    policy = policy or served()
    spoken = {name: choose_keys(name, policy.needs, **keys) for name in ("openpi", "vla_eval")}
    server = PolicyServer(policy, spoken, Access("127.0.0.1", key), bounds, batch)
    listening = bind("127.0.0.1", 0, "the test's policy")
    started, stops = threading.Event(), []

    async def main() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        await server.run(listening, stop, started.set)

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(HANG_S)
    try:
        yield Running(server, listening.getsockname()[1])
    finally:
        stops[0]()
        thread.join(HANG_S)
        assert not thread.is_alive(), "the server did not stop"


class Robot:
    """A client of openpi's protocol."""

    def __init__(self, address: str, **options) -> None:
        self.socket: ClientConnection = connect(address, compression=None, max_size=None, **options)
        self.offer = openpi.read(self.socket.recv(HANG_S))

    def ask(self, **fields):
        self.socket.send(openpi.write(fields))
        return self.hear()

    def look(self, value=0, prompt="close the laptop", size=8):
        """Show a picture of one grey."""
        picture = np.full((size, size, 3), value, np.uint8)
        return self.ask(observation={"scene": picture}, prompt=prompt)

    def hear(self):
        """An answer, or the text of an error."""
        frame = self.socket.recv(HANG_S)
        return frame if isinstance(frame, str) else openpi.read(frame)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
