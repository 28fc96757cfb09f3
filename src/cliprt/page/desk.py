"""The process that works the robot for a page: idle, an episode, idle again.

The main thread alone touches robot and simulator; a stop comes through the wire's reader thread
and the gate, which may be halted from anywhere.  Every step is in the journal before the page hears
of it, so a desk may be killed at any moment: the next one finds the unfinished journal, rebuilds
the scene from its seed, makes the recorded steps again and goes on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from cliprt.errors import CliprtError, RobotError
from cliprt.language.remarks import Remark
from cliprt.language.telling import Told, tell
from cliprt.page.attempts import find_unfinished, plan_attempt, to_page_recipe, with_memory
from cliprt.page.company import PageCompany
from cliprt.page.conversation import Conversation, Leaving
from cliprt.page.episodes import keep_end
from cliprt.page.laying import lay
from cliprt.page.messages import (
    Asked,
    Became,
    Begin,
    Configure,
    DeskState,
    Discard,
    Ended,
    GoOn,
    Lay,
    Line,
    Quit,
    Ready,
    Say,
    Started,
    Trouble,
    to_done_step,
)
from cliprt.page.pictures import LiveView
from cliprt.page.translate import said_by
from cliprt.page.verdict import to_ended
from cliprt.page.wire import Wire
from cliprt.recipe.build import build_interpreter, build_robot, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import Agent, SpokenAgent
from cliprt.runtime.collaboration import CollaborativeAgent
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.policy_agent import PolicyAgent, Propose
from cliprt.runtime.walls import draw_move
from cliprt.stages.agree import load_agreed_actor
from cliprt.stages.collect import begin_or_resume
from cliprt.stages.run_folder import RunFolder, announce_policy, find_checkpoint
from cliprt.stages.skills import with_skills
from cliprt.teleoperators.web import WebTeleoperator
from cliprt.types import Attempt, Observation, Primitive
from cliprt.vocabularies.words import tell_primitive


def run_desk(connection: Connection, recipe: Recipe, run_path: Path, resume: bool) -> None:
    """Work until the page lets go.

    Args:
        connection: To the page's server.
        recipe: As the page has it.
        run_path: The run folder.
        resume: Go on at once with the episode that was cut off, if there is one.
    """
    TeachingDesk(connection, recipe, RunFolder(run_path)).work(resume)


class TeachingDesk:
    """A robot, an interpreter and whoever is at the page.

    Args:
        connection: To the page's server.
        recipe: What is taught, with what.
        run: Where episodes are kept.
    """

    def __init__(self, connection: Connection, recipe: Recipe, run: RunFolder) -> None:
        self._bare = to_page_recipe(recipe)
        self._run = run
        self._store = run.store()
        self._robot: Gate | None = None
        self._settings = Configure()
        self._state: tuple[DeskState, str] | None = None
        self._actors: dict[str, Propose] = {}
        self._rebuilding = False
        self._wire = Wire(connection, self._halt)

    @property
    def _recipe(self) -> Recipe:
        """With the skills that people have brought meanwhile."""
        return with_skills(self._bare, self._run)

    def work(self, resume: bool) -> None:
        """Do what the page asks until it lets go."""
        wanted: Begin | Quit | None = None
        try:
            while not isinstance(wanted, Quit):
                wanted = self._serve(wanted, resume)
        finally:
            if self._robot is not None:
                self._robot.stop()
            self._wire.close()

    def _serve(self, begin: Begin | None, resume: bool) -> Begin | Quit | None:
        """One episode, when the robot is ready and somebody wants one; what they want next."""
        try:
            is_new = self._prepare()
            if is_new and resume and begin is None:
                begin = find_unfinished(self._recipe, self._run)
            wanted = begin or self._wait_idle()
            if isinstance(wanted, Quit):
                return wanted
            begin = wanted
            self._attempt(begin)
        except Leaving as leaving:
            return leaving.request
        except Exception as error:
            return self._wait_after_trouble(_tell(error), begin)
        return None

    # Waiting

    def _wait_idle(self) -> Begin | Quit:
        robot = self._robot
        assert robot is not None
        self._become("idle")
        while True:
            request = self._wire.listen(self._view.rest)
            if isinstance(request, Begin | Quit):
                return request
            if robot.state == "faulted":
                raise RobotError(robot.reason)
            if isinstance(request, Configure):
                self._settings = request
            elif isinstance(request, Say):
                choose = Remark("Choose what to teach first, then tell me what to do.")
                self._view.catch_up()
                self._wire.send(Asked(choose))
            elif isinstance(request, Lay):
                with self._unseen(robot):
                    self._wire.send(lay(robot, request))
                self._view.change()

    def _wait_after_trouble(self, text: str, begin: Begin | None) -> Begin | Quit | None:
        self._wire.send(Trouble(text))
        self._become("faulted", text)
        while True:
            request = self._wire.listen(self._view.rest if self._robot else lambda: False)
            if isinstance(request, Begin | Quit):
                return request
            if isinstance(request, GoOn):
                return begin
            if isinstance(request, Configure):
                self._settings = request
            elif isinstance(request, Discard) and begin is not None:
                self._abandon(begin)
                return None

    def _become(self, state: DeskState, reason: str = "") -> None:
        if (state, reason) != self._state:
            self._state = state, reason
            self._wire.send(Became(state, reason))

    # Building

    def _prepare(self) -> bool:
        """Have the robot ready; whether it was built only now."""
        is_new = self._robot is None
        if self._robot is None:
            self._build()
        elif self._robot.state == "faulted":
            self._become("starting")
            self._wire.be_patient()
            self._robot.connect()
        return is_new

    def _build(self) -> None:
        self._become("starting")
        self._wire.be_patient()
        self._vocabulary = build_vocabulary(self._recipe)
        self._interpreter = build_interpreter(
            with_memory(self._recipe, self._run.path), self._vocabulary
        )
        robot = build_robot(self._recipe)
        robot.connect()
        self._robot = robot
        self._view = LiveView(robot, self._wire.send)
        self._view.change()
        self._wire.send(Ready(robot.cameras, robot.simulation is not None))

    def _actor(self, begin: Begin) -> Propose:
        if begin.checkpoint not in self._actors:
            import torch

            torch.set_num_threads(1)  # the page and its pictures need the other cores
            checkpoint = find_checkpoint(Path(begin.checkpoint))
            actor = load_agreed_actor(self._recipe, checkpoint, self._vocabulary)
            announce_policy(checkpoint, [begin.task])
            self._actors = {begin.checkpoint: actor}
        return self._actors[begin.checkpoint]

    def _on_moving(self, time_s: float) -> None:
        self._wire.mark_alive()
        self._view.move(time_s)

    def _halt(self, reason: str) -> None:
        if self._robot is not None and not self._rebuilding:
            self._robot.halt(reason)

    # One episode

    def _attempt(self, begin: Begin) -> None:
        robot = self._robot
        assert robot is not None
        self._become("starting")
        self._wire.be_patient()
        attempt, task = plan_attempt(self._recipe, self._store, begin)
        wire, view = self._wire, self._view
        talk = Conversation(wire, robot, view, self._draw, self._name, self._settings, begin)
        agent = self._build_agent(begin, talk)
        with self._unseen(robot):
            prepare_scene(task, robot, attempt.seed)
            journal = begin_or_resume(self._store, attempt, robot)
            record = History(robot, journal)
            try:
                record.replay()
            except CliprtError:
                journal.close()
                raise
        attempt = replace(attempt, instruction=journal.header.instruction)
        company = PageCompany(wire, talk, view, record, self._name, bool(begin.policy))
        robot.ask_before(talk.find_objection)
        try:
            self._tell_start(attempt, record, begin.policy)
            episode = run_episode(agent, robot, attempt, task=task, record=record, company=company)
        finally:
            self._settings, self._state = talk.settings, None
            robot.ask_before(None)
            journal.close()
            view.change()
        view.catch_up()
        keep_end(self._store, episode, view.latest)
        wire.send(to_ended(episode, begin.policy))

    def _tell_start(self, attempt: Attempt, record: History, policy: str) -> None:
        self._wire.send(
            Started(
                episode=attempt.id,
                task=attempt.task,
                instruction=attempt.instruction,
                seed=attempt.seed,
                steps=tuple(to_done_step(step, self._name) for step in record.steps),
                policy=policy,
            )
        )

    @contextmanager
    def _unseen(self, robot: Gate) -> Iterator[None]:
        """Build a scene as fast as possible; a stop that comes meanwhile waits in the wire."""
        self._rebuilding = True
        robot.watch(None)
        try:
            yield
        finally:
            self._rebuilding = False
            robot.watch(self._on_moving)

    def _build_agent(self, begin: Begin, talk: Conversation) -> Agent:
        spoken = SpokenAgent(WebTeleoperator(talk), talk.read_with(self._interpreter))
        if not begin.policy:
            return spoken
        policy = PolicyAgent(
            self._actor(begin), self._vocabulary, self._recipe.evaluation.break_loops
        )
        source = self._recipe.helper.name
        return CollaborativeAgent(
            policy, spoken, self._vocabulary, initiative="person", source=source
        )

    def _abandon(self, begin: Begin) -> None:
        try:
            attempt, _ = plan_attempt(self._recipe, self._store, begin)
            if attempt.id in self._store.unfinished():
                self._store.resume_journal(attempt.id).abandon()
        except CliprtError as error:  # e.g. another tab removed its skill
            self._wire.send(Trouble(said_by(error)))
            return
        self._wire.send(Ended(attempt.id, begin.task, None, 0, "discarded", policy=begin.policy))

    def _name(self, primitive: Primitive) -> str:
        told, nearly = tell(primitive), tell_primitive(primitive, self._vocabulary.primitives)
        return Told(nearly if told == primitive.phrase else told, primitive)

    def _draw(
        self, observation: Observation, primitives: Sequence[Primitive]
    ) -> Mapping[str, tuple[Line, ...]]:
        robot = self._robot
        assert robot is not None
        return draw_move(robot, observation.commanded_pose, primitives, robot.cameras)


def _tell(error: Exception) -> str:
    """What a person reads; a bug of ours leaves its trace in the terminal too."""
    if isinstance(error, CliprtError):
        return said_by(error)
    traceback.print_exception(error)
    return Remark(
        "something failed that never should: {error}. Press “Go on”",
        error=f"{type(error).__name__}: {error}",
    )
