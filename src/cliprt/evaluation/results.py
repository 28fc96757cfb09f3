"""What judging a policy yields, as frozen values: trials, results per task, the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cliprt.data.schema import build
from cliprt.evaluation.help_curve import HelpCurve
from cliprt.runtime.explanation import Explanation

Interval = tuple[float, float]
Decisions = tuple[Explanation | None, ...]
"""What a policy weighed up, step by step; None where a helper decided."""


@dataclass(frozen=True)
class Trial:
    """One attempt of a policy at one task, in one unseen scene.

    Attributes:
        task: What the recipe calls the task.
        instruction: The task in words.
        seed: Seed of the scene.
        success: Whether the task's condition held at the end.
        steps: Primitives that were chosen.
        end: Why the attempt ended: ``"success"``, ``"max_steps"``, ``"refused"`` ...
        break_loops: Whether the agent never repeated a primitive at one commanded pose.
        episode: Id of the episode.
        suite: The set of tasks that it belongs to.
        failure: A key of :data:`cliprt.evaluation.failures.FAILURES`; None for a success.
        video: Path of the recorded rollout, in a file of trials relative to that file; None = not
            recorded.
        last_phrases: The last primitives in words, oldest first.
        interventions: How often a helper might speak; 0 = the policy was alone.
        helped: How often the helper was asked, or objected.
        decisions: Of a recorded rollout, why each step was taken.
        starts: With which frame of its video each step begins; empty = one frame a step.
        kept: Whether its episode is kept, in ``episodes/`` beside the file of trials.
        manner: How it was told, a key of :data:`cliprt.evaluation.telling.MANNERS`; "" = as taught.
        told: What it was told then.
        did: All that was done of what could have been asked, in words, where the task says.
    """

    task: str
    instruction: str
    seed: int
    success: bool
    steps: int
    end: str
    break_loops: bool
    episode: str
    suite: str = ""
    failure: str | None = None
    video: str | None = None
    last_phrases: tuple[str, ...] = ()
    interventions: int = 0
    helped: int = 0
    decisions: Decisions = ()
    starts: tuple[int, ...] = ()
    kept: bool = False
    manner: str = ""
    told: str = ""
    did: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int, bool, int, str]:
        """What makes a trial another one: task, scene, loop-breaking, interventions and manner."""
        return self.task, self.seed, self.break_loops, self.interventions, self.manner

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**dataclasses.asdict(self), "decisions": _decisions_to_list(self.decisions)}


@dataclass(frozen=True)
class Tally:
    """What some trials add up to.

    Attributes:
        interval: 95 % Wilson interval of the success rate.
        mean_steps: Over all trials, failed ones included; None without trials.
        mean_steps_to_success: Over the successful ones; None if there are none.
        failures: Reason -> number of failed trials, most frequent first.
    """

    trials: int
    successes: int
    success_rate: float | None
    interval: Interval
    mean_steps: float | None
    mean_steps_to_success: float | None
    failures: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**dataclasses.asdict(self), "interval": list(self.interval)}


@dataclass(frozen=True)
class Told:
    """How well it goes when the policy is told otherwise.

    Attributes:
        manner: A key of :data:`cliprt.evaluation.telling.MANNERS`.
        tally: The scene's own task was done so often; after another task's instruction it should
            not be.
        taught: In the same scenes, with the instruction that was taught.
    """

    manner: str
    tally: Tally
    taught: Tally

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "manner": self.manner,
            **self.tally.to_dict(),
            "as_taught": self.taught.to_dict(),
        }


@dataclass(frozen=True)
class TaskResult:
    """How well one task goes.

    Attributes:
        tally: With the recipe's own setting of loop-breaking.
        compared: The same scenes with the other setting; None = not tried.
        loop_breaking: The recipe's own setting.
        video: The first recorded rollout, relative to the run folder.
        decisions: Why each of its steps was taken.
        kept: Ids of the episodes that are kept beside the trials.
    """

    task: str
    instruction: str
    suite: str
    tally: Tally
    compared: Tally | None = None
    loop_breaking: bool = True
    video: str | None = None
    decisions: Decisions = ()
    kept: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: the tally's figures lie beside the task's name."""
        other = self.compared.to_dict() if self.compared else None
        return {
            "task": self.task,
            "instruction": self.instruction,
            "suite": self.suite,
            **self.tally.to_dict(),
            "without_loop_breaking": other if self.loop_breaking else None,
            "with_loop_breaking": None if self.loop_breaking else other,
            "video": self.video,
            "decisions": _decisions_to_list(self.decisions),
            "kept": list(self.kept),
        }


@dataclass(frozen=True)
class RunFacts:
    """What the stages of a run say about it, apart from the trials (JSON values only).

    Attributes:
        recipe: The recipe's name.
        resolved_recipe: The whole recipe, every default filled in.
        data: What was taught and what was generated from it
            (:func:`cliprt.evaluation.statistics.count_data`).
        training: ``steps``, ``seconds``, ``final_metrics`` (name -> number).
        seeds: Whose seed -> number or [first, count].
        versions: Package -> version.
        created: When, ISO 8601.
        wall_s: Stage -> seconds of work.
        command: What to type to get this run again.
        sources: Where the report's other inputs lie, relative to the run folder: ``trials`` (a
            JSONL file), ``helped`` (trials with help, another one), ``told`` (trials that were told
            otherwise), ``metrics`` (a folder or CSV file), ``embeddings`` (an npz file).
        calibration: :class:`cliprt.policies.calibration.Calibration` as values; empty without one.
        correction: What rounds of corrections took; empty without any.
    """

    recipe: str
    resolved_recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    wall_s: Mapping[str, float] = field(default_factory=dict)
    command: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    correction: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `from_dict` reads them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunFacts:
        """Read what `to_dict` wrote, also from within a report.

        Raises:
            ValueError: It is of other types, or names a source outside the run folder.
        """
        facts = build(cls, values)
        for name in facts.sources.values():
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise ValueError(f"sources: {name} is not within the run folder")
        return facts


@dataclass(frozen=True)
class Report:
    """Everything that ``report.json`` says.

    Attributes:
        facts: What was done.
        tasks: How well each task goes, in the recipe's order.
        average: Mean of the tasks' success rates (0..1); None if nothing was tried.
        overall: All trials together.
        compared_average, compared_overall: The same with the other setting of loop-breaking.
        loop_breaking: The recipe's own setting.
        planned_trials: How many trials the recipe asks for; more than done = not finished.
        help: Success with a helper, of all tasks and of each; empty if it was not tried.
        told: Success when told otherwise, by manner; empty if it was not tried.
    """

    facts: RunFacts
    tasks: tuple[TaskResult, ...]
    average: float | None
    overall: Tally
    compared_average: float | None = None
    compared_overall: Tally | None = None
    loop_breaking: bool = True
    planned_trials: int | None = None
    help: tuple[HelpCurve, ...] = ()
    told: tuple[Told, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The contract of ``report.json``; ``recipe`` is a name and ``average`` a number."""
        from cliprt.evaluation.failures import FAILURES

        facts = self.facts.to_dict()
        other = None
        if self.compared_overall:
            other = {"average": self.compared_average, **self.compared_overall.to_dict()}
        return {
            "recipe": facts.pop("recipe"),
            "average": self.average,
            "average_interval": list(self.overall.interval),
            "average_note": "average: mean of the tasks' success rates;"
            " average_interval: 95 % Wilson interval over all trials together",
            "tasks": [task.to_dict() for task in self.tasks],
            **self.overall.to_dict(),
            "loop_breaking": self.loop_breaking,
            "without_loop_breaking": other if self.loop_breaking else None,
            "with_loop_breaking": None if self.loop_breaking else other,
            "planned_trials": self.planned_trials,
            "help": [curve.to_dict() for curve in self.help],
            "told": [one.to_dict() for one in self.told],
            "failure_reasons": {key: FAILURES[key] for key in FAILURES},
            **facts,
        }


def _decisions_to_list(decisions: Decisions) -> list[dict[str, Any] | None]:
    return [decision.to_dict() if decision else None for decision in decisions]
