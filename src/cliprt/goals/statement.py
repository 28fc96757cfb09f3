"""One clause of a goal -> conditions: whose, what, and to what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, Not, all_of
from cliprt.goals.measures import HAND
from cliprt.goals.parties import can_hold, inverted, is_odd, of_a_part, of_the_hand, shows_ink
from cliprt.goals.phrases import OFFERS, PARTS, PRONOUNS, Phrase
from cliprt.goals.saying import OPENING, SIDES, between, condition, mutual
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
from cliprt.goals.tokens import Named, Token
from cliprt.goals.topic import Topic, check_shared, unclear
from cliprt.language.remarks import Remark
from cliprt.things.catalogue import all_things


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
            and found.said[0].phrase.relation in OPENING
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
                raise unclear([*one.words, *group.names[:3]])
        self._check_parts(one, subjects, objects)
        if not one.phrase.is_of_two:
            return subjects.goal(lambda what, part: condition(one, what, "", part)), subjects
        if not objects.named and (one.pronoun or len(subjects.names) == 1):
            objects = before.meant(one.pronoun, subjects.names, self._suits(one, subjects, before))
            if objects.named:
                check_shared(objects, "and")
            elif one.pronoun:
                raise UsageError(
                    Remark("What is “{words}”? Name a thing first.", words=one.pronoun)
                )
        if one.words == ("between",):
            return between(one, subjects, objects), subjects
        if objects.named:
            return self._of_two(one, subjects, objects), subjects
        return mutual(one, subjects), subjects

    def _suits(
        self, one: Said, subjects: Subjects, before: Topic
    ) -> Callable[[Subjects], bool] | None:
        """What the place of a phrase has to be like; None where its subject is no place."""
        if HAND in subjects.names:
            return None
        if one.phrase.relation != "in":
            is_side = one.phrase.relation in SIDES
            return lambda place: place == before.objects or not is_side
        return lambda place: all(self.things.get(n) or can_hold(n) for n in place.names)

    def _check_parts(self, one: Said, subjects: Subjects, objects: Subjects) -> None:
        """Of a part it is known how far it is open, and that something is in or on the whole.

        Raises:
            UsageError: More was said of it.
        """
        is_door = any(named.is_part for named in subjects.named) or self._can_open(subjects)
        if one.words[-1] in ("down", "out") and one.phrase.relation in OPENING and not is_door:
            raise cannot_be_judged(one.words)
        opens, holds = (one.phrase.relation in some for some in (OPENING, ("in", "on")))
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
        is_none = any(named.is_everything and named.how == "none" for named in subjects.named)
        if is_none and one.phrase == Phrase("on") and shows_ink(one.objects.names):
            return replace(one, phrase=Phrase("clean")), one.objects, Subjects()
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
            isinstance(condition(one, "one", "other"), Not) and not objects.is_plain
        ):  # not on either
            if any(named.how not in ("all", 1) or named.others for named in objects.named):
                raise unclear(["not", *one.words, *objects.names])
            alike = Subjects(tuple(replace(named, how="all") for named in objects.named))
        return subjects.goal(
            lambda what, part: alike.goal(
                lambda where, _: condition(one, what, where, part), (what,)
            ),
            objects.names,
        )


def _unnamed(words: str) -> UsageError:
    return UsageError(Remark("What is “{words}”? Name a thing first.", words=words))
