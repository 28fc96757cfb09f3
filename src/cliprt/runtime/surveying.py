"""Where everything is from the hand, by all that people may call it; nobody knows of hardware."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from cliprt.geometry import box_corners, in_base, to_matrix
from cliprt.goals.facts import EMPTY_M
from cliprt.goals.phrases import PARTS
from cliprt.language.pointing import Offset
from cliprt.robots.simulation import Simulation
from cliprt.robots.world import Body, Link, World
from cliprt.tasks.surroundings import DISTRACTOR
from cliprt.things.bounds import bounds, to_vector
from cliprt.things.catalogue import all_things


def survey(simulation: Simulation | None) -> Mapping[str, Offset]:
    """Name -> from the hand to it, as :class:`cliprt.language.interface.Situation` has it.

    Each thing has the name that it has on the table, and those that the catalogue knows for its
    kind; what opens of it is called after it: "laptop lid", "laptop screen".
    """
    if not isinstance(simulation, World):
        return {}
    hand = np.array(simulation.tcp_pose[:3])
    holds = simulation.gripper == "closed" and simulation.gripper_opening_m >= EMPTY_M
    found: dict[str, Offset] = {}
    others: dict[str, Offset] = {}
    for name in simulation.bodies:
        if name.startswith(DISTRACTOR):
            continue
        body = simulation.body(name)
        if holds and simulation.contact_force(name) > 0:
            found[name] = (0.0, 0.0, 0.0)
            continue
        boxes = {link.name: _box(simulation, name, link) for link in body.links if link.parts}
        found[name] = _offset(np.concatenate(list(boxes.values())), hand)
        opening = {link.name: link for link in body.links if link.joint and link.name in PARTS}
        for part, link in opening.items():
            for called in sorted(_words_for(link)) if len(opening) == 1 else (part,):
                found[f"{name} {called}"] = _offset(boxes[part], hand)
        others |= {called: found[name] for called in _also(body, {*opening})}
    return {**found, **others, **found}  # their own names first, and for good


def _words_for(link: Link) -> frozenset[str]:
    """What people call the one part that opens: a lid may be called a door, but no drawer."""
    slides = link.joint is not None and link.joint.kind == "slide"
    return PARTS & {link.name} if slides else PARTS - {"drawer"}


def _also(body: Body, parts: set[str]) -> Iterator[str]:
    """What else a body is called: "blue toy car" for a "blue car"; not what a part is called."""
    words = body.name.split()
    for start in range(len(words)):
        kind = next((t for t in all_things().values() if " ".join(words[start:]) in t.nouns), None)
        if kind:
            before = "".join(f"{word} " for word in words[:start])
            yield from (before + noun for noun in kind.nouns if noun not in parts)
            return


def _box(world: World, body: str, link: Link) -> np.ndarray:
    """The corners (8, 3) of what a link fills [m], base frame."""
    return np.asarray(in_base(_corners(link), to_matrix(world.pose(body, link.name))))


@lru_cache(maxsize=256)
def _corners(link: Link) -> np.ndarray:
    """The corners (8, 3) of what a link fills [m], in its frame."""
    return box_corners(*bounds(Body(link.name, (replace(link, joint=None, parent=""),))))


def _offset(corners: np.ndarray, hand: np.ndarray) -> Offset:
    """To the middle of a box along the table, and up or down to where it begins."""
    lower, upper = corners.min(axis=0) - hand, corners.max(axis=0) - hand
    middle = (lower + upper) / 2
    middle[2] = np.clip(0.0, lower[2], upper[2])
    return to_vector(middle)
