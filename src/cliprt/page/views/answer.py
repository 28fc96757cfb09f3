"""What is answered to a sentence that was typed between episodes, with what to choose from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cliprt.language.remarks import Remark
from cliprt.page.choosing import Wish
from cliprt.page.messages import Begin
from cliprt.page.teaching import Teaching
from cliprt.page.translate import Translator
from cliprt.page.views.elements import Tag


class Answer:
    """What was typed, what is said to it, and offers.

    Args:
        teaching: What is shown.
        begin: Starts an episode.
        open_skill: Opens a new skill under a title.
        _: Says a text in the tab's language.
    """

    def __init__(
        self,
        teaching: Teaching,
        begin: Callable[[Begin], None],
        open_skill: Callable[[str], None],
        _: Translator,
    ) -> None:
        self._teaching = teaching
        self._begin, self._open_skill = begin, open_skill
        self._ = _
        self._shown: Wish | None = None
        self._panel = Tag("div", classes="answer", role="status")
        self._panel.show(False)

    def update(self) -> None:
        """Draw what changed."""
        wish = self._teaching.between.wish
        if wish == self._shown:
            return
        self._shown, _ = wish, self._
        self._panel.clear()
        self._panel.show(wish is not None and bool(wish.text))
        if wish is None or not wish.text:
            return
        with self._panel:
            Tag("div", wish.sentence, "bubble by-person")
            with Tag("div", classes="bubble by-robot"):
                Tag("div", _(wish.text), "said")
                with Tag("div", classes="offers", role="group"):
                    self._offer(wish)

    def _offer(self, wish: Wish) -> None:
        for number, task in enumerate(wish.tasks, 1):
            title = self._teaching.instructions.get(task, "")
            self._add(number, self._(title), partial(self._begin, Begin(task)))
        if wish.title is not None:
            words = self._(Remark("Teach me something new: “{title}”", title=wish.title))
            self._add(len(wish.tasks) + 1, words, lambda: self._open_skill(wish.title or ""))

    def _add(self, number: int, words: str, press: Callable[[], None]) -> None:
        made = Tag("button", "", "offer", type="button", data_key=str(number))
        with made:
            Tag("kbd", str(number), aria_hidden="true")
            Tag("span", words[:1].upper() + words[1:])
        made.on("click", lambda: press())
