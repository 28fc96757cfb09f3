"""What is asked twice, and what the keys do."""

from __future__ import annotations

from collections.abc import Callable

from cliprt.language.remarks import Remark
from cliprt.page.messages import Discard, Finish
from cliprt.page.teaching import Teaching
from cliprt.page.translate import Translator
from cliprt.page.views.elements import Tag, button

KEYS = (
    (Remark("Enter"), Remark("say the sentence; with none typed: yes, go on, next episode")),
    (Remark("Esc"), Remark("STOP, at any moment")),
    ("1 2 3", Remark("choose what you meant")),
    (Remark("Ctrl+Z"), Remark("undo the last step")),
    (Remark("Ctrl+Shift+Z"), Remark("do it again")),
    ("↑ ↓", Remark("what you said before")),
    (Remark("Space"), Remark("hold to talk, while no text is being typed")),
    ("?", Remark("this help")),
)


def add_dialogs(teaching: Teaching, tab: str, say: Callable[[str], None], _: Translator) -> None:
    """Put them into the page, closed."""
    with Tag("dialog", classes="dialog", id="help", aria_label=_("Help")):
        Tag("h2", _("How to teach"))
        Tag("p", _("Say one small step at a time: where the hand should go, and how far. Left and"
            " right are the robot's own, as the little compass beside the picture shows. I tell you"
            " what I understood before I move; when I am not sure, I ask."))  # fmt: skip
        Tag("p", _("You may also say it as you see it: “toward me”, “to my right”, “left in the"
            " picture”. The first time, I ask where you are."))  # fmt: skip
        with Tag("dl", classes="keys"):
            for key, does in KEYS:
                with Tag("dt"):
                    Tag("kbd", _(key))
                Tag("dd", _(does))
        moved = _("I sit somewhere else")
        with Tag("div", classes="dialog-buttons"):
            button(moved, lambda: say(moved), classes="quiet", data_closes="", id="moved")
            button(_("Close"), classes="good", data_closes="")
    with Tag("dialog", classes="dialog", id="discard-dialog", aria_label=_("Discard")):
        Tag("h2", _("Throw this episode away?"))
        Tag("p", _("Its steps are gone then. The same scene is offered again."))
        with Tag("div", classes="dialog-buttons"):
            button(_("Keep it"), classes="quiet", data_closes="")
            button(_("Throw it away"), lambda: teaching.ask(tab, Discard()), classes="bad",
                   data_closes="", id="discard-yes")  # fmt: skip
    with Tag("dialog", classes="dialog", id="verdict", aria_label=_("Finish")):
        Tag("h2", _("Did it work?"))
        with Tag("div", classes="dialog-buttons"):
            button(_("Back"), classes="quiet", data_closes="")
            button(_("Not this time"), lambda: teaching.ask(tab, Finish(False)), data_closes="")
            button(_("It worked"), lambda: teaching.ask(tab, Finish(True)), classes="good",
                   data_closes="")  # fmt: skip
