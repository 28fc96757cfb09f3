"""The whole page, for one tab: put together once, then kept up to date.

A view shows what the session holds and draws again only what has changed, so that an event reaches
every tab at once.
"""

from __future__ import annotations

from dataclasses import replace

from nicegui import ui
from nicegui.events import GenericEventArguments

from cliprt.page.hub import LONGEST_SENTENCE, Hub
from cliprt.page.messages import Discard, Finish, GoOn, Redo, Request, Undo
from cliprt.page.views.episodes import EpisodeList
from cliprt.page.views.parts import box, button, text
from cliprt.page.views.pictures import CameraViews
from cliprt.page.views.talk import TalkView
from cliprt.page.views.tasks import TaskCards, show_progress
from cliprt.page.views.training import TrainingPanel
from cliprt.recipe.build import build_task

STATES = {
    "starting": "getting ready",
    "idle": "ready",
    "listening": "listening to you",
    "showing": "about to move",
    "moving": "moving",
    "stopped": "stopped",
    "faulted": "needs you",
}
"""What the robot is doing, in words."""

KEYS = (
    ("Enter", "say the sentence; or the green button"),
    ("Esc", "STOP, always"),
    ("1 2 3", "take an offer"),
    ("Ctrl Z", "undo the last step"),
    ("Ctrl Shift Z", "do it again"),
    ("↑ ↓", "earlier sentences"),
    ("Space", "hold to talk, outside the sentence"),
    ("?", "this list"),
)
"""Key -> what it does."""

_SCRIPTS = ("cameras.js", "keys.js", "talk.js", "voice.js")


class Board:
    """The page of one tab.

    Args:
        hub: What is shown, and where requests go.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._client = ui.context.client
        self._tab = self._client.id
        ui.add_head_html('<link rel="stylesheet" href="/static/style.css">')
        for name in _SCRIPTS:
            ui.add_body_html(f'<script src="/static/{name}" defer></script>')
        ui.dark_mode(None)
        ui.colors(primary="#1f6feb")
        self._build()
        ui.on("say", self._say)
        ui.on("halt", lambda: hub.stop())
        hub.listen(self.show)
        self._client.on_delete(lambda: hub.forget(self.show))
        self.show()

    # Building

    def _build(self) -> None:
        with box("board", f'data-tab="{self._tab}"') as self._root:
            self._build_header()
            with box("main"):
                with box("looking"):
                    self._cameras = CameraViews()
                    self._build_steps()
                with box("talking"):
                    self._build_notices()
                    self._tasks = TaskCards(self._instructions(), self._begin)
                    self._talk = TalkView(self._ask, lambda words: self._hub.say(self._tab, words))
                    self._build_sentence()
            with box("below"):
                self._episodes = EpisodeList(lambda i: self._hub.delete(self._tab, i))
                self._training = TrainingPanel(
                    self._hub.recipe, self._hub.run, self._hub.trainer, self._ask, self._steers
                )
        self._build_dialogs()

    def _build_header(self) -> None:
        with box("header", tag="header"):
            with box("brand"):
                box("", 'src="/static/icon.svg" alt="" width=30 height=30', tag="img")
                self._instruction = text("Teach by talking", "instruction", "role=heading")
            self._badges = box("badges", 'role="status"')
            with box("settings"):
                self._confirm = ui.switch("Ask before each move", on_change=self._configure)
                self._confirm.props("dense data-testid=confirm")
                button("?", lambda: self._keys.open(), "?", "flat", aria_label="Keys")

    def _build_steps(self) -> None:
        with box("steps-bar"):
            self._progress = box("progress-box")
            self._undo = button("Undo", lambda: self._ask(Undo()), "undo", data_testid="undo")
            self._redo = button("Redo", lambda: self._ask(Redo()), "redo", data_testid="redo")
            self._finish = button("Finish", lambda: self._finishing.open(), data_testid="finish")
            self._discard = button(
                "Discard", lambda: self._discarding.open(), data_testid="discard"
            )

    def _build_notices(self) -> None:
        self._watching = box("notice")
        self._applicant = box("notice is-question")
        self._stopped = box("notice is-stop", "data-testid=stopped")

    def _build_sentence(self) -> None:
        with box("say-row"):
            with box("say-line"):
                self._input = box("sentence", "id=sentence type=text autocomplete=off", tag="input")
                self._input.props(f'maxlength={LONGEST_SENTENCE} enterkeyhint="send"')
                self._input.props["aria-label"] = "What should the arm do next?"
                self._input.props["placeholder"] = "Say what the arm should do next"
                self._mic = button("", classes="mic", id="talk", aria_label="Hold to talk")
                self._mic.props("icon=mic")
                button("Say", classes="send", id="send")
            with box("hearing"):
                box("", "id=talk-meter min=0 max=1 value=0 aria-hidden=true", tag="meter")
                box("heard", 'id=talk-status role="status"')
            stop = box("stop", 'type=button data-stop="" data-testid=stop', tag="button")
            stop.props["aria-label"] = "STOP the robot"
            with stop:
                text("STOP")
                text("Esc", "key")

    def _build_dialogs(self) -> None:
        with ui.dialog() as self._finishing, ui.card():
            text("Is it done?", "lead")
            text("In the simulator the task itself decides; your word is kept beside it.")
            with box("choices"):
                self._close_with(self._finishing, "Yes, it worked", Finish(True), "enter")
                self._close_with(self._finishing, "No, end it", Finish(False))
                button("Go on teaching", self._finishing.close)
        with ui.dialog() as self._discarding, ui.card():
            text("Throw this episode away?", "lead")
            text("Its steps are gone then. You start again in the same scene.")
            with box("choices"):
                self._close_with(self._discarding, "Throw away", Discard(), "enter", "is-danger")
                button("Keep it", self._discarding.close)
        with ui.dialog() as self._keys, ui.card():
            text("Keys", "lead")
            with box("keys"):
                for key, words in KEYS:
                    text(key, "key")
                    text(words)
            button("Close", self._keys.close, "enter")

    def _close_with(
        self, dialog: ui.dialog, words: str, request: Request, key: str = "", classes: str = ""
    ) -> None:
        def press() -> None:
            dialog.close()
            self._ask(request)

        tag = f"{type(request).__name__}-{getattr(request, 'success', True)}".lower()
        button(words, press, key, classes or ("is-go" if key else ""), data_testid=tag)

    # Keeping up to date

    def show(self) -> None:
        """Show what the session holds now."""
        hub, session = self._hub, self._hub.session
        steers = self._steers()
        with self._client:
            self._root.props["data-state"] = session.state
            self._root.props["data-episode"] = session.episode
            self._root.props["data-steps"] = str(len(session.steps))
            self._root.update()
            self._instruction.text = session.instruction or "Teach by talking"
            self._show_badges(steers)
            self._cameras.show(session)
            self._show_notices(steers)
            self._tasks.show(session, steers)
            self._talk.show(session, steers)
            self._episodes.show(hub.episodes, steers)
            self._show_steps(steers)
            if self._confirm.value != hub.settings.confirm:
                self._confirm.value = hub.settings.confirm
            self._confirm.enabled = steers
            self._mic.visible = hub.transcriber is not None

    def _show_badges(self, steers: bool) -> None:
        hub, session = self._hub, self._hub.session
        badges = [("state", STATES[session.state])]
        if session.cameras:
            badges.append(("kind", "simulated" if session.simulated else "real robot"))
        if session.policy:
            badges.append(("policy", "the policy acts; say what to do instead"))
        badges += [(f"badge-{name}", words) for name, words in session.badges.items()]
        if not steers:
            badges.append(("watching", "watching"))
        if hub.control.tabs > 1:
            badges.append(("tabs", f"{hub.control.tabs} pages open"))
        if badges == getattr(self, "_badges_shown", None):
            return
        self._badges_shown = badges
        self._badges.clear()
        with self._badges:
            for name, words in badges:
                text(words, f"badge is-{name}", f"data-testid=badge-{name}")

    def _show_notices(self, steers: bool) -> None:
        control, session = self._hub.control, self._hub.session
        shown = (steers, control.applicant, session.state, session.reason, session.trouble)
        if shown == getattr(self, "_notices_shown", None):
            return
        self._notices_shown = shown
        for notice in (self._watching, self._applicant, self._stopped):
            notice.clear()
        self._watching.visible = not steers
        with self._watching:
            waits = control.applicant == self._tab
            text("Somebody else teaches; you watch. STOP works for you too.")
            label = "Asked: waiting for an answer" if waits else "Ask to take over"
            button(label, self._apply, data_testid="take-over").enabled = not waits
        self._applicant.visible = steers and control.applicant is not None
        with self._applicant:
            text("Another page would like to take over.")
            button("Let them", lambda: self._answer(True), data_testid="grant")
            button("Not now", lambda: self._answer(False))
        self._stopped.visible = session.state in ("stopped", "faulted")
        with self._stopped:
            if session.state == "stopped":
                text("Stopped. Look at the robot, then let it go on.", "strong")
            else:
                text(session.trouble or session.reason, "strong")
            go_on = button("Go on", self._go_on, "enter", "is-go", data_testid="go-on")
            go_on.enabled = steers

    def _show_steps(self, steers: bool) -> None:
        session = self._hub.session
        is_free = steers and session.state in ("listening", "showing", "stopped")
        self._undo.enabled = is_free and session.can_undo
        self._redo.enabled = is_free and session.can_redo
        for made in (self._finish, self._discard):
            made.enabled = is_free and session.is_teaching
        for made in (self._undo, self._redo, self._finish, self._discard):
            made.visible = session.is_teaching
        shown = (session.task, session.is_teaching, len(session.steps), dict(session.taught))
        if shown == getattr(self, "_progress_shown", None):
            return
        self._progress_shown = shown
        self._progress.clear()
        if session.is_teaching:
            with self._progress:
                text(f"Step {len(session.steps) + 1}", "count", "data-testid=step")
                show_progress(session.taught[session.task], session.wanted[session.task])

    # What is pressed

    def _steers(self) -> bool:
        return self._hub.control.steers(self._tab)

    def _ask(self, request: Request) -> None:
        self._hub.ask(self._tab, request)

    def _begin(self, task: str, instruction: str) -> None:
        own = instruction.strip()
        self._hub.begin(self._tab, task, "" if own == self._instructions()[task] else own)

    def _say(self, event: GenericEventArguments) -> None:
        if isinstance(event.args, dict):
            self._hub.say(self._tab, event.args.get("text", ""))

    def _go_on(self) -> None:
        self._ask(GoOn())

    def _configure(self) -> None:
        if self._confirm.value != self._hub.settings.confirm:
            self._ask(replace(self._hub.settings, confirm=bool(self._confirm.value)))

    def _apply(self) -> None:
        self._hub.control.apply(self._tab)
        self._hub.notify()

    def _answer(self, grant: bool) -> None:
        self._hub.control.answer(self._tab, grant)
        self._hub.notify()

    def _instructions(self) -> dict[str, str]:
        return {task.name: build_task(task).instruction for task in self._hub.recipe.tasks}
