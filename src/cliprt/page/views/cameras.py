"""The pictures: canvases that ``cameras.js`` draws into, and what is laid over them."""

from __future__ import annotations

from nicegui import ui

from cliprt.language.remarks import Remark
from cliprt.page.messages import GoOn
from cliprt.page.views.elements import Tag, View, button, icon

TITLES = {"scene": Remark("The table"), "wrist": Remark("From the hand")}

COMPASS = """
<svg viewBox="-6 -6 136 104" width="136" height="104" role="img"
 aria-label="{described}">
<g fill="none" stroke-width="4" stroke-linecap="round">
<path class="up" d="M60 50 V16 M53 24 L60 14 L67 24"/>
<path class="left" d="M60 50 L98 66 M87 68 L99 67 L92 57"/>
<path class="forward" d="M60 50 L28 74 M30 62 L27 75 L40 74"/></g>
<text x="60" y="10" text-anchor="middle">{up}</text>
<text x="128" y="80" text-anchor="end">{left}</text>
<text x="-4" y="94">{forward}</text></svg>
"""


class Cameras(View):
    """Every camera's picture, the first one large."""

    def _build(self) -> None:
        teaching, tab, _ = self._teaching, self._tab, self._
        self._shown: tuple[str, ...] | None = None
        with Tag("div", classes="window", aria_label=_("What the robot's cameras see")):
            self._pictures = Tag("div", classes="pictures")
            with Tag("div", classes="veil starting", role="status") as self._starting:
                Tag("div", classes="spinner", aria_hidden="true")
                self._why_starting = Tag("p")
            with Tag("div", classes="veil stopped", role="alert") as self._stopped:
                icon("front_hand")
                Tag("h2", _("Stopped"))
                self._why_stopped = Tag("p")
                self._go_on = button(_("Go on"), lambda: teaching.ask(tab, GoOn()), "play_arrow",
                                     "big", _("Enter"), id="go-on", data_key="enter")  # fmt: skip
                Tag("p", _("Or undo the step, or finish."), "small-print")
            with Tag("div", classes="veil cut-off", role="alert"):
                Tag("div", classes="spinner", aria_hidden="true")
                Tag("h2", _("The connection is lost"))
                Tag("p", _("The robot has stopped and your episode is kept. Trying again …"))

    def update(self) -> None:
        """Draw what changed."""
        session, _ = self._teaching.session, self._
        cameras = session.cameras or ("scene", "wrist")
        if cameras != self._shown:
            self._shown = cameras
            self._pictures.clear()
            with self._pictures:
                self._add(cameras[0], is_first=True)
                with Tag("div", classes="rail"):
                    for camera in cameras[1:]:
                        self._add(camera, is_first=False)
                    with Tag("div", classes="compass"):
                        ui.html(self._draw_compass(), sanitize=False)
                        Tag("p", _("Left and right are the robot's own"))
        self._starting.show(session.state == "starting")
        restarted = self._teaching.desk.restarts > 0
        self._why_starting.say(
            _("The simulator was restarted; your episode is kept. One moment …")
            if restarted
            else _("Getting the robot ready …")
        )
        self._stopped.show(session.is_teaching and session.state in ("stopped", "faulted"))
        self._why_stopped.say(_(session.reason))
        self._go_on.put(disabled=session.state not in ("stopped", "faulted"))

    def _add(self, camera: str, is_first: bool) -> None:
        _ = self._
        title = _(TITLES.get(camera, camera))
        with Tag("figure", classes="camera first" if is_first else "camera", data_camera=camera):
            Tag(
                "canvas",
                width=480,
                height=480,
                role="img",
                aria_label=_("Live picture: {title}", title=title),
            )
            ui.html(
                '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"></svg>',
                sanitize=False,
            ).classes("drawing")
            Tag("figcaption", title)
            Tag("p", _("No picture"), "stale")
            Tag("p", _("The picture comes with the task."), "empty")

    def _draw_compass(self) -> str:
        _ = self._
        described = _(
            "forward is towards you to the left, left is towards you to the right, up is up"
        )
        return COMPASS.format(described=described, up=_("up"), left=_("left"), forward=_("forward"))
