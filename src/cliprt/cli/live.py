"""Attempts that are made live: shown step by step at a terminal, filmed, recorded."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from cliprt.data.store import EpisodeStore
from cliprt.runtime.agents import Agent
from cliprt.runtime.company import NOBODY, Company, Speaker, Together
from cliprt.runtime.explanation import Explanation, explain_step
from cliprt.runtime.gate import Gate
from cliprt.runtime.history import History
from cliprt.runtime.loop import prepare_scene, run_episode
from cliprt.runtime.narrate import Narrator, Show, in_short
from cliprt.runtime.record import Record
from cliprt.runtime.video import VideoRecorder
from cliprt.runtime.watch import LivePicture
from cliprt.tasks.interface import Task
from cliprt.types import Attempt, Episode, Step


class Live:
    """One task, one agent and who is beside the robot.

    Args:
        robot: Connected.
        task: What is tried.
        agent: Who acts.
        show: Where to say what happens.
        person: Who stands at the robot; None where nobody has to.
        explains: Whether to say why a policy took a step.
    """

    def __init__(
        self,
        robot: Gate,
        task: Task,
        agent: Agent,
        show: Show,
        person: Company | None,
        explains: bool,
    ) -> None:
        self._robot, self._task, self._agent, self._show = robot, task, agent, show
        self._explained = agent if explains else None
        speaker = getattr(agent, "teleoperator", None)
        self.has_person = speaker is not None and speaker.is_person
        """Whether a person speaks, who has to see the robot and may take steps back."""
        self._person = person or (Speaker(speaker) if speaker else NOBODY)
        self._picture: LivePicture | None = None

    def keep_picture(self, path: Path) -> Path:
        """Keep a picture up to date from now on; the page that shows it."""
        self._picture = LivePicture(self._robot, path, self._task.instruction)
        return self._picture.page

    def play(self, attempt: Attempt, store: EpisodeStore, video: Path | None) -> dict[str, Any]:
        """Make one attempt in a new scene, record it and say how it went; its facts."""
        robot, instruction = self._robot, self._task.instruction
        prepare_scene(self._task, robot, attempt.seed)
        film = None
        if video:
            explain = partial(explain_step, self._agent) if self._explained else None
            film = VideoRecorder(video, robot, title=instruction, explain=explain)
        narrator = Narrator(self._show, self._explained)
        onlookers = [one for one in (narrator, film, self._picture) if one]
        with film or nullcontext():
            journal = store.begin(attempt)
            episode = run_episode(
                self._agent,
                robot,
                attempt,
                task=self._task,
                record=History(robot, journal) if self.has_person else Record(journal),
                company=Together(self._person, *onlookers),
            )
            if robot.state == "ready":
                last = robot.observe()
                if film:
                    film.add(last, in_short(episode))
                if self._picture:
                    self._picture.show(last, in_short(episode))
        self._show(f"  {in_short(episode)}")
        if film:
            self._show(f"  Film: {film.path}")
        return to_facts(episode, narrator.explanations if self._explained else None)


def to_facts(
    episode: Episode, explanations: dict[int, Explanation | None] | None = None
) -> dict[str, Any]:
    """An episode as JSON values, without pictures; with why each step was taken, if known."""
    facts = {key: value for key, value in vars(episode).items() if key not in ("meta", "steps")}
    return {**facts, **episode.meta, "steps": [_step(step, explanations) for step in episode.steps]}


def _step(step: Step, explanations: dict[int, Explanation | None] | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "supervision": step.supervision,
        "label": step.primitive.label,
        "phrase": step.primitive.phrase,
        "motion": list(step.primitive.motion),
        "gripper": step.primitive.gripper,
        "refused": step.outcome.refused,
        "stopped_because": step.outcome.stopped_because,
    }
    if explanations is not None:
        explanation = explanations.get(step.index)
        facts["explanation"] = explanation.to_dict() if explanation else None
    return facts
