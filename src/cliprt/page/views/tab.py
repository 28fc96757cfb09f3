"""One browser tab: every view, and what reaches the teaching from it."""

from __future__ import annotations

import json
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from cliprt.language.remarks import Remark
from cliprt.page.messages import Begin, Request
from cliprt.page.teaching import Teaching
from cliprt.page.translate import Translator
from cliprt.page.views.actions import Actions
from cliprt.page.views.answer import Answer
from cliprt.page.views.beginning import Beginning
from cliprt.page.views.cameras import Cameras
from cliprt.page.views.dialogs import add_dialogs
from cliprt.page.views.dock import Dock
from cliprt.page.views.elements import Tag
from cliprt.page.views.episodes import Episodes
from cliprt.page.views.header import Header
from cliprt.page.views.skill import SkillView
from cliprt.page.views.talk import Talk
from cliprt.page.views.tasks import Tasks
from cliprt.page.views.tour import Tour
from cliprt.page.views.training import TrainingPanel

PANELS = {"talk": Remark("Teach"), "episodes": Remark("Episodes"), "learn": Remark("Learn")}


class TabView:
    """Builds the page in the present client.

    Args:
        teaching: What is shown and steered.
        tab: Name of this tab, the same for its live line.
        _: Says a text in this tab's language.
    """

    def __init__(self, teaching: Teaching, tab: str, _: Translator) -> None:
        self._teaching = teaching
        self._tab = tab
        self._client = ui.context.client
        self._has_training = False
        self._ = _
        with Tag("div", classes="page", data_tab=tab) as self._page:
            header = Header(teaching, tab, _)
            with Tag("main", classes="stage"):
                with Tag("section", classes="view"):
                    cameras = Cameras(teaching, tab, _)
                    actions = Actions(teaching, tab, _)
                with Tag("section", classes="side", aria_label=_("Teaching")):
                    with Tag("div", classes="tabs", role="tablist"):
                        tabs = {
                            name: Tag(
                                "button",
                                _(title),
                                "tab",
                                type="button",
                                role="tab",
                                data_panel=name,
                            )
                            for name, title in PANELS.items()
                        }
                    with Tag("div", classes="panel", id="panel-talk", role="tabpanel"):
                        beginning = Beginning(teaching, tab, _)
                        answer = Answer(teaching, self._begin, self._open_skill, _)
                        skill = SkillView(teaching, tab, _)
                        tasks = Tasks(teaching, tab, self._begin, self._open_skill, _)
                        talk = Talk(teaching, tab, self._say, _)
                        tour = Tour(teaching, tab, _)
                    with Tag("div", classes="panel", id="panel-episodes", role="tabpanel"):
                        episodes = Episodes(teaching, tab, _)
                    self._learn = Tag("div", classes="panel", id="panel-learn", role="tabpanel")
            dock = Dock(teaching, tab, _)
            add_dialogs(teaching, tab, self._say, _)
        panels = (beginning, answer, skill, tasks, talk, tour, episodes)
        self._views = (header, cameras, actions, *panels, dock)
        tabs["learn"].on("click", self._add_training)
        ui.on("say", lambda event: self._say(_text(event)))
        ui.on("halt", lambda _: teaching.stop())
        self.update()

    def update(self) -> None:
        """Draw what changed."""
        session = self._teaching.session
        is_laying = self._teaching.between.skills.draft is not None and not session.is_teaching
        self._page.put(
            data_state=session.state,
            data_teaching=str(session.is_teaching).lower(),
            data_starting=str(self._teaching.begun is not None).lower(),
            data_laying=str(is_laying).lower(),
        )
        for view in self._views:
            view.update()
        if first := self._teaching.take_first(self._tab):
            self._give_back(first)

    def _add_training(self) -> None:
        """Once it is wanted: its charts are half of what a browser would have to load."""
        if self._has_training:
            return
        self._has_training = True
        teaching = self._teaching
        steers = partial(teaching.control.steers, self._tab)
        with self._learn:
            TrainingPanel(
                teaching.recipe,
                teaching.run,
                teaching.trainer,
                self._ask,
                steers,
                lambda: teaching.begun,
                self._,
            )

    def _say(self, text: str) -> None:
        skills = self._teaching.between.skills
        before = skills.draft
        why_not = self._teaching.say(self._tab, text)
        self._tell(why_not)
        draft = skills.draft
        is_lost = before and draft and draft.remark and draft.scene == before.scene
        if why_not or is_lost:
            self._give_back(text)

    def _give_back(self, text: str) -> None:
        self._client.run_javascript(f"cliprtGiveBack({json.dumps(text)})")

    def _ask(self, request: Request) -> None:
        self._tell(self._teaching.ask(self._tab, request))
        if isinstance(request, Begin):
            self._client.run_javascript("document.querySelector('[data-panel=talk]').click()")

    def _begin(self, begin: Begin) -> None:
        self._tell(self._teaching.ask(self._tab, begin))

    def _open_skill(self, title: str, key: str = "") -> None:
        is_copy = self._teaching.between.is_taught(key)
        self._tell(self._teaching.shape(self._tab, lambda own: own.open(title, key, is_copy)))

    def _tell(self, why_not: str) -> None:
        if why_not:
            with self._page:
                ui.notify(self._(why_not), position="top")


def _text(event: GenericEventArguments) -> str:
    given = event.args[0] if isinstance(event.args, list) and event.args else event.args
    return str(given.get("text", "")) if isinstance(given, dict) else ""
