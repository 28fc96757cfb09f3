"""The program under test: an ordinary robot program, to be killed, stopped and lied to.

It speaks JSON lines: one for every call on the gate as it begins and as it returns, every recorded
step, every time a person is asked and every end of an episode, each with ``time.monotonic``.  It is
told, line by line: ``episode ID``, ``say SENTENCE``, ``word yes|no`` (a person's), ``halt`` and
``quit``.
"""

from __future__ import annotations

import argparse
import json
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError
from cliprt.language.grammar import GrammarInterpreter
from cliprt.recipe.schema import GateSection
from cliprt.registry import load
from cliprt.robots.interface import RobotBackend
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.company import Speaker
from cliprt.runtime.gate import Gate
from cliprt.runtime.loop import run_episode
from cliprt.runtime.record import Record
from cliprt.teleoperators.interface import Teleoperator
from cliprt.types import Attempt, GripperState, Motion, Observation, Outcome, Step
from cliprt.vocabularies.grid import ClipRt58Vocabulary

_speaking = threading.Lock()


def tell(event: str, **facts: Any) -> None:
    """One line to whoever watches."""
    line = json.dumps({"at_s": time.monotonic(), "event": event, **facts})
    with _speaking:
        print(line, flush=True)


class WatchedGate(Gate):
    """A gate that tells when a call begins, when it returned and what came of it."""

    def connect(self) -> None:
        """See `Gate.connect`."""
        self._watched("connect", super().connect)

    def observe(self) -> Observation:
        """See `Gate.observe`."""
        return self._watched("observe", super().observe)

    def execute(self, motion: Motion, gripper: GripperState | None) -> Outcome:
        """See `Gate.execute`."""
        return self._watched("execute", lambda: super(WatchedGate, self).execute(motion, gripper))

    def halt(self, reason: str = "stop was asked for") -> None:
        """See `Gate.halt`."""
        self._watched("halt", lambda: super(WatchedGate, self).halt(reason))

    def stop(self) -> None:
        """See `Gate.stop`."""
        self._watched("stop", super().stop)

    def _watched(self, name: str, call: Callable[[], Any]) -> Any:
        thread = threading.get_ident()
        tell("call", name=name, thread=thread)
        error = ""
        try:
            result = call()
        except BaseException as failure:
            error = f"{type(failure).__name__}: {failure}"
            raise
        finally:
            tell("returned", name=name, thread=thread, error=error, state=self.state)
        return result


class PromptedSpeaker(Teleoperator):
    """Says what it is told to say, when it is told."""

    def __init__(self) -> None:
        self.sentences: queue.Queue[str] = queue.Queue()
        self.words: queue.Queue[bool] = queue.Queue()

    def start(self, *_: Any) -> None:
        """Nothing is prepared."""

    def say(self, observation: Observation) -> str:
        """The next sentence, as soon as there is one."""
        tell("listening", pose=observation.tcp_pose, opening_m=observation.gripper_opening_m)
        return self.sentences.get()

    def hear(self, message: str, offers: tuple[str, ...] = ()) -> None:
        """Pass on what is answered."""
        tell("heard", message=message)

    def go_on(self, reason: str) -> bool:
        """A person's word, as soon as there is one."""
        tell("asked", reason=reason)
        return self.words.get()


class Watcher(Speaker):
    """Whoever watches: hears of every recorded step, and decides after a stop."""

    def see(self, step: Step) -> None:
        """Tell of it."""
        outcome = step.outcome
        tell(
            "step",
            index=step.index,
            phrase=step.primitive.phrase,
            refused=outcome.refused,
            stopped_after_s=outcome.stopped_after_s,
            stopped_because=outcome.stopped_because,
            measured=outcome.measured,
            sent=outcome.sent,
        )


def run(backend: RobotBackend, store: EpisodeStore) -> None:
    """Do what the lines say until they end or say ``quit``."""
    gate, speaker = WatchedGate(backend, GateSection()), PromptedSpeaker()
    agent = SpokenAgent(speaker, GrammarInterpreter(ClipRt58Vocabulary()))
    episodes: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            verb, _, rest = line.strip().partition(" ")
            if verb == "say":
                speaker.sentences.put(rest)
            elif verb == "word":
                speaker.words.put(rest == "yes")
            elif verb == "halt":
                gate.halt("a person said stop")
            elif verb == "episode":
                episodes.put(rest)
            else:
                break
        speaker.words.put(False)
        speaker.sentences.put("done")
        episodes.put("")

    threading.Thread(target=listen, daemon=True).start()
    tell("started", repaired=store.repair().recovered)
    try:
        while episode_id := episodes.get():
            try:
                gate.connect()
            except RobotError as error:
                tell("ended", end="not connected", reason=str(error))
                continue
            instruction = "do as you are told"
            attempt = Attempt(episode_id, "", instruction, 0, "script", max_steps=50)
            record = Record(store.begin(attempt))
            episode = run_episode(agent, gate, attempt, record=record, company=Watcher(speaker))
            tell("ended", steps=len(episode.steps), **episode.meta)
    finally:
        gate.stop()


def main() -> None:
    """Connect to one arm and be at the watcher's command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("config", help="configuration file of the arm")
    parser.add_argument("store", help="folder for the episodes")
    args = parser.parse_args()
    run(load("robot", "ur")(host=args.host, config=args.config), EpisodeStore(args.store))


if __name__ == "__main__":
    main()
