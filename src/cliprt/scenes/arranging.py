"""Things that were spoken of -> where on the table they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cliprt.scenes import room
from cliprt.scenes.entries import MIDDLE, find_places
from cliprt.scenes.mention import Mention
from cliprt.scenes.placed import INK, Placed
from cliprt.scenes.room import Spot, edges
from cliprt.scenes.scene import Scene, check
from cliprt.things.catalogue import find_thing

APART_M = 0.07
"""Between things of which one is said to be beside the other."""
CARRIED = ("on", "in")
RANDOM_M: Spot = (0.15, 0.22)
"""How far from its place a thing lies at most that shall be anywhere."""
NEAR_M: Spot = (0.02, 0.02)
"""The same of one that is said to be beside another, so that it stays there."""
ON_M: Spot = (0.01, 0.01)
WRITTEN = 0.3
"""Share of a sheet that is written on where no more is said."""

_WAYS: dict[str, tuple[int, int]] = {
    "left of": (0, 1),
    "right of": (0, -1),
    "behind": (1, 0),
    "before": (-1, 0),
}

Pair = tuple[int, str, list[int], float | None]
"""A thing on the table, its relation, what it is to, how far from it [m]."""


def arrange(mentions: Sequence[Mention]) -> Scene:
    """Things that were spoken of -> where they stand.

    Raises:
        SceneError: They cannot stand so.
    """
    named = Scene(tuple(_placed(mention) for mention in mentions))
    things = [_carried(named, mentions, i) for i in range(len(mentions))]
    spots = _spots(Scene(tuple(things)), mentions)
    for i, mention in enumerate(mentions):
        if mention.is_exact and not things[i].on:
            things[i] = replace(things[i], at=spots[i])
    wishes = [
        None if placed.on or mention.is_exact else spots.get(i, MIDDLE)
        for i, (placed, mention) in enumerate(zip(things, mentions, strict=True))
    ]
    scene = find_places(Scene(tuple(things)), wishes, set(spots))
    check(scene)
    return scene


def _placed(mention: Mention) -> Placed:
    kind = find_thing(mention.thing)
    state: dict[str, float] = {}
    if mention.state in ("open", "shut"):
        state = dict.fromkeys(kind.opens, float(mention.state == "open"))
    elif mention.state and kind.canvas:
        state = {INK: WRITTEN}
    placed = Placed(mention.thing, colour=mention.colour, turn_deg=mention.turn_deg, state=state)
    if mention.is_anywhere:
        placed = replace(placed, within_m=RANDOM_M, within_deg=180.0)
    elif any(kind not in CARRIED for kind, _, _ in mention.relations):
        placed = replace(placed, within_m=NEAR_M)
    return placed


def _carrier(mention: Mention) -> int | None:
    return next((others[0] for kind, others, _ in mention.relations if kind in CARRIED), None)


def _carried(named: Scene, mentions: Sequence[Mention], i: int) -> Placed:
    """A thing, on or in another where that was said; several share out its room."""
    placed, carrier = named.things[i], _carrier(mentions[i])
    if carrier is None:
        is_filled = any(
            _carrier(other) == i and ("in", (i,), None) in other.relations for other in mentions
        )
        if is_filled and placed.kind.doors and not placed.state:
            placed = replace(placed, state=dict.fromkeys(placed.kind.opens, 1.0))
        return placed
    together = [j for j, other in enumerate(mentions) if _carrier(other) == carrier]
    side = mentions[i].side
    if side and mentions[i].is_exact:
        at = (side[0] or 0.0, side[1] or 0.0)
        return replace(placed, on=named.names[carrier], at=at, within_m=ON_M)
    length, width, _ = edges(named.things[carrier].size)
    axis = 0 if length > width else 1
    step = max(
        max(length, width) / len(together), edges(placed.size)[axis] + room.CARRIED_GAP_M + 0.001
    )
    away = round((together.index(i) - (len(together) - 1) / 2) * step, 4)
    at = (away, 0.0) if axis == 0 else (0.0, away)
    return replace(placed, on=named.names[carrier], at=at, within_m=ON_M)


def _spots(scene: Scene, mentions: Sequence[Mention]) -> dict[int, Spot]:
    """Where things shall stand of which anything was said."""
    spots: dict[int, Spot] = {}
    for i, mention in enumerate(mentions):
        ground = _on_table(mentions, i)
        is_offset = mention.is_exact and ground != i
        if mention.side and ground not in spots and not is_offset:
            x, y = mention.side
            spots[ground] = (MIDDLE[0] if x is None else x, MIDDLE[1] if y is None else y)
    pairs = [
        (_on_table(mentions, i), kind, [_on_table(mentions, j) for j in others], apart)
        for i, mention in enumerate(mentions)
        for kind, others, apart in mention.relations
        if kind not in CARRIED
    ]
    left = list(pairs)
    while left:
        todo = [pair for pair in left if not _follow(scene, pair, spots)]
        if len(todo) == len(left):
            subjects = [i for i, *_ in todo]
            free = [j for _, _, others, _ in todo for j in others if j not in spots]
            spots[next((j for j in free if j not in subjects), free[0])] = MIDDLE
        left = todo
    return _into_reach(spots, pairs)


def _follow(scene: Scene, pair: Pair, spots: dict[int, Spot]) -> bool:
    """Place one of two related things by the other; False while neither is placed."""
    i, kind, others, apart = pair
    if i in others or (i in spots and all(j in spots for j in others)):
        return True
    if i not in spots and all(j in spots for j in others):
        middle = np.mean([spots[j] for j in others], axis=0)
        spots[i] = _moved(middle, _offset(scene, i, kind, others, apart, middle[1]))
        return True
    missing = [j for j in others if j not in spots]
    if i in spots:
        for j in missing:
            dx, dy = _offset(scene, i, kind, [j], apart, -spots[i][1])
            spots[j] = _moved(spots[i], (-dx, -dy))
        return True
    return False


def _offset(
    scene: Scene, i: int, kind: str, others: Sequence[int], apart: float | None, y: float
) -> Spot:
    """From the middle of others to a thing that is so related to them [m]; `y` is where that is."""
    if kind == "between":
        return 0.0, 0.0
    way = _WAYS.get(kind, (0, -1 if y > 0 else 1))  # beside: where there is more room
    axis = 0 if way[0] else 1
    halves = [edges(scene.sizes[j])[axis] / 2 for j in (i, others[0])]
    far = apart if apart is not None else sum(halves) + APART_M
    return way[0] * far, way[1] * far


def _moved(spot: Sequence[float], by: Spot) -> Spot:
    return round(float(spot[0] + by[0]), 4), round(float(spot[1] + by[1]), 4)


def _into_reach(spots: dict[int, Spot], pairs: Sequence[Pair]) -> dict[int, Spot]:
    """Related things together moved to where the robot reaches all of them, if it can."""
    together = {i: {i} for i in spots}
    for i, _, others, _ in pairs:
        joined = together[i].union(*(together[j] for j in others))
        for j in joined:
            together[j] = joined
    moved = {}
    for i, group in together.items():
        places = np.array([spots[j] for j in group])
        low, high = np.array(room.FIELD[0]), np.array(room.FIELD[1])
        by = np.maximum(low - places.min(axis=0), 0) - np.maximum(places.max(axis=0) - high, 0)
        moved[i] = _moved(spots[i], (float(by[0]), float(by[1])))
    return moved


def _on_table(mentions: Sequence[Mention], i: int) -> int:
    """The thing on the table that carries one, or that one itself."""
    seen = {i}
    while (carrier := _carrier(mentions[i])) is not None and carrier not in seen:
        seen.add(carrier)
        i = carrier
    return i
