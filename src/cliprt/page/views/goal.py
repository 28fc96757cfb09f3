"""When a skill of one's own is done: told in words, confirmed, or said otherwise."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from cliprt.page.aims import Question
from cliprt.page.between import Between
from cliprt.page.views.elements import Tag, View, button


class GoalView(View):
    """Asked after an episode, while nobody said it yet."""

    def _build(self) -> None:
        self._shown: Question | None = None
        self._panel = Tag("section", classes="goal", id="goal", aria_label=self._("The goal"))
        self._panel.show(False)

    def update(self) -> None:
        """Draw what changed."""
        between, session = self._teaching.between, self._teaching.session
        is_free = not session.is_teaching and between.skills.draft is None
        question = between.aims.question if is_free else None
        self._panel.show(question is not None)
        if question == self._shown:
            return
        self._shown = question
        self._panel.clear()
        if question is not None:
            with self._panel:
                self._ask(question)

    def _ask(self, question: Question) -> None:
        _ = self._
        if len(question.choices) == 1:
            (goal,) = question.choices
            Tag("h2", _("Is it done when {goal}?", goal=_(goal)))
            button(_("Yes"), lambda: self._confirm(goal), "check", "good", id="goal-yes")
        else:
            task = self._teaching.instructions.get(question.task, question.task)
            Tag("h2", _("When is “{task}” done?", task=_(task)))
            with Tag("div", classes="offers", role="group"):
                for number, goal in enumerate(question.choices, 1):
                    self._offer(number, goal)
        if question.remark:
            Tag("p", _(question.remark), "remark", role="status")
        with Tag("form", classes="goal-row") as form:
            Tag("input", "", "field", id="goal-words", autocomplete="off",
                data_value=question.typed, placeholder=_("e.g. the spoon is in the mug"),
                aria_label=_("It is done when …"))  # fmt: skip
            say = _("No, then") if question.choices else _("Done then")
            button(say, classes="quiet", id="goal-say").put(type="submit")
        form.on(
            "submit.prevent",
            lambda event: self._do(lambda between: between.aims.read(str(event.args))),
            js_handler="() => emit(document.getElementById('goal-words').value)",
        )
        with Tag("div", classes="goal-row"):
            button(_("Nobody can see that: I judge"), self._judge, "visibility", "quiet small",
                   id="goal-judge")  # fmt: skip
            button(_("Later"), lambda: self._do(lambda between: between.aims.close()), "",
                   "quiet small", id="goal-later")  # fmt: skip

    def _offer(self, number: int, goal: str) -> None:
        made = Tag("button", "", "offer", type="button", data_key=str(number))
        with made:
            Tag("kbd", str(number), aria_hidden="true")
            Tag("span", self._("when {goal}", goal=self._(goal)))
        made.on("click", lambda: self._confirm(goal))

    def _confirm(self, goal: str) -> None:
        self._do(lambda between: between.confirm(goal))

    def _judge(self) -> None:
        self._do(Between.judge_oneself)

    def _do(self, do: Callable[[Between], object]) -> None:
        why_not = self._teaching.settle(self._tab, do)
        if why_not:
            ui.notify(self._(why_not), position="top")
