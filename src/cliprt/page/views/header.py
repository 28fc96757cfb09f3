"""The top of the page: what is taught, how far it is, and what state everything is in."""

from __future__ import annotations

from cliprt.language.remarks import Remark
from cliprt.page.translate import LANGUAGES
from cliprt.page.views.elements import Tag, View, button, icon

STATES = {
    "starting": Remark("Getting ready"),
    "idle": Remark("Ready"),
    "listening": Remark("Listening"),
    "showing": Remark("About to move"),
    "moving": Remark("Moving"),
    "stopped": Remark("Stopped"),
    "faulted": Remark("Needs you"),
}
MOST_DOTS = 20


class Header(View):
    """Name, task, progress and badges."""

    def _build(self) -> None:
        teaching, tab, _ = self._teaching, self._tab, self._
        self._dots_shown: tuple[int, int] | None = None
        self._badges_shown: list[tuple[str, str]] | None = None
        with Tag("header", classes="top"):
            with Tag("div", classes="brand"):
                icon("precision_manufacturing")
                Tag("span", "cliprt")
            with Tag("div", classes="headline"):
                self._task = Tag("h1", "", "task", id="task")
                self._dots = Tag("div", "", "dots", role="img")
            with Tag("div", classes="badges"):
                self._state = Tag("span", "", "badge state", role="status", id="state")
                self._more = Tag("span", classes="more-badges")
            with Tag("label", classes="language", title=_("Language")):
                icon("translate")
                with Tag("select", id="language", aria_label=_("Language")):
                    for language, name in LANGUAGES.items():
                        Tag("option", name, value=language, selected=language == _.language)
            button("", sign="help_outline", classes="quiet round", data_opens="help", data_key="?",
                   aria_label=_("Keys and help"), title=_("Keys and help (?)"))  # fmt: skip
        with Tag("div", classes="banner watching", role="status") as self._watching:
            self._who = Tag("span")
            button(
                _("Take over"),
                lambda: teaching.take_over(tab),
                classes="small",
                id="take-over",
            )
        with Tag("div", classes="banner applicant", role="alert") as self._applicant:
            Tag("span", _("Another browser would like to teach."))
            button(
                _("Let them"),
                lambda: teaching.answer(tab, True),
                classes="small",
                id="grant",
            )
            button(_("No"), lambda: teaching.answer(tab, False), classes="small quiet")

    def update(self) -> None:
        """Draw what changed."""
        session, control, _ = self._teaching.session, self._teaching.control, self._
        teaches = session.is_teaching
        self._task.say(_(session.instruction) if teaches else _("Teach the robot by talking"))
        self._dots.show(teaches and not session.policy)
        if teaches and session.task in session.taught:
            self._show_dots(session.taught[session.task], session.wanted[session.task])
        self._state.say(_(STATES[session.state]))
        self._state.put(data_state=session.state)
        steers = control.steers(self._tab)
        badges = [("robot", _("Simulated robot") if session.simulated else _("Real robot"))]
        if session.policy:
            badges.append(("policy", _("The robot tries, you correct")))
        if control.tabs > 1:
            badges.append(("tabs", _("You teach") if steers else _("Watching")))
        badges += [("note", _(text)) for text in session.badges.values()]
        if badges != self._badges_shown:
            self._badges_shown = badges
            self._more.clear()
            with self._more:
                for kind, text in badges:
                    Tag("span", text, f"badge is-{kind}")
        self._who.say(
            _("Nobody is teaching. You can watch, and press STOP.")
            if control.controller is None
            else _("Somebody else is teaching. You can watch, and press STOP.")
        )
        self._watching.show(control.is_connected(self._tab) and not steers)
        self._applicant.show(steers and control.applicant is not None)

    def _show_dots(self, done: int, wanted: int) -> None:
        if self._dots_shown == (done, wanted):
            return
        self._dots_shown, _ = (done, wanted), self._
        self._dots.put(aria_label=_("{done} of {wanted} episodes taught", done=done, wanted=wanted))
        self._dots.clear()
        with self._dots:
            for number in range(min(wanted, MOST_DOTS)):
                done_here = "done" if number < done else "now" if number == done else ""
                Tag("span", classes=f"dot {done_here}")
            Tag("span", _("{done} of {wanted}", done=done, wanted=wanted), "count")
