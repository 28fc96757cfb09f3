"""The list of what was taught, with pictures."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import ui

from cliprt.language.remarks import Count, Remark
from cliprt.page.episodes import ListedEpisode
from cliprt.page.views.elements import Tag, View, button, icon

MOST_SHOWN = 60


class Episodes(View):
    """Every episode, the newest first."""

    def _build(self) -> None:
        self._shown: tuple[ListedEpisode, ...] | None = None
        self._list = Tag("div", classes="episodes", role="list")

    def update(self) -> None:
        """Draw what changed."""
        episodes = self._teaching.episodes
        if episodes == self._shown:
            return
        self._shown = episodes
        _ = self._
        self._list.clear()
        with self._list:
            if not episodes:
                with Tag("div", classes="nothing"):
                    icon("movie")
                    Tag("p", _("Nothing is taught yet. Every episode that you teach appears here."))
            for episode in episodes[:MOST_SHOWN]:
                self._add(episode)
            if len(episodes) > MOST_SHOWN:
                Tag("p", _("… and {n} more", n=len(episodes) - MOST_SHOWN), "small-print")

    def _add(self, episode: ListedEpisode) -> None:
        _ = self._
        with Tag("div", classes="episode", role="listitem"):
            Tag("img", "", "thumbnail", loading="lazy", alt=_("First and last picture"),
                src=f"episodes/{quote(episode.id)}/thumbnail.jpg")  # fmt: skip
            with Tag("div", classes="episode-words"):
                Tag("span", _(episode.instruction) or episode.id, "card-title")
                with Tag("span", classes=f"card-count {'good' if episode.success else 'other'}"):
                    icon("check_circle" if episode.success else "radio_button_unchecked")
                    Tag("span", _(_tell(episode)))
            delete = button("", sign="delete_outline", classes="quiet round",
                            aria_label=_("Delete this episode"))  # fmt: skip
            sure = button(_("Delete?"), classes="bad small")
            sure.show(False)

        async def deleted() -> None:
            why_not = await self._teaching.delete(self._tab, episode.id)
            if why_not:
                ui.notify(_(why_not))

        def ask() -> None:
            delete.show(False)
            sure.show(True)

        delete.on("click", ask)
        sure.on("click", deleted)


HOW = {
    True: Remark("it works"),
    False: Remark("not there yet"),
    None: Remark("not judged"),
}


def _tell(episode: ListedEpisode) -> str:
    if episode.damaged:
        return Remark("damaged")
    how = Remark("you corrected") if episode.kind == "corrected" else HOW[episode.success]
    return Count("{how}, {count} step", "{how}, {count} steps", episode.steps, how=how)
