"""A scene as the entries of a YAML file, and back, with every mistake told where it stands."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cliprt.errors import CliprtError, did_you_mean
from cliprt.language.remarks import Remark
from cliprt.scenes import room
from cliprt.scenes.placed import INK, Placed
from cliprt.scenes.scene import MOST_THINGS, Place, Scene, SceneError, find_misnamed, find_problems
from cliprt.things.catalogue import COLOURS, find_thing

KEYS = ("thing", "name", "colour", "at", "turn_deg", "within_m", "within_deg", "on", "state")
"""What an entry may say."""

MIDDLE: room.Spot = (0.50, 0.0)
"""Near here a thing without a place comes to stand."""

_ASIDE: room.Spot = (0.50, -0.28)
"""From here a crowded table is filled."""

_LONGEST_NOUN = 60

_NAME = re.compile(r"[^\W_]([\w '-]{0,38}[^\W_])?")
_NAME_RULE = "at most 40 letters, digits and spaces"


def to_entries(scene: Scene) -> list[dict[str, Any]]:
    """Plain values, what is as usual left out; :func:`from_entries` gives an equal scene back."""
    unnamed = Scene(tuple(replace(placed, name="") for placed in scene.things))
    pairs = zip(scene.things, unnamed.names, strict=True)
    return [_to_entry(placed, usual) for placed, usual in pairs]


def _to_entry(placed: Placed, usual: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"thing": placed.thing}
    if placed.name != usual:
        entry["name"] = placed.name
    plain = Placed(placed.thing)
    for key in KEYS[2:]:
        value = getattr(placed, key)
        if key == "at" or value != getattr(plain, key):
            entry[key] = list(value) if isinstance(value, tuple) else value
    return entry | ({"state": dict(placed.state)} if placed.state else {})


def from_entries(entries: Any) -> Scene:
    """The scene of plain values, or of words; what has no place there gets a free one.

    Args:
        entries: A list of mappings with `KEYS`, or a sentence.

    Raises:
        SceneError: With every mistake.
    """
    if isinstance(entries, str):
        return _from_words(entries)
    if not isinstance(entries, Sequence):
        text = (
            f"got {_shown(entries)}. Allowed: a list of things, such as [{{thing: cup}}], or words."
        )
        raise SceneError([((), text)])
    if len(entries) > MOST_THINGS:
        text = "{count} things are too many for the table. Allowed: at most {most}."
        raise SceneError([((), Remark(text, count=len(entries), most=MOST_THINGS))])
    problems: list[tuple[Place, str]] = []
    placed = [_from_entry(entry, (i,), problems) for i, entry in enumerate(entries)]
    problems = problems or list(find_misnamed(Scene(tuple(placed))))
    if problems:
        raise SceneError(problems)
    wishes = [
        None if one.on or _says(entry, "at") else MIDDLE
        for one, entry in zip(placed, entries, strict=True)
    ]
    scene = find_places(Scene(tuple(placed)), wishes)
    if found := find_problems(scene):
        raise SceneError(found)
    return scene


def find_places(
    scene: Scene, wishes: Sequence[room.Spot | None], told: Collection[int] = ()
) -> Scene:
    """The same scene, each thing with a wished place in a free one near it.

    Args:
        scene: What lies there.
        wishes: Of each thing, near where it shall stand; None = it stays.
        told: Numbers of those whose place somebody named: they come first, and stay closer to it.

    Raises:
        SceneError: The table is full.
    """
    order = [i for i, wish in enumerate(wishes) if wish is not None]
    order.sort(key=lambda i: i not in told)
    try:
        return _place(scene, wishes, told, order)
    except SceneError:  # the largest first, and those without a wish from the side
        order.sort(key=lambda i: -math.prod(room.edges(scene.pile(scene.things[i]))[:2]))
        aside = [wish if i in told or not wish else _ASIDE for i, wish in enumerate(wishes)]
        return _place(scene, aside, told, order)


def _place(
    scene: Scene,
    wishes: Sequence[room.Spot | None],
    told: Collection[int],
    order: Sequence[int],
) -> Scene:
    """Things with a wish, one after the other, each where it leaves room for those before it."""
    stands = {i for i, placed in enumerate(scene.things) if wishes[i] is None and not placed.on}
    for i in order:
        placed, size = scene.things[i], scene.pile(scene.things[i])
        taken = [scene.covered(scene.things[j]) for j in sorted(stands)]
        gaps_m = room.TIGHT_M if i in told else room.ROOMY_M
        spot = room.find_room(size, placed.turn_deg, wishes[i] or MIDDLE, taken, gaps_m)
        if spot is None and room.find_room(size, placed.turn_deg, MIDDLE, ()):
            text = "the table is full, and the {name} does not fit any more. Take something away."
            raise SceneError([((i,), Remark(text, name=placed.name))])
        things = list(scene.things)
        things[i] = replace(placed, at=spot or MIDDLE)
        scene = Scene(tuple(things))
        stands.add(i)
    return scene


def _says(entry: Any, key: str) -> bool:
    return isinstance(entry, Mapping) and key in entry


def _from_words(text: str) -> Scene:
    from cliprt.scenes.words import read_scene

    if not text.strip():
        return Scene()
    reading = read_scene(text)
    if reading.unknown or not reading.scene.things:
        raise SceneError([((), reading.remark)])
    return reading.scene


def _from_entry(entry: Any, place: Place, problems: list[tuple[Place, str]]) -> Placed:
    """One thing; its mistakes go to `problems`."""
    if isinstance(entry, str):
        entry = {"thing": entry}
    if not isinstance(entry, Mapping) or "thing" not in entry:
        text = f"got {_shown(entry)}. Allowed: a thing, such as {{thing: cup, at: [0.5, 0.1]}}."
        problems.append((place, text))
        return Placed("")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        try:
            if key not in KEYS:
                hint = did_you_mean(str(key), KEYS)
                raise _WrongError(f"unknown key.{hint} Allowed: {', '.join(KEYS)}.")
            values[key] = _READ[key](value)
        except CliprtError as error:
            problems.append(((*place, key), str(error)))
        except _WrongError as error:
            problems.append(((*place, key), error.text))
    if "thing" in values:
        _check_state(values, place, problems)
    if values.get("on"):
        values.setdefault("within_m", (0.01, 0.01))
    return Placed(**{"thing": "", **values})


def _check_state(
    values: Mapping[str, Any], place: Place, problems: list[tuple[Place, str]]
) -> None:
    """A thing has only the states of its doors and its sheet."""
    kind = find_thing(values["thing"])
    own = [*kind.opens, *([INK] if kind.canvas else [])]
    for link in values.get("state", {}):
        if link not in own:
            allowed = f"Allowed: {', '.join(own)}." if own else "It has none."
            text = f"the {kind.name} has no such state.{did_you_mean(link, own)} {allowed}"
            problems.append(((*place, "state", link), text))


class _WrongError(Exception):
    """What is wrong with one value; never leaves this module."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _read_thing(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NOUN:
        raise _WrongError(f"got {_shown(value)}. Allowed: a noun, such as cup.")
    find_thing(value)
    return value


def _read_name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _WrongError(f"got {_shown(value)}. Allowed: {_NAME_RULE}.")
    return value


def _read_colour(value: Any) -> str:
    if value != "" and (not isinstance(value, str) or value not in COLOURS):
        hint = did_you_mean(str(value), COLOURS)
        raise _WrongError(f"got {_shown(value)}.{hint} Allowed: {', '.join(COLOURS)}.")
    return str(value)


def _read_number(value: Any, low: float, high: float, unit: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # NaN is in no interval
        raise _WrongError(f"got {_shown(value)}. Allowed: {low:g} to {high:g} {unit}.")
    return float(value)


def _read_pair(value: Any, low: float, high: float) -> room.Spot:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _WrongError(f"got {_shown(value)}. Allowed: [forward, left] in metres.")
    return _read_number(value[0], low, high, "m"), _read_number(value[1], low, high, "m")


def _read_within(value: Any) -> room.Spot:
    if isinstance(value, list | tuple):
        return _read_pair(value, 0.0, 0.3)
    return (_read_number(value, 0.0, 0.3, "m"),) * 2


def _read_state(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise _WrongError(f"got {_shown(value)}. Allowed: a mapping, such as {{lid: 1}}.")
    return {str(link): _read_number(share, 0.0, 1.0, "(0 = shut)") for link, share in value.items()}


_READ = {
    "thing": _read_thing,
    "name": _read_name,
    "colour": _read_colour,
    "at": lambda value: _read_pair(value, -2.0, 2.0),
    "turn_deg": lambda value: _read_number(value, -360.0, 360.0, "degrees"),
    "within_m": _read_within,
    "within_deg": lambda value: _read_number(value, 0.0, 180.0, "degrees"),
    "on": lambda value: "" if value == "" else _read_name(value),
    "state": _read_state,
}
"""Key of an entry -> what reads its value."""


def _shown(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
