"""What taught episodes have in common at their end and not at their start, as goals.

Every condition about a thing that changed is tried.  Those that hold after every episode and
hardly ever before one remain; the table of relations is sorted by how telling they are, so of what
remains the first is what was meant: a spoon in a mug is near it as well, and was moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cliprt.goals.conditions import Condition, Goal, Not, all_of, holds
from cliprt.goals.extent import tilt, turn
from cliprt.goals.facts import Facts, Placement
from cliprt.goals.measures import HAND, TABLE, Unit, View
from cliprt.goals.relations import RELATIONS, Relation
from cliprt.goals.words import tell_goal
from cliprt.language.remarks import Remark

MOST_CHANCE = 0.34
"""Share of starts in which a goal may hold by chance."""
MOST_OFFERED = 5

_MOVED_M, _TURNED_RAD, _OPENED, _INKED_M2 = 0.02, math.radians(15), 0.05, 0.00005
"""What is a change."""
_CHANGES = ("turned", "moved left", "moved right", "moved forward", "moved back", "moved")
"""Relations to the start, of which as much is wanted as was taught, or nearly."""
_SIDES = ("left of", "right of", "behind", "in front of")
_NEARLY = 0.85
_LOOSEST = 2.5
"""How many times the usual amount may be learned where it has to be small."""
_ROUND: dict[Unit, float] = {"m": 0.005, "rad": math.radians(5), "share": 0.05, "m2": 0.0001}
_CHANCE_COSTS = 15.0
"""Places in the table of relations that a condition falls behind for holding by chance."""
_LOOSENESS_COSTS = 8.0
"""The same for one that holds only with more than the usual amount."""
_BY_THE_WAY = list(RELATIONS).index("turned")
"""From there on a second thing that changed is no part of the goal: an eraser that was moved."""
_LET_GO = ("in", "on", "open", "closed", "inked", "clean")
"""Relations that say by themselves that nothing is held, or that do not care."""
_ENOUGH = 0.8
"""Share of the ends that is listened to where not all of them agree."""


@dataclass(frozen=True)
class Taught:
    """One taught episode.

    Attributes:
        start, end: Facts when it began, and when it was done.
    """

    start: Facts
    end: Facts


@dataclass(frozen=True)
class _Candidate:
    goal: Goal
    rank: float
    what: str
    where: str = ""


def infer_goal(taught: Sequence[Taught]) -> tuple[Goal, ...]:
    """What was probably meant, the likeliest first; nothing where the ends have nothing in common.

    One episode gives several goals; the more, and the more different their starts, the fewer.
    """
    if not taught:
        return ()
    for agree in (len(taught), math.ceil(_ENOUGH * len(taught))):
        found = sorted(_candidates(taught, agree), key=lambda one: one.rank)
        if found:
            goals = [_together(found, taught), *_on_a_side(found), *(one.goal for one in found)]
            return tuple(dict.fromkeys(goals))[:MOST_OFFERED]
    return ()


def tell_difference(taught: Sequence[Taught]) -> Remark:
    """Why no goal was found: what holds after most of the episodes, but not after all."""
    if not taught:
        return Remark("Nothing was taught yet. Teach an episode first.")
    counts: dict[Goal, int] = {}
    for one in taught:
        for candidate in _candidates([one], 1):
            counts.setdefault(candidate.goal, 0)
    for goal in counts:
        counts[goal] = sum(holds(goal, one.end, one.start) for one in taught)
    if not counts:
        return Remark(
            "I see no difference between the start and the end. Say in words when it is done, or"
            " teach it once more."
        )
    best = max(counts, key=lambda goal: counts[goal])
    return Remark(
        "The episodes end differently: after {count} of {total}, {goal}. Say the goal in words, or"
        " judge yourself.",
        count=counts[best],
        total=len(taught),
        goal=tell_goal(best),
    )


def _together(found: Sequence[_Candidate], taught: Sequence[Taught]) -> Goal:
    """The best of each thing that changed, and whether it is held or was let go."""
    kept: dict[str, _Candidate] = {}
    pairs: set[frozenset[str]] = set()
    for one in found:
        pair = frozenset((one.what, one.where))
        if one.what in kept or pair in pairs or (kept and one.rank >= _BY_THE_WAY):
            continue
        kept[one.what] = one
        pairs.add(pair)
    goals = [one.goal for one in kept.values()]
    for name, one in kept.items():
        if name not in taught[0].end.things:
            continue
        held = Condition("held", name)
        ends = {holds(held, each.end, each.start) for each in taught}
        if ends == {True}:
            goals.append(held)
        elif ends == {False} and _can_be_held(one.goal) and _is_hand_open(taught):
            goals.append(Not(held))
    return all_of(goals)


def _can_be_held(goal: Goal) -> bool:
    """Whether a thing that is still held may be so as well; what is in another was let go."""
    return isinstance(goal, Condition) and goal.relation not in _LET_GO


def _is_hand_open(taught: Sequence[Taught]) -> bool:
    return all(one.end.gripper == "open" for one in taught)


def _on_a_side(found: Sequence[_Candidate]) -> Iterator[Goal]:
    """Near it, and to its left: what comes first with a side that it has as well."""
    for one in found[1:]:
        goals = [first.goal for first in (found[0], one)]
        is_side = isinstance(one.goal, Condition) and one.goal.relation in _SIDES
        if is_side and (one.what, one.where) == (found[0].what, found[0].where):
            yield all_of(goals)


def _candidates(taught: Sequence[Taught], agree: int) -> Iterator[_Candidate]:
    """Every condition that holds after so many episodes, and hardly before any."""
    names = [n for n in taught[0].end.things if all(_is_there(n, one) for one in taught)]
    changed = [n for n in names if sum(_has_changed(n, one) for one in taught) >= agree]
    for what in changed or [HAND]:
        for where in [n for n in names if n not in changed and changed]:
            yield from _covered(where, what, taught, agree)
        for place, (name, relation) in enumerate(RELATIONS.items()):
            others = [n for n in (*names, TABLE) if n != what] if relation.is_of_two else [""]
            for where in others:
                if _is_worth_saying(name, what, where):
                    yield from _tried(place, name, relation, what, where, taught, agree)


def _covered(what: str, where: str, taught: Sequence[Taught], agree: int) -> Iterator[_Candidate]:
    """A thing that stayed where it was, under one that was put over it."""
    place = list(RELATIONS).index("under")
    for one in _tried(place, "under", RELATIONS["under"], what, where, taught, agree):
        yield _Candidate(one.goal, one.rank, where, what)


def _is_there(name: str, one: Taught) -> bool:
    return all(name in facts.things for facts in (one.start, one.end))


def _has_changed(name: str, one: Taught) -> bool:
    start, end = one.start.things[name], one.end.things[name]
    return (
        math.dist(start.pose[:3], end.pose[:3]) > _MOVED_M
        or turn(start, end) > _TURNED_RAD
        or abs(tilt(start) - tilt(end)) > _TURNED_RAD
        or abs((start.ink_m2 or 0.0) - (end.ink_m2 or 0.0)) > _INKED_M2
        or start.held != end.held
        or any(_has_opened(link, start, end) for link in start.joints.keys() & end.joints.keys())
    )


def _has_opened(link: str, start: Placement, end: Placement) -> bool:
    joint = start.joints[link]
    return abs(joint.position - end.joints[link].position) > _OPENED * joint.range


def _is_worth_saying(name: str, what: str, where: str) -> bool:
    """Not what is near the table, or how the hand moved; two alike are said once."""
    if where == TABLE:
        return name == "on"
    return what != HAND or name in ("above", "near", "touching")


def _tried(
    place: int,
    name: str,
    relation: Relation,
    what: str,
    where: str,
    taught: Sequence[Taught],
    agree: int,
) -> Iterator[_Candidate]:
    ends = [relation.measure(View(one.end, one.start, what, where)) for one in taught]
    starts = [relation.measure(View(one.start, one.start, what, where)) for one in taught]
    amount = _learned(name, relation, _most_alike(ends, agree, relation.at_most), starts)
    try:
        condition = Condition(name, what, where, amount)
    except ValueError:
        return
    met = [holds(condition, one.end, one.start) for one in taught]
    before = [holds(condition, one.start, one.start) for one in taught]
    chance = sum(before) / len(before)
    if sum(met) >= agree and chance <= MOST_CHANCE:
        is_loose = relation.at_most and (condition.amount or 0.0) > relation.usual
        rank = place + _CHANCE_COSTS * chance + _LOOSENESS_COSTS * is_loose
        yield _Candidate(condition, rank, what, where)
    is_gone = len(met) - sum(met) >= agree and sum(before) >= agree
    if is_gone and name in ("in", "on", "under", "near") and where != TABLE:
        yield _Candidate(Not(condition), list(RELATIONS).index("held") + 0.5, what, where)


def _most_alike(values: Sequence[float], agree: int, at_most: bool) -> list[float]:
    """The values without the worst, as far as not all have to agree."""
    return sorted(values, reverse=not at_most)[:agree]


def _learned(
    name: str, relation: Relation, ends: Sequence[float], starts: Sequence[float]
) -> float | None:
    """The amount that separates ends from starts, not so near to the ends that it fits only them.

    The usual one, None, where it does.
    """
    if not relation.exact or not all(map(math.isfinite, ends)):
        return None
    worst = max(ends) if relation.at_most else min(ends)
    step = _ROUND[relation.unit]
    if name in _CHANGES:
        amount = max(math.floor(_NEARLY * worst / step) * step, 0.0)
        return amount if amount > relation.usual else None
    is_met = worst <= relation.usual if relation.at_most else worst >= relation.usual
    chance = sum(
        start <= relation.usual if relation.at_most else start >= relation.usual for start in starts
    )
    if is_met and chance == 0:
        return None
    return _between(relation, worst, starts, is_met, step)


def _between(
    relation: Relation, worst: float, starts: Sequence[float], is_met: bool, step: float
) -> float | None:
    """An amount a third of the way from the worst end to the nearest start that lies beyond."""
    if relation.at_most:
        beyond = min((start for start in starts if start > worst), default=2 * worst)
        amount = math.ceil((worst + min((beyond - worst) / 3, step)) / step) * step
        loosest = _LOOSEST * relation.usual
        return None if is_met and amount >= relation.usual else min(amount, loosest)
    beyond = max((start for start in starts if 0 < start < worst), default=0.0)
    amount = math.floor((worst - (worst - beyond) / 3) / step) * step
    return None if is_met and amount <= relation.usual else max(amount, relation.usual / _LOOSEST)
