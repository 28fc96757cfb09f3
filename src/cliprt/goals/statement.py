"""One clause of a goal -> conditions: whose, what, and to what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, permutations

from cliprt.errors import UsageError
from cliprt.goals.conditions import Condition, Goal, Not, all_of, any_of
from cliprt.goals.measures import HAND, TABLE, Unit
from cliprt.goals.parties import can_hold, inverted, is_odd, of_a_part, of_the_hand, shows_ink
from cliprt.goals.phrases import OFFERS, PARTS, PRONOUNS, Phrase
from cliprt.goals.relations import RELATIONS
from cliprt.goals.scanning import (
    Said,
    Scan,
    Subjects,
    belonging,
    cannot_be_judged,
    scan,
    telling,
    without_measures,
)
from cliprt.goals.tokens import Measure, Named, Token
from cliprt.goals.topic import Topic, check_shared, unclear
from cliprt.language.remarks import Remark
from cliprt.things.catalogue import all_things

_OPENING = ("open", "closed")
_UNITS: dict[str, tuple[Unit, ...]] = dict.fromkeys(_OPENING, ("m", "rad", "share"))
"""What an amount may be said in, where that is more than the relation's own."""
_MUTUAL = ("near", "touching", "side by side", "lined up", "in the middle of")
"""Relations that two have to each other; others hold in some order: "the cubes are stacked"."""
_SIDES = ("left of", "right of", "behind", "in front of")
_MOST_ORDERS = 6
_ROUGHLY_RAD = math.radians(20)
"""Who says "turned by 90 degrees" means it roughly."""
_SAID: dict[Unit, str] = {"m": "cm", "rad": "degrees", "share": "%", "m2": "cm²"}


@dataclass(frozen=True)
class Statement:
    """Reads one clause.

    Attributes:
        things: Name -> links that open.
        before: What the clause before was about.
        joint: "and" or "or", by which it is joined to that.
    """

    things: Mapping[str, Sequence[str]]
    before: Topic
    joint: str = "and"

    def read(self, tokens: Sequence[Token]) -> tuple[Goal, Topic]:
        """What it says, and what it is about.

        Raises:
            UsageError: Some of it says nothing that can be measured.
        """
        words, measures = without_measures(self._with_owners(tokens))
        found = scan(words)
        subjects, said = found.subjects, telling(found.said, [at for _, _, at in measures])
        strange = [*found.strange, *(one.words[0] for one in said if is_odd(one, words))]
        if strange or not said:
            is_about_none = bool(said) and not (subjects.named or self.before.subjects.named)
            raise self._strange(strange, words, is_about_none)
        for measure, is_least, at in measures:
            one = belonging(said, at)
            if one.measure:
                raise unclear(one.words)
            one.measure, one.is_least = measure, is_least
        if not subjects.named and said[0].words != ("empty",):
            subjects = self._spoken_of(found)
        goals, before = [], self.before
        for i, one in enumerate(said):
            goal, after = self._goal(replace(one, is_later=i > 0), subjects, before)
            if i and after == subjects:
                check_shared(subjects, "and")
            subjects = subjects if one.is_adjective else after
            goals.append(goal)
            objects = one.objects if one.objects.named else before.objects
            before = Topic(subjects, objects, not all(one.is_so for one in said))
        return all_of(goals), before

    def _spoken_of(self, found: Scan) -> Subjects:
        """Whom a clause means that names nobody; none where it is named after what is said."""
        is_named = found.said[0].objects.named and not found.said[0].phrase.is_of_two
        if is_named or (found.said[0].phrase.is_of_two and len(found.said[0].objects.named) > 1):
            return Subjects()
        goes_on = self.joint == "or" and not found.pronoun
        if goes_on and self.before.is_denied and all(one.is_so for one in found.said):
            raise unclear(["not", *found.said[0].words])
        subjects = self.before.meant(found.pronoun)
        if (
            found.pronoun
            and found.said[0].phrase.relation in _OPENING
            and not self._can_open(subjects)
        ):
            subjects = self.before.objects if self._can_open(self.before.objects) else Subjects()
        if subjects.named:
            check_shared(subjects, self.joint)
        elif len(self.things) == (2 if PRONOUNS.get(found.pronoun) else 1):
            subjects = Subjects((Named(tuple(self.things)),))
        return subjects

    def _can_open(self, subjects: Subjects) -> bool:
        return any(self.things.get(name) for name in subjects.names)

    def _strange(
        self, strange: Sequence[Token], words: Sequence[Token], is_about_none: bool
    ) -> UsageError:
        """Words that name a thing that is not there, or say what cannot be measured."""
        nouns = {noun for thing in all_things().values() for noun in thing.nouns}
        missing = [
            word for word in strange if word in nouns or (is_about_none and word not in OFFERS)
        ]
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
        for known in (self.before.subjects.names, self.before.objects.names):
            about = [name for name in known if self.things.get(name)]
            owners = about if len(owners) > 1 and len(about) == 1 else owners
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

    def _goal(self, one: Said, subjects: Subjects, before: Topic) -> tuple[Goal, Subjects]:
        one, subjects, objects = self._parties(one, subjects, before)
        if not subjects.named:
            raise _unnamed(" ".join(one.words))
        one = of_a_part(one, subjects, objects)
        for group in (subjects, objects):
            if group.joint == "" or (group is objects and group.named and not one.phrase.is_of_two):
                raise unclear([*one.words, *group.names])
        self._check_parts(one, subjects, objects)
        if not one.phrase.is_of_two:
            return subjects.goal(lambda what, part: _condition(one, what, "", part)), subjects
        if not objects.named and (one.pronoun or len(subjects.names) == 1):
            objects = before.meant(one.pronoun, subjects.names, self._suits(one, subjects, before))
            if objects.named:
                check_shared(objects, "and")
            elif one.pronoun:
                raise UsageError(
                    Remark("What is “{words}”? Name a thing first.", words=one.pronoun)
                )
        if one.words == ("between",):
            return _between(one, subjects, objects), subjects
        if objects.named:
            return self._of_two(one, subjects, objects), subjects
        return _mutual(one, subjects), subjects

    def _suits(
        self, one: Said, subjects: Subjects, before: Topic
    ) -> Callable[[Subjects], bool] | None:
        """What the place of a phrase has to be like; None where its subject is no place."""
        if HAND in subjects.names:
            return None
        if one.phrase.relation != "in":
            is_side = one.phrase.relation in _SIDES
            return lambda place: place == before.objects or not is_side
        return lambda place: all(self.things.get(n) or can_hold(n) for n in place.names)

    def _check_parts(self, one: Said, subjects: Subjects, objects: Subjects) -> None:
        """Of a part it is known how far it is open, and that something is in or on the whole.

        Raises:
            UsageError: More was said of it.
        """
        opens, holds = (one.phrase.relation in some for some in (_OPENING, ("in", "on")))
        parts = [n.part for n in subjects.named if n.is_part and not opens]
        parts += [n.part for n in objects.named if n.is_part and not (holds and self._opens(n))]
        if parts:
            raise cannot_be_judged([*filter(None, parts), *one.words])

    def _opens(self, named: Named) -> bool:
        return named.part in {"", *PARTS, *self.things.get(named.names[0], ())}

    def _parties(
        self, one: Said, subjects: Subjects, before: Topic
    ) -> tuple[Said, Subjects, Subjects]:
        """Of what it is said, and to what that is related; "it" is what was spoken of before."""
        all_things = Named(tuple(self.things), is_everything=True)
        if one.words == ("empty",) and shows_ink(subjects.names):
            one = replace(one, phrase=Phrase("clean"))
        elif one.words == ("empty",):
            if HAND in subjects.names:
                return replace(one, phrase=Phrase("open")), subjects, Subjects()
            whole = subjects if subjects.named else one.objects
            relation = "in" if all(map(can_hold, whole.names)) else "on"
            return (
                replace(one, phrase=Phrase(relation, False, True)),
                Subjects((all_things,)),
                whole,
            )
        if one.words == ("gone",) and not shows_ink(subjects.names):
            raise cannot_be_judged(one.words)
        objects = one.objects
        if one.phrase.where and not objects.named:
            objects = Subjects((Named((one.phrase.where,)),))
        if one.phrase.is_swapped:
            subjects, objects = (objects, subjects) if objects.named else (subjects, objects)
        subjects, objects = inverted(one, subjects, objects)
        if HAND in (*subjects.names, *objects.names):
            return of_the_hand(one, subjects, objects, before.subjects)
        return one, subjects, objects

    def _of_two(self, one: Said, subjects: Subjects, objects: Subjects) -> Goal:
        alike = objects
        if (
            isinstance(_condition(one, "one", "other"), Not) and not objects.is_plain
        ):  # not on either
            if any(named.how not in ("all", 1) or named.others for named in objects.named):
                raise unclear(["not", *one.words, *objects.names])
            alike = Subjects(tuple(replace(named, how="all") for named in objects.named))
        return subjects.goal(
            lambda what, part: alike.goal(
                lambda where, _: _condition(one, what, where, part), (what,)
            ),
            objects.names,
        )


def _unnamed(words: str) -> UsageError:
    return UsageError(Remark("What is “{words}”? Name a thing first.", words=words))


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
    sides = (_SIDES[:2], _SIDES[2:])
    ways = [(a, b) for pair in sides for a, b in (pair, pair[::-1])]

    def say(what: str, _: str) -> Goal:
        goals = (all_of((Condition(a, what, first), Condition(b, what, second))) for a, b in ways)
        return any_of(goals) if one.is_so else Not(any_of(goals))

    return subjects.goal(say)


def _condition(one: Said, what: str, where: str, part: str = "") -> Goal:
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
    opens = phrase.relation in _OPENING
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
