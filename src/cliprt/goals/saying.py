"""A phrase, of whom it is said and to what it relates these -> conditions."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise, permutations

from cliprt.errors import UsageError
from cliprt.goals.conditions import Condition, Goal, Not, all_of, any_of
from cliprt.goals.measures import TABLE, Unit
from cliprt.goals.phrases import Phrase
from cliprt.goals.relations import RELATIONS
from cliprt.goals.scanning import Said, Subjects, cannot_be_judged
from cliprt.goals.tokens import Measure
from cliprt.language.remarks import Remark

OPENING = ("open", "closed")
_UNITS: dict[str, tuple[Unit, ...]] = dict.fromkeys(OPENING, ("m", "rad", "share"))
"""What an amount may be said in, where that is more than the relation's own."""
_MUTUAL = ("near", "touching", "side by side", "lined up", "in the middle of")
"""Relations that two have to each other; others hold in some order: "the cubes are stacked"."""
SIDES = ("left of", "right of", "behind", "in front of")
_MOST_ORDERS = 6
_ROUGHLY_RAD = math.radians(20)
"""Who says "turned by 90 degrees" means it roughly."""
_SAID: dict[Unit, str] = {"m": "cm", "rad": "degrees", "share": "%", "m2": "cm²"}


def mutual(one: Said, subjects: Subjects) -> Goal:
    """ "Both cars are side by side"."""
    names = subjects.names
    if not names:  # "empty", of everything, where nothing is
        raise cannot_be_judged(one.words)
    if len(names) < 2:
        raise UsageError(
            Remark(
                "{name} “{words}” what? Name the other thing.",
                name=names[0],
                words=" ".join(one.words),
            )
        )
    if one.is_so != one.phrase.is_so:
        return all_of(condition(one, *pair) for pair in combinations(names, 2))
    orders = [names] if one.phrase.relation in _MUTUAL else list(permutations(names))[:_MOST_ORDERS]
    return any_of(all_of(condition(one, *pair) for pair in pairwise(order)) for order in orders)


def between(one: Said, subjects: Subjects, objects: Subjects) -> Goal:
    """To one side of the one and to the other side of the other."""
    if len(objects.names) != 2:
        raise cannot_be_judged(one.words)
    first, second = objects.names
    sides = (SIDES[:2], SIDES[2:])
    ways = [(a, b) for pair in sides for a, b in (pair, pair[::-1])]

    def say(what: str, _: str) -> Goal:
        goals = (all_of((Condition(a, what, first), Condition(b, what, second))) for a, b in ways)
        return any_of(goals) if one.is_so else Not(any_of(goals))

    return subjects.goal(say)


def condition(one: Said, what: str, where: str, part: str = "") -> Goal:
    """What a phrase says of a thing, by its name and part, and of another.

    Raises:
        UsageError: Its amount does not fit it.
    """
    phrase = one.phrase
    if phrase == Phrase("on", False) and (one.measure or where == TABLE):  # 5 cm off the table
        phrase = Phrase("above")
    relation = RELATIONS[phrase.relation]
    amount, unit, is_so = phrase.amount, phrase.unit, phrase.is_so
    if one.measure is not None:
        amount, unit = _fitting(replace(one, phrase=phrase), one.measure)
        if phrase.relation == "turned" and one.is_least is None:
            amount = max(amount - _ROUGHLY_RAD, amount / 2)
        is_so = is_so if one.is_least is None else one.is_least != relation.at_most
    opens = phrase.relation in OPENING
    so = Condition(phrase.relation, what, where, amount, unit, part if opens else "")
    return so if is_so == one.is_so else Not(so)


def _fitting(one: Said, measure: Measure) -> tuple[float, Unit]:
    """An amount in a unit that the relation knows; a bare number is in degrees, or a share."""
    own = RELATIONS[one.phrase.relation].unit
    units = _UNITS.get(one.phrase.relation, (own,) if own else ())
    if measure.unit in units:
        return measure.amount, measure.unit
    if not measure.unit and own == "rad":  # of a turn, or in degrees
        return math.radians(measure.amount * (360 if measure.amount <= 1 else 1)), own
    if not measure.unit and own == "share" and measure.amount <= 1:
        return measure.amount, own
    raise UsageError(
        Remark(
            "No such amount fits “{words}”. Say it in {units}, or leave it out.",
            words=" ".join(one.words),
            units=", ".join(_SAID[unit] for unit in units) or "-",
        )
    )
