"""The bottom of the page: STOP, the sentence, and whether to ask first."""

from __future__ import annotations

from cliprt.language.remarks import Remark
from cliprt.page.messages import Configure
from cliprt.page.views.elements import Tag, View, button, icon


class Dock(View):
    """Always in reach."""

    def _build(self) -> None:
        _ = self._
        with Tag("footer", classes="dock"):
            with Tag("button", "", "stop", type="button", id="stop", data_stop="",
                     aria_label=_("Stop the robot now (Escape)")):  # fmt: skip
                icon("front_hand")
                Tag("span", _("STOP"))
                Tag("kbd", _("Esc"), aria_hidden="true")
            with Tag("div", classes="sentence-row"):
                with Tag("button", "", "hold", type="button", id="hold", title=_("Hold to talk"),
                         aria_label=_("Hold to talk (space bar)")):  # fmt: skip
                    icon("mic")
                    Tag("meter", "", "level", id="level", min=0, max=1, aria_hidden="true")
                with Tag("button", "", "speak", type="button", id="speak",
                         title=_("Say aloud what is understood"),
                         aria_label=_("Say aloud what is understood")):  # fmt: skip
                    icon("volume_off")
                self._sentence = Tag(
                    "input", "", "sentence", id="sentence", type="text", autocomplete="off",
                    autocapitalize="off", spellcheck="false", enterkeyhint="send",
                    aria_label=_("What should the arm do next?"),
                )  # fmt: skip
                Tag("p", "", "hearing", id="hearing", role="status")
                button("", sign="arrow_upward", classes="send round", id="send",
                       aria_label=_("Say it (Enter)"))  # fmt: skip
            with Tag("label", classes="switch", title=_("Ask me before each move")):
                self._confirm = Tag("input", type="checkbox", id="confirm", role="switch")
                Tag("span", _("Ask before moving"))
        self._confirm.on(
            "change",
            lambda event: self._teaching.ask(self._tab, Configure(confirm=bool(event.args))),
            js_handler="(event) => emit(event.target.checked)",
        )

    def update(self) -> None:
        """Draw what changed."""
        session = self._teaching.session
        steers = self._teaching.control.steers(self._tab)
        is_laying = self._teaching.between.skills.draft is not None
        self._confirm.put(checked=bool(self._teaching.confirms), disabled=not steers)
        self._sentence.put(placeholder=self._(_hint(session.state, session.is_teaching, is_laying)))


def _hint(state: str, teaches: bool, is_laying: bool) -> str:
    if is_laying and not teaches:
        return Remark("What stands on the table? e.g. a red cup on the left")
    if not teaches:
        return Remark("What shall the robot learn?")
    if state == "stopped":
        return Remark("Press “Go on” first")
    return Remark("What should the arm do next?")
