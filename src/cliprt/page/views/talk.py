"""The conversation: what was said, what was understood, questions with offers, and examples."""

from __future__ import annotations

from collections.abc import Callable

from cliprt.page.messages import Confirm
from cliprt.page.session import ChatLine
from cliprt.page.teaching import Teaching
from cliprt.page.views.elements import Tag, button, icon

EXAMPLES = ("a little to the left", "down 5 cm", "forward 10 cm", "close the gripper",
            "turn the gripper 45 degrees", "up 5 cm, then back 10 cm")  # fmt: skip

READERS = {
    "grammar": "",
    "phrasebook": "from your phrasebook",
    "llm": "by the language model",
    "offer": "your choice",
}
"""Who read a sentence -> what is said about that; the grammar goes without saying."""


class Talk:
    """The chat.

    Args:
        teaching: What is shown.
        tab: The browser tab that it is shown in.
        say: Passes a sentence on.
    """

    def __init__(self, teaching: Teaching, tab: str, say: Callable[[str], None]) -> None:
        self._teaching = teaching
        self._say = say
        self._bubbles: dict[int, Tag] = {}
        self._offers: dict[int, Tag] = {}
        with Tag("div", classes="talk") as self.panel:
            with Tag("div", classes="hint") as self._hint:
                Tag("h2", "Say the first small step")
                Tag("p", "Where should the hand go, and how far? Type it below, or hold the"
                    " microphone and speak. For example:")  # fmt: skip
                for example in EXAMPLES[:3]:
                    Tag("button", f"“{example}”", "chip", type="button", data_fill=example)
            self._log = Tag("div", classes="talk-log", role="log", aria_live="polite",
                            aria_label="Conversation", tabindex="0")  # fmt: skip
            with Tag("div", classes="asking", role="group", aria_label="Shall I?") as self._asking:
                Tag("strong", "Shall I?")
                yes, no = (lambda: teaching.ask(tab, Confirm(True)),
                           lambda: teaching.ask(tab, Confirm(False)))  # fmt: skip
                button("Yes", yes, "check", "good", "Enter", id="yes", data_key="enter")
                button("No", no, "close", "quiet", id="no")
            with Tag("div", classes="chips", role="group", aria_label="Examples"):
                Tag("span", "Try", "chips-title")
                for example in EXAMPLES:
                    Tag("button", example, "chip", type="button", data_fill=example)

    def update(self) -> None:
        """Draw what changed."""
        session = self._teaching.session
        self.panel.show(session.is_teaching)
        self._hint.show(not session.steps and not session.question and len(session.chat) < 2)
        lines = {line.number: line for line in session.chat}
        for number in [n for n in self._bubbles if n not in lines]:
            self._bubbles.pop(number).delete()
            self._offers.pop(number, None)
        with self._log:
            for number, line in lines.items():
                if number not in self._bubbles:
                    self._bubbles[number] = self._add(line)
        asked = session.question.number if session.question else None
        for number, offers in self._offers.items():
            offers.show(number == asked)
        proposed = session.proposed
        waits = session.state == "showing" and proposed is not None and proposed.needs_yes
        self._asking.show(waits)

    def _add(self, line: ChatLine) -> Tag:
        kind = "reading" if line.source else line.speaker
        with Tag("div", classes=f"bubble by-{line.speaker} is-{kind}") as bubble:
            if line.source:
                with Tag("div", classes="caption"):
                    icon("auto_awesome" if line.source == "policy" else "done")
                    Tag("span", _caption(line.source))
            Tag("div", line.text, "said")
            if line.offers:
                with Tag("div", classes="offers", role="group") as offers:
                    Tag("span", "Did you mean", "offers-title")
                    for number, offer in enumerate(line.offers, 1):
                        self._offer(number, offer)
                self._offers[line.number] = offers
        return bubble

    def _offer(self, number: int, offer: str) -> None:
        made = Tag("button", "", "offer", type="button", data_key=str(number))
        with made:
            Tag("kbd", str(number), aria_hidden="true")
            Tag("span", offer)
        made.on("click", lambda: self._say(offer))


def _caption(source: str) -> str:
    if source == "policy":
        return "I would now"
    read = READERS.get(source, "")
    return f"I understood, {read}" if read else "I understood"
