"""Where people sit, remembered by their names: YAML that people may edit.

::

    anna: facing        # opposite the robot
    ben: picture        # who sees it in the picture only
    '': behind          # whoever gives no name
    the camera: left    # of the picture, where the robot does not know
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import yaml

from cliprt.data.disk import folder_lock, replace_file, writing
from cliprt.data.plain_yaml import check_bounds, read_yaml
from cliprt.errors import StoreError, VocabularyError, did_you_mean
from cliprt.language.viewpoint import ANSWERS

MOST_PEOPLE = 1000
"""In a file; who was seated first makes room for others."""

_HEADER = f"""\
# Where people sit, seen from the robot: {", ".join(ANSWERS)}. Edit it as you like.
"""
_log = logging.getLogger(__name__)


class Seat:
    """Where one person sits.

    Args:
        path: The file; need not exist.  "" = it is forgotten at the end.
        person: Whose seat it is; "" = of whoever gives no name.

    Raises:
        VocabularyError: The file has a mistake.
    """

    def __init__(self, path: str = "", person: str = "") -> None:
        self._path = Path(path) if path else None
        self._person = person
        self._here = load_seats(self._path).get(person, "") if self._path else ""

    def find(self) -> str:
        """A key of `ANSWERS`; "" where nobody knows.

        The file is read again, since others may write it; with a mistake, what was known stays.
        """
        if self._path:
            try:
                self._here = load_seats(self._path).get(self._person, "")
            except VocabularyError as error:
                _log.warning("%s", error)
        return self._here

    def take(self, seat: str) -> None:
        """Sit there from now on.

        Raises:
            StoreError: It cannot be written down; it is known until the end all the same.
        """
        path, self._here = self._path, seat
        if path:
            self._path = None  # what cannot be written is not read again either
            _write(path, self._person, seat)
            self._path = path


def load_seats(path: Path) -> dict[str, str]:
    """Person -> where they sit; nobody where there is no file.

    Raises:
        VocabularyError: It cannot be read, or has a mistake.
    """
    if not path.exists():
        return {}
    tree = read_yaml(path, _parse, "file of seats")
    if not isinstance(tree, dict):
        raise VocabularyError(f"{path}: is {tree!r:.60}. It must have lines 'person: seat'.")
    for person, seat in tree.items():
        if seat not in list(ANSWERS):
            raise VocabularyError(
                f"{path}: {person!r:.60} sits {seat!r:.60}.{did_you_mean(str(seat), ANSWERS)}"
                f" Allowed: {', '.join(ANSWERS)}."
            )
    return {str(person): seat for person, seat in tree.items()}


def _write(path: Path, person: str, seat: str) -> None:
    with writing(path), folder_lock(path.parent, f".{path.name}.lock"):
        try:
            seats = load_seats(path)
        except VocabularyError as error:
            raise StoreError(f"the file stays as it is. {error}") from error
        seats.pop(person, None)
        kept = dict([*seats.items(), (person, seat)][-MOST_PEOPLE:])
        text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)
        replace_file(path, (_HEADER + text).encode(), durable=True)


def _parse(text: str) -> Any:
    check_bounds(text)
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
