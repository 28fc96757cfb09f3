"""What can be taught, how far it is, and how the last episode ended."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from cliprt.page.session import Session
from cliprt.page.views.parts import box, button, text

Begin = Callable[[str, str], None]


class TaskCards:
    """Between episodes: a card a task, and after one the next in reach of Enter.

    Args:
        instructions: Task -> its instruction.
        begin: Starts an episode of a task, with an instruction in the person's words.
    """

    def __init__(self, instructions: dict[str, str], begin: Begin) -> None:
        self._instructions = instructions
        self._begin = begin
        self._words = dict(instructions)
        """Task -> the instruction as the person put it last."""
        self._shown: object = None
        self._root = box("tasks", 'aria-label="What to teach"', tag="section")

    def show(self, session: Session, may_control: bool) -> None:
        """The cards while nothing is taught; nothing otherwise."""
        ended = session.ended
        shown = (session.is_teaching, session.state, dict(session.taught), ended, may_control)
        if shown == self._shown:
            return
        self._shown = shown
        self._root.clear()
        self._root.visible = not session.is_teaching and session.state != "faulted"
        if not self._root.visible:
            return
        with self._root:
            if session.state == "starting":
                text("One moment: the robot is getting ready ...", "lead")
                return
            if ended and ended.success:
                text("It worked!", "cheer", 'role="status" data-testid=cheer')
            lead = "What shall the robot learn?" if not ended else "What next?"
            text(lead, "lead")
            first = ended.task if ended else next(iter(self._instructions))
            for task in sorted(self._instructions, key=lambda name: name != first):
                self._card(task, session, task == first, may_control)

    def _card(self, task: str, session: Session, is_first: bool, may_control: bool) -> None:
        done, wanted = session.taught[task], session.wanted[task]
        with box("task-card", f"data-testid=task-{task}"):
            words = ui.input("Task, in your words", value=self._words[task])
            words.props("dense outlined maxlength=200").classes("words")
            words.on_value_change(lambda e, task=task: self._words.update({task: str(e.value)}))
            show_progress(done, wanted)
            label = "Next episode" if done else "Teach this"
            press = lambda task=task: self._begin(task, self._words[task])  # noqa: E731
            made = button(label, press, "enter" if is_first else "", "is-go" if is_first else "")
            made.props(f"data-testid=teach-{task}")
            made.enabled = may_control


def show_progress(done: int, wanted: int) -> None:
    """Dots for episodes, the taught ones full."""
    words = f"{done} of {wanted} episodes"
    with box("progress", 'role="img"') as progress:
        progress.props["aria-label"] = words
        for number in range(min(wanted, 20)):
            box("dot is-full" if number < done else "dot")
        text(words if done < wanted else f"{words}: enough to train", "count")
