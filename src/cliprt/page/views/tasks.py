"""Between episodes: how the last one went, and which task comes next."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from nicegui import ui

from cliprt.language.remarks import Count
from cliprt.page.messages import Begin, Ended
from cliprt.page.teaching import MOST_CHARACTERS, WATCHING, Teaching
from cliprt.page.translate import Translator
from cliprt.page.verdict import explain, praise
from cliprt.page.views.elements import Tag, button, icon
from cliprt.page.views.goal import GoalView


class Tasks:
    """The tasks as cards, and a word about the episode that ended.

    Args:
        teaching: What is shown.
        tab: The browser tab that it is shown in.
        begin: Starts an episode.
        open_skill: Opens a new skill under a title, or the one of a key.
        _: Says a text in the tab's language.
    """

    def __init__(
        self,
        teaching: Teaching,
        tab: str,
        begin: Callable[[Begin], None],
        open_skill: Callable[[str, str], None],
        _: Translator,
    ) -> None:
        self._teaching = teaching
        self._tab = tab
        self._begin, self._open_skill = begin, open_skill
        self._ = _
        self._shown: object = None
        with Tag("div", classes="tasks") as self.panel:
            with Tag("div", classes="result", role="status") as self._result:
                with Tag("div", classes="party", aria_hidden="true") as self._party:
                    icon("celebration")
                    Tag("div", classes="confetti")  # celebrate.js throws it, once
                self._words = Tag("div", classes="result-words")
            self._goal = GoalView(teaching, tab, _)
            self._title = Tag("h2")
            self._lead = Tag("p", classes="lead")
            self._cards = Tag("div", classes="cards")
            with Tag("details", classes="own-words"):
                Tag("summary", _("Name a task in your own words"))
                with Tag("form", classes="own-words-row") as own:  # so that Enter submits it
                    self._choice = Tag("select", "", "field", aria_label=_("Task"), id="own-task")
                    Tag("input", "", "field", id="own-words", maxlength=MOST_CHARACTERS,
                        placeholder=_("e.g. shut my computer"),
                        aria_label=_("The task in your words"))  # fmt: skip
                    button(_("Teach it"), classes="good", id="begin-own").put(type="submit")
                own.on(
                    "submit.prevent",
                    lambda event: self._begin_own(event.args),
                    js_handler="() => emit([document.getElementById('own-task').value,"
                    " document.getElementById('own-words').value])",
                )

    def update(self) -> None:
        """Draw what changed."""
        self._goal.update()
        session, _ = self._teaching.session, self._
        skills = self._teaching.between.skills
        self.panel.show(not session.is_teaching and skills.draft is None)
        now = (
            session.ended,
            dict(session.taught),
            session.is_teaching,
            dict(skills.entries),
            self._teaching.episodes,
            self._teaching.between.aims.question is None,
        )
        if now == self._shown or session.is_teaching:
            return
        self._shown = now
        ended = session.ended
        self._words.clear()
        self._result.show(ended is not None)
        if ended is not None:
            with self._words:
                self._tell(ended)
        self._title.say(_("Or another task") if ended else _("What shall the robot learn?"))
        self._lead.say(
            ""
            if ended
            else _(
                "Pick a task. Then say what the arm should do, one step at a time, in your own"
                " words. Every step can be undone, and STOP is always there."
            )
        )
        self._choice.clear()
        with self._choice:
            for task, instruction in self._teaching.instructions.items():
                Tag("option", _(instruction), value=task)
        self._cards.clear()
        with self._cards:
            for task, instruction in self._teaching.instructions.items():
                self._card(task, _(instruction), session.taught[task], session.wanted[task])
                if task in skills.entries:
                    self._own(task)
            with Tag("button", "", "card new", type="button", id="new-skill") as new:
                icon("add")
                with Tag("span", classes="card-words"):
                    Tag("span", _("Something new"), "card-title")
                    Tag("span", _("A task of your own, with things that you choose"), "card-count")
            new.on("click", lambda: self._open_skill("", ""))

    def _tell(self, ended: Ended) -> None:
        session, _ = self._teaching.session, self._
        done, wanted = session.taught.get(ended.task, 0), session.wanted.get(ended.task, 0)
        self._result.classes(remove="is-success is-other")
        self._party.show(bool(ended.success))
        if ended.success:
            self._result.classes("is-success")
            Tag("h2", _(praise(ended)))
            steps = _(Count("{count} step.", "{count} steps.", ended.steps))
            Tag("p", steps if ended.policy else f"{steps} {_(_progress(done, wanted))}")
            text = _("Next episode") if done < wanted else _("One more")
        else:
            self._result.classes("is-other")
            discarded = ended.end == "discarded"
            Tag("h2", _("Thrown away.") if discarded else _("Not there yet."))
            Tag("p", _("The same scene waits for you.") if discarded else _(explain(ended)))
            text = _("Try again")
        begin = Begin(ended.task)
        if ended.policy:
            learnt, text = self._teaching.trainer.progress.learnt, _("Let it try again")
            begin = Begin(ended.task, checkpoint=learnt.checkpoint, policy=learnt.policy)
        button(text, lambda: self._begin(begin), "play_arrow", "good big", _("Enter"), id="next",
               data_key="enter")  # fmt: skip

    def _card(self, task: str, instruction: str, done: int, wanted: int) -> None:
        share, _ = min(1.0, done / wanted) if wanted else 0.0, self._
        count = _(_progress(done, wanted))
        label = _("Teach: {task}. {count}", task=instruction, count=count)
        card = Tag("button", "", "card", type="button", data_task=task, aria_label=label)
        with card:
            with Tag("span", classes="ring", style=f"--share:{share:.3f}"):
                if done >= wanted:
                    icon("check")
                else:
                    Tag("span", str(done))
            with Tag("span", classes="card-words"):
                Tag("span", instruction[:1].upper() + instruction[1:], "card-title")
                Tag("span", count, "card-count")
                if goal := self._teaching.between.goals.get(task):
                    Tag("span", _("Done when {goal}.", goal=_(goal)), "card-count")
        card.on("click", lambda: self._begin(Begin(task)))

    def _own(self, task: str) -> None:
        """What can be done with a skill that somebody brought here."""
        _, is_taught = self._, self._teaching.between.is_taught(task)
        with Tag("div", classes="own", data_own=task):
            if is_taught and self._teaching.session.simulated:
                button(_("When is it done?"), lambda: self._ask_goal(task), "flag", "quiet small")
            if is_taught:
                button(_("Copy"), lambda: self._open_skill("", task), "content_copy", "quiet small")
            else:
                button(_("Change"), lambda: self._open_skill("", task), "edit", "quiet small")
            if not is_taught and self._teaching.between.skills.is_brought(task):
                button(_("Remove"), lambda: self._remove(task), "delete_outline", "quiet small")
            with Tag("a", classes="button quiet small", href=f"skills/{quote(task)}.yaml",
                     download=f"{task}.yaml"):  # fmt: skip
                icon("download")
                Tag("span", _("Save as a recipe"), "button-text")

    def _remove(self, task: str) -> None:
        why_not = self._teaching.shape(self._tab, lambda skills: skills.remove(task))
        if why_not:
            ui.notify(self._(why_not), position="top")

    async def _ask_goal(self, task: str) -> None:
        if not self._teaching.control.steers(self._tab):
            ui.notify(self._(WATCHING), position="top")
            return
        await self._teaching.ask_goal(task, is_wanted=True)

    def _begin_own(self, given: object) -> None:
        task, words = given if isinstance(given, list) and len(given) == 2 else ("", "")
        self._begin(Begin(str(task), str(words)))


def _progress(done: int, wanted: int) -> Count:
    return Count("{done} of {count} episode", "{done} of {count} episodes", wanted, done=done)
