"""Demonstrations replayed in new scenes, relative to the things that are there.

The idea is MimicGen's (Mandlekar et al., 2023): what matters about a demonstration is where the
hand was relative to things, so the same skill can be shown wherever those things may lie.  Nobody
says which thing matters when: it is the one about which the demonstrations agree
(:mod:`cliprt.augmenters.anchors`).  Where things lie in a new scene is known to the simulator,
not to the policy; only episodes that end in success are learned from.

Two kinds of mistakes are made on purpose, executed but not learned from, so that the way back is
learned: strays on the way, and grasps that miss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Annotated

import numpy as np

from cliprt.augmenters.anchors import ENOUGH, Waypoint, find_waypoint
from cliprt.augmenters.interface import SCENE_SEEDS_FROM, Augmenter
from cliprt.augmenters.legs import Z_AXIS, Arrival, Leg, split_at_arrivals
from cliprt.augmenters.replay import Steps, X, Y, retrace
from cliprt.augmenters.units import entries_by_direction
from cliprt.types import Demonstration, Layout, Limit, Plan, PlannedStep, Primitive
from cliprt.vocabularies.interface import ActionVocabulary

SCENES_APART = 1000
"""Every taught scene has this many seeds of its own."""

UNITS_PER_CM = 100
RISE_UNITS = 10 * UNITS_PER_CM
"""How far the hand goes up after a missed grasp, to see and to try again."""

Route = tuple[tuple[Leg, Waypoint], ...]


class SceneAugmenter(Augmenter):
    """Replays in new scenes, with strays and missed grasps on purpose.

    Args:
        vocabulary: What replays are made of.
        scenes: New scenes per demonstration.
        strays: Share of the replays that wander off once, before they come down on something.
        misses: Share of the replays whose first grasp misses on purpose.
        stray_cm: How far strays and misses go [cm].
    """

    name = "scene"

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        scenes: Annotated[int, Limit(0, SCENES_APART)] = 10,
        strays: Annotated[float, Limit(0, 1)] = 0.5,
        misses: Annotated[float, Limit(0, 1)] = 0.2,
        stray_cm: Sequence[int] = (5, 10),
    ) -> None:
        self._vocabulary = vocabulary
        self._scenes = scenes
        self._strays = strays
        self._misses = misses
        self._entries: Steps = entries_by_direction(vocabulary.primitives)
        aside = {cm * UNITS_PER_CM for cm in stray_cm}
        self._strays_by = self._steps_of(aside, (X, 1), (X, -1), (Y, 1), (Y, -1))
        self._misses_by = [*self._strays_by, *self._steps_of(aside, (Z_AXIS, 1))]
        ups = self._entries.get((Z_AXIS, 1), {})
        nearest = sorted(ups, key=lambda size: abs(size - RISE_UNITS))
        self._rise = [ups[size] for size in nearest[:1]]
        self._opening = [p for p in vocabulary.primitives if p.gripper == "open"][:1]
        self._routes: dict[str, Route] = {}

    def _steps_of(self, sizes: Set[int], *directions: tuple[int, int]) -> list[Primitive]:
        return [
            entry
            for direction in directions
            for size, entry in self._entries.get(direction, {}).items()
            if size in sizes
        ]

    def study(self, demonstrations: Sequence[Demonstration]) -> None:
        """Find out which thing every waypoint of every task belongs to.

        A demonstration that went its own way, among enough that went another, is replayed as most
        of them went.
        """
        groups: dict[str, dict[tuple[Arrival, ...], list[Demonstration]]] = {}
        for demonstration in demonstrations:
            if demonstration.layout is not None:
                shape = tuple(leg.arrival for leg in split_at_arrivals(demonstration))
                same = groups.setdefault(demonstration.task, {}).setdefault(shape, [])
                same.append(demonstration)
        for shapes in groups.values():
            most, *others = sorted(shapes.values(), key=len, reverse=True)
            usual = find_routes(most)
            self._routes.update(zip((d.episode for d in most), usual, strict=False))
            for rare in others:
                own = len(rare) >= ENOUGH or len(most) < ENOUGH
                routes = find_routes(rare) if own else usual
                self._routes.update(zip((d.episode for d in rare), routes, strict=False))

    def plan(self, demonstration: Demonstration, rng: np.random.Generator) -> list[Plan]:
        """A plan without steps for every new scene; none for what was not studied."""
        if demonstration.episode not in self._routes:
            return []
        first = SCENE_SEEDS_FROM + SCENES_APART * demonstration.seed
        return [
            Plan(demonstration.episode, f"scene-{n}", self.name, (), scene_seed=first + n)
            for n in range(self._scenes)
        ]

    def adapt(
        self, plan: Plan, demonstration: Demonstration, layout: Layout, rng: np.random.Generator
    ) -> Plan:
        """The route through the new scene."""
        route = self._routes[demonstration.episode]
        grasps = [n for n, (leg, _) in enumerate(route) if leg.arrival == "closed"]
        downs = [n for n, (leg, _) in enumerate(route) if leg.blocks and leg.blocks[-1].is_descent]
        miss = (
            int(rng.choice(grasps))
            if grasps and self._opening and rng.random() < self._misses
            else -1
        )
        stray = int(rng.choice(downs)) if downs and rng.random() < self._strays else -1
        steps: list[PlannedStep] = []
        hand = np.array(layout.hand[:3])
        for number, (leg, waypoint) in enumerate(route):
            goal = waypoint.at(layout)
            if number == stray:
                way = retrace(hand, leg, waypoint, goal, self._entries)
                hand = _do(steps, hand, self._stray(leg, way, rng))
            if number == miss:
                aside = self._draw(self._misses_by, rng)
                elsewhere = np.array(goal) + aside.motion[:3]
                way = retrace(hand, leg, waypoint, elsewhere, self._entries)
                hand = _do(steps, hand, self._miss(leg, way, aside))
            way = retrace(hand, leg, waypoint, goal, self._entries)
            hand = _do(steps, hand, (PlannedStep(p) for p in (*way, *leg.actions)))
        return Plan(plan.episode, plan.name, plan.source, tuple(steps), plan.scene_seed)

    def _stray(
        self, leg: Leg, way: Iterable[Primitive], rng: np.random.Generator
    ) -> Iterator[PlannedStep]:
        """Get clear of things as taught, then wander off."""
        if leg.blocks and leg.blocks[0].is_rise:
            for primitive in way:
                if primitive.motion[Z_AXIS] <= 0:
                    break
                yield PlannedStep(primitive)
        yield PlannedStep(self._draw(self._strays_by, rng), train=False)

    def _draw(self, entries: Sequence[Primitive], rng: np.random.Generator) -> Primitive:
        return entries[int(rng.integers(len(entries)))]

    def _miss(self, leg: Leg, way: Iterable[Primitive], aside: Primitive) -> Iterator[PlannedStep]:
        """Close where there is nothing, then open and get clear: only the latter is learned."""
        for primitive in way:
            yield PlannedStep(primitive, train=False)
        yield PlannedStep(next(p for p in leg.actions if p.gripper == "closed"), train=False)
        for primitive in (*self._opening, *(() if aside.motion[Z_AXIS] else self._rise)):
            yield PlannedStep(primitive)


def _do(steps: list[PlannedStep], hand: np.ndarray, more: Iterable[PlannedStep]) -> np.ndarray:
    """Add steps to a plan; where the hand (3,) is then."""
    for step in more:
        steps.append(step)
        hand = hand + step.primitive.motion[:3]
    return hand


def find_routes(demonstrations: Sequence[Demonstration]) -> list[Route]:
    """Every demonstration's legs, with the waypoints that all have in common.

    Args:
        demonstrations: Of one task, with legs that arrive alike; all with layouts.

    Returns:
        One route per demonstration; none if their scenes have no thing in common.
    """
    legs = [split_at_arrivals(demonstration) for demonstration in demonstrations]
    layouts = [d.layout for d in demonstrations if d.layout is not None]
    waypoints = [find_waypoint(same, layouts) for same in zip(*legs, strict=True)]
    found = [waypoint for waypoint in waypoints if waypoint is not None]
    if not found or len(found) < len(waypoints):
        return []
    return [tuple(zip(own, found, strict=True)) for own in legs]
