"""The six hints of a first teaching, one at a time, under the talk."""

from __future__ import annotations

from cliprt.page.tour import HINTS, find_done, next_hint
from cliprt.page.views.elements import Tag, View, button, icon


class Tour(View):
    """Shown while nothing is taught yet, until it is over or put away (keys.js remembers that)."""

    def _build(self) -> None:
        _ = self._
        self._done: set[str] = set()
        with Tag("aside", classes="tour", role="status", aria_label=_("First steps")) as self._box:
            icon("lightbulb")
            self._text = Tag("span", classes="tour-text")
            button("", sign="close", classes="small quiet round", id="tour-away",
                   data_away="tour", title=_("No more hints"),
                   aria_label=_("No more hints"))  # fmt: skip
            with Tag("div", classes="tour-row"):
                self._example = Tag("button", "", "chip", type="button")
                with Tag("span", classes="tour-dots", aria_hidden="true"):
                    self._dots = [Tag("i") for _hint in HINTS]
                button(_("Next"), self._pass, classes="small quiet", id="tour-next")

    def update(self) -> None:
        """Draw what changed."""
        teaching, _ = self._teaching, self._
        session = teaching.session
        is_first = session.is_teaching and not session.policy and not any(session.taught.values())
        if is_first:
            self._done |= find_done(session)
        hint = next_hint(self._done) if is_first else None
        self._box.show(hint is not None and teaching.control.steers(self._tab))
        if hint is None:
            return
        self._text.say(_(hint.text))
        self._example.show(bool(hint.example))
        self._example.say(_("“{text}”", text=_(hint.example)))
        self._example.put(data_fill=_(hint.example))
        for dot, one in zip(self._dots, HINTS, strict=True):
            dot.put(data_is="now" if one is hint else "done" if one.name in self._done else None)

    def _pass(self) -> None:
        if hint := next_hint(self._done):
            self._done.add(hint.name)
        self.update()
