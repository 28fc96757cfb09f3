"""The list of episodes: a picture of each, how it went, and a way to throw it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from nicegui import ui

from cliprt.errors import CliprtError
from cliprt.page.episodes import ListedEpisode
from cliprt.page.views.parts import box, button, text

MOST_SHOWN = 60


class EpisodeList:
    """Newest first.

    Args:
        delete: Sets an episode aside.
    """

    def __init__(self, delete: Callable[[str], Awaitable[None]]) -> None:
        self._delete = delete
        self._shown: object = None
        with box("panel", "data-testid=episodes", tag="section"):
            self._title = text("Episodes", "panel-title")
            self._list = box("episodes")

    def show(self, episodes: tuple[ListedEpisode, ...], may_control: bool) -> None:
        """Draw the list again if it is another."""
        if (episodes, may_control) == self._shown:
            return
        self._shown = episodes, may_control
        good = sum(bool(one.success) for one in episodes)
        self._title.text = f"Episodes: {len(episodes)}, {good} of them successful"
        self._list.clear()
        with self._list:
            if not episodes:
                text("Nothing yet. What you teach appears here, with a picture.", "empty")
            for one in episodes[:MOST_SHOWN]:
                self._row(one, may_control)
            if len(episodes) > MOST_SHOWN:
                text(f"... and {len(episodes) - MOST_SHOWN} more: cliprt episodes ls", "empty")

    def _row(self, one: ListedEpisode, may_control: bool) -> None:
        with box("episode", "data-testid=episode"):
            if one.steps and not one.damaged:
                picture = box("", 'loading="lazy" width=144 height=72', tag="img")
                picture.props["src"] = f"/thumbnail/{quote(one.id, safe='')}"
                picture.props["alt"] = f"Before and after: {one.instruction}"
            with box("facts"):
                text(one.instruction or one.id, "name")
                text(_describe(one), "how")
            made = button("", lambda: self._confirm(one), classes="bin", aria_label="Throw away")
            made.props("icon=delete_outline flat dense")
            made.enabled = may_control

    def _confirm(self, one: ListedEpisode) -> None:
        with ui.dialog(value=True) as dialog, ui.card():
            text("Throw this episode away?", "lead")
            text("It moves to the run folder's quarantine; its scene is offered again.")

            async def throw() -> None:
                dialog.close()
                try:
                    await self._delete(one.id)
                except CliprtError as error:
                    ui.notify(str(error), type="warning")

            with box("row"):
                button("Throw away", throw, classes="is-danger", data_testid="throw-away")
                button("Keep it", dialog.close, "enter")


def _describe(one: ListedEpisode) -> str:
    if one.damaged:
        return f"cannot be read: {one.damaged}"
    verdict = {True: "✓ it worked", False: "✗ it did not work", None: "not judged"}[one.success]
    who = "" if one.kind == "taught" else ", tried by the policy"
    steps = f"{one.steps} step{'' if one.steps == 1 else 's'}"
    return f"{verdict}, {steps}{who}"
