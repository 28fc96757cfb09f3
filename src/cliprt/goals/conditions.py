"""When something is done: conditions on the facts, and what they are put together with.

>>> from cliprt.goals.facts import Facts, Placement
>>> low, high = (-0.03, -0.03, 0.0), (0.03, 0.03, 0.06)
>>> def table(cup_x):
...     cup = Placement((cup_x, 0, 0, 0, 0, 0), low, high, touches=frozenset({"table"}))
...     return Facts((0.4, 0, 0.3, 0, 0, 0), "open", {"cup": cup})
>>> goal = AllOf((Condition("moved", "cup", amount=0.1), Not(Condition("held", "cup"))))
>>> holds(goal, table(0.55), table(0.4)), holds(goal, table(0.45), table(0.4))
(True, False)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from cliprt.errors import UsageError, did_you_mean
from cliprt.goals.facts import Facts
from cliprt.goals.measures import HAND, TABLE, Unit, View, placement
from cliprt.goals.relations import RELATIONS
from cliprt.language.remarks import Remark

MOST_CONDITIONS = 64
"""Of one goal."""


@dataclass(frozen=True)
class Condition:
    """One statement: how a thing is, or how two are to each other.

    Amounts are kept in steps: 0.1 mm, 0.1 degrees, 1 % and 0.01 cm^2; the usual one as None.

    Attributes:
        relation: One of `RELATIONS`.
        what: A thing, or ``"hand"``.
        where: The other thing, for a relation of two; ``"table"`` and ``"hand"`` are allowed.
        amount: Least or most for it to hold [in `unit`]; None = the usual.
        unit: Of the amount; "" = the relation's own.  What opens may also be said in m or rad.
        part: The link that is open or closed; "" = whichever there is.
    """

    relation: str
    what: str
    where: str = ""
    amount: float | None = None
    unit: Unit = ""
    part: str = ""

    def __post_init__(self) -> None:
        """Check it, and bring the amount to its steps.

        Raises:
            UsageError: There is no such relation, or it cannot be said so.
        """
        relation = RELATIONS.get(self.relation)
        if relation is None:
            raise UsageError(
                f"no relation is called {self.relation!r}.{did_you_mean(self.relation, RELATIONS)}"
                f" There are: {', '.join(RELATIONS)}. Choose one of these"
            )
        if relation.is_of_two != bool(self.where) or not self.what or self.what == self.where:
            others = "two different things" if relation.is_of_two else "one thing"
            raise UsageError(
                f"{self.relation!r} is said of {others}, and this is said of {self.what!r} and"
                f" {self.where!r}. Name {others}"
            )
        amount, unit = self.amount, self.unit or relation.unit
        if amount is not None:
            fits = unit == relation.unit or self.relation in ("open", "closed")
            amount = _in_steps(amount, unit, relation.exact if fits else "")
        if amount is None or (amount, unit) == (_usual(self.relation), relation.unit):
            amount, unit = None, ""
        object.__setattr__(self, "amount", amount)
        object.__setattr__(self, "unit", unit)


def _usual(name: str) -> float:
    relation = RELATIONS[name]
    return _in_steps(relation.usual, relation.unit, relation.exact) if relation.exact else 1.0


def _in_steps(amount: float, unit: Unit, exact: str) -> float:
    if not exact or not amount >= 0:  # NaN is not
        raise UsageError(
            f"the amount {amount!r} of a condition cannot be used: one is said in m, rad, m2 or as"
            " a share, between 0 and 100, where the relation has any. Leave it out"
        )
    if amount >= 100:
        raise UsageError(Remark("That amount is too large to be measured. Say a smaller one."))
    if unit == "rad":
        return round(math.radians(round(math.degrees(amount), 1)), 6)
    return round(amount, {"m": 4, "share": 2}.get(unit, 6))


@dataclass(frozen=True)
class AllOf:
    """All of several; what is all of several itself joins them, and each is kept once."""

    goals: tuple[Goal, ...]

    def __post_init__(self) -> None:
        """Raise a UsageError for fewer than two."""
        parts = (part.goals if isinstance(part, AllOf) else (part,) for part in self.goals)
        object.__setattr__(self, "goals", _several(parts, 1))


@dataclass(frozen=True)
class AnyOf:
    """At least so many of several; what is any of several itself joins them, each kept once."""

    goals: tuple[Goal, ...]
    least: int = 1

    def __post_init__(self) -> None:
        """Raise a UsageError for fewer than two, or for more than there are."""
        parts = (
            part.goals if isinstance(part, AnyOf) and part.least == self.least == 1 else (part,)
            for part in self.goals
        )
        object.__setattr__(self, "goals", _several(parts, self.least))


@dataclass(frozen=True)
class Not:
    """What is not so."""

    goal: Goal


Goal = Condition | AllOf | AnyOf | Not


def all_of(goals: Iterable[Goal]) -> Goal:
    """All of one or more, each once."""
    once = tuple(dict.fromkeys(goals))
    return once[0] if len(once) == 1 else AllOf(once)


def any_of(goals: Iterable[Goal], least: int = 1) -> Goal:
    """At least so many of one or more."""
    once = tuple(dict.fromkeys(goals))
    return once[0] if len(once) == 1 == least else AnyOf(once, least)


def conditions_of(goal: Goal) -> Iterator[Condition]:
    """Every condition that is part of a goal."""
    if isinstance(goal, Condition):
        yield goal
    else:
        for part in (goal.goal,) if isinstance(goal, Not) else goal.goals:
            yield from conditions_of(part)


def holds(goal: Goal, facts: Facts, start: Facts) -> bool:
    """Whether a goal is reached, as far as the facts tell.

    Args:
        goal: What is asked.
        facts: Now.
        start: When the episode began.

    Raises:
        UsageError: It is about a thing that is not there.
    """
    if isinstance(goal, Condition):
        view = View(facts, start, goal.what, goal.where, goal.part, goal.unit)
        return RELATIONS[goal.relation].holds(view, goal.amount)
    if isinstance(goal, Not):
        return not holds(goal.goal, facts, start)
    met = sum(holds(part, facts, start) for part in goal.goals)
    return met >= (len(goal.goals) if isinstance(goal, AllOf) else goal.least)


def check_goal(goal: Goal, facts: Facts) -> None:
    """Raise unless a goal can be reached by doing something.

    Args:
        goal: What is wanted.
        facts: Of the table as it is laid.

    Raises:
        UsageError: It is about what is not there, or holds already.
    """
    for condition in conditions_of(goal):
        for name in filter(None, (condition.what, condition.where)):
            placement(facts, name)
        _check_able(condition, facts)
    if holds(goal, facts, facts):
        raise UsageError(
            Remark(
                "The goal is reached before anything is done. Say what is different at the end, or"
                " lay the table so that there is something to do."
            )
        )


def _check_able(condition: Condition, facts: Facts) -> None:
    """Raise where a thing opens or shows ink in the goal alone."""
    if condition.what in (HAND, TABLE) and condition.what not in facts.things:
        return
    thing = facts.things[condition.what]
    opens = condition.part in thing.joints or (not condition.part and thing.joints)
    if condition.relation in ("open", "closed") and not opens:
        raise UsageError(
            Remark(
                "Nothing called {part} opens at the {what}. What opens there: {parts}.",
                part=condition.part or "lid",
                what=condition.what,
                parts=", ".join(thing.joints) or "-",
            )
        )
    if condition.relation in ("inked", "clean") and thing.ink_m2 is None:
        raise UsageError(
            Remark("The {what} shows no ink. Name a thing that does.", what=condition.what)
        )


def _several(parts: Iterable[tuple[Goal, ...]], least: int) -> tuple[Goal, ...]:
    goals = tuple(dict.fromkeys(chain.from_iterable(parts)))
    count = sum(1 for goal in goals for _ in conditions_of(goal))
    if not 1 <= least <= len(goals) or len(goals) < 2:
        raise UsageError(
            Remark(
                "At least {least} of {count} different conditions is no goal. Say other numbers.",
                least=least,
                count=len(goals),
            )
        )
    if count > MOST_CONDITIONS:
        raise UsageError(
            Remark("A goal has at most {most} conditions. Say fewer.", most=MOST_CONDITIONS)
        )
    return goals
