"""What all tabs share: the session, the robot's process, the training, and who may steer.

Everything here runs in the server's event loop, but `hear`, which the desk calls from a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from cliprt.errors import CliprtError
from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.remarks import Remark
from cliprt.language.stops import is_stop
from cliprt.page.attempts import to_page_recipe
from cliprt.page.choosing import Wish, understand
from cliprt.page.control import Control
from cliprt.page.episodes import ListedEpisode, count_taught, delete_episode, list_episodes
from cliprt.page.link import Desk
from cliprt.page.live import LiveLines
from cliprt.page.malformed import Malformed
from cliprt.page.messages import (
    Begin,
    Configure,
    Ended,
    Event,
    Frame,
    Halt,
    Ready,
    Request,
    Say,
    Started,
    Trouble,
)
from cliprt.page.session import Session
from cliprt.page.training import Trainer
from cliprt.page.translate import called, said_by
from cliprt.recipe.build import build_task, build_vocabulary
from cliprt.recipe.schema import Recipe
from cliprt.stages.run_folder import RunFolder

MOST_CHARACTERS = 300
"""Of anything that a person types."""

WATCHING = Remark("You are watching. Press “Take over” to teach from here.")


class Teaching:
    """One page's teaching, for any number of tabs.

    Args:
        recipe: What is taught, and on which robot.
        run: The run folder, claimed by this process.
        malformed: Counts what no page of ours sends.
    """

    def __init__(self, recipe: Recipe, run: RunFolder, malformed: Malformed) -> None:
        self.recipe = to_page_recipe(recipe)
        self.run = run
        self.instructions = {task.key: build_task(task).instruction for task in recipe.tasks}
        """Task -> the task in its own words."""
        self.episodes: tuple[ListedEpisode, ...] = list_episodes(run.store())
        """What is taught, the newest first."""
        wanted = dict.fromkeys(self.instructions, recipe.data.episodes)
        self.session = Session(wanted, count_taught(self.recipe, self.episodes))
        self.desk = Desk(self.recipe, Path(run.path), self.hear)
        self.trainer = Trainer(self.recipe, run)
        self.control = Control()
        self.listeners: dict[str, Callable[[], None]] = {}
        """Tab -> draws again what changed."""
        self.lines = LiveLines(
            self.control,
            self.stop,
            self._lose,
            self.change,
            is_page=self.listeners.__contains__,
            note=malformed.note,
        )
        self.wish: Wish | None = None
        """What was typed since the last episode, and what is answered to it."""
        self._read = GrammarInterpreter(build_vocabulary(recipe)).read
        self._first = ""
        self.confirms: bool | None = None
        """Whether the person is asked before every move; None until a robot is there."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_due = False
        self._tasks: set[asyncio.Task[None]] = set()

    # The server's life

    def start(self) -> None:
        """Start the robot's process; called in the event loop.

        An episode that was cut off goes on, and so does a training.
        """
        self._loop = asyncio.get_running_loop()
        self._keep(self.lines.watch_silence())
        self.desk.start()
        if self.trainer.was_cut_off:
            self.trainer.resume()

    def close(self) -> None:
        """Bring the robot to rest and let both processes leave; nothing recorded is lost."""
        self._loop = None
        if self.session.state in ("showing", "moving"):
            self.desk.halt(Remark("the page's server ends"))
        self.desk.close()
        self.trainer.close()

    # What the desk tells

    def hear(self, event: Event) -> None:
        """Take an event, from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._apply, event)

    def _apply(self, event: Event) -> None:
        self.session.apply(event)
        if isinstance(event, Frame):
            self.lines.show(event)
            return
        if isinstance(event, Ready) and self.confirms is None and not event.simulated:
            self._configure(True)
        if isinstance(event, Started):
            self._first = self.wish.sentence if self.wish and self.wish.is_step else ""
            self.wish = None
        if isinstance(event, Ended):
            self._keep(self._look_up())
        self.change()

    def change(self) -> None:
        """Have every tab drawn again, once, as soon as this event is dealt with."""
        if not self._is_due and self._loop is not None:
            self._is_due = True
            self._loop.call_soon(self._draw)

    def _draw(self) -> None:
        self._is_due = False
        self.lines.draw(self.session.drawing)
        for draw in list(self.listeners.values()):
            draw()

    # What a tab asks for; each returns why not, "" if it is done

    def say(self, tab: str, text: str) -> str:
        """Pass on a sentence; one that means stop is heeded from every tab."""
        sentence = " ".join(str(text).split())
        if not sentence:
            return ""
        if is_stop(sentence):
            self.session.say(sentence)
            self.desk.halt(f"“{sentence[:MOST_CHARACTERS]}”")
            self.change()
            return ""
        if len(sentence) > MOST_CHARACTERS:
            return Remark(
                "That has {n} characters; I follow {most}. Say less.",
                n=len(sentence),
                most=MOST_CHARACTERS,
            )
        if not self.control.steers(tab):
            return WATCHING
        if not self.session.is_teaching:
            self._choose(sentence)
        else:
            self.session.say(sentence)
            self.desk.send(Say(sentence))
        self.change()
        return ""

    def take_first(self, tab: str) -> str:
        """The step that was typed before its episode had begun, once, for the tab that steers."""
        if not (self.session.is_teaching and self.control.steers(tab)):
            return ""
        first, self._first = self._first, ""
        return first

    def ask(self, tab: str, request: Request) -> str:
        """Pass on what a button asks for."""
        if not self.control.steers(tab):
            return WATCHING
        if isinstance(request, Begin) and len(request.instruction) > MOST_CHARACTERS:
            return Remark(
                "The task is too long: say it in {most} characters.", most=MOST_CHARACTERS
            )
        if isinstance(request, Configure):
            self._configure(request.confirm)
        else:
            self.desk.send(request)
        return ""

    def stop(self) -> None:
        """Bring the robot to rest; anyone may."""
        self.desk.halt(Remark("STOP was pressed"))

    def take_over(self, tab: str) -> None:
        """A tab that watches wants to steer."""
        self.control.apply(tab)
        self.change()

    def answer(self, tab: str, grant: bool) -> None:
        """The tab that steers answers the one that wants to."""
        self.control.answer(tab, grant)
        self.change()

    async def delete(self, tab: str, episode: str) -> str:
        """Set an episode aside; its scene is offered again."""
        if not self.control.steers(tab):
            return WATCHING
        if episode not in [one.id for one in self.episodes]:
            return Remark("This episode is gone already.")
        try:
            await asyncio.to_thread(delete_episode, self.run.store(), episode)
        except CliprtError as error:
            return said_by(error)
        await self._look_up()
        return ""

    # Inside

    def _choose(self, sentence: str) -> None:
        titles = {task: called(words) for task, words in self.instructions.items()}
        offered = self.wish.tasks if self.wish else ()
        last = self.session.ended.task if self.session.ended else ""
        self.wish = understand(sentence, titles, self._read, offered, last)
        if self.wish.begin:
            self.desk.send(Begin(self.wish.begin))

    def _configure(self, confirm: bool) -> None:
        self.confirms = confirm
        self.desk.send(Configure(confirm=confirm))
        self.change()

    def _lose(self) -> None:
        if self.session.state in ("showing", "moving"):
            self.desk.send(Halt(Remark("the page that steered is gone, or hidden")))

    async def _look_up(self) -> None:
        try:
            self.episodes = await asyncio.to_thread(list_episodes, self.run.store())
            self.session.count(count_taught(self.recipe, self.episodes))
        except CliprtError as error:
            self.session.apply(Trouble(said_by(error)))
        self.change()

    def _keep(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
