"""Goals in words: told with exact numbers, and read as people say them.

>>> from cliprt.goals.conditions import AllOf, Condition, Not
>>> goal = AllOf((Condition("in", "spoon", "mug"), Not(Condition("held", "spoon"))))
>>> tell_goal(goal)
'the spoon is in the mug and the spoon is let go'
>>> read_goal("The spoon's in the mug, and let go", ["spoon", "mug"]) == goal
True
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce

from cliprt.errors import UnknownNameError, UsageError
from cliprt.goals.clauses import Reader
from cliprt.goals.conditions import AllOf, AnyOf, Condition, Goal, Not
from cliprt.goals.facts import Facts
from cliprt.goals.measures import HAND, TABLE, Unit
from cliprt.goals.relations import RELATIONS
from cliprt.goals.tokens import tokens_of
from cliprt.language.remarks import Remark
from cliprt.language.text import has_control_characters
from cliprt.things.catalogue import find_thing

LONGEST_GOAL = 2000
"""Characters of a goal in words."""

_FIXED = {HAND: Remark("hand"), TABLE: Remark("table")}


def read_goal(text: str, names: Iterable[str] | Mapping[str, Sequence[str]]) -> Goal:
    """What somebody wants, as conditions.

    Args:
        text: In English, as people say it; what `tell_goal` tells is read as it was.
        names: Of the things on the table; a mapping says which links of each open (see
            `openings`), so that "the lid" is known.

    Raises:
        UsageError: Some of it says nothing that could be measured; the text tells what could.
    """
    if len(text) > LONGEST_GOAL or has_control_characters(text):
        raise UsageError(
            Remark(
                "A goal has at most {most} characters, all of which can be typed. Say it shorter.",
                most=LONGEST_GOAL,
            )
        )
    things = names if isinstance(names, Mapping) else {name: _opens(name) for name in names}
    return Reader(things).read(tokens_of(text, tuple(things)))


def _opens(name: str) -> tuple[str, ...]:
    """What opens of a thing of the catalogue that is called so."""
    with suppress(UnknownNameError):
        return find_thing(name).opens
    return ()


def openings(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Every thing, and which of its links open."""
    return {name: tuple(thing.joints) for name, thing in facts.things.items()}


def tell_goal(goal: Goal) -> Remark:
    """A goal in words; in English, `read_goal` reads the same goal from them."""
    if isinstance(goal, Condition):
        return _tell_condition(goal)
    if isinstance(goal, Not):
        if isinstance(goal.goal, Condition):
            return _tell_condition(goal.goal, is_so=False)
        return Remark("not ({goal})", goal=tell_goal(goal.goal))
    parts = [_tell_part(part) for part in goal.goals]
    if isinstance(goal, AllOf):
        return Remark("{first} and {second}", first=_in_turn(parts[:-1]), second=parts[-1])
    if goal.least == 1:
        return Remark("{first} or {second}", first=_in_turn(parts[:-1]), second=parts[-1])
    return Remark("at least {count} of ({goals})", count=goal.least, goals=_in_turn(parts))


def _tell_part(goal: Goal) -> Remark:
    told = tell_goal(goal)
    return Remark("({goal})", goal=told) if isinstance(goal, AllOf | AnyOf) else told


def _in_turn(parts: Sequence[Remark]) -> Remark:
    return reduce(lambda one, more: Remark("{first}, {second}", first=one, second=more), parts)


def _tell_condition(condition: Condition, is_so: bool = True) -> Remark:
    what = _FIXED.get(condition.what, condition.what)
    if condition.part:
        what = Remark("{part} of the {what}", part=condition.part, what=what)
    if condition.relation == "held" and not is_so:
        return Remark("the {what} is let go", what=what)
    state = _tell_state(condition)
    if is_so:
        return Remark("the {what} is {state}", what=what, state=state)
    return Remark("the {what} is not {state}", what=what, state=state)


def _tell_state(condition: Condition) -> Remark:
    relation = RELATIONS[condition.relation]
    where = _FIXED.get(condition.where, condition.where)
    values = {"where": where} if relation.is_of_two else {}
    if condition.amount is None:
        return Remark(relation.told, **values)
    return Remark(relation.exact, amount=_tell_amount(condition.amount, condition.unit), **values)


def _tell_amount(amount: float, unit: Unit) -> str:
    number = {
        "m": amount * 100,
        "rad": math.degrees(amount),
        "share": amount * 100,
        "m2": amount * 1e4,
    }.get(unit, amount)
    sign = {"m": " cm", "rad": "°", "share": "%", "m2": " cm²"}.get(unit, "")
    digits = {"rad": 1, "share": 0}.get(unit, 2)
    return f"{round(number, digits):.12g}{sign}"
