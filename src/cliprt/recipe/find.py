"""Where recipes are: by path, by name in ``./recipes``, or by name among the shipped ones."""

from __future__ import annotations

import os
import re
from itertools import takewhile
from pathlib import Path

import cliprt
from cliprt.errors import RecipeError, did_you_mean

SUFFIX = ".yaml"


def recipe_folders() -> tuple[Path, ...]:
    """The folders in which a name is looked up, first wins; only those that exist."""
    package = Path(cliprt.__file__).resolve().parent
    # A wheel carries the recipes inside the package; a checkout has them beside src/.
    shipped = (package / "recipes", package.parents[1] / "recipes")
    folders = (Path.cwd() / "recipes", *shipped)
    return tuple(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def known_recipes() -> dict[str, Path]:
    """Name -> file of every recipe that can be called by name, sorted by name."""
    found: dict[str, Path] = {}
    for folder in recipe_folders():
        for path in folder.glob(f"*{SUFFIX}"):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def shipped_recipe(name: str) -> Path:
    """The file of a recipe that cliprt brings, whatever a person calls theirs."""
    return recipe_folders()[-1] / f"{name}{SUFFIX}"


def find_recipe(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file that `name_or_path` means; ``.yaml`` may be left out.

    Args:
        name_or_path: A path (from here, or from `beside`), or the name of a known recipe.
        beside: Folder of the recipe that extends this one.

    Raises:
        RecipeError: There is no such file, or it is a folder.
    """
    text = str(name_or_path)
    candidates = [Path(text), Path(text + SUFFIX)]
    if beside is not None:
        candidates = [beside / c for c in candidates] + candidates
    for candidate in candidates:
        if os.path.isfile(candidate):  # unlike Path.is_file, also answers for impossible names
            return candidate
    known = known_recipes()
    name = text.removesuffix(SUFFIX)
    if name in known:
        return known[name]
    if text and os.path.isdir(text):
        raise RecipeError([f"{text}: this is a folder. Give one recipe in it, a {SUFFIX} file."])
    raise RecipeError(
        [
            f"no recipe is called {text!r:.80}.{did_you_mean(Path(name).name, known)}"
            f" Allowed: a path to a {SUFFIX} file, or {', '.join(known)}."
        ]
    )


def first_sentence(text: str) -> str:
    """What a recipe's text is about: the first sentence of the comment at its head, or "".

    >>> first_sentence("# Two easy tasks,\\n# to begin with. Then others.\\ntasks: [pick]")
    'Two easy tasks, to begin with.'
    """
    head = takewhile(lambda line: line.startswith("#"), text.splitlines())
    words = " ".join(line.removeprefix("#").strip() for line in head)
    return re.split(r"(?<=\.)\s", words, maxsplit=1)[0]


def shown_path(path: Path) -> str:
    """`path` as a person would type it: from here where it lies below here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
