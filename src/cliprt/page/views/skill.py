"""A skill of one's own: its title, and the table that it begins with."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from cliprt.language.remarks import Remark
from cliprt.page import draft as drafts
from cliprt.page.draft import LONGEST_TITLE, Draft
from cliprt.page.names import say_name
from cliprt.page.seen_above import to_web
from cliprt.page.views.elements import Tag, View, button
from cliprt.page.views.map import draw_icon, draw_map
from cliprt.things.catalogue import COLOURS, all_things

TURN_DEG = 15.0


class SkillView(View):
    """Shown while somebody brings a skill: every tab sees it, the one that steers lays it."""

    def _build(self) -> None:
        _ = self._
        self._selected: int | None = None
        self._shown: object = None
        self._is_open = False
        with Tag("div", classes="skill", id="skill") as self._panel:
            with Tag("div", classes="skill-head"):
                Tag("h2", _("Something new"))
                button("", self._close, "close", "quiet round", id="close-skill",
                       aria_label=_("Close"), title=_("Close"))  # fmt: skip
            self._title = Tag("input", "", "field", id="skill-title", autocomplete="off",
                              placeholder=_("e.g. Put the spoon in the mug"),
                              aria_label=_("What shall the robot learn?"))  # fmt: skip
            self._title.on("change", lambda event: self._name(event.args),
                           js_handler="(event) => emit(event.target.value)")  # fmt: skip
            self._remark = Tag("p", classes="remark", role="alert")
            with Tag("div", classes="laying") as self._laying:
                Tag("p", _("What stands on the table? Say it below, or pick it and drag it."),
                    "lead")  # fmt: skip
                self._map = Tag("svg", classes="map", viewBox="-420 -850 840 750", id="map",
                                role="group", aria_label=_("The table from above"))  # fmt: skip
                self._tools = Tag("div", classes="tools", role="toolbar")
                with Tag("div", classes="varying"):
                    with Tag("label"):
                        Tag("span", _("How much it differs each time"))
                        self._vary = Tag("input", type="range", min=0, max=100, step=5, id="vary")
                    self._again = button("", self._draw_again, "casino", "quiet round", id="again",
                                         aria_label=_("Another draw"),
                                         title=_("Another draw"))  # fmt: skip
                self._vary.on("change", lambda event: self._change_share(event.args),
                              js_handler="(event) => emit(event.target.value)")  # fmt: skip
                self._palette = Tag("div", classes="palette", role="group",
                                    aria_label=_("Things"))  # fmt: skip
            self._hardware = Tag("p", _("On a real robot, whatever stands on the table is there."),
                                 "lead")  # fmt: skip
            with Tag("div", classes="skill-buttons"):
                button(_("Teach it"), None, "school", "good big", id="teach-skill").on(
                    "click",
                    lambda event: self._teach(event.args),
                    js_handler="() => emit(document.getElementById('skill-title').value)",
                )
        ui.on("table", self._hear)

    def update(self) -> None:
        """Draw what changed."""
        teaching, _ = self._teaching, self._
        draft = None if teaching.session.is_teaching else teaching.between.skills.draft
        now = draft, self._selected, teaching.session.simulated
        if now == self._shown:
            return
        self._shown = now
        self._panel.show(draft is not None)
        if draft is None or self._selected not in range(len(draft.scene.things)):
            self._selected = None
        if draft is None:
            self._is_open = False
            return
        if not self._is_open:
            self._panel.client.run_javascript("document.getElementById('skill').scrollTop = 0")
        self._is_open = True
        self._fill_palette()
        self._title.put(data_value=draft.title)
        self._laying.show(teaching.session.simulated)
        self._hardware.show(not teaching.session.simulated)
        scene = json.dumps(draw_map(draft.scene, _))
        self._map.put(data_scene=scene, data_selected=self._selected)
        self._vary.put(data_value=str(round(100 * draft.varies)))
        self._remark.show(bool(draft.remark))
        self._remark.say(_(draft.remark))
        self._show_tools(draft)

    # What is pressed

    def _do(self, change: Callable[[Draft], Draft]) -> None:
        draft = self._teaching.between.skills.draft
        if draft is not None:
            self._tell(self._teaching.shape(self._tab, lambda skills: skills.change(change(draft))))

    def _do_with(self, index: int, change: Callable[[Draft, int], Draft]) -> None:
        """The same with one thing, unless it went away meanwhile: pressed twice."""
        self._do(lambda draft: change(draft, index) if draft.scene.things[index:] else draft)

    def _tell(self, why_not: str) -> None:
        if why_not:
            with self._panel:
                ui.notify(self._(why_not), position="top")

    def _name(self, title: object) -> None:
        self._do(lambda draft: replace(draft, title=str(title)[:LONGEST_TITLE], remark=""))

    def _teach(self, title: object) -> None:
        self._tell(self._teaching.teach_skill(self._tab, str(title)[:LONGEST_TITLE]))

    def _close(self) -> None:
        self._tell(self._teaching.shape(self._tab, lambda skills: skills.change(None)))

    def _draw_again(self) -> None:
        self._do(lambda draft: replace(draft, seed=draft.seed + 1, remark=""))

    def _change_share(self, percent: object) -> None:
        if (share := _number(percent)) is not None:
            self._do(lambda draft: drafts.vary(draft, share / 100))

    def _add(self, thing: str) -> None:
        draft = self._teaching.between.skills.draft
        self._selected = len(draft.scene.things) if draft else None
        self._do(lambda draft: drafts.add(draft, thing))

    def _hear(self, event: GenericEventArguments) -> None:
        """What was done to the map in this tab."""
        given = event.args[0] if isinstance(event.args, list) and event.args else event.args
        draft = self._teaching.between.skills.draft
        index = given.get("index") if isinstance(given, dict) else None
        if draft is None or type(index) is not int or not 0 <= index < len(draft.scene.things):
            return
        if given.get("act") == "select":
            self._selected = index
            self.update()
        elif given.get("act") == "remove":
            self._do(lambda draft: drafts.remove(draft, index))
        elif given.get("act") == "turn" and (degrees := _number(given.get("degrees"))) is not None:
            self._do(lambda draft: drafts.turn(draft, index, degrees))
        elif given.get("act") == "move":
            x, y = _number(given.get("x")), _number(given.get("y"))
            if x is not None and y is not None:
                self._do(lambda draft: drafts.move(draft, index, (x, y)))

    # What is shown

    def _fill_palette(self) -> None:
        if self._palette.default_slot.children:
            return
        with self._palette:
            for name, thing in all_things().items():
                made = Tag("button", "", "thing", type="button", data_thing=name)
                with made:
                    ui.html(draw_icon(thing), sanitize=False)
                    Tag("span", self._(name))
                made.on("click", lambda _=None, name=name: self._add(name))

    def _show_tools(self, draft: Draft) -> None:
        self._tools.clear()
        self._tools.show(self._selected is not None)
        if self._selected is None:
            return
        index, _ = self._selected, self._
        placed = draft.scene.things[index]
        with self._tools:
            Tag("strong", _(say_name(placed.name)))
            self._tool(index, "rotate_left", _("Turn left"),
                       lambda draft, i: drafts.turn(draft, i, TURN_DEG))  # fmt: skip
            self._tool(index, "rotate_right", _("Turn right"),
                       lambda draft, i: drafts.turn(draft, i, -TURN_DEG))  # fmt: skip
            for link in placed.kind.opens:
                is_open = placed.state.get(link, 0.0) > 0
                self._door(index, link, is_open)
            self._tool(index, "delete_outline", _("Take it away"), drafts.remove)
            with Tag("div", classes="swatches", role="group", aria_label=_("Colour")):
                self._swatch(index, "", to_web(placed.kind.colour), not placed.colour)
                for word, colour in COLOURS.items():
                    self._swatch(index, word, to_web(colour), placed.colour == word)

    def _tool(
        self, index: int, sign: str, title: str, change: Callable[[Draft, int], Draft]
    ) -> None:
        button("", lambda: self._do_with(index, change), sign, "quiet round",
               aria_label=title, title=title)  # fmt: skip

    def _door(self, index: int, link: str, is_open: bool) -> None:
        text = self._(Remark("Shut it") if is_open else Remark("Open it"))
        share = 0.0 if is_open else 1.0
        button(text, lambda: self._do_with(index, lambda d, i: drafts.open_door(d, i, link, share)),
               classes="quiet small", title=link)  # fmt: skip

    def _swatch(self, index: int, word: str, colour: str, is_chosen: bool) -> None:
        title = self._(word) if word else self._("Its usual colour")
        made = Tag("button", "", "swatch", type="button", style=f"background:{colour}",
                   title=title, aria_label=title, aria_pressed=str(is_chosen).lower())  # fmt: skip
        made.on("click", lambda: self._do_with(index, lambda d, i: drafts.paint(d, i, word)))


def _number(value: Any) -> float | None:
    """A finite number that a browser says; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1000 else None
