"""A person at the terminal."""

from __future__ import annotations

from typing import ClassVar

from cliprt.language.telling import tell
from cliprt.language.text import about
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task
from cliprt.teleoperators.interface import Teleoperator
from cliprt.terminal import clean
from cliprt.types import Observation, Primitive

DONE = "done"
_YES = ("y", "yes")
_NO = ("n", "no")


class ConsoleTeleoperator(Teleoperator):
    """Asks for one sentence at a time; offers are chosen by their number, or the first by ``y``.

    Everything it shows goes to stderr, so that a command's output stays clean.  End of input
    (Ctrl-D, or the end of a pipe) means "done"; in an episode in which nothing was said yet it is
    an interruption, as nobody is there.  Ctrl-C goes up to the caller.
    """

    is_person: ClassVar[bool] = True

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._offers: tuple[str, ...] = ()
        self._was_said = False

    def start(
        self, instruction: str, seed: int, task: Task | None, world: Simulation | None
    ) -> None:
        """Show the instruction."""
        self._offers, self._was_said = (), False
        self._show(f"Task: {instruction}", style="bold")
        self._show(
            'Say what the arm should do next; "undo" takes it back, "redo" makes it again, "stop"'
            ' stops at once, "done" ends, "discard" throws the episode away.'
        )

    def say(self, observation: Observation) -> str:
        """What was typed, or the offer that was chosen.

        Raises:
            KeyboardInterrupt: Ctrl-C, or the end of input in an episode without a word.
        """
        while True:
            typed = self._ask("> ")
            offers, self._offers = self._offers, ()
            if typed.lower() in _NO and offers:
                self._show("Say it in other words.")
            elif typed:
                return _chosen(typed, offers)

    def hear(self, message: str, offers: tuple[str, ...] = ()) -> None:
        """Show the answer, and the offers with their numbers."""
        self._offers = offers
        self._show(message, style="yellow")
        for number, offer in enumerate(offers, 1):
            self._show(f"  {number}  {offer}")
        if offers:
            choices = ", ".join(["y", *map(str, range(2, len(offers) + 1))])
            self._show(f"Type {choices}, or something else.")

    def review(
        self, observation: Observation, proposal: Primitive | None, probability: float | None
    ) -> str:
        """What was typed; nothing, just Enter, lets the proposal happen.

        Raises:
            KeyboardInterrupt: As `say`.
        """
        phrase = tell(proposal) if proposal else "I know nothing to do"
        if probability is None:
            self._show(f"Next: {phrase}", style="cyan")
        else:
            sure = f" ({probability:.0%})" if proposal and probability else ""
            self._show(f"Policy: {phrase}{sure}", style="cyan")
        self._offers = ()
        return self._ask("Enter = go on, or say what to do instead > ")

    def go_on(self, reason: str) -> bool:
        """Whether Enter was pressed rather than "end" typed; the end of input ends, too.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        self._show(f"Stopped: {reason}", style="red")
        self._offers = ()
        while True:
            try:
                typed = self._console.input('Go on? Enter = go on, "end" = end the episode > ')
            except EOFError:
                self._show("")
                return False
            answer = typed.strip().lower()
            if answer in ("", *_YES) or about(answer) == "go on":
                return True
            if answer in _NO or about(answer) in ("stop", "done"):
                return False

    def _ask(self, prompt: str) -> str:
        """A line, or "done" at the end of input; nobody is there if that comes before any line."""
        try:
            typed = self._console.input(prompt).strip()
        except EOFError:
            self._show("")
            if self._was_said:
                return DONE
            raise KeyboardInterrupt("the input has ended") from None
        self._was_said = True
        return typed

    def _show(self, text: str, style: str | None = None) -> None:
        self._console.print(clean(text), style=style, markup=False)


def _chosen(typed: str, offers: tuple[str, ...]) -> str:
    """The offer that was meant, else what was typed."""
    if offers and typed.lower() in _YES:
        return offers[0]
    numbers = [str(number) for number in range(1, len(offers) + 1)]
    return offers[numbers.index(typed)] if typed in numbers else typed
