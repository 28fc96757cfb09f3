"""Where people sit, remembered by their names: YAML that people may edit.

::

    anna: facing        # opposite the robot
    ben: picture        # who sees it in the picture only
    '': behind          # whoever gives no name
    the camera: left    # of the picture, where the robot does not know
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

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
    if tree is None:
        return {}
    if not isinstance(tree, yaml.MappingNode):
        line = tree.start_mark.line + 1
        raise VocabularyError(f"{path}:{line}: not people. It must have lines 'person: seat'.")
    seats: dict[str, str] = {}
    for person, seat in tree.value:
        if problem := _find_problem(person, seat, seats):
            raise VocabularyError(f"{path}:{person.start_mark.line + 1}: {problem}")
        seats[person.value] = seat.value
    return seats


def _find_problem(person: yaml.Node, seat: yaml.Node, seats: Collection[str]) -> str:
    """What is wrong with a line, beside those who were seated before; "" if nothing is."""
    if not isinstance(person, yaml.ScalarNode):
        return "that is nobody's name. It must be a line 'person: seat'."
    if person.value in seats:
        return f"{person.value!r:.60} sits twice. Keep one of the lines."
    found = seat.value if isinstance(seat, yaml.ScalarNode) else "in several places"
    if found in ANSWERS:
        return ""
    meant = did_you_mean(found, ANSWERS)
    return f"{person.value!r:.60} sits {found!r:.60}.{meant} Allowed: {', '.join(ANSWERS)}."


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


def _parse(text: str) -> yaml.Node | None:
    """As nodes, since any word is a name: "1" and "yes" are two people."""
    check_bounds(text)
    return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
