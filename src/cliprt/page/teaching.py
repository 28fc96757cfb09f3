"""What all tabs share: the session, the robot's process, the training, and who may steer.

Everything here runs in the server's event loop, but `hear`, which the desk calls from a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cliprt.errors import CliprtError
from cliprt.language.choosing import choose, declines
from cliprt.language.remarks import Remark
from cliprt.language.stops import is_stop
from cliprt.page.aims import propose
from cliprt.page.attempts import to_page_recipe
from cliprt.page.between import Between
from cliprt.page.control import Control
from cliprt.page.episodes import ListedEpisode, delete_episode, list_episodes
from cliprt.page.link import Desk
from cliprt.page.live import LiveLines
from cliprt.page.malformed import Malformed
from cliprt.page.messages import (
    Asked,
    Became,
    Begin,
    Configure,
    Confirm,
    Ended,
    Event,
    Frame,
    Halt,
    Proposed,
    Ready,
    Request,
    Say,
    Started,
    Trouble,
)
from cliprt.page.skills import Skills
from cliprt.page.training import Trainer
from cliprt.page.translate import said_by
from cliprt.recipe.schema import Recipe
from cliprt.recipe.together import learns
from cliprt.stages.goals import taught_facts
from cliprt.stages.run_folder import RunFolder

MOST_CHARACTERS = 300
"""Of anything that a person types."""

WATCHING = Remark("You are watching. Press “Take over” to teach from here.")
LOOK_FIRST = Remark("The picture is still on its way. Look at it first, then say yes.")


class Teaching:
    """One page's teaching, for any number of tabs.

    Args:
        recipe: What is taught, and on which robot.
        run: The run folder, claimed by this process.
        malformed: Counts what no page of ours sends.
    """

    def __init__(self, recipe: Recipe, run: RunFolder, malformed: Malformed) -> None:
        self.run = run
        self.between = Between(recipe, run, lambda lay: self.desk.send(lay))
        self.session = self.between.session
        self.desk = Desk(to_page_recipe(recipe), Path(run.path), self.hear)
        self.trainer = Trainer(recipe, run)
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
        self.confirms: bool | None = None
        """Whether the person is asked before every move; None until a robot is there."""
        self.begun: Begin | None = None
        """What a person wants to do next, until it starts, or could not."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_due = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def recipe(self) -> Recipe:
        """The page's, with the skills that people brought."""
        return self.between.skills.recipe

    @property
    def instructions(self) -> Mapping[str, str]:
        """Task -> the task in its own words."""
        return self.between.instructions

    @property
    def episodes(self) -> Sequence[ListedEpisode]:
        """What is taught, the newest first."""
        return self.between.episodes

    # The server's life

    def start(self) -> None:
        """Start the robot's process; called in the event loop.

        An episode that was cut off goes on, and so does a training.  A policy that learns nothing
        needs none: it is there to be tried at once.
        """
        self._loop = asyncio.get_running_loop()
        self._keep(self.lines.watch_silence())
        self.desk.start()
        if not learns(self.recipe):
            self.trainer.start("taught")
        elif self.trainer.was_cut_off:
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
        self.between.hear(event)
        if isinstance(event, Frame):
            self.lines.show(event)
            return
        if isinstance(event, Started) or (
            isinstance(event, Became) and event.state in ("idle", "faulted")
        ):
            self.begun = None
        if isinstance(event, Ready) and self.confirms is None and not event.simulated:
            self._configure(True)
        if isinstance(event, Proposed | Asked):
            self.lines.mark()
        if isinstance(event, Ended):
            self._keep(self._look_up())
            if event.success and not event.policy and self.between.asks_goal(event.task):
                self._keep(self.ask_goal(event.task))
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
        if (answer := self._answer(sentence)) is not None:
            return self.ask(tab, answer)
        if self.session.is_teaching:
            self.session.say(sentence)
            self.desk.send(Say(sentence))
            self.change()
            return ""
        return self._begin(tab, lambda between: between.say(sentence))

    def _answer(self, sentence: str) -> Confirm | None:
        """What a sentence answers to “Shall I?”; None where it says something else."""
        shown = self.session.proposed if self.session.state == "showing" else None
        if shown is None or not shown.needs_yes:
            return None
        if choose(sentence, [()]) == 0:
            return Confirm(True)
        return Confirm(False) if declines(sentence) else None

    def shape(self, tab: str, change: Callable[[Skills], None]) -> str:
        """Change the skill that is being brought, or what is kept of one."""
        return self.settle(tab, lambda between: between.shape(change))

    def settle(self, tab: str, do: Callable[[Between], object]) -> str:
        """Do something between episodes."""
        if not self.control.steers(tab):
            return WATCHING
        try:
            do(self.between)
        except CliprtError as error:
            return said_by(error)
        self.change()
        return ""

    async def ask_goal(self, task: str, is_wanted: bool = False) -> None:
        """Ask when a skill is done; unless it is wanted, only where the answer may be another."""
        try:
            ends = await asyncio.to_thread(taught_facts, self.recipe, self.run, task)
            question = await asyncio.to_thread(propose, task, ends)
        except CliprtError as error:
            self.session.apply(Trouble(said_by(error)))
            return
        if is_wanted or self.between.aims.is_news(question):
            self.between.aims.put(question, ends)
            self.change()

    def teach_skill(self, tab: str, title: str) -> str:
        """Keep the skill that is being brought, and begin to teach it."""
        return self._begin(tab, lambda between: between.save(title))

    def take_first(self, tab: str) -> str:
        """The step that was typed before its episode had begun, once, for the tab that steers."""
        is_due = self.session.is_teaching and self.control.steers(tab)
        return self.between.take_first() if is_due else ""

    def ask(self, tab: str, request: Request) -> str:
        """Pass on what a button asks for."""
        if not self.control.steers(tab):
            return WATCHING
        if isinstance(request, Begin) and len(request.instruction) > MOST_CHARACTERS:
            return Remark(
                "The task is too long: say it in {most} characters.", most=MOST_CHARACTERS
            )
        if request == Confirm(True) and not self.lines.has_drawn(tab):
            return LOOK_FIRST
        if isinstance(request, Begin):
            if self.begun is not None:
                return ""  # pressed twice
            self.begun = request
            self.change()
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

    def _begin(self, tab: str, choose: Callable[[Between], str]) -> str:
        """Do something between episodes, and begin the task that comes of it, if one does."""
        chosen: list[str] = []
        why_not = self.settle(tab, lambda between: chosen.append(choose(between)))
        return why_not or (self.ask(tab, Begin(chosen[0])) if chosen[0] else "")

    def _configure(self, confirm: bool) -> None:
        self.confirms = confirm
        self.desk.send(Configure(confirm=confirm))
        self.change()

    def _lose(self) -> None:
        if self.session.state in ("showing", "moving"):
            self.desk.send(Halt(Remark("the page that steered is gone, or hidden")))

    async def _look_up(self) -> None:
        try:
            self.between.episodes = await asyncio.to_thread(list_episodes, self.run.store())
            self.between.adopt()
        except CliprtError as error:
            self.session.apply(Trouble(said_by(error)))
        self.change()

    def _keep(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
