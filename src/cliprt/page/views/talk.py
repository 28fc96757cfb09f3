"""The conversation: what was said, what was understood, questions with offers, and examples."""

from __future__ import annotations

from collections.abc import Callable

from cliprt.language.remarks import Remark
from cliprt.page.messages import Confirm
from cliprt.page.session import ChatLine
from cliprt.page.teaching import Teaching
from cliprt.page.translate import Translator
from cliprt.page.views.elements import Tag, button, icon

EXAMPLES = (
    Remark("a little to the left"),
    Remark("down 5 cm"),
    Remark("forward 10 cm"),
    Remark("close the gripper"),
    Remark("turn the gripper 45 degrees clockwise"),
    Remark("up 5 cm, then back 10 cm"),
)

READERS = {
    "phrasebook": Remark("I understood, from your phrasebook"),
    "llm": Remark("I understood, by the language model"),
    "offer": Remark("I understood, your choice"),
    "policy": Remark("I would now"),
}
"""Who read a sentence, or decided -> what is said above it; the grammar goes without saying."""


class Talk:
    """The chat.

    Args:
        teaching: What is shown.
        tab: The browser tab that it is shown in.
        say: Passes a sentence on.
        _: Says a text in that tab's language.
    """

    def __init__(
        self, teaching: Teaching, tab: str, say: Callable[[str], None], _: Translator
    ) -> None:
        self._teaching = teaching
        self._say = say
        self._ = _
        self._bubbles: dict[int, Tag] = {}
        self._offers: dict[int, Tag] = {}
        with Tag("div", classes="talk") as self.panel:
            self._goal = Tag("p", classes="done-when", id="done-when")
            with Tag("div", classes="hint") as self._hint:
                Tag("h2", _("Say the first small step"))
                Tag("p", _("Where should the hand go, and how far? Type it below, or hold the"
                    " microphone and speak. For example:"))  # fmt: skip
                for example in map(_, EXAMPLES[:3]):
                    quoted = _("“{text}”", text=example)
                    Tag("button", quoted, "chip", type="button", data_fill=example)
            self._log = Tag("div", classes="talk-log", role="log", aria_live="polite",
                            aria_label=_("Conversation"), tabindex="0")  # fmt: skip
            with Tag(
                "div", classes="asking", role="group", aria_label=_("Shall I?")
            ) as self._asking:
                Tag("strong", _("Shall I?"))
                yes, no = (lambda: teaching.ask(tab, Confirm(True)),
                           lambda: teaching.ask(tab, Confirm(False)))  # fmt: skip
                button(_("Yes"), yes, "check", "good", _("Enter"), id="yes", data_key="enter")
                button(_("No"), no, "close", "quiet", id="no")
            with Tag("div", classes="chips", role="group", aria_label=_("Examples")):
                Tag("span", _("Try"), "chips-title")
                for example in map(_, EXAMPLES):
                    Tag("button", example, "chip", type="button", data_fill=example)

    def update(self) -> None:
        """Draw what changed."""
        session = self._teaching.session
        self.panel.show(session.is_teaching)
        goals, _ = self._teaching.between.goals, self._
        self._goal.show(session.task in goals)
        goal = goals.get(session.task)
        judged = _("You judge: say “that's it”, or press Finish, when it is done.")
        self._goal.say(_("Done when {goal}.", goal=_(goal)) if goal else judged)
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
                    Tag("span", self._(READERS.get(line.source, Remark("I understood"))))
            Tag("div", line.text if line.speaker == "person" else self._(line.text), "said")
            if line.offers:
                with Tag("div", classes="offers", role="group") as offers:
                    Tag("span", self._(line.title), "offers-title")
                    for number, offer in enumerate(line.offers, 1):
                        self._offer(number, offer)
                self._offers[line.number] = offers
        return bubble

    def _offer(self, number: int, offer: str) -> None:
        made = Tag("button", "", "offer", type="button", data_key=str(number))
        with made:
            Tag("kbd", str(number), aria_hidden="true")
            Tag("span", self._(offer))
        made.on("click", lambda: self._say(offer))
