"""One clause of a goal -> conditions: whose, what, and to what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, permutations

from cliprt.errors import UsageError
from cliprt.goals.conditions import Condition, Goal, Not, all_of, any_of
from cliprt.goals.measures import HAND, Unit
from cliprt.goals.phrases import PARTS, Phrase
from cliprt.goals.relations import RELATIONS
from cliprt.goals.scanning import (
    Said,
    Subjects,
    belonging,
    cannot_be_judged,
    scan,
    telling,
    without_measures,
)
from cliprt.goals.tokens import Measure, Named, Token
from cliprt.language.remarks import Remark
from cliprt.things.catalogue import all_things

_UNITS: dict[str, tuple[Unit, ...]] = {
    "open": ("m", "rad", "share"),
    "closed": ("m", "rad", "share"),
}
"""What an amount may be said in, where that is more than the relation's own."""
_MUTUAL = ("near", "touching", "side by side", "lined up", "in the middle of")
"""Relations that two have to each other; others hold in some order: "the cubes are stacked"."""
_MOST_ORDERS = 6
_ROUGHLY_RAD = math.radians(20)
"""Who says "turned by 90 degrees" means it roughly."""
_SAID: dict[Unit, str] = {"m": "cm", "rad": "degrees", "share": "%", "m2": "cm²"}


@dataclass(frozen=True)
class Topic:
    """What a clause was about, for the next one's "it".

    Attributes:
        subjects: Of what something was said.
        objects: To what that was related.
    """

    subjects: Subjects = field(default_factory=Subjects)
    objects: Subjects = field(default_factory=Subjects)


@dataclass(frozen=True)
class Statement:
    """Reads one clause.

    Attributes:
        things: Name -> links that open.
        before: What the clause before was about.
    """

    things: Mapping[str, Sequence[str]]
    before: Topic

    def read(self, tokens: Sequence[Token]) -> tuple[Goal, Topic]:
        """What it says, and what it is about.

        Raises:
            UsageError: Some of it says nothing that can be measured.
        """
        words, measures = without_measures(self._with_owners(tokens))
        subjects, said, strange = scan(words)
        said = telling(said)
        if strange or not said:
            is_about_none = bool(said) and not (subjects.named or self.before.subjects.named)
            raise self._strange(strange, words, is_about_none)
        for measure, is_least, at in measures:
            one = belonging(said, at)
            one.measure, one.is_least = measure, is_least
        goals, objects = [], self.before.objects
        for i, one in enumerate(said):
            goal, subjects = self._goal(replace(one, is_later=i > 0), subjects)
            goals.append(goal)
            objects = one.objects if one.objects.named else objects
        return all_of(goals), Topic(subjects, objects)

    def _strange(
        self, strange: Sequence[Token], words: Sequence[Token], is_about_none: bool
    ) -> UsageError:
        """Words that name a thing that is not there, or say what cannot be measured."""
        nouns = {noun for thing in all_things().values() for noun in thing.nouns}
        missing = [word for word in strange if word in nouns or is_about_none]
        if not missing:
            return cannot_be_judged(strange or words)
        return UsageError(
            Remark(
                "Nothing on the table is called “{words}”. There are: {names}. Say it of these.",
                words=" ".join(map(str, missing)),
                names=", ".join(self.things) or "-",
            )
        )

    def _with_owners(self, tokens: Sequence[Token]) -> list[Token]:
        """ "lid" by itself is that of the only thing, or of the only thing that has one."""
        return [self._owned(str(t)) if t in PARTS else t for t in tokens]

    def _owned(self, part: str) -> Token:
        owners = [name for name, links in self.things.items() if part in links]
        owners = owners or [name for name, links in self.things.items() if links]
        owners = owners or list(self.things)
        about = [name for name in self.before.subjects.names if name in owners]
        owners = about if len(about) == 1 else owners
        if len(owners) != 1:
            raise UsageError(
                Remark(
                    "Whose {part} is meant? Say for example: the {part} of the {what}.",
                    part=part,
                    what=next(iter(owners), "box"),
                )
            )
        links = self.things[owners[0]]
        is_only = len(links) == 1 or part not in links
        return Named((owners[0],), part="" if links and is_only else part, is_part=True)

    def _goal(self, one: Said, subjects: Subjects) -> tuple[Goal, Subjects]:
        one, subjects, objects = self._parties(one, subjects)
        if not subjects.named:
            raise UsageError(
                Remark("What is “{words}”? Name a thing first.", words=" ".join(one.words))
            )
        if not one.phrase.is_of_two:
            one = _of_a_part(one, subjects)
            return subjects.goal(lambda what, part: _condition(one, what, "", part)), subjects
        it = (self.before.objects, self.before.subjects)
        for known in reversed(it) if HAND in subjects.names else it:
            if len(subjects.names) == 1 and not objects.named and known.names != subjects.names:
                objects = known
        if one.words == ("between",):
            return _between(one, subjects, objects), subjects
        if objects.named:
            return self._of_two(one, subjects, objects), subjects
        return _mutual(one, subjects), subjects

    def _parties(self, one: Said, subjects: Subjects) -> tuple[Said, Subjects, Subjects]:
        """Of what it is said, and to what that is related; "it" is what was spoken of before."""
        all_things = Named(tuple(self.things), is_everything=True)
        if one.words == ("empty",) and _shows_ink(subjects.names):
            one = replace(one, phrase=Phrase("clean"))
        elif one.words == ("empty",):
            if HAND in subjects.names:
                return replace(one, phrase=Phrase("open")), subjects, Subjects()
            return one, Subjects((all_things,)), subjects if subjects.named else one.objects
        objects = one.objects
        if one.phrase.where and not objects.named:
            objects = Subjects((Named((one.phrase.where,)),))
        if one.phrase.is_swapped:
            subjects, objects = (objects, subjects) if objects.named else (subjects, objects)
        subjects, objects = _inverted(one, subjects, objects)
        subjects = subjects if subjects.named else self.before.subjects
        if not subjects.named and len(self.things) == 1:
            subjects = Subjects((all_things,))
        if HAND in (*subjects.names, *objects.names):
            return _of_the_hand(one, subjects, objects, self.before.subjects)
        return one, subjects, objects

    def _of_two(self, one: Said, subjects: Subjects, objects: Subjects) -> Goal:
        return subjects.goal(
            lambda what, part: objects.goal(
                lambda where, _: _condition(one, what, where, part), (what,)
            ),
            objects.names,
        )


def _mutual(one: Said, subjects: Subjects) -> Goal:
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
        return all_of(_condition(one, *pair) for pair in combinations(names, 2))
    orders = [names] if one.phrase.relation in _MUTUAL else list(permutations(names))[:_MOST_ORDERS]
    return any_of(all_of(_condition(one, *pair) for pair in pairwise(order)) for order in orders)


def _between(one: Said, subjects: Subjects, objects: Subjects) -> Goal:
    """To one side of the one and to the other side of the other."""
    if len(objects.names) != 2:
        raise cannot_be_judged(one.words)
    first, second = objects.names
    sides = (("left of", "right of"), ("behind", "in front of"))
    ways = [(a, b) for pair in sides for a, b in (pair, pair[::-1])]

    def say(what: str, _: str) -> Goal:
        goals = (all_of((Condition(a, what, first), Condition(b, what, second))) for a, b in ways)
        return any_of(goals) if one.is_so else Not(any_of(goals))

    return subjects.goal(say)


def _inverted(one: Said, subjects: Subjects, objects: Subjects) -> tuple[Subjects, Subjects]:
    """ "Closed is the laptop", "let go of the cup": the thing is named after the phrase."""
    is_done_to = subjects.names == (HAND,) or one.is_later or not subjects.named
    is_described = one.is_adjective or is_done_to
    if not one.phrase.is_of_two and objects.named and is_described:
        return objects, Subjects()
    if one.phrase.is_of_two and not objects.named and subjects.joint == "":
        whole, *inside = subjects.named  # the mug has the spoon in it
        return Subjects(tuple(inside)), Subjects((whole,))
    is_before = one.phrase.is_of_two and not subjects.named and not objects.joint
    if is_before and len(objects.named) == 2:
        first, second = objects.named
        return Subjects((second,)), Subjects((first,))
    return subjects, objects


def _of_the_hand(
    one: Said, subjects: Subjects, objects: Subjects, before: Subjects
) -> tuple[Said, Subjects, Subjects]:
    """What the hand holds or lets go; what is in it is held."""
    if subjects.names == objects.names:
        raise cannot_be_judged(one.words)
    if one.phrase.relation in ("in", "on") and objects.names == (HAND,):
        return replace(one, phrase=Phrase("held", one.phrase.is_so)), subjects, Subjects()
    if one.phrase.relation == "held" and not before.named:
        return replace(one, phrase=Phrase("open")), subjects, objects
    if one.phrase.relation == "held" and subjects.names == (HAND,):
        return one, before, objects
    return one, subjects, objects


def _shows_ink(names: Sequence[str]) -> bool:
    """Whether these are called as something of the catalogue that shows ink."""
    sheets = [noun for thing in all_things().values() if thing.canvas for noun in thing.nouns]
    return any(name.endswith(noun) for name in names for noun in sheets)


def _of_a_part(one: Said, subjects: Subjects) -> Said:
    """A lid that is up is open."""
    is_part = any(named.is_part for named in subjects.named)
    return replace(one, phrase=Phrase("open")) if is_part and one.words == ("up",) else one


def _condition(one: Said, what: str, where: str, part: str = "") -> Goal:
    phrase = one.phrase
    if one.measure and phrase == Phrase("on", False):  # 5 cm off the table
        phrase = Phrase("above")
    relation = RELATIONS[phrase.relation]
    amount, unit, is_so = phrase.amount, phrase.unit, phrase.is_so
    if one.measure is not None:
        amount, unit = _fitting(replace(one, phrase=phrase), one.measure)
        if phrase.relation == "turned" and one.is_least is None:
            amount = max(amount - _ROUGHLY_RAD, amount / 2)
        is_so = is_so if one.is_least is None else one.is_least != relation.at_most
    opens = phrase.relation in ("open", "closed")
    condition = Condition(phrase.relation, what, where, amount, unit, part if opens else "")
    return condition if is_so == one.is_so else Not(condition)


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
