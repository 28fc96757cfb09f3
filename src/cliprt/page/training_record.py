"""What a training works on, written down in the run folder before it begins.

A training that was cut off goes on with the same episodes, whatever was taught since, and ends in
the same weights.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from cliprt.data.samples import is_sample
from cliprt.data.schema import build
from cliprt.errors import UsageError
from cliprt.language.remarks import Remark
from cliprt.recipe.schema import Recipe
from cliprt.recipe.together import learns
from cliprt.stages.collect import find_taught
from cliprt.stages.correct import CORRECTED
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.training.curve import CurvePoint

Kind = Literal["taught", "corrections"]
"""From the beginning with all that is taught, or on from the last policy with the corrections."""

State = Literal["", "working", "stopped", "failed", "finished"]
"""``""`` before the first training; ``"working"`` also after the process was killed."""

RECORD = "training.json"


@dataclass(frozen=True)
class Learnt:
    """A policy that is there to be tried; without a key there is none.

    Attributes:
        policy: Its key.
        checkpoint: Its folder.
        episodes: Taught ones that it learned from.
        corrections: Corrected ones that it learned from.
    """

    policy: str = ""
    checkpoint: str = ""
    episodes: int = 0
    corrections: int = 0


@dataclass(frozen=True)
class Work:
    """What one training works on, and how it ended.

    Attributes:
        kind: See `Kind`.
        state: See `State`.
        taught: Task -> ids of its taught episodes.
        corrections: Ids of corrected episodes.
        earlier: Key of the policy to go on from; "" = from the beginning.
        curve: The learning curve so far, or of the last training.
        learnt: The last finished policy, of this training or of one before.
        error: Why it failed.
    """

    kind: Kind = "taught"
    state: State = ""
    taught: dict[str, tuple[str, ...]] = field(default_factory=dict)
    corrections: tuple[str, ...] = ()
    earlier: str = ""
    curve: tuple[CurvePoint, ...] = ()
    learnt: Learnt = Learnt()
    error: str = ""

    def save(self, run: RunFolder) -> None:
        """Write it down."""
        save_record(asdict(self), run.path / RECORD)


def load_work(run: RunFolder) -> Work:
    """The last training of a run folder; an empty one if there was none."""
    try:
        values = load_record(run.path / RECORD)
        curve = tuple(CurvePoint(*point) for point in values["curve"])
        return replace(build(Work, {**values, "curve": ()}), curve=curve)
    except (KeyError, ValueError, TypeError):
        return Work()  # what a damaged record says is made again


def plan_work(recipe: Recipe, run: RunFolder, kind: Kind) -> Work:
    """What a training that begins now would work on.

    Raises:
        UsageError: There is nothing to learn from.
    """
    last = load_work(run)
    if not learns(recipe):
        return Work("taught", "working", learnt=last.learnt)
    taught = find_taught(recipe, run).ids
    if not taught:
        raise UsageError(
            Remark("nothing is taught yet: one episode that succeeds is enough to begin")
        )
    corrections = find_corrections(recipe, run)
    earlier = ""
    if kind == "corrections":
        earlier = last.learnt.policy
        if not earlier or not corrections:
            raise UsageError(
                Remark(
                    "there is no correction to learn from yet: let the policy try, and say what to"
                    " do instead when it goes wrong"
                )
            )
    return Work(kind, "working", taught, corrections, earlier, learnt=last.learnt)


def find_corrections(recipe: Recipe, run: RunFolder) -> tuple[str, ...]:
    """Episodes in which a policy was corrected at one of the recipe's tasks."""
    store, tasks = run.store(), {task.key for task in recipe.tasks}
    corrected = (
        header.id
        for header in store.headers()
        if header.meta.get("kind") == CORRECTED and header.task in tasks
    )
    return tuple(e.id for e in store.readable(corrected) if any(map(is_sample, e.steps)))
