"""The skills that people brought at this page, and the one that is being brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cliprt.errors import CliprtError
from cliprt.language.remarks import Remark
from cliprt.page.attempts import MAX_INSTRUCTION, in_one_line
from cliprt.page.draft import Draft
from cliprt.page.messages import Lay
from cliprt.page.saying import begin
from cliprt.page.translate import said_by
from cliprt.recipe.schema import Recipe
from cliprt.scenes.entries import from_entries, to_entries
from cliprt.stages.run_folder import RunFolder, load_record, save_record
from cliprt.stages.skills import (
    free_key,
    remove_skill,
    save_skill,
    to_recipe,
    with_skills,
)

Entry = Mapping[str, Any]

DRAFT = "draft.json"
"""In the run folder: the skill that is being brought, in case the server goes meanwhile."""


class Skills:
    """What the server knows of own skills; `draft` is shared by all tabs.

    Args:
        recipe: The page's, without them.
        run: The run folder, where they are kept.
        lay: Has the robot's cameras show a table; never waits.
    """

    def __init__(self, recipe: Recipe, run: RunFolder, lay: Callable[[Lay], None]) -> None:
        self._bare = recipe
        self._run = run
        self._lay = lay
        self._wanted: Lay | None = None
        self._shown: Lay | None = None
        self.draft: Draft | None = None
        """The skill that is being brought; None = none is."""
        self.entries: dict[str, Entry] = {}
        """Skill, of the recipe or brought here -> how a recipe says it."""
        self.recipe = recipe
        """The page's, with all of them."""
        self._look_up()
        self._bring_back()

    # The draft

    def open(self, title: str, key: str = "", is_copy: bool = False) -> None:
        """Begin a skill, or change one; a copy becomes another."""
        if (entry := self.entries.get(key)) is None:
            self.change(begin(title))
            return
        scene = from_entries(entry.get("scene", ()))
        name = str(entry["instruction"])
        self.change(Draft(title=name, scene=scene, key="" if is_copy else key))

    def change(self, draft: Draft | None) -> None:
        """The draft is another now; the cameras show it.

        Raises:
            StoreError: It cannot be written down.
        """
        self.draft = draft
        if draft is not None:
            self._wanted = Lay(tuple(to_entries(draft.scene)), draft.seed)
            self._show()
        place = self._run.path / DRAFT
        if draft is not None or place.exists():
            save_record(_to_record(draft), place)

    def _bring_back(self) -> None:
        """The draft that the server before left; what is damaged is none."""
        record = load_record(self._run.path / DRAFT)
        with suppress(CliprtError):
            if record:
                scene = from_entries(record.get("scene", ()))
                title, key = str(record.get("title", "")), str(record.get("key", ""))
                self.draft = Draft(title, scene, key if key in self.entries else "")
                self._wanted = Lay(tuple(to_entries(scene)))

    def hear(self, remark: str) -> None:
        """The table is laid, or why not."""
        if remark and self.draft is not None and not self.draft.remark:
            self.draft = replace(self.draft, remark=remark)
        self._shown, shown = None, self._shown
        if shown != self._wanted:
            self._show()

    def forget(self) -> None:
        """The robot is another now, or was used: whatever was asked for is to be asked again."""
        self._shown = None
        if self.draft is not None:
            self._show()

    def _show(self) -> None:
        """One at a time: what is dragged changes faster than it is laid."""
        if self._shown is None and self._wanted is not None:
            self._shown = self._wanted
            self._lay(self._wanted)

    # What is kept

    def save(self, title: str) -> str:
        """Keep the draft as a task; its key, or "" where the draft says what is missing."""
        if (draft := self.draft) is None:
            return ""  # pressed twice
        self.draft = draft = replace(draft, title=title, remark=_find_mistake(title))
        if draft.remark:
            return ""
        words = in_one_line(title)
        key = draft.key or free_key(words, [task.key for task in self.recipe.tasks])
        kept = self.entries.get(key, {})
        entry = {**kept, "name": "skill", "as": key, "instruction": words,
                 "scene": to_entries(draft.scene)}  # fmt: skip
        try:
            self.put(entry)
        except CliprtError as error:
            self.draft = replace(draft, remark=said_by(error))
            return ""
        self.change(None)
        return key

    def put(self, entry: Entry) -> None:
        """Keep a skill, instead of the one of the same name.

        Raises:
            StoreError: It cannot be written, or has a mistake.
        """
        save_skill(self._run, entry)
        self._look_up()

    def is_brought(self, key: str) -> bool:
        """Whether a skill was brought here, rather than by the recipe."""
        return key in self.entries and key not in [task.key for task in self._bare.tasks]

    def remove(self, key: str) -> None:
        """Forget a skill.

        Raises:
            StoreError: It cannot be written.
        """
        remove_skill(self._run, key)
        self._look_up()

    def to_recipe(self, key: str) -> str:
        """A whole recipe with nothing but this skill, YAML."""
        return to_recipe(self.entries[key])

    def _look_up(self) -> None:
        self.recipe = with_skills(self._bare, self._run)
        skills = (task for task in self.recipe.tasks if task.name == "skill")
        self.entries = {task.key: task.to_entry() for task in skills}


def _to_record(draft: Draft | None) -> dict[str, Any]:
    if draft is None:
        return {}
    return {"title": draft.title, "scene": to_entries(draft.scene), "key": draft.key}


def _find_mistake(title: str) -> str:
    words = in_one_line(title)
    if not words:
        return Remark("Say first what the robot shall learn, e.g. “Put the spoon in the mug”.")
    if len(words) > MAX_INSTRUCTION:
        return Remark(
            "The title has {n} characters; {most} are enough. Shorten it, please.",
            n=len(words),
            most=MAX_INSTRUCTION,
        )
    return ""
