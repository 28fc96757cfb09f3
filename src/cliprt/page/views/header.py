"""The top of the page: what is taught, how far it is, and what state everything is in."""

from __future__ import annotations

from cliprt.page.views.elements import Tag, View, button, icon

STATES = {
    "starting": "Getting ready",
    "idle": "Ready",
    "listening": "Listening",
    "showing": "About to move",
    "moving": "Moving",
    "stopped": "Stopped",
    "faulted": "Needs you",
}
MOST_DOTS = 20


class Header(View):
    """Name, task, progress and badges."""

    def _build(self) -> None:
        teaching, tab = self._teaching, self._tab
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
            button("", sign="help_outline", classes="quiet round", data_opens="help",
                   data_key="?", aria_label="Keys and help", title="Keys and help (?)")  # fmt: skip
        with Tag("div", classes="banner watching", role="status") as self._watching:
            self._who = Tag("span")
            button(
                "Take over",
                lambda: teaching.take_over(tab),
                classes="small",
                id="take-over",
            )
        with Tag("div", classes="banner applicant", role="alert") as self._applicant:
            Tag("span", "Another browser would like to teach.")
            button(
                "Let them",
                lambda: teaching.answer(tab, True),
                classes="small",
                id="grant",
            )
            button("No", lambda: teaching.answer(tab, False), classes="small quiet")

    def update(self) -> None:
        """Draw what changed."""
        session, control = self._teaching.session, self._teaching.control
        teaches = session.is_teaching
        self._task.say(session.instruction if teaches else "Teach the robot by talking")
        self._dots.show(teaches and not session.policy)
        if teaches and session.task in session.taught:
            self._show_dots(session.taught[session.task], session.wanted[session.task])
        self._state.say(STATES[session.state])
        self._state.put(data_state=session.state)
        steers = control.steers(self._tab)
        badges = [("robot", "Simulated robot" if session.simulated else "Real robot")]
        if session.policy:
            badges.append(("policy", "The robot tries, you correct"))
        if control.tabs > 1:
            badges.append(("tabs", "You teach" if steers else "Watching"))
        badges += [("note", text) for text in session.badges.values()]
        if badges != self._badges_shown:
            self._badges_shown = badges
            self._more.clear()
            with self._more:
                for kind, text in badges:
                    Tag("span", text, f"badge is-{kind}")
        who = "Nobody is" if control.controller is None else "Somebody else is"
        self._who.say(f"{who} teaching. You can watch, and press STOP.")
        self._watching.show(control.is_connected(self._tab) and not steers)
        self._applicant.show(steers and control.applicant is not None)

    def _show_dots(self, done: int, wanted: int) -> None:
        if self._dots_shown == (done, wanted):
            return
        self._dots_shown = done, wanted
        self._dots.put(aria_label=f"{done} of {wanted} episodes taught")
        self._dots.clear()
        with self._dots:
            for number in range(min(wanted, MOST_DOTS)):
                done_here = "done" if number < done else "now" if number == done else ""
                Tag("span", classes=f"dot {done_here}")
            Tag("span", f"{done} of {wanted}", "count")
