"""A skill that is being brought: its title, and a table that is laid piece by piece.

Pure functions from one draft to the next.  What cannot be done leaves the table as it is and says
why in `remark`, so that nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cliprt.errors import CliprtError
from cliprt.language.remarks import Remark
from cliprt.page.translate import said_by
from cliprt.scenes.entries import MIDDLE, find_places
from cliprt.scenes.placed import Placed, named
from cliprt.scenes.room import Spot
from cliprt.scenes.scene import Scene, SceneError, find_problems

MOST_M, MOST_DEG = 0.08, 30.0
"""How far a thing may lie, and be turned, from its place where a scene varies most."""

LONGEST_TITLE = 20_000
"""Characters that stay in their box, though far fewer are a title."""

NEAR_M = 0.03
"""Nearer to where it was wished, nobody minds."""


@dataclass(frozen=True)
class Draft:
    """What is known of a skill that is being brought.

    Attributes:
        title: As it was typed, however long.
        scene: What lies on the table.
        key: Of the skill that is changed; "" = a new one.
        remark: What was not done, and what to do.
        seed: Of the draw that the pictures show.
        is_guess: Whether the table is laid by the title alone, and nobody touched it.
    """

    title: str = ""
    scene: Scene = field(default_factory=Scene)
    key: str = ""
    remark: str = ""
    seed: int = 0
    is_guess: bool = False

    @property
    def varies(self) -> float:
        """How much the scene varies, 0 = not at all, 1 = most."""
        loose = [placed.within_m[0] for placed in self.scene.things if not placed.on]
        return min(1.0, max(loose) / MOST_M) if loose else Placed("").within_m[0] / MOST_M


def add(draft: Draft, thing: str, colour: str = "") -> Draft:
    """One more thing, where there is room."""
    placed = _varying(Placed(thing, colour=colour, at=MIDDLE), draft.varies)
    wishes = {len(draft.scene.things): MIDDLE}
    return laid(draft, (*draft.scene.things, placed), wishes, with_room=True)


def move(draft: Draft, index: int, at: Spot) -> Draft:
    """Put a thing somewhere: on or in what carries it there, or as near as there is room."""
    things = draft.scene.things
    placed = replace(things[index], at=at, on="", turn_deg=draft.scene.spots[index][2])
    for carrier in _carriers(draft.scene, index, at):
        onto = replace(placed, at=(0.0, 0.0), turn_deg=0.0, on=carrier, within_m=(0.01, 0.01))
        scene = Scene((*things[:index], onto, *things[index + 1 :]))
        if not find_problems(scene):
            return replace(draft, scene=scene, remark="", is_guess=False)
    if things[index].on:
        placed = _varying(placed, draft.varies)
    made = laid(draft, (*things[:index], placed, *things[index + 1 :]), {index: at})
    if made.remark or math.dist(made.scene.spots[index][:2], at) <= NEAR_M:
        return made
    near = Remark(
        "There is no room for the {name} there, or I cannot reach it: it stands as near as it can.",
        name=placed.name,
    )
    return replace(made, remark=near)


def turn(draft: Draft, index: int, degrees: float) -> Draft:
    """Turn a thing where it stands, anticlockwise from above."""
    things = draft.scene.things
    turned = replace(things[index], turn_deg=(things[index].turn_deg + degrees + 180) % 360 - 180)
    wishes = {} if turned.on else {index: turned.at}
    return laid(draft, (*things[:index], turned, *things[index + 1 :]), wishes)


def paint(draft: Draft, index: int, colour: str) -> Draft:
    """Give a thing another colour; "" is its usual one."""
    things = draft.scene.things
    painted = replace(things[index], colour=colour)
    return laid(draft, (*things[:index], painted, *things[index + 1 :]), {})


def open_door(draft: Draft, index: int, link: str, share: float) -> Draft:
    """Open a door of a thing so far, 0 = shut and 1 = wide open."""
    things = draft.scene.things
    state = {**things[index].state, link: min(1.0, max(0.0, share))}
    moved = replace(things[index], state={link: s for link, s in state.items() if s})
    return laid(draft, (*things[:index], moved, *things[index + 1 :]), {index: moved.at})


def remove(draft: Draft, index: int) -> Draft:
    """Take a thing away; what lay on it stays, on the table."""
    gone = draft.scene.things[index].name
    spots = draft.scene.spots
    rest: list[Placed] = []
    wishes: dict[int, Spot] = {}
    for i, placed in enumerate(draft.scene.things):
        if i == index:
            continue
        if placed.on == gone:
            x, y, turn_deg = spots[i]
            placed = _varying(replace(placed, on="", at=(x, y), turn_deg=turn_deg), draft.varies)
            wishes[len(rest)] = placed.at
        rest.append(placed)
    return laid(draft, rest, wishes)


def vary(draft: Draft, share: float) -> Draft:
    """Let what stands on the table lie elsewhere in every episode, from 0 to 1."""
    share = min(1.0, max(0.0, share))
    things = [p if p.on else _varying(p, share) for p in draft.scene.things]
    return laid(draft, things, {})


def _varying(placed: Placed, share: float) -> Placed:
    within_m = round(share * MOST_M, 3)
    return replace(placed, within_m=(within_m, within_m), within_deg=round(share * MOST_DEG))


def _carriers(scene: Scene, index: int, at: Spot) -> list[str]:
    """Names of the things that are under a point, the highest first; none that lies on `index`."""
    import numpy as np

    moved = scene.things[index]
    under = []
    for i, placed in enumerate(scene.things):
        edges = np.roll(scene.grounds[i], -1, axis=0) - scene.grounds[i]
        aside = np.asarray(at) - scene.grounds[i]
        is_inside = bool((edges[:, 0] * aside[:, 1] - edges[:, 1] * aside[:, 0] >= 0).all())
        if i != index and is_inside and moved not in scene.below(placed):
            under.append((scene.heights[i], placed.name))
    return [name for _, name in sorted(under, reverse=True)]


def laid(
    draft: Draft, things: Sequence[Placed], wishes: Mapping[int, Spot], with_room: bool = False
) -> Draft:
    """The draft with other things; or as it was, with a remark that says why.

    Args:
        draft: Before.
        things: All of them.
        wishes: Index -> where one shall stand that may stand elsewhere, if it has no room there.
        with_room: Whether these shall have some room around them.
    """
    try:
        scene = Scene(_named_anew(draft.scene, things))
        if with_room or find_problems(scene):
            scene = find_places(scene, [wishes.get(i) for i in range(len(things))])
        if problems := find_problems(scene):
            raise SceneError(problems)
    except SceneError as error:
        return replace(draft, remark=error.problems[0][1])
    except CliprtError as error:
        return replace(draft, remark=said_by(error))
    return replace(draft, scene=scene, remark="", is_guess=False)


def _named_anew(before: Scene, things: Sequence[Placed]) -> tuple[Placed, ...]:
    """Things with names that go with their number now; not where others lie on them."""
    usual = Scene(tuple(replace(placed, name="") for placed in before.things)).names
    carriers = {placed.on for placed in things}
    free = {name for name in usual if name not in carriers}
    return named(replace(p, name="") if p.name in free else p for p in things)
