"""What happens between episodes: sentences that are typed, and skills that people bring."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from cliprt.language.choosing import choose, declines
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.remarks import Remark
from cliprt.page.aims import Aims, tell
from cliprt.page.attempts import to_page_recipe
from cliprt.page.choosing import HELLO, HELP, Wish, is_ready, understand
from cliprt.page.episodes import count_taught, list_episodes
from cliprt.page.messages import Became, Event, Laid, Lay, Started
from cliprt.page.saying import say
from cliprt.page.session import Session
from cliprt.page.skills import Skills
from cliprt.page.translate import called
from cliprt.recipe.build import build_task, build_understanding, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.stages.run_folder import RunFolder

_WHEN = re.compile(
    r"(?:no[,.]? )?(?:(?:it is |it's |its )?(?:done|ready|finished) )?(?:when|if|once) "
)

NOTHING_THERE = Remark(
    "Nothing stands on the table yet. Say what does, or press “Teach it” again to go on without."
)


class Between:
    """The tasks that there are, and what is said while none is taught.

    Args:
        recipe: What is taught, and on which robot.
        run: The run folder.
        lay: Has the robot's cameras show a table; never waits.
    """

    def __init__(self, recipe: Recipe, run: RunFolder, lay: Callable[[Lay], None]) -> None:
        self._read = GrammarInterpreter(build_vocabulary(recipe)).read
        self._first = ""
        self._adopted: Recipe | None = None
        self.skills = Skills(to_page_recipe(recipe), run, lay)
        """Those that people brought here, and the one that is being brought."""
        self.aims = Aims(run)
        """What is asked about when they are done."""
        self.goals: dict[str, str] = {}
        """Own skill -> when it is done, in words; "" = a person says."""
        self.wish: Wish | None = None
        """What was typed since the last episode, and what is answered to it."""
        self.episodes = list_episodes(run.store())
        """What is taught, the newest first."""
        self.session = Session({}, {})
        self.instructions: dict[str, str] = {}
        """Task -> the task in its own words."""
        self.adopt()

    def adopt(self) -> None:
        """Take over the tasks, and the episodes, that there are now."""
        recipe = self.skills.recipe
        if recipe is not self._adopted:
            self._adopted = recipe
            self.instructions = {task.key: build_task(task).instruction for task in recipe.tasks}
            self.goals = {task: tell(entry) for task, entry in self.skills.entries.items()}
            if self.aims.question is not None and self.aims.question.task not in self.goals:
                self.aims.close()
            self.session.want(dict.fromkeys(self.instructions, recipe.data.episodes))
        self.session.count(count_taught(recipe, self.episodes))

    def hear(self, event: Event) -> None:
        """Take what the desk tells."""
        self.session.apply(event)
        if isinstance(event, Laid):
            self.skills.hear(event.remark)
        elif isinstance(event, Became) and event.state == "idle":
            self.skills.forget()
        elif isinstance(event, Started):
            self._first = self.wish.sentence if self.wish and self.wish.is_step else ""
            self.wish = None
            self.aims.close()

    def say(self, sentence: str) -> str:
        """Take a sentence; the task that it begins, or ""."""
        if (draft := self.skills.draft) is not None:
            if is_ready(sentence):
                return self.save(draft.title)
            self.skills.change(say(draft, sentence))
            return ""
        titles = {task: called(words) for task, words in self.instructions.items()}
        last = self.session.ended.task if self.session.ended else ""
        wish = understand(sentence, titles, self._read, self.wish, last, self._mean)
        if self.aims.question is not None and self._say_goal(sentence, wish):
            return ""
        self.wish = wish
        if wish.title is not None and not wish.text:
            self.skills.open(wish.title)
        return wish.begin

    def _mean(self, title: str) -> tuple[list[str], bool]:
        """The tasks that a title in other words may mean, and whether the first is for sure."""
        match = build_understanding(self.skills.recipe).match(title)
        meant = match.offers or (match.instruction,)
        tasks = [task for one in meant for task, own in self.instructions.items() if own == one]
        return tasks, match.is_sure

    def _say_goal(self, sentence: str, wish: Wish) -> bool:
        """Whether a sentence is about when a skill is done; what it says of that is taken."""
        question = self.aims.question
        assert question is not None
        chosen = choose(sentence, [(str(n), c) for n, c in enumerate(question.choices, 1)])
        if chosen is not None:
            self.confirm(question.choices[chosen])
            return True
        if declines(sentence):
            self.aims.close()
            return True
        when = _WHEN.sub("", sentence)
        is_other = wish.begin or wish.is_step or wish.text in (HELLO, HELP)
        if when != sentence:
            self.aims.read(when)
            return True
        return not is_other and self.aims.try_read(sentence)

    def confirm(self, goal: str) -> None:
        """The goal that is asked about is what was meant.

        Raises:
            StoreError: It cannot be written down.
        """
        if self.aims.question is not None and goal in self.aims.question.choices:
            self._answer(self.aims.question.task, str(goal))

    def judge_oneself(self) -> None:
        """Nobody but the person can say when it is done.

        Raises:
            StoreError: It cannot be written down.
        """
        if self.aims.question is not None:
            self._answer(self.aims.question.task, "")

    def _answer(self, task: str, goal: str) -> None:
        """Keep what was answered; the question stands until it is, and goes with its skill."""
        if task in self.skills.entries:
            self.skills.put({**self.skills.entries[task], "goal": goal})
            self.aims.judge(task, is_judged=not goal)
        self.aims.close()
        self.adopt()

    def asks_goal(self, task: str) -> bool:
        """Whether to ask for one: a real table is measured by nobody."""
        return self.session.simulated and self.wants_goal(task)

    def wants_goal(self, task: str) -> bool:
        """Whether a task is an own skill whose goal nobody said yet."""
        return task in self.goals and not self.goals[task]

    def shape(self, change: Callable[[Skills], None]) -> None:
        """Change the skill that is being brought, or what is kept of one.

        Raises:
            CliprtError: What is kept cannot be written.
        """
        change(self.skills)
        if self.skills.draft is not None:
            self.wish = None
        self.adopt()

    def save(self, title: str) -> str:
        """Keep the skill that is being brought; its task, or "" where something is missing."""
        draft = self.skills.draft
        is_empty = self.session.simulated and draft is not None and not draft.scene.things
        if draft and is_empty and title.strip() and draft.remark != NOTHING_THERE:
            self.skills.change(replace(draft, title=title, remark=NOTHING_THERE))
            return ""  # whoever presses again means it
        task = self.skills.save(title)
        self.adopt()
        return task

    def is_taught(self, task: str) -> bool:
        """Whether anything was recorded of a task, however it ended."""
        return any(episode.task == task for episode in self.episodes)

    def take_first(self) -> str:
        """The step that was typed before its episode had begun, once."""
        first, self._first = self._first, ""
        return first
