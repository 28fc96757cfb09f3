"""When a skill of one's own is done: asked after what was taught, told in words, and confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, check_goal, holds
from cliprt.goals.inference import Taught, infer_goal, tell_difference
from cliprt.goals.words import openings, read_goal, tell_goal
from cliprt.language.remarks import Count, Remark
from cliprt.page.names import with_names
from cliprt.page.translate import said_by
from cliprt.scenes.entries import from_entries
from cliprt.stages.run_folder import RunFolder, load_record, save_record

MOST_CHOICES = 3
JUDGED = "judged.json"
"""In the run folder: the skills that a person judges, who wants not to be asked."""


@dataclass(frozen=True)
class Question:
    """When is it done?

    Attributes:
        task: The skill.
        choices: Goals in words, the likeliest first; what was typed alone, once it was read.
        remark: What to know of them, or why there are none.
        typed: What was typed and could not be read.
    """

    task: str
    choices: tuple[str, ...] = ()
    remark: str = ""
    typed: str = ""


class Aims:
    """What is asked about goals, and who need not be asked.

    Args:
        run: The run folder.
    """

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._taught: Sequence[Taught] = ()
        self._asked: dict[str, tuple[str, ...]] = {}
        self.question: Question | None = None

    def put(self, question: Question, taught: Sequence[Taught]) -> None:
        """Ask when a task is done."""
        self.question, self._taught = question, taught

    def is_news(self, question: Question) -> bool:
        """Whether somebody who is asked after every episode should be asked this."""
        told = question.choices or (question.remark,)
        return question.task not in self._judged() and self._asked.get(question.task) != told

    def read(self, words: str) -> None:
        """Tell back a goal that was typed; where it cannot be read, the question says why."""
        if self.question is not None and not self.try_read(words):
            try:
                read(words, self._taught)
            except UsageError as error:
                self.question = replace(self.question, remark=said_by(error), typed=words)

    def try_read(self, words: str) -> bool:
        """Tell back a goal that was typed, if it can be read."""
        assert self.question is not None
        try:
            goal = read(words, self._taught)
        except UsageError:
            return False
        self.question = Question(
            self.question.task, (with_names(tell_goal(goal)),), disagree(goal, self._taught)
        )
        return True

    def close(self) -> str:
        """The question is answered, or not now; the task that it was about."""
        question, self.question = self.question, None
        if question is None:
            return ""
        self._asked[question.task] = question.choices or (question.remark,)
        return question.task

    def judge(self, task: str, is_judged: bool) -> None:
        """Whether a person judges a task, and is not asked again.

        Raises:
            StoreError: It cannot be written down.
        """
        judged = self._judged() - {task} | ({task} if is_judged else set())
        save_record({"judged": sorted(judged)}, self._run.path / JUDGED)

    def _judged(self) -> set[str]:
        judged = load_record(self._run.path / JUDGED).get("judged", [])
        return {str(task) for task in judged} if isinstance(judged, list) else set()


def propose(task: str, taught: Sequence[Taught]) -> Question:
    """What the ends have in common, to be confirmed; or why nothing was found."""
    goals = infer_goal(taught)[:MOST_CHOICES]
    if not goals:
        return Question(task, remark=with_names(tell_difference(taught)))
    return Question(task, tuple(with_names(tell_goal(goal)) for goal in goals))


def read(words: str, taught: Sequence[Taught]) -> Goal:
    """The goal that somebody typed.

    Raises:
        UsageError: It cannot be read, is about what is not there, or holds at the start.
    """
    if not taught:
        raise UsageError(Remark("Teach it once first, so that I know what there is to see."))
    goal = read_goal(words, openings(taught[-1].start))
    for one in taught:
        check_goal(goal, one.start)
    return goal


def disagree(goal: Goal, taught: Sequence[Taught]) -> str:
    """How many taught ends are not so; "" where all are."""
    others = sum(not holds(goal, one.end, one.start) for one in taught)
    if not others:
        return ""
    return Count(
        "{count} of {all} taught ends is not so; it stays as you judged it.",
        "{count} of {all} taught ends are not so; they stay as you judged them.",
        others,
        all=len(taught),
    )


def tell(entry: Mapping[str, object]) -> str:
    """The goal of a skill as it can be said in any language; as it is where it cannot be read."""
    words = str(entry.get("goal", ""))
    try:
        scene = from_entries(entry.get("scene", ()))
        return with_names(tell_goal(read_goal(words, scene.openings))) if words else ""
    except UsageError:
        return words
