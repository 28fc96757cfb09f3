"""The chat: what was said, what was understood, and the question that waits."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from cliprt.page.messages import Confirm, Request
from cliprt.page.session import ChatLine, Session
from cliprt.page.views.parts import box, button, text

Ask = Callable[[Request], None]

HINTS = (
    "a bit to the left",
    "down 5 centimeters",
    "forward 20 cm",
    "close the gripper",
    "turn the gripper 45 degrees",
)
"""What somebody might say who has never said anything to a robot."""


class TalkView:
    """The chat's lines, and below them what can be answered now.

    Args:
        ask: Passes a request on.
        say: Says a sentence.
    """

    def __init__(self, ask: Ask, say: Callable[[str], None]) -> None:
        self._ask = ask
        self._say = say
        self._shown = 0
        self._answers_shown: object = None
        props = 'role="log" aria-live="polite" aria-label="Conversation" tabindex=0'
        self._log = box("talk-log", props)
        self._answers = box("answers")

    def show(self, session: Session, may_control: bool) -> None:
        """Add what is new, and show the answers that are possible."""
        lines = list(session.chat)
        if not lines or lines[0].number > self._shown + 1 or lines[-1].number < self._shown:
            self._log.clear()
            self._shown = 0
        with self._log:
            for line in lines:
                if line.number > self._shown:
                    self._bubble(line)
                    self._shown = line.number
        self._show_answers(session, may_control)

    def _bubble(self, line: ChatLine) -> None:
        with box(f"bubble is-{line.speaker}", f"data-line={line.number}"):
            text(line.text)

    def _show_answers(self, session: Session, may_control: bool) -> None:
        proposed = session.proposed
        needs_yes = bool(proposed and proposed.needs_yes and session.state == "showing")
        is_new = session.is_teaching and not session.steps and not session.policy
        shown = (session.offers, needs_yes, is_new, may_control, session.state == "listening")
        if shown == self._answers_shown:
            return
        self._answers_shown = shown
        self._answers.clear()
        if not may_control:
            return
        with self._answers:
            if needs_yes:
                self._ask_yes()
            elif session.offers:
                self._offer(session.offers)
            elif is_new and session.state == "listening":
                self._hint()

    def _ask_yes(self) -> None:
        text("Shall I?", "answers-title")
        button("Yes, move", lambda: self._ask(Confirm(True)), "enter", "is-go", data_testid="yes")
        button("No", lambda: self._ask(Confirm(False)), "", data_testid="no")

    def _offer(self, offers: tuple[str, ...]) -> None:
        text("Did you mean", "answers-title")
        for number, offer in enumerate(offers, 1):
            made = button("", lambda offer=offer: self._say(offer), str(number), "offer")
            made.props(f"data-testid=offer-{number}")
            with made:
                text(str(number), "key", 'aria-hidden="true"')
                text(offer)

    def _hint(self) -> None:
        text("For example", "answers-title")
        for hint in HINTS:
            chip = ui.element("button").classes("chip").props('type="button"')
            chip.props["data-fill"] = hint
            with chip:
                text(hint)
