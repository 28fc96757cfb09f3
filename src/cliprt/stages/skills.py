"""The skills that people brought to a run, beside its recipe: ``RUN/skills.yaml``.

A list of tasks as a recipe's ``tasks`` says them, each a ``skill`` with a name of its own (``as``);
people may edit it.  Whoever opens a recipe with the run's folder sees them too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain, count
from pathlib import Path
from typing import Any

import yaml

from cliprt.data.disk import replace_file, writing
from cliprt.data.plain_yaml import check_bounds, read_yaml
from cliprt.errors import StoreError, VocabularyError
from cliprt.recipe.check import check_tree
from cliprt.recipe.locate import Key, key_text, parse_yaml
from cliprt.recipe.schema import Component, Recipe
from cliprt.registry import names as registered
from cliprt.stages.run_folder import RunFolder

SKILLS = "skills.yaml"
MOST_SKILLS = 200
MOST_VALUES = 50_000
"""Of all of them: twelve things each, with everything said of each thing."""

_HEADER = "# Skills that people brought to this run; each as a recipe's tasks say it.\n"


def load_skills(run: RunFolder) -> list[dict[str, Any]]:
    """The entries, as a recipe says them; none where there is no file.

    Raises:
        StoreError: The file has a mistake.
    """
    return [skill.to_entry() for skill in _load(run.path / SKILLS)]


def with_skills(recipe: Recipe, run: RunFolder) -> Recipe:
    """The recipe with the run's skills as further tasks.

    Its own tasks keep their names; a skill of the recipe is as the run says it, whose goal may have
    been said later.

    Raises:
        StoreError: The file has a mistake.
    """
    skills = {skill.key: skill for skill in _load(run.path / SKILLS)}
    if not skills:
        return recipe
    own = [skills.get(one.key, one) if one.name == "skill" else one for one in recipe.tasks]
    keys = {task.key for task in own}
    return replace(recipe, tasks=(*own, *(s for s in skills.values() if s.key not in keys)))


def free_key(title: str, taken: Collection[str]) -> str:
    """A name that no other task has, in this recipe or any, as a folder may be called.

    >>> free_key("Put the spoon in the mug!", ["put_the_spoon_in_the_mug"])
    'put_the_spoon_in_the_mug_2'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:32].strip("_") or "skill"
    names = chain([plain], (f"{plain}_{n}" for n in count(2)))
    return next(name for name in names if name not in {*taken, *registered("task")})


def to_recipe(entry: Mapping[str, Any]) -> str:
    """A whole recipe with nothing but one skill, YAML: to be taught, or given to others."""
    said = {"extends": "teach", "tasks": [_plain(entry)]}
    return _to_yaml(said)


def find_run(path: Path) -> RunFolder:
    """The run that a path is, or is in, if it has skills; else the path as one."""
    near = (path, *path.resolve().parents[:3])
    return RunFolder(next((folder for folder in near if (folder / SKILLS).is_file()), path))


def save_skill(run: RunFolder, entry: Mapping[str, Any]) -> None:
    """Keep a skill; one of the same name makes room.

    Raises:
        StoreError: It has a mistake, there are far too many, or the folder cannot be written.
    """
    place, key = run.path / SKILLS, entry.get("as")
    (skill,) = _check([dict(entry)], place)
    kept = [skill if one.key == key else one for one in _load(place)]
    _write(place, kept if skill in kept else [*kept, skill])


def remove_skill(run: RunFolder, key: str) -> None:
    """Forget a skill; its episodes stay.

    Raises:
        StoreError: The folder cannot be written.
    """
    place = run.path / SKILLS
    _write(place, [one for one in _load(place) if one.key != key])


def _load(place: Path) -> tuple[Component, ...]:
    try:
        stat = place.stat()
    except OSError:
        return ()
    return _read(place, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=16)
def _read(place: Path, changed_ns: int, size: int) -> tuple[Component, ...]:
    def parse(text: str) -> Any:
        check_bounds(text)
        located = parse_yaml(text, MOST_VALUES)
        for line, key, said in located.problems[:1]:
            raise VocabularyError(f"{place}:{line}: {key_text(key)}: {said}.".replace(": : ", ": "))
        return located.tree

    try:
        entries = read_yaml(place, parse, "list of skills")
    except VocabularyError as error:
        raise StoreError(str(error)) from error
    return _check([] if entries is None else entries, place)


def _check(entries: Any, place: Path) -> tuple[Component, ...]:
    """The tasks that entries say.

    Raises:
        StoreError: With every mistake.
    """
    if not isinstance(entries, list) or len(entries) > MOST_SKILLS:
        raise StoreError(f"{place}: Allowed: a list of at most {MOST_SKILLS} skills.")
    problems: list[str] = []

    def report(key: Key, text: str) -> None:
        problems.append(f"{place}: {key_text(key[1:])}: {text}")

    for i, entry in enumerate(entries):
        if not isinstance(entry, dict) or entry.get("name") != "skill" or not entry.get("as"):
            report(("tasks", i), "no skill. Allowed: {name: skill, as: KEY, instruction: ...}.")
    tree = {"name": "skills", "tasks": entries}
    found = check_tree(tree, report) if entries and not problems else {"tasks": ()}
    if problems:
        raise StoreError("\n".join(problems))
    return tuple(found["tasks"])


def _write(place: Path, skills: list[Component]) -> None:
    if len(skills) > MOST_SKILLS:
        raise StoreError(f"{place}: Allowed: a list of at most {MOST_SKILLS} skills.")
    entries = [_plain(skill.to_entry()) for skill in skills]
    text = _HEADER + _to_yaml(entries)
    with writing(place):
        replace_file(place, text.encode(), durable=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _to_yaml(value: Any) -> str:
    """As people write it: what has nothing in it but plain values, in one line."""
    said = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return str(said)
