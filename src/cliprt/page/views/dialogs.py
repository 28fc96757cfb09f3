"""What is asked twice, and what the keys do."""

from __future__ import annotations

from cliprt.page.messages import Discard, Finish
from cliprt.page.teaching import Teaching
from cliprt.page.views.elements import Tag, button

KEYS = (
    ("Enter", "say the sentence; with none typed: yes, go on, next episode"),
    ("Esc", "STOP, at any moment"),
    ("1 2 3", "choose what you meant"),
    ("Ctrl+Z", "undo the last step"),
    ("Ctrl+Shift+Z", "do it again"),
    ("↑ ↓", "what you said before"),
    ("Space", "hold to talk, while no text is being typed"),
    ("?", "this help"),
)


def add_dialogs(teaching: Teaching, tab: str) -> None:
    """Put them into the page, closed."""
    with Tag("dialog", classes="dialog", id="help", aria_label="Help"):
        Tag("h2", "How to teach")
        Tag("p", "Say one small step at a time: where the hand should go, and how far. Left and"
            " right are the robot's own, as the little compass beside the picture shows. I tell you"
            " what I understood before I move; when I am not sure, I ask.")  # fmt: skip
        with Tag("dl", classes="keys"):
            for key, does in KEYS:
                with Tag("dt"):
                    Tag("kbd", key)
                Tag("dd", does)
        button("Close", classes="good", data_closes="")
    with Tag("dialog", classes="dialog", id="discard-dialog", aria_label="Discard"):
        Tag("h2", "Throw this episode away?")
        Tag("p", "Its steps are gone then. The same scene is offered again.")
        with Tag("div", classes="dialog-buttons"):
            button("Keep it", classes="quiet", data_closes="")
            button("Throw it away", lambda: teaching.ask(tab, Discard()), classes="bad",
                   data_closes="", id="discard-yes")  # fmt: skip
    with Tag("dialog", classes="dialog", id="verdict", aria_label="Finish"):
        Tag("h2", "Did it work?")
        with Tag("div", classes="dialog-buttons"):
            button("Back", classes="quiet", data_closes="")
            button("Not this time", lambda: teaching.ask(tab, Finish(False)), data_closes="")
            button("It worked", lambda: teaching.ask(tab, Finish(True)), classes="good",
                   data_closes="")  # fmt: skip
