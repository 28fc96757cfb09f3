"""The list of episodes beside the page: what was taught, how it went, and a picture of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.data.layout import EpisodeHeader
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.page.attempts import TAUGHT
from cliprt.page.tries import count_corrections
from cliprt.recipe.schema import Recipe
from cliprt.stages.correct import CORRECTED
from cliprt.stages.keys import taught_id
from cliprt.types import Episode

if TYPE_CHECKING:
    import numpy as np

THUMBNAIL_PX = 96
"""Height of one picture in a thumbnail."""

ENDS = "ends"
"""Folder of a run: how its episodes looked at their end."""

MOST_END_PX, MOST_END_BYTES = 2048, 2**20
"""A picture there that is larger is none of ours."""


@dataclass(frozen=True)
class ListedEpisode:
    """What the list shows of an episode.

    Attributes:
        id, task, instruction, success: As recorded.
        steps: Those that moved the robot.
        kind: ``"taught"`` or ``"corrected"``.
        recorded_at: When it was begun, ISO 8601, UTC.
        policy: The policy that tried; "" where a person taught.
        corrections: Steps of a try that are learned from.
        damaged: Why it cannot be read; "" if it can.
    """

    id: str
    task: str
    instruction: str
    success: bool | None
    steps: int
    kind: str
    recorded_at: str
    policy: str = ""
    corrections: int = 0
    damaged: str = ""


def list_episodes(store: EpisodeStore) -> tuple[ListedEpisode, ...]:
    """What people taught and corrected, the newest first; one that is damaged says so."""
    listed = [_list(store, episode_id) for episode_id in store.ids()]
    shown = [one for one in listed if one.kind in (TAUGHT, CORRECTED) or one.damaged]
    return tuple(sorted(shown, key=lambda one: one.recorded_at, reverse=True))


def count_taught(recipe: Recipe, listed: Iterable[ListedEpisode]) -> dict[str, int]:
    """Task -> successful episodes that training with this recipe will find.

    Args:
        recipe: The page's.
        listed: From `list_episodes`.
    """
    counts = {task.key: 0 for task in recipe.tasks}
    taught = [one for one in listed if one.kind == TAUGHT]
    learned = find_learned(recipe, taught)
    for one in taught:
        if one.id in learned:
            counts[one.task] += 1
    return counts


def find_learned(recipe: Recipe, listed: Iterable[ListedEpisode]) -> frozenset[str]:
    """Ids of those that training with this recipe learns from.

    Args:
        recipe: The page's.
        listed: From `list_episodes`.
    """
    keys = {task.key: taught_id(recipe, task, 0).rpartition("-")[2] for task in recipe.tasks}

    def is_learned(one: ListedEpisode) -> bool:
        if one.kind == CORRECTED:
            return one.task in keys and one.corrections > 0
        return bool(one.success) and one.id.endswith(f"-{keys.get(one.task)}")

    return frozenset(one.id for one in listed if is_learned(one))


def keep_end(store: EpisodeStore, episode: Episode, pictures: Mapping[str, bytes]) -> None:
    """Keep what was seen after an episode's last step, which no observation shows.

    Args:
        store: Where it is, unless it was discarded.
        episode: That has ended.
        pictures: Camera -> what it showed then, JPEG.
    """
    path = _end_of(store, episode.id)
    camera = next(iter(episode.steps[0].observation.images), "") if episode.steps else ""
    if episode.id in store and camera in pictures:
        with suppress(OSError):  # it is only looked at
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(pictures[camera])


def _end_of(store: EpisodeStore, episode_id: str) -> Path:
    return store.path.parent / ENDS / f"{episode_id}.jpg"


def _load_end(store: EpisodeStore, episode_id: str) -> np.ndarray | None:
    """What `keep_end` kept, uint8 (height, width, 3); None where there is no such picture."""
    import numpy as np
    from PIL import Image

    path = _end_of(store, episode_id)
    try:
        if path.stat().st_size > MOST_END_BYTES:
            return None
        with Image.open(path, formats=["JPEG"]) as picture:
            small = max(picture.size) <= MOST_END_PX
            return np.asarray(picture.convert("RGB")) if small else None
    except OSError:
        return None


def draw_thumbnail(store: EpisodeStore, episode_id: str, height_px: int = THUMBNAIL_PX) -> bytes:
    """An episode's first picture and its end side by side, a JPEG file.

    Raises:
        StoreError: There is no such episode, it is damaged, or it has no pictures.
    """
    import numpy as np
    from PIL import Image

    from cliprt.page.pictures import to_jpeg

    steps = store.load(episode_id).steps
    if not steps or not steps[0].observation.images:
        raise StoreError(f"episode {episode_id!r} has no pictures. Delete it, or teach it again.")
    camera = next(iter(steps[0].observation.images))
    small = []
    end = _load_end(store, episode_id)
    first, last = (step.observation.images[camera] for step in (steps[0], steps[-1]))
    for shown in (first, last if end is None else end):
        picture = Image.fromarray(shown)
        width_px = max(1, round(picture.width * height_px / picture.height))
        small.append(np.asarray(picture.resize((width_px, height_px))))
    return to_jpeg(np.hstack(small))


def delete_episode(store: EpisodeStore, episode_id: str) -> None:
    """Move an episode out of the way, to the store's ``quarantine/``; its scene is free again.

    Raises:
        StoreError: There is no such episode, or the folder cannot be written.
    """
    store.set_aside(episode_id)


def _list(store: EpisodeStore, episode_id: str) -> ListedEpisode:
    try:
        header = store.header(episode_id)
        is_try = header.meta.get("kind") == CORRECTED
        return _to_listed(header, count_corrections(store.path, episode_id) if is_try else 0)
    except StoreError as error:
        return ListedEpisode(episode_id, "", "", None, 0, "", "", damaged=str(error))


def _to_listed(header: EpisodeHeader, corrections: int) -> ListedEpisode:
    refused = header.meta.get("refused", 0)
    return ListedEpisode(
        id=header.id,
        task=header.task,
        instruction=header.instruction,
        success=header.success,
        steps=(header.steps or 0) - (refused if isinstance(refused, int) else 0),
        kind=str(header.meta.get("kind", "")),
        recorded_at=header.recorded_at,
        policy=str(header.meta.get("policy", "")),
        corrections=corrections,
    )
