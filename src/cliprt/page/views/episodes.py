"""The list of what was taught, with pictures."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import ui

from cliprt.language.remarks import Count, Remark
from cliprt.page.episodes import ListedEpisode, find_learned
from cliprt.page.views.elements import Tag, View, button, icon

MOST_SHOWN = 60


class Episodes(View):
    """Every episode, the newest first."""

    def _build(self) -> None:
        self._shown: object = None
        self._list = Tag("div", classes="episodes", role="list")

    def update(self) -> None:
        """Draw what changed."""
        episodes, learnt = self._teaching.episodes, self._teaching.trainer.progress.learnt
        if (episodes, learnt) == self._shown:
            return
        self._shown, _ = (episodes, learnt), self._
        learned = find_learned(self._teaching.recipe, episodes)
        self._list.clear()
        with self._list:
            if not episodes:
                with Tag("div", classes="nothing"):
                    icon("movie")
                    Tag("p", _("Nothing is taught yet. Every episode that you teach appears here."))
            for episode in episodes[:MOST_SHOWN]:
                self._add(episode, _(describe(episode, learnt.policy)), episode.id in learned)
            if len(episodes) > MOST_SHOWN:
                Tag("p", _("… and {n} more", n=len(episodes) - MOST_SHOWN), "small-print")

    def _add(self, episode: ListedEpisode, told: str, is_learned: bool) -> None:
        _ = self._
        with Tag("div", classes="episode", role="listitem"):
            Tag("img", "", "thumbnail", loading="lazy", alt=_("First and last picture"),
                src=f"episodes/{quote(episode.id)}/thumbnail.jpg")  # fmt: skip
            with Tag("div", classes="episode-words"):
                Tag("span", _(episode.instruction) or episode.id, "card-title")
                with Tag("span", classes=f"card-count {'good' if episode.success else 'other'}"):
                    icon("check_circle" if episode.success else "radio_button_unchecked")
                    Tag("span", told)
                if not is_learned:
                    Tag("span", _("Not learned from"), "small-print")
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


def describe(episode: ListedEpisode, policy: str) -> str:
    """Who did it and how it went, in a line.

    Args:
        episode: Taught, or a try.
        policy: The latest policy that was trained.
    """
    if episode.damaged:
        return Remark("damaged")
    how = HOW[episode.success]
    if not episode.policy:
        return Count("Taught: {how}, {count} step", "Taught: {how}, {count} steps", episode.steps,
                     how=how)  # fmt: skip
    if episode.corrections:
        how = Count("{how} with {count} correction", "{how} with {count} corrections",
                    episode.corrections, how=how)  # fmt: skip
    elif episode.success:
        how = Remark("it did it alone")
    who = Remark("The policy") if episode.policy == policy else Remark("An earlier policy")
    return Count("{who} tried: {how}, {count} step", "{who} tried: {how}, {count} steps",
                 episode.steps, who=who, how=how)  # fmt: skip
