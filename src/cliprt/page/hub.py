"""What the server knows: one session, one desk, one training, and the tabs that look at them.

Everything here runs on the server's event loop.  What a browser sends passes through `ask`, which
lets only the tab that steers say what the robot does; STOP is heard from every tab.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cliprt.errors import CliprtError
from cliprt.page.attempts import to_page_recipe
from cliprt.page.control import Control
from cliprt.page.episodes import ListedEpisode, count_taught, delete_episode, list_episodes
from cliprt.page.link import Desk
from cliprt.page.live import LiveLines
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
    Trouble,
)
from cliprt.page.session import Session
from cliprt.page.training import Trainer
from cliprt.recipe.build import build_transcriber
from cliprt.recipe.schema import Recipe
from cliprt.stages.run_folder import RunFolder
from cliprt.transcribers.interface import Transcriber

LONGEST_SENTENCE = 300
"""Characters; what is longer is cut off where it comes in."""

_MOVES = ("showing", "moving")


class Hub:
    """The server's centre.

    Args:
        recipe: What is taught, with what.
        run: Where it is kept, claimed by this process.
    """

    def __init__(self, recipe: Recipe, run: RunFolder) -> None:
        self.recipe = to_page_recipe(recipe)
        self.run = run
        self.session = Session({task.name: recipe.data.episodes for task in recipe.tasks}, {})
        self.desk = Desk(recipe, run.path, self._hear)
        self.trainer = Trainer(recipe, run)
        self.control = Control()
        self.live = LiveLines(self.control, self.stop, self._lose, self.notify)
        self.settings = Configure()
        self.episodes: tuple[ListedEpisode, ...] = ()
        self.transcriber: Transcriber | None = None
        self.deafness = ""
        """Why nobody can speak; "" while one can."""
        self._listeners: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_configured = False

    # Its life

    async def start(self) -> None:
        """Start the desk, and go on with an episode that was cut off."""
        self._loop = asyncio.get_running_loop()
        self._spawn(self.live.watch_silence())
        self._spawn(self.look_for_episodes())
        self._spawn(self._prepare_to_hear())
        self.desk.start(resume=True)

    def close(self) -> None:
        """Bring the robot to rest; what is unfinished is gone on with by the next server."""
        self.desk.halt("the page's server was ended")
        self.trainer.close()
        self.desk.close()

    # Tabs

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever something that is shown has changed."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """Call it no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def notify(self) -> None:
        """Have every tab show what has changed."""
        for listener in tuple(self._listeners):
            listener()

    # What browsers ask for

    def ask(self, tab: str, request: Request) -> None:
        """Pass on what the tab that steers wants."""
        if not self.control.steers(tab):
            return
        if isinstance(request, Configure):
            self.settings, self._is_configured = request, True
        self.desk.send(request)
        self.notify()

    def say(self, tab: str, text: object) -> None:
        """A sentence from the tab that steers."""
        sentence = str(text).strip()[:LONGEST_SENTENCE]
        if not sentence or not self.control.steers(tab):
            return
        self.session.say(sentence)
        self.desk.send(Say(sentence))
        self.notify()

    def begin(self, tab: str, task: str, instruction: str = "") -> None:
        """Start an episode of a task."""
        self.ask(tab, Begin(task, instruction[:LONGEST_SENTENCE]))

    async def delete(self, tab: str, episode_id: str) -> None:
        """Set an episode aside.

        Raises:
            StoreError: There is no such episode, or the folder cannot be written.
        """
        if self.control.steers(tab):
            await asyncio.to_thread(delete_episode, self.run.store(), episode_id)
            await self.look_for_episodes()

    async def look_for_episodes(self) -> None:
        """Read the store again, in a thread."""
        try:
            self.episodes = await asyncio.to_thread(list_episodes, self.run.store())
        except CliprtError as error:
            self.session.apply(Trouble(str(error)))
        self.session.count(count_taught(self.recipe, self.episodes))
        self.notify()

    # What the desk tells

    def _hear(self, event: Event) -> None:
        """From the desk's thread."""
        self._loop.call_soon_threadsafe(self._apply, event)

    def _apply(self, event: Event) -> None:
        self.session.apply(event)
        if isinstance(event, Frame):
            self.live.show(event)
            return
        if isinstance(event, Ready) and not event.simulated and not self._is_configured:
            # A real arm asks before every move unless a person says otherwise.
            self.settings, self._is_configured = Configure(confirm=True), True
            self.desk.send(self.settings)
        if isinstance(event, Ended):
            self._spawn(self.look_for_episodes())
        self.live.draw(self.session.drawing)
        self.notify()

    def stop(self) -> None:
        """Bring the robot to rest, whoever asks for it."""
        self.desk.halt("STOP was pressed")

    def _lose(self) -> None:
        """The tab that steered is gone: nothing may move that nobody watches."""
        if self.session.state in _MOVES or self.session.policy:
            self.desk.send(Halt("the page that steered the robot was closed or lost"))

    async def _prepare_to_hear(self) -> None:
        try:
            self.transcriber = await asyncio.to_thread(build_transcriber, self.recipe)
        except CliprtError as error:
            self.deafness = str(error)
        self.notify()

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)  # else it might be collected before it is done
        task.add_done_callback(self._tasks.discard)
