"""Between a press on a task and its episode: that it starts, and why it could not."""

from __future__ import annotations

from cliprt.page.messages import GoOn
from cliprt.page.views.elements import Tag, View, button


class Beginning(View):
    """Above the tasks, where whoever pressed one looks."""

    def _build(self) -> None:
        _ = self._
        with Tag("div", classes="beginning", role="status") as self._starting:
            Tag("div", classes="spinner", aria_hidden="true")
            self._what = Tag("p")
        with Tag("div", classes="beginning is-trouble", role="alert") as self._failed:
            self._why = Tag("p")
            self._again = button(_("Try again"), lambda: self._teaching.ask(self._tab, GoOn()),
                                 "refresh", "good", data_key="enter")  # fmt: skip

    def update(self) -> None:
        """Draw what changed."""
        session, begun, _ = self._teaching.session, self._teaching.begun, self._
        self._starting.show(begun is not None)
        if begun is not None:
            task = begun.instruction or _(self._teaching.instructions.get(begun.task, begun.task))
            self._what.say(_("Starting “{task}” …", task=task))
        waits = session.state == "faulted"
        why = session.reason if waits else session.trouble
        self._failed.show(bool(why) and not session.is_teaching)
        self._again.show(waits)
        self._why.say(_(why))
