"""What can be done to the episode: undo, redo, finish, discard."""

from __future__ import annotations

from cliprt.language.remarks import Count
from cliprt.page.messages import Finish, Redo, Request, Undo
from cliprt.page.views.elements import Tag, View, button


class Actions(View):
    """A row of buttons below the pictures."""

    def _build(self) -> None:
        _ = self._
        with Tag(
            "div", classes="actions", role="toolbar", aria_label=_("The episode")
        ) as self._row:
            self._undo = self._add("undo", _("Undo"), "undo", Undo(), _("Ctrl+Z"))
            self._redo = self._add("redo", _("Redo"), "redo", Redo())
            self._steps = Tag("span", classes="steps", id="steps")
            self._discard = button(_("Discard"), None, "delete_outline", "quiet", id="discard",
                                   data_opens="discard-dialog")  # fmt: skip
            self._finish = self._add("finish", _("Finish"), "flag", Finish(True))
            self._judge = button(_("Finish"), None, "flag", "quiet", data_opens="verdict")

    def _add(self, name: str, text: str, sign: str, request: Request, hint: str = "") -> Tag:
        return button(text, lambda: self._teaching.ask(self._tab, request), sign, "quiet", hint,
                      id=name, data_key=name, aria_label=text)  # fmt: skip

    def update(self) -> None:
        """Draw what changed."""
        session = self._teaching.session
        teaches = session.is_teaching and self._teaching.control.steers(self._tab)
        self._row.show(session.is_teaching)
        self._undo.put(disabled=not (teaches and session.can_undo))
        self._redo.put(disabled=not (teaches and session.can_redo))
        count = len(session.steps)
        self._steps.say(self._(Count("{count} step", "{count} steps", count)) if count else "")
        for made in (self._finish, self._judge, self._discard):
            made.put(disabled=not teaches)
        is_judged = session.simulated and not self._teaching.between.wants_goal(session.task)
        self._finish.show(is_judged)
        self._judge.show(not is_judged)
