"""What happens between episodes: sentences that are typed, and skills that people bring."""

from __future__ import annotations

from collections.abc import Callable

from cliprt.language.grammar import GrammarInterpreter
from cliprt.page.attempts import to_page_recipe
from cliprt.page.choosing import Wish, understand
from cliprt.page.draft import say
from cliprt.page.episodes import count_taught, list_episodes
from cliprt.page.messages import Became, Event, Laid, Lay, Started
from cliprt.page.session import Session
from cliprt.page.skills import Skills
from cliprt.page.translate import called
from cliprt.recipe.build import build_task, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.stages.run_folder import RunFolder


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

    def say(self, sentence: str) -> str:
        """Take a sentence; the task that it begins, or ""."""
        if (draft := self.skills.draft) is not None:
            self.skills.change(say(draft, sentence))
            return ""
        titles = {task: called(words) for task, words in self.instructions.items()}
        offered = self.wish.tasks if self.wish else ()
        last = self.session.ended.task if self.session.ended else ""
        self.wish = wish = understand(sentence, titles, self._read, offered, last)
        if wish.title is not None and not wish.text:
            self.skills.open(wish.title)
        return wish.begin

    def shape(self, change: Callable[[Skills], None]) -> None:
        """Change the skill that is being brought, or what is kept of one.

        Raises:
            CliprtError: What is kept cannot be written.
        """
        change(self.skills)
        if self.skills.draft is not None:
            self.wish = None
        self.adopt()

    def is_taught(self, task: str) -> bool:
        """Whether anything was recorded of a task, however it ended."""
        return any(episode.task == task for episode in self.episodes)

    def take_first(self) -> str:
        """The step that was typed before its episode had begun, once."""
        first, self._first = self._first, ""
        return first
